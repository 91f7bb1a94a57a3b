#include "cai/data/transfer_mark.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <chrono>

#include "cai/base/error.hpp"

namespace cai {
namespace {

namespace fs = std::filesystem;

constexpr int lock_wait_milliseconds = 10'000;
/// What was asked of an engine just before its cai was killed is made by then.
constexpr std::chrono::minutes still_to_come(1);

/// Without making a file: its owner may remove it at any moment.
bool is_held(const fs::path& mark) {
  const UniqueFd file(open(mark.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  return !file.valid() || flock(file.get(), LOCK_SH | LOCK_NB) != 0;
}

bool is_young(const fs::path& mark) {
  std::error_code gone;
  const auto made = fs::last_write_time(mark, gone);
  return !gone && fs::file_time_type::clock::now() - made < still_to_come;
}

}  // namespace

TransferMark::TransferMark(const fs::path& directory, const std::string& name)
    : path_((ensure_directory(directory), directory / name)),
      lock_(FileLock::acquire(path_, lock_wait_milliseconds, [] {})) {}

void TransferMark::remove() {
  remove_file(path_);
}

fs::path helper_marks(const fs::path& locks) {
  return locks / "helpers";
}

bool has_abandoned_marks(const fs::path& directory) {
  std::error_code none;
  for (const auto& mark : fs::directory_iterator(directory, none)) {
    if (!is_held(mark.path())) return true;
  }
  return false;
}

void clear_abandoned_marks(const fs::path& directory,
                           const std::function<Leftover(const std::string& name)>& clear) {
  std::error_code none;
  for (const auto& mark : fs::directory_iterator(directory, none)) {
    if (is_held(mark.path())) continue;
    const auto lock = FileLock::try_acquire(mark.path());
    if (!lock) continue;  // another cleaner
    const auto found = clear(mark.path().filename().native());
    if (found == Leftover::gone || (found == Leftover::nothing && !is_young(mark.path()))) {
      remove_file(mark.path());
    }
  }
}

}  // namespace cai
