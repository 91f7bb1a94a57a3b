#include "chaos/operation.hpp"

#include <fmt/format.h>

#include <csignal>

namespace cai::chaos {

using e2e::Words;

std::vector<Operation> operations(const House& house) {
  const Words run = {"run", "--rm", "--image", "debian:bookworm-slim", "--", "true"};
  const Words stop = {"stop", "--force"};
  const Words remove = {"stop", "--remove", "--force"};
  return {{"create", {remove}, {"-d"}},
          {"start", {stop}, {"-d"}},
          {"fresh", {}, {"--fresh", "-d"}},
          {"reset", {}, {"--reset", "-d"}},
          {"stop", {}, stop},
          {"remove", {}, remove},
          {"gc", {stop}, {"gc", "--age", "0h", "--force"}},
          {"exec", {}, {"exec", "--", "true"}},
          {"run --rm", {}, run, run},
          {"export", {}, {"export", "--output", house.export_target().string()}},
          {"import", {}, {"import", "--yes", house.archive().string()}},
          {"status", {}, {"status"}},
          {"list", {}, {"list"}}};
}

void prepare(House& house, const Operation& operation) {
  house.furnish();
  for (const auto& words : operation.before) house.must(words);
}

std::string complaint_about(const e2e::Result& result) {
  for (const int crash : {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV})
    if (result.code == 128 + crash) return fmt::format("cai crashed with signal {}", crash);
  return result.code != 0 && result.err.empty() ? "cai failed without a word" : "";
}

std::string complaint_after_next(e2e::World& world, House& house, const Operation& operation) {
  const auto next = world.cai(house.repository(), operation.next);
  if (next.code != 0) return fmt::format("the next command exits with {}: {}", next.code, next.err);
  // A run leaves the workspace as it was; everything else has just been asked to bring it up.
  if (operation.next != Words{"-d"}) house.must({"-d"});
  return house.complaint();
}

}  // namespace cai::chaos
