#include <fmt/format.h>

#include "agent/copy.hpp"
#include "agent/provision.hpp"
#include "cai/base/text.hpp"

namespace cai {
namespace {

/// Runs the first install script that exists; $1 is the target, $2 the script that was named. Prints what was
/// used as its last line.
constexpr const char* install_script = R"sh(
target=$1 named=$2
case $target in '~') target=$HOME ;; '~/'*) target=$HOME/${target#??} ;; esac
cd "$target" || exit 1
run() {
  if [ -x "./$1" ]; then "./$1"; else sh "./$1"; fi || { echo "$1 ended with $?" >&2; exit 70; }
  echo "$1"; exit 0
}
if [ -n "$named" ]; then
  [ -f "./$named" ] || { echo "the repository has no $named" >&2; exit 70; }
  run "$named"
fi
for script in install.sh setup.sh bootstrap.sh script/setup; do
  [ -f "./$script" ] && run "$script"
done
if [ -f Makefile ]; then
  command -v make >/dev/null || { echo "the image has no make" >&2; exit 70; }
  make || { echo "make ended with $?" >&2; exit 70; }
  echo make; exit 0
fi
linked=
for file in .bashrc .bash_profile .bash_aliases .zshrc .zprofile .gitconfig .gitignore_global .vimrc .tmux.conf \
            .inputrc .editorconfig; do
  [ -e "$file" ] && ln -sfn "$PWD/$file" "$HOME/$file" && linked="$linked $file"
done
echo "links:$linked"
)sh";

StepOutcome from_repository(Provision& provision, const std::string& repository) {
  const auto& arguments = provision.call.arguments;
  const std::string target = arguments.text("dotfiles_target");
  if (const auto wrong =
          clone_inside(provision, repository, arguments.text("dotfiles_branch"), target, true)) {
    return StepOutcome::failed("the dotfiles cannot be cloned", *wrong);
  }
  const auto done = provision.run(install_script, {target, arguments.text("dotfiles_script")});
  if (done.timed_out) return StepOutcome::failed("the install script did not end within 300 s", done.tail());
  if (!done.succeeded()) return StepOutcome::failed("the install script failed", done.tail());
  const auto lines = split(trim(done.output), '\n');
  return StepOutcome::success(fmt::format("cloned; {}", lines.empty() ? "" : shown_word(lines.back())));
}

bool stays_in_home(const std::string& path) {
  if (path.empty() || path.front() == '/' || path.front() == '~') return false;
  for (const auto& part : split(path, '/')) {
    if (part.empty() || part == "." || part == "..") return false;
  }
  return true;
}

}  // namespace

StepOutcome dotfiles_step(Provision& provision) {
  const auto& arguments = provision.call.arguments;
  if (provision.clean) return StepOutcome::skipped("purpose clean has no dotfiles");
  if (arguments.flag("dotfiles_skip")) return StepOutcome::skipped("dotfiles_skip");
  const std::string repository = arguments.text("dotfiles_repo");
  if (!repository.empty()) return from_repository(provision, repository);
  const auto files = arguments.map("dotfiles_inline");
  if (files.empty()) return StepOutcome::skipped("none given");
  std::vector<InsideFile> inside;
  for (const auto& [path, content] : files) {
    const std::string below = path.starts_with("~/") ? path.substr(2) : path;
    if (!stays_in_home(below)) {
      return StepOutcome::failed(fmt::format("\"{}\" is no path below the home", escape_for_terminal(path)));
    }
    inside.push_back({below, content});
  }
  provision.write_files(inside);
  return StepOutcome::success(fmt::format("{} files written", files.size()));
}

}  // namespace cai
