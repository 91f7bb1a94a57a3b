// Variables, the user and files inside a new box.
#include "agent/provision.hpp"

#include <fmt/format.h>

#include <array>
#include <filesystem>

#include "agent/copy.hpp"
#include "cai/base/error.hpp"
#include "cai/base/filesystem.hpp"
#include "cai/base/text.hpp"

namespace cai {
namespace {

namespace fs = std::filesystem;

/// A subshell, which is read whole before it runs: half a script writes nothing.
constexpr std::string_view write_script = R"sh((
umask 077
place() { case $1 in */*) mkdir -p "${1%/*}" || exit 1 ;; esac; }
put() { place "$1" && cat > "$1" && chmod "$2" "$1" || exit 1; }
put_without_newline() {
  text=$(cat; echo .) && text=${text%.} && place "$1" && printf %s "${text%?}" > "$1" && chmod "$2" "$1" || exit 1
}
)sh";

/// The token of the host's gh, unless `env` has its own.
StepOutcome add_gh_token(Provision& provision) {
  if (provision.clean) return StepOutcome::skipped("purpose clean forwards nothing");
  if (!provision.call.arguments.flag("forward_gh")) return StepOutcome::skipped("not asked for");
  std::string reason;
  const auto token = host_gh_token(reason);
  if (!token) return StepOutcome::skipped(reason);
  provision.call.secrets.push_back(*token);
  std::vector<std::string> set;
  for (const char* name : {"GH_TOKEN", "GITHUB_TOKEN"}) {
    if (provision.explicit_variables.contains(name)) continue;
    provision.variables[name] = *token;
    set.emplace_back(name);
  }
  if (set.empty()) return StepOutcome::skipped("env sets GH_TOKEN and GITHUB_TOKEN itself");
  return StepOutcome::success(join(set, ", "));
}

}  // namespace

InsideResult Provision::run(const std::string& command, const std::vector<std::string>& words,
                            const std::string& input, std::chrono::milliseconds limit) const {
  const InsideRequest request{.command = "cd \"$HOME\" 2>/dev/null; " + command,
                              .words = words,
                              .user = box.user,
                              .directory = "/",
                              .input = input,
                              .limit = limit,
                              .with_variables = true};
  auto result = run_in_box(call, box, request);
  if (result.cancelled) throw Error(ErrorKind::interrupted, "cancelled");
  return result;
}

void Provision::write_files(const std::vector<InsideFile>& files) const {
  if (files.empty()) return;
  const std::string end = "end-" + random_hex(8);
  std::string script(write_script);
  std::vector<std::string> paths;
  for (const auto& [path, content, mode] : files) {
    const bool whole_lines = content.empty() || content.ends_with('\n');
    script += fmt::format("{} {} {} <<'{}'\n{}{}{}\n", whole_lines ? "put" : "put_without_newline",
                          shell_quote("./" + path), mode, end, content, whole_lines ? "" : "\n", end);
    paths.push_back(escape_for_terminal(path));
  }
  const auto result = run("exec /bin/sh", {}, script + ")\n");
  if (!result.succeeded()) {
    throw Error(ErrorKind::failed,
                fmt::format("{} cannot be written inside: {}", join(paths, ", "), result.tail()));
  }
}

void collect_variables(Provision& provision) {
  Call& call = provision.call;
  const Json none = "none";
  const Json& mode = provision.clean ? none : call.arguments.value("env_passthrough");
  provision.passed = passed_variables(call.house().environment, mode, call.house().settings.env_patterns);
  for (const auto& [name, value] : provision.passed) {
    if (!provision.explicit_variables.contains(name)) provision.variables[name] = value;
    call.secrets.push_back(value);
  }
  provision.gh = add_gh_token(provision);
}

std::string variables_file(const Provision& provision) {
  std::string file;
  for (const auto& name : split(provision.blanked, ',')) {
    if (is_variable_name(name)) file += fmt::format("[ -n \"${{{0}:-}}\" ] || unset {0}\n", name);
  }
  if (provision.purpose != nullptr) file += provision.purpose->variables;
  for (const auto& [name, value] : provision.variables) {
    file += fmt::format("export {}={}\n", name, shell_quote(value));
  }
  return file;
}

void write_variables(const Provision& provision) {
  const std::string file = fmt::format("export HOME={}\nexport SHELL={}\n", shell_quote(provision.home),
                                       shell_quote(provision.shell)) +
                           variables_file(provision);
  const InsideRequest request{.command =
                                  "umask 077; mkdir -p \"$1\" /run/cai/jobs && cat > /run/cai/env.new && "
                                  "mv /run/cai/env.new /run/cai/env",
                              .words = {provision.home},
                              .user = provision.box.user,
                              .directory = "/",
                              .input = file};
  const auto result = run_in_box(provision.call, provision.box, request);
  if (!result.succeeded())
    throw Error(ErrorKind::failed, "variables cannot be written inside: " + result.tail());
}

std::optional<std::string> clone_inside(const Provision& provision, const std::string& repository,
                                        const std::string& branch, const std::string& target, bool shallow) {
  if (!provision.run("command -v git").succeeded()) {
    return "the image has no git; name an image or a purpose that has it";
  }
  std::string url = repository;
  std::string staged;
  const auto local = host_path_of(provision.call.house().environment, repository);
  if (local) {
    staged = "/tmp/cai-" + random_hex(6);
    const auto made = provision.run("umask 077; mkdir \"$1\"", {staged});
    if (!made.succeeded()) return made.tail();
    refuse_sensitive_path(provision.call, *local);
    const bool working_tree = fs::is_directory(*local / ".git");
    send_to_box(provision.call, provision.box, working_tree ? *local / ".git" : *local, staged,
                "repository.git");
    url = staged + "/repository.git";
  }
  // The token is expanded by the helper's own shell, so it is in no argument.
  constexpr const char* script = R"sh(
set -- "$@"
url=$1 target=$2 branch=$3 shallow=$4
case $target in '~') target=$HOME ;; '~/'*) target=$HOME/${target#??} ;; esac
helper='!f() { echo username=x-access-token; echo "password=${GH_TOKEN:-$GITHUB_TOKEN}"; }; f'
[ -n "${GH_TOKEN:-}${GITHUB_TOKEN:-}" ] || helper=
GIT_TERMINAL_PROMPT=0 git -c credential.https://github.com.helper="$helper" clone --quiet \
  ${shallow:+--depth 1} ${branch:+--branch "$branch"} -- "$url" "$target")sh";
  const bool by_depth = shallow && !local;
  const auto cloned = provision.run(script, {url, target, branch, by_depth ? "1" : ""});
  if (!staged.empty()) static_cast<void>(provision.run("rm -rf \"$1\"", {staged}));
  if (!cloned.succeeded()) return cloned.timed_out ? "git clone did not end within 300 s" : cloned.tail();
  if (local) {
    // Who pulls later must not find a path that is gone; no remote is no failure.
    static_cast<void>(provision.run(
        "case $1 in '~/'*) set -- \"$HOME/${1#??}\" ;; esac; git -C \"$1\" remote remove origin", {target}));
  }
  return std::nullopt;
}

}  // namespace cai
