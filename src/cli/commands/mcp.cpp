#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <thread>

#include "cai/base/filesystem.hpp"
#include "cai/base/text.hpp"
#include "cli/boxes.hpp"
#include "cli/commands/commands.hpp"
#include "cli/sweep.hpp"

namespace cai {
namespace {

/// A signal handler can reach nothing but this: the write end of the pipe that ends the session.
volatile std::sig_atomic_t stop_pipe = -1;  // NOLINT

void on_signal(int number) {
  const char byte = 1;
  if (write(stop_pipe, &byte, 1) < 0) _exit(128 + number);
  // A second signal ends the process at once; the sweep of a later command does the rest.
  std::signal(number, SIG_DFL);
}

class StopSignals {
 public:
  StopSignals() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) throw Error(ErrorKind::failed, "cannot make a pipe");
    read_end_.reset(ends[0]);
    write_end_.reset(ends[1]);
    stop_pipe = ends[1];
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) std::signal(number, on_signal);
  }
  [[nodiscard]] int descriptor() const { return read_end_.get(); }

 private:
  UniqueFd read_end_;
  UniqueFd write_end_;
};

SessionRules rules_from(const Invocation& invocation) {
  SessionRules rules;
  rules.agent = true;
  for (const auto& words : invocation.values("allow")) {
    for (const auto& word : split(words, ',')) {
      if (std::ranges::find(gate_names, word) == std::end(gate_names)) {
        const std::vector<std::string> known(std::begin(gate_names), std::end(gate_names));
        throw Error(ErrorKind::usage, fmt::format("--allow does not know \"{}\"", escape_for_terminal(word)))
            .hint("it knows " + join(known, ", "));
      }
      rules.allowed.insert(word);
    }
  }
  if (const auto text = invocation.option("max")) {
    const auto most = parse_integer(*text);
    if (!most || *most < 1 || *most > 1000)
      throw Error(ErrorKind::usage, "--max takes a number from 1 to 1000");
    rules.most_boxes = static_cast<int>(*most);
  }
  return rules;
}

}  // namespace

int mcp_command(App& app) {
  const StopSignals signals;
  const auto session = make_box_session(app, rules_from(app.invocation()));
  // What earlier sessions left behind goes while the client says hello, and it is told nothing of it. Its own
  // time limit ends it.
  const std::jthread sweep([&app] { sweep_orphans(app, SweepReport::silent); });
  serve_mcp(*session, STDIN_FILENO, STDOUT_FILENO, signals.descriptor(), CAI_VERSION);
  return 0;
}

}  // namespace cai
