#include "counts.hpp"

#include <fmt/format.h>

#include <fstream>
#include <string_view>

#include "request_counter.hpp"
#include "table.hpp"

namespace cai::bench {
namespace {

struct Calls {
  int programs = 0;  ///< that were started, the command itself among them
  int calls = 0;
};

/// One line a call in strace's log; a call that was interrupted by another thread's has a second one.
Calls calls_of(const World& world, const Argv& argv) {
  const auto log = (world.root() / "calls").string();
  Argv traced{"strace", "-f", "-qq", "-o", log};
  traced.insert(traced.end(), argv.begin(), argv.end());
  must(traced);
  Calls found;
  std::ifstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    const std::string_view text = line;
    const auto has = [&](std::string_view part) { return text.find(part) != std::string_view::npos; };
    if (has("execve") && text.ends_with(" = 0")) ++found.programs;
    if (!has("resumed>") && !has("--- SIG") && !has("+++ ")) ++found.calls;
  }
  return found;
}

/// The command once for its requests and once for its calls, each time from the same beginning.
class Counts {
 public:
  explicit Counts(const World& world) : world_(world), traces_(run({"strace", "-V"}).status == 0) {
    if (!traces_) fmt::print("\nPrograms and system calls are not counted: there is no strace(1) here.\n");
    fmt::print("\n| command | engine requests | least | programs | system calls |\n|---|---|---|---|---|\n");
  }

  /// `least`: the requests that the job cannot do without, whoever does it.
  void row(
      const char* title, const std::string& least, const Argv& argv, const Prepare& before = [] {}) const {
    before();
    const int requests = count_requests(engine_socket(), world_.relay(), argv);
    if (!traces_) {
      fmt::print("| `{}` | {} | {} | - | - |\n", title, requests, least);
      return;
    }
    before();
    const Calls calls = calls_of(world_, argv);
    fmt::print("| `{}` | {} | {} | {} | {} |\n", title, requests, least, calls.programs, calls.calls);
  }

 private:
  const World& world_;
  bool traces_;
};

}  // namespace

void print_counts(const World& world) {
  // The first call by way of the relay gets to know it as an engine; that is no part of the everyday count.
  count_requests(engine_socket(), world.relay(), world.cai({"-d", "--fresh"}));
  const Counts counts(world);
  const auto unshared = [&] { world.close_shared(); };
  const auto stopped = [&] { must(world.cai({"stop", "--force"})); };
  const auto running = [&] { must(world.cai({"-d"})); };
  const auto exec = world.cai({"exec", "--", "true"});
  const auto attach = world.cai({"--", "true"});
  counts.row("cai exec -- true (none shared)", "3", exec, unshared);
  counts.row("cai -- true (first session)", "0", attach, unshared);
  counts.row("cai -- true (connection shared)", "0", attach);
  counts.row("cai exec -- true (connection shared)", "0", exec);
  counts.row("cai status", "1", world.cai({"status"}));
  counts.row("cai list", "1", world.cai({"list"}));
  counts.row("cai -d (nothing to do)", "1", world.cai({"-d"}));
  counts.row("cai gc --dry-run --no-disk", "1", world.cai({"gc", "--dry-run", "--no-disk"}));
  counts.row("cai stop", "1", world.cai({"stop"}), running);
  counts.row("cai -d (stopped)", "1", world.cai({"-d"}), stopped);
  counts.row("cai --fresh -d", "4", world.cai({"-d", "--fresh"}));
  counts.row("cai run --rm --image I -- true", "4",
             world.cai({"run", "--rm", "--image", "debian:bookworm-slim", "--", "true"}));
  counts.row("cai version", "0", world.cai({"version"}));
  counts.row("docker ps", "", {"docker", "ps"});
  counts.row("docker exec C true", "", {"docker", "exec", world.container(), "true"});
  counts.row("docker run --rm I true", "", {"docker", "run", "--rm", "debian:bookworm-slim", "true"});
  counts.row("ssh true (nothing shared)", "", world.plain_ssh(world.port()));
}

}  // namespace cai::bench
