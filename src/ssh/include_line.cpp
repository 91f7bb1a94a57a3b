#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <string_view>

#include "cai/base/error.hpp"
#include "cai/base/filesystem.hpp"
#include "cai/base/text.hpp"
#include "cai/ssh/ssh.hpp"
#include "cai/ssh/upkeep.hpp"
#include "layout.hpp"

namespace cai {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view include_line = "Include containai.d/*.conf";
/// Others hold the lock only while they write one small file.
constexpr int lock_wait_milliseconds = 10'000;

/// The file that a chain of symbolic links ends at, whether it exists or not. (std::filesystem::canonical
/// needs it to exist, and weakly_canonical would stop at a dangling link.)
fs::path final_target(fs::path path) {
  constexpr int most_links = 40;  // as the kernel
  for (int links = 0; links < most_links; ++links) {
    std::error_code not_a_link;
    const fs::path next = fs::read_symlink(path, not_a_link);
    if (not_a_link) return path;
    path = next.is_absolute() ? next : path.parent_path() / next;
  }
  throw Error(ErrorKind::ssh_setup,
              fmt::format("{} is a loop of symbolic links", escape_for_terminal(path.native())));
}

void make_directory_if_missing(const fs::path& directory) {
  std::error_code ignored;
  if (!fs::is_directory(directory, ignored)) ensure_directory(directory, 0700);
}

/// Replaces the file and keeps what a new file would not have: mode and owner.
void replace_keeping_attributes(const fs::path& file, const std::string& content) {
  struct stat old {};
  if (::stat(file.c_str(), &old) != 0) {
    make_directory_if_missing(file.parent_path());
    write_file_atomically(file, content, 0600);
    return;
  }
  if (old.st_uid != ::geteuid() && ::geteuid() != 0)
    throw Error(ErrorKind::ssh_setup,
                fmt::format("{} belongs to another user", escape_for_terminal(file.native())));
  write_file_atomically(file, content, old.st_mode & 07777U);
  struct stat now {};
  if (::stat(file.c_str(), &now) != 0 || (now.st_uid == old.st_uid && now.st_gid == old.st_gid)) return;
  if (::chown(file.c_str(), old.st_uid, old.st_gid) == 0) ::chmod(file.c_str(), old.st_mode & 07777U);
}

void put_include_line(const fs::path& config) {
  const fs::path target = final_target(config);
  const std::string old = read_file(target).value_or("");
  const std::string wanted = with_include_line(old);
  if (wanted != old) replace_keeping_attributes(target, wanted);
}

}  // namespace

std::string with_include_line(const std::string& config) {
  std::string_view rest = config;
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    const std::string_view line = trim(rest.substr(0, end));
    if (line == include_line) return config;
    if (!line.empty() && line.front() != '#') break;
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  return fmt::format("{}\n{}", include_line, config);
}

bool include_line_present(const Paths& paths) {
  const auto config = read_file(paths.ssh / "config");
  return config && with_include_line(*config) == *config;
}

void ensure_include_line(const Paths& paths) {
  const fs::path config = paths.ssh / "config";
  try {
    if (include_line_present(paths)) return;
    make_directory_if_missing(paths.ssh);
    ensure_directory(paths.locks());
    const auto lock = FileLock::acquire(paths.locks() / "ssh-config.lock", lock_wait_milliseconds, [] {});
    put_include_line(config);
  } catch (const Error& error) {
    throw as_ssh_setup(error, fmt::format("adding one line to {}", escape_for_terminal(config.native())))
        .hint(fmt::format("Add this line on top of {} by hand: {}", escape_for_terminal(config.native()),
                          include_line));
  }
}

}  // namespace cai
