// The steps that make an empty container a usable box, in the guide's order, and their report.
#include <fmt/format.h>

#include <array>
#include <filesystem>

#include "agent/provision.hpp"
#include "cai/base/error.hpp"
#include "cai/base/filesystem.hpp"
#include "cai/base/text.hpp"

namespace cai {
namespace {

namespace fs = std::filesystem;
using Status = StepOutcome::Status;

std::string_view to_word(Status status) {
  switch (status) {
    case Status::success:
      return "success";
    case Status::skipped:
      return "skipped";
    case Status::failed:
      return "failed";
    case Status::partial:
      return "partial";
  }
  return "";
}

std::string names_of(const Variables& variables) {
  std::vector<std::string> names;
  for (const auto& [name, value] : variables) names.push_back(name);
  return join(names, ", ");
}

StepOutcome env_step(Provision& provision) {
  const auto& passed = provision.passed;
  if (passed.empty() && provision.explicit_variables.empty()) return StepOutcome::skipped("no variables");
  return StepOutcome::success(fmt::format("{} passed through, {} given{}{}", passed.size(),
                                          provision.explicit_variables.size(), passed.empty() ? "" : ": ",
                                          names_of(passed)));
}

std::string names_of(const std::vector<InsideFile>& files) {
  std::vector<std::string> names;
  for (const auto& file : files) names.push_back(fs::path(file.path).filename());
  return join(names, ", ");
}

StepOutcome git_step(Provision& provision) {
  if (provision.clean) return StepOutcome::skipped("purpose clean forwards nothing");
  if (!provision.call.arguments.flag("forward_git")) return StepOutcome::skipped("not asked for");
  const auto& environment = provision.call.house().environment;
  std::vector<InsideFile> files;
  if (auto settings = forwarded_git_settings()) files.push_back({".gitconfig", std::move(*settings)});
  if (auto settings = forwarded_local_git_settings(environment))
    files.push_back({".gitconfig.local", std::move(*settings)});
  if (files.empty()) return StepOutcome::skipped("the host has no git, or no git settings");
  if (!provision.call.arguments.flag("forward_ssh")) {  // else they come with ~/.ssh
    if (auto hosts = read_file(environment.home() / ".ssh/known_hosts"))
      files.push_back({".ssh/known_hosts", std::move(*hosts)});
  }
  provision.write_files(files);
  return StepOutcome::success(names_of(files));
}

StepOutcome gh_step(Provision& provision) {
  return provision.gh;
}

StepOutcome ssh_step(Provision& provision) {
  if (provision.clean) return StepOutcome::skipped("purpose clean forwards nothing");
  if (!provision.call.arguments.flag("forward_ssh")) return StepOutcome::skipped("not asked for");
  const auto linked = provision.run(
      "[ -d /run/cai-ssh ] || exit 3\n"
      "if [ -d \"$HOME/.ssh\" ] && [ ! -L \"$HOME/.ssh\" ]; then mv \"$HOME/.ssh\" \"$HOME/.ssh.image\"; fi\n"
      "ln -sfn /run/cai-ssh \"$HOME/.ssh\" && ls \"$HOME/.ssh/\" >/dev/null");
  if (linked.code == 3) return StepOutcome::skipped("the host has no ~/.ssh");
  if (!linked.succeeded()) return StepOutcome::failed("~/.ssh cannot be read inside", linked.tail());
  return StepOutcome::success("~/.ssh, read-only");
}

/// The amplifier's own settings, if the host has some.
void forward_amplifier_settings(const Provision& provision, std::vector<std::string>& done) {
  const auto folder = provision.call.house().environment.home() / ".amplifier";
  std::vector<InsideFile> files;
  for (const char* name : {"settings.yaml", "settings.json"}) {
    const std::string path = std::string(".amplifier/") + name;
    if (auto content = read_file(folder / name)) files.push_back({path, std::move(*content), "600"});
  }
  provision.write_files(files);
  for (const auto& file : files) done.push_back("~/" + file.path);
}

StepOutcome purpose_step(Provision& provision) {
  const std::string repository = provision.call.arguments.text("repo_url");
  std::vector<std::string> done;
  if (!repository.empty() && provision.call.arguments.text("purpose") == "try-repo") {
    if (const auto wrong = clone_inside(provision, repository, "", "/workspace/repo", true)) {
      return StepOutcome::failed("the repository cannot be cloned", *wrong);
    }
    done.emplace_back("repository at /workspace/repo");
  }
  if (provision.purpose == nullptr) {
    return done.empty() ? StepOutcome::skipped("no purpose") : StepOutcome::success(join(done, ", "));
  }
  if (provision.purpose->name == "amplifier") forward_amplifier_settings(provision, done);
  done.push_back(fmt::format("{} on {}", provision.purpose->name, provision.image.shown));
  if (!provision.purpose->box_setup.empty()) {
    const auto made = provision.run(std::string(provision.purpose->box_setup));
    if (!made.succeeded()) return {Status::partial, join(done, ", "), made.tail()};
  }
  return StepOutcome::success(join(done, ", "));
}

StepOutcome setup_step(Provision& provision) {
  const auto commands = provision.call.arguments.list("setup_commands");
  if (commands.empty()) return StepOutcome::skipped("none given");
  std::size_t worked = 0;
  std::string errors;
  for (const auto& command : commands) {
    if (provision.call.cancelled()) throw Error(ErrorKind::interrupted, "cancelled");
    provision.call.progress("set-up: " + command);
    InsideRequest request{.command = command,
                          .user = provision.box.user,
                          .directory = {},
                          .input = {},
                          .limit = std::chrono::seconds(300),
                          .with_variables = true};
    const auto result = run_in_box(provision.call, provision.box, request);
    if (result.cancelled) throw Error(ErrorKind::interrupted, "cancelled");
    if (result.succeeded()) {
      ++worked;
      continue;
    }
    errors +=
        fmt::format("{}`{}` {}: {}", errors.empty() ? "" : "\n", command,
                    result.timed_out ? "did not end within 300 s" : fmt::format("ended with {}", result.code),
                    result.tail());
  }
  const std::string detail = fmt::format("{} of {} commands succeeded", worked, commands.size());
  if (worked == commands.size()) return StepOutcome::success(detail);
  // The box is usable whatever a set-up command said.
  return {Status::partial, detail, errors};
}

struct Step {
  const char* name;
  StepOutcome (*run)(Provision&);
};
constexpr auto steps = std::to_array<Step>({
    {"env_passthrough", env_step},
    {"forward_git", git_step},
    {"forward_gh", gh_step},
    {"forward_ssh", ssh_step},
    {"dotfiles", dotfiles_step},
    {"purpose", purpose_step},
    {"setup_commands", setup_step},
});

StepOutcome run_step(const Step& step, Provision& provision) {
  try {
    return step.run(provision);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) throw;
    return StepOutcome::failed("", error.what());
  }
}

}  // namespace

Json run_steps(Provision& provision) {
  Json report = Json::array();
  for (const auto& step : steps) {
    if (provision.call.cancelled()) throw Error(ErrorKind::interrupted, "cancelled");
    provision.call.progress(fmt::format("{}: {}", provision.box.name(), step.name));
    const auto outcome = run_step(step, provision);
    Json entry = {
        {"name", step.name}, {"status", std::string(to_word(outcome.status))}, {"detail", outcome.detail}};
    entry["error"] = outcome.error.empty() ? Json() : Json(outcome.error);
    report.push_back(std::move(entry));
  }
  return report;
}

}  // namespace cai
