#pragma once

#include <string>
#include <vector>

#include "chaos/house.hpp"
#include "e2e/world.hpp"

namespace cai::chaos {

/// A command whose course is disturbed.
struct Operation {
  std::string name;
  std::vector<e2e::Words>
      before;  ///< brings the furnished house into the state in which the command has work to do
  e2e::Words command;
  e2e::Words next = {"-d"};  ///< the plain command that comes after
};

std::vector<Operation> operations(const House& house);

/// Which cases of a campaign are tried.
struct Selection {
  int every = 1;
  std::string only;   ///< the operation; empty: all
  std::string fault;  ///< empty: all
  unsigned seed = 0;  ///< of what is left to chance; 0: another one each time
};

/// The house furnished, and `before` done.
void prepare(House& house, const Operation& operation);

/// What is wrong with how a command ended: a crash, or a failure without a word; "" when nothing is.
std::string complaint_about(const e2e::Result& result);

/// The next plain command, and what is wrong after it; "" when all is well. What is lost is told apart, by
/// House::what_is_lost.
std::string complaint_after_next(e2e::World& world, House& house, const Operation& operation);

}  // namespace cai::chaos
