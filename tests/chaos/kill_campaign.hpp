#pragma once

#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "chaos/house.hpp"
#include "chaos/operation.hpp"
#include "chaos/strace.hpp"
#include "e2e/world.hpp"

namespace cai::chaos {

/// cai dies by SIGKILL just before one of its system calls that change a file: each write of the store and of
/// its journal, each sync, each file that is made, renamed, linked, cut or removed. Once, or again in the
/// plain command that repairs, at a point of chance. Then the next plain command converges, and in the end
/// nothing of the killed ones is left.
class KillCampaign {
 public:
  KillCampaign(e2e::World& world, House& house, Selection selection);

  /// Prints the table. False: something was lost, did not converge or was left.
  bool run();

 private:
  /// Of one kind of system call the Nth that a thread makes.
  using Point = std::pair<std::string, int>;
  struct Tally {
    int tried = 0;
    int good = 0;
  };

  void try_house(const Operation& operation);
  void try_newcomer();
  std::vector<Point> points_of(e2e::World& world, const std::filesystem::path& repository,
                               const Operation& operation);
  bool is_selected(const std::string& column);
  /// True: it died there. `wrong` is what it said when it ended in another way that it should not.
  bool kill_at(e2e::World& world, const std::filesystem::path& repository, const Operation& operation,
               const Point& point, std::string& wrong);
  /// The same in the plain command that repairs, at one of `points` or further on, by the case's own chance.
  void kill_repair(e2e::World& world, const std::filesystem::path& repository, const Operation& operation,
                   const std::vector<Point>& points, std::string& wrong);
  void note(const std::string& row, const std::string& column, const Point& point, const std::string& wrong);
  void print_row(const std::string& name, std::size_t points);

  e2e::World& world_;
  House& house_;
  Selection selection_;
  int cases_ = 0;
  int again_ = 0;  ///< second kills that met something to kill
  int late_ = 0;   ///< converged with the second command only
  int lost_ = 0;
  int wrong_ = 0;
  int tried_ = 0;
  Tally once_;
  Tally twice_;
};

}  // namespace cai::chaos
