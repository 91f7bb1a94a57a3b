#include "cli/completion.hpp"

#include "cai/image/template.hpp"
#include "cli/commands/commands.hpp"

namespace cai {
namespace {

/// What can be known without asking an engine and without writing anything.
std::vector<std::string> look_up(App& app, WordSource source) {
  std::vector<std::string> words;
  switch (source) {
    case WordSource::workspaces:
      for (const auto& row : app.store(Store::Mode::read_only).workspaces()) words.push_back(row.name);
      break;
    case WordSource::templates:
      words = template_names({.repository = {}, .user = app.paths().templates()});
      break;
    case WordSource::settings:
      for (const auto& key : setting_keys()) words.emplace_back(key.name);
      break;
    case WordSource::contexts:
      words = context_names(app.environment());
      break;
    case WordSource::none:
      break;
  }
  return words;
}

}  // namespace

int completion_command(App& app) {
  const auto shell = app.invocation().positional(0).value_or("");
  const auto script = completion_script(shell);
  if (!app.invocation().has_inner_command) {
    app.console().data(script);
    return 0;
  }
  const auto completion =
      complete(app.invocation().inner_command, [&](WordSource source) { return look_up(app, source); });
  app.console().data(completion_lines(completion, shell));
  return 0;
}

}  // namespace cai
