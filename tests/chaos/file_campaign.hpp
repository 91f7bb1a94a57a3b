#pragma once

#include <map>
#include <string>

#include "chaos/house.hpp"
#include "chaos/operation.hpp"
#include "e2e/world.hpp"

namespace cai::chaos {

/// One system call on files fails in one command, by strace's injection: once (a bad sector), or from then on
/// (a disk that is full, a file system that went read-only). A command that says it did what was asked has
/// done it, and the next plain one converges and leaves no temporary files.
class FileCampaign {
 public:
  FileCampaign(e2e::World& world, House& house, Selection selection)
      : world_(world), house_(house), selection_(std::move(selection)) {}

  /// Prints the table. False: something was lost, or did not converge.
  bool run();

 private:
  struct Failure {
    std::string call;
    std::string error;  ///< "EIO"
    bool lasts = false;
  };
  struct Disturbed {
    e2e::Result result;
    std::string hit;  ///< the calls that failed, as strace writes them; "": it made none at that point
  };

  Disturbed disturb(const Operation& operation, const std::string& call, const std::string& injection);
  std::map<std::string, int> calls_of(const Operation& operation);
  void try_one(const Operation& operation, const Failure& failure, int point);
  std::string lie_of(const Operation& operation, const Disturbed& disturbed);

  e2e::World& world_;
  House& house_;
  Selection selection_;
  int cases_ = 0;
  int tried_ = 0;
  int lost_ = 0;
  int wrong_ = 0;
};

}  // namespace cai::chaos
