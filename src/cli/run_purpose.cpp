#include "cli/run_purpose.hpp"

#include <fmt/format.h>

#include "cai/agent/passthrough.hpp"
#include "cai/agent/purpose.hpp"
#include "cai/base/text.hpp"
#include "cai/run/signals.hpp"
#include "cli/boxes.hpp"

namespace cai {
namespace {

/// What a command that nobody asked to see the host's keys for gets: none. The purpose amplifier is there for
/// an agent, which is nothing without them.
Json passthrough_of(const Invocation& invocation) {
  if (const auto words = invocation.option("env-passthrough")) return passthrough_mode(*words);
  return invocation.option("purpose") == "amplifier" ? "auto" : "none";
}

const Purpose& chosen_purpose(const std::string& word, const std::string& root) {
  return word == "try-repo" ? purpose_of_tree(root) : *find_purpose(word);
}

}  // namespace

void check_purpose(const Invocation& invocation) {
  const Json mode = passthrough_of(invocation);
  const auto word = invocation.option("purpose");
  if (!word) return;
  const auto known = purpose_names();
  if (std::ranges::find(known, *word) == known.end()) {
    const auto near = did_you_mean(*word, known);
    throw Error(ErrorKind::usage, fmt::format("there is no purpose \"{}\"", escape_for_terminal(*word)))
        .hint(near ? fmt::format("did you mean {}?", *near) : "it is one of " + join(known, ", "));
  }
  if (invocation.option("template") || invocation.flag("rebuild")) {
    throw Error(ErrorKind::usage, "--purpose chooses the image; there is no template to choose or to build");
  }
  if (*word == "clean" && mode != "none") {
    throw Error(ErrorKind::usage, "--purpose clean passes nothing through: leave out --env-passthrough");
  }
}

void pass_variables(App& app, RunRequest& request) {
  const auto patterns = app.user_settings().list("box.env_patterns");
  request.environment.merge(passed_variables(app.environment(), passthrough_of(app.invocation()), patterns));
}

void prepare_purpose(App& app, RunRequest& request) {
  const auto word = app.invocation().option("purpose");
  if (!word) return;
  const auto& purpose = chosen_purpose(*word, request.root);
  request.variables = purpose.variables;
  request.set_up = purpose.box_setup;
  // Where the set-up goes; the working tree itself is not littered.
  if (!request.set_up.empty() && request.root != purpose_directory) request.scratch = purpose_directory;
  if (app.invocation().option("image")) return;
  const BoundedCalls bounded(app.engine(), {.interrupted = SignalWatch::asks_to_stop});
  const auto settings = settings_for_boxes(app);
  const PurposeShop shop{
      .engine = app.engine(),
      .paths = app.paths(),
      .instance = app.instance(),
      .settings = settings,
      .naming = "--image",
      .cancelled = SignalWatch::asks_to_stop,
      .progress = [&](const std::string& line) { app.console().progress(escape_for_terminal(line)); }};
  request.image = purpose_image(shop, purpose).reference;
}

}  // namespace cai
