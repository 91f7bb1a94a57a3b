#include "cai/base/text.hpp"
#include "cli/commands/commands.hpp"
#include "cli/views.hpp"

namespace cai {
namespace {

constexpr int default_lines = 50;
constexpr int most_lines = 10'000;

int lines_to_show(const Invocation& invocation) {
  const auto text = invocation.option("lines");
  if (!text) return default_lines;
  const auto lines = parse_integer(*text);
  if (!lines || *lines < 1 || *lines > most_lines) {
    throw Error(ErrorKind::usage, "-n takes a number from 1 to " + std::to_string(most_lines));
  }
  return static_cast<int>(*lines);
}

}  // namespace

int log_command(App& app) {
  const auto entries = app.store(Store::Mode::read_only)
                           .journal(lines_to_show(app.invocation()), app.invocation().option("container"));
  if (app.invocation().flag("json")) {
    app.console().data(dump_json(log_json(entries), 2) + "\n");
  } else if (entries.empty()) {
    app.console().notice("nothing has been done yet");
  } else {
    app.console().data(log_text(entries));
  }
  return 0;
}

}  // namespace cai
