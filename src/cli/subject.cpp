#include "cli/subject.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "cai/base/text.hpp"
#include "cai/config/edit.hpp"
#include "cai/converge/rows.hpp"
#include "cai/model/names.hpp"

namespace cai {
namespace {

constexpr std::int64_t smallest_memory = 16 << 20;
constexpr double nanoseconds_per_cpu = 1e9;
constexpr const char* repository_template_name = "repository";

/// The label survives only what is valid UTF-8, because it travels as JSON.
void require_utf8(const Location& location) {
  if (is_utf8(location.root.native()) && is_utf8(location.branch)) return;
  throw Error(ErrorKind::refused,
              "the path or branch is not valid UTF-8: " + escape_for_terminal(location.root.native()) + " (" +
                  escape_for_terminal(location.branch) + ")")
      .hint("container engines cannot mount such a path; rename it");
}

/// What is mounted is what an agent inside can change. A system directory is refused; a whole home, keys and
/// logins included, only goes in when the user says --yes.
void require_mountable(App& app, const std::filesystem::path& root) {
  static constexpr std::array<std::string_view, 20> system = {
      "/",    "/bin",  "/boot", "/dev",  "/etc", "/home", "/lib", "/lib64", "/media", "/mnt",
      "/opt", "/proc", "/run",  "/sbin", "/srv", "/sys",  "/tmp", "/usr",   "/var",   "/mnt/agent-data"};
  if (std::ranges::find(system, root.native()) != system.end()) {
    throw Error(ErrorKind::refused, root.string() + " is a directory of the system, and no workspace")
        .hint("go to the directory of a project");
  }
  std::error_code ignored;  // a home that cannot be resolved is compared as it is written
  const auto resolved = std::filesystem::weakly_canonical(app.environment().home(), ignored);
  const auto from_root = (ignored ? app.environment().home() : resolved).lexically_relative(root);
  const bool holds_home = !from_root.empty() && *from_root.begin() != "..";
  if (!holds_home || app.invocation().flag("yes")) return;
  throw Error(ErrorKind::refused, escape_for_terminal(root.string()) +
                                      " holds your whole home directory, keys and logins included")
      .hint("go to the directory of a project, or say `cai --yes` to let the inside have all of it");
}

struct RepositoryWishes {
  std::optional<RepositoryFile> file;
  std::filesystem::path template_folder;  ///< empty: none
  std::string template_hash;
  std::string hash;  ///< of everything above

  [[nodiscard]] bool empty() const { return !file && template_folder.empty(); }
};

std::string approval_hash(const std::string& content, const std::string& template_hash) {
  return sha256_hex(content + '\0' + template_hash);
}

RepositoryWishes read_wishes(App& app, const std::filesystem::path& root) {
  RepositoryWishes wishes;
  std::error_code ignored;  // a folder that cannot be looked into has no wishes
  if (!std::filesystem::is_directory(root / ".containai", ignored)) return wishes;
  wishes.file = read_repository_file(root);
  const auto folder = root / ".containai" / "template";
  if (std::filesystem::exists(folder / "Dockerfile", ignored)) {
    wishes.template_folder = folder;
    wishes.template_hash =
        load_template(repository_template_name, {.repository = folder, .user = app.paths().templates()},
                      app.user_settings().text("engine.base_image"))
            .hash;
  }
  wishes.hash = approval_hash(wishes.file ? wishes.file->content : "", wishes.template_hash);
  return wishes;
}

void show_wishes(App& app, const RepositoryWishes& wishes) {
  app.console().notice("this repository brings its own configuration:");
  if (wishes.file) {
    for (const auto& line : describe_repository_file(*wishes.file)) app.console().notice("  " + line);
  }
  if (!wishes.template_folder.empty()) {
    app.console().notice("  a template, built from " + escape_for_terminal(wishes.template_folder.string()));
  }
}

bool is_approved(App& app, const std::string& root, const RepositoryWishes& wishes, Approval approval) {
  const bool asks = approval == Approval::ask;
  auto& store = app.store(asks ? Store::Mode::read_write : Store::Mode::read_only);
  if (store.is_trusted(root, wishes.hash)) return true;
  if (!asks) return false;
  if (!app.invocation().flag("trust")) {
    show_wishes(app, wishes);
    // --yes answers questions about this workspace; it does not make a stranger's files trusted.
    if (app.invocation().flag("yes") || !app.console().question("Use it from now on, until it changes?")) {
      app.console().notice("not approved, so not used; `cai --trust` approves it");
      return false;
    }
  }
  store.trust(root, wishes.hash);
  return true;
}

Subject build_subject(App& app, Location location, RepositoryWishes wishes, Approval approval) {
  Subject subject;
  subject.location = std::move(location);
  subject.folders.user = app.paths().templates();
  if (!wishes.empty() && !is_approved(app, subject.location.root.string(), wishes, approval)) wishes = {};
  subject.settings = wishes.file ? load_settings(app.user_settings_file(), wishes.file, app.environment())
                                 : app.user_settings();
  subject.folders.repository = wishes.template_folder;
  subject.repository_template = !wishes.template_folder.empty();
  return subject;
}

void apply(Settings& settings, const Choices& choices, Source source) {
  if (choices.template_name) settings.set("template.default", *choices.template_name, source, "");
  if (choices.memory_bytes)
    settings.set("container.memory", std::to_string(*choices.memory_bytes), source, "");
  if (choices.nano_cpus) {
    settings.set("container.cpus",
                 std::to_string(static_cast<double>(*choices.nano_cpus) / nanoseconds_per_cpu), source, "");
  }
  // Nearly every workspace remembers the profile that is the default anyway, and changed settings are copied.
  if (choices.profile && settings.text("container.profile") != to_string(*choices.profile))
    settings.set("container.profile", std::string(to_string(*choices.profile)), source, "");
}

std::string template_to_use(const Subject& subject, const Settings& settings) {
  const auto& value = settings.get("template.default");
  // A repository's own approved template stands in for the built-in default, never for somebody's choice.
  if (value.source == Source::built_in && subject.repository_template) return repository_template_name;
  return value.text;
}

std::pair<std::string, std::string> parse_variable(const std::string& text) {
  const auto equals = text.find('=');
  const auto name = text.substr(0, equals);
  const bool valid =
      !name.empty() && (std::isdigit(static_cast<unsigned char>(name[0])) == 0) &&
      name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") ==
          std::string::npos;
  if (equals == std::string::npos || !valid) {
    throw Error(ErrorKind::usage, "-e takes NAME=VALUE, with a name of letters, digits and underscores");
  }
  return {name, text.substr(equals + 1)};
}

}  // namespace

Subject make_subject(App& app, const std::filesystem::path& path, Approval approval) {
  auto location = locate(path);
  require_utf8(location);
  if (approval == Approval::ask) require_mountable(app, location.root);
  auto wishes = read_wishes(app, location.root);
  return build_subject(app, std::move(location), std::move(wishes), approval);
}

Subject make_subject(App& app, const WorkspaceRow& row) {
  std::error_code ignored;
  return make_subject(app, row, std::filesystem::is_directory(row.key.root, ignored));
}

Subject make_subject(App& app, const WorkspaceRow& row, bool directory_exists) {
  Location location;
  RepositoryWishes wishes;
  if (directory_exists) {
    location = locate(row.key.root);
    wishes = read_wishes(app, row.key.root);
  }
  location.root = row.key.root;
  location.branch = row.key.branch;
  location.repository_name = row.repository;
  return build_subject(app, std::move(location), std::move(wishes), Approval::ignore_unapproved);
}

std::optional<ApprovedFile> find_approved_file(App& app, const std::filesystem::path& path) {
  const auto root = locate(path).root;
  auto wishes = read_wishes(app, root);
  if (!wishes.file || !app.store(Store::Mode::read_write).is_trusted(root.string(), wishes.hash))
    return std::nullopt;
  return ApprovedFile{root.string(), *std::move(wishes.file), std::move(wishes.template_hash)};
}

void replace_approved_file(App& app, const ApprovedFile& former, const std::string& content) {
  replace_repository_file(former.root, former.file, content);
  // Not what is in the file now: somebody inside may have been quick.
  app.store(Store::Mode::read_write).trust(former.root, approval_hash(content, former.template_hash));
}

WorkspaceOptions resolve_options(App& app, const Subject& subject, const Choices& remembered,
                                 const Choices& flags) {
  Settings settings = subject.settings;
  apply(settings, remembered, Source::workspace);
  apply(settings, flags, Source::flag);

  WorkspaceOptions options;
  options.base_image = settings.text("engine.base_image");
  options.chosen = app.find_template(template_to_use(subject, settings), subject.folders, options.base_image);
  if (options.chosen.needs_default_image) {
    options.default_image = app.find_template("default", {.repository = {}, .user = {}}, options.base_image);
  }
  options.profile = options.chosen.systemd
                        ? Profile::system
                        : parse_profile(settings.text("container.profile")).value_or(Profile::strict);
  options.memory_bytes = settings.size("container.memory").value_or(0);
  options.nano_cpus = static_cast<std::int64_t>(
      std::llround(settings.number("container.cpus").value_or(0) * nanoseconds_per_cpu));
  options.uid = app.environment().uid;
  options.gid = app.environment().gid;
  options.git_directory = subject.location.git_directory.string();
  options.forward_agent = settings.boolean("ssh.forward_agent");
  options.local_forwards = settings.list("ssh.local_forward");
  return options;
}

Choices choices_from_flags(const Invocation& invocation) {
  Choices choices;
  choices.template_name = invocation.option("template");
  if (choices.template_name && !is_valid_template_name(*choices.template_name)) {
    throw Error(ErrorKind::usage,
                "\"" + escape_for_terminal(*choices.template_name) + "\" is no template name")
        .hint("a name has letters a-z, digits, dots, dashes and underscores");
  }
  if (const auto text = invocation.option("memory")) {
    choices.memory_bytes = parse_size(*text);
    if (!choices.memory_bytes || *choices.memory_bytes < smallest_memory) {
      throw Error(ErrorKind::usage, "--memory takes a size of at least 16m, for example 4g");
    }
  }
  if (const auto text = invocation.option("cpus")) {
    char* end = nullptr;
    const double cpus = std::strtod(text->c_str(), &end);
    if (end != text->c_str() + text->size() || text->empty() || !(cpus >= 0.01) || cpus > 4096) {
      throw Error(ErrorKind::usage, "--cpus takes a number of processors, for example 2 or 1.5");
    }
    choices.nano_cpus = static_cast<std::int64_t>(std::llround(cpus * nanoseconds_per_cpu));
  }
  if (const auto text = invocation.option("profile")) {
    choices.profile = parse_profile(*text);
    if (!choices.profile) throw Error(ErrorKind::usage, "--profile takes strict, sudo or system");
  }
  choices.volume = invocation.option("volume");
  if (choices.volume && !is_valid_volume_name(*choices.volume)) {
    throw Error(ErrorKind::usage, "\"" + escape_for_terminal(*choices.volume) + "\" is no volume name");
  }
  for (const auto& variable : invocation.values("env"))
    choices.environment.insert_or_assign(parse_variable(variable).first, parse_variable(variable).second);
  return choices;
}

Choices merge_choices(const Choices& remembered, const Choices& flags) {
  Choices merged = remembered;
  if (flags.template_name) merged.template_name = flags.template_name;
  if (flags.memory_bytes) merged.memory_bytes = flags.memory_bytes;
  if (flags.nano_cpus) merged.nano_cpus = flags.nano_cpus;
  if (flags.profile) merged.profile = flags.profile;
  if (flags.volume) merged.volume = flags.volume;
  for (const auto& [name, value] : flags.environment) merged.environment.insert_or_assign(name, value);
  return merged;
}

std::filesystem::path subject_path(App& app) {
  const auto& here = app.environment().working_directory;
  if (here.empty()) {
    throw Error(ErrorKind::failed, "the current directory does not exist any more")
        .hint("cd to a directory that does");
  }
  const auto& command = app.invocation().command;
  const bool takes_path = command != "exec" && command != "import";
  const auto path = takes_path ? app.invocation().positional(0) : std::nullopt;
  return path ? here / *path : here;
}

std::optional<WorkspaceRow> find_row(App& app, const std::optional<std::string>& name) {
  auto& store = app.store(Store::Mode::read_only);
  if (name) return store.find_by_name(*name);
  const auto& here = app.environment().working_directory;
  if (here.empty()) subject_path(app);
  const auto location = locate(here);
  const auto engine = app.remembered_engine();
  return engine ? store.find(*engine, location.key()) : std::nullopt;
}

Error no_workspace(App& app, const std::optional<std::string>& name) {
  if (name) {
    return Error(ErrorKind::not_found, "there is no workspace named \"" + escape_for_terminal(*name) + "\"")
        .hint("`cai list` shows the workspaces there are");
  }
  const auto location = locate(app.environment().working_directory);
  return Error(ErrorKind::not_found, "there is no workspace for " +
                                         escape_for_terminal(location.root.string()) + " on branch " +
                                         escape_for_terminal(location.branch) + " yet")
      .hint("`cai` makes it");
}

}  // namespace cai
