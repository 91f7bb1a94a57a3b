#include "cli/temporary_files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "cai/base/filesystem.hpp"
#include "cai/image/edition.hpp"
#include "cai/ssh/upkeep.hpp"
#include "cli/home_records.hpp"

namespace cai {
namespace {

namespace fs = std::filesystem;

/// They are written in a moment.
constexpr std::chrono::minutes file_is_dead_after(10);

std::vector<fs::path> own_directories(const Paths& paths) {
  std::vector<fs::path> directories = {paths.config,
                                       paths.state,
                                       HomeRecords::folder(paths),
                                       editions_folder(paths),
                                       paths.runtime / "runs",
                                       paths.keys(),
                                       paths.keys() / "hosts",
                                       paths.keys() / "known_hosts",
                                       paths.ssh,
                                       paths.ssh / "containai.d"};
  for (const auto& of_many : {paths.keys() / "hosts", paths.templates()}) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(of_many, ignored)) directories.push_back(entry.path());
  }
  return directories;
}

/// Who writes one holds it; a clock that was set forward makes no file old while it is written.
bool is_held(const fs::path& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  return file.valid() && ::flock(file.get(), LOCK_EX | LOCK_NB) != 0;
}

bool is_dead_temporary_file(const fs::path& path, Timestamp now) {
  const std::string name = path.filename().native();
  if (!is_temporary_file_name(name) && !is_temporary_key_name(name)) return false;
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return false;
  return now - Timestamp(std::chrono::seconds(status.st_mtim.tv_sec)) > file_is_dead_after && !is_held(path);
}

}  // namespace

std::vector<fs::path> dead_temporary_files(const Paths& paths, Timestamp now) {
  std::vector<fs::path> dead;
  for (const fs::path& directory : own_directories(paths)) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(directory, ignored)) {
      if (is_dead_temporary_file(entry.path(), now)) dead.push_back(entry.path());
    }
  }
  return dead;
}

}  // namespace cai
