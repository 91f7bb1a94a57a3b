#include "shared_connection.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstring>

#include "cai/base/error.hpp"
#include "cai/base/filesystem.hpp"
#include "cai/base/process.hpp"
#include "entry_text.hpp"
#include "layout.hpp"

namespace cai {

namespace fs = std::filesystem;

namespace {

/// The master answers at once or it hangs.
constexpr std::chrono::seconds stop_limit(5);

bool answers(const fs::path& socket_path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string& text = socket_path.native();
  if (text.empty() || text.size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, text.data(), text.size());
  // Non-blocking: a master that hangs with a full backlog must not make us hang too.
  const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  return fd.valid() && ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace

bool prepare_control_directory(const SshFiles& files, const WorkspaceId& id) {
  const fs::path directory = files.control_path(id).parent_path();
  struct stat status {};
  if (::lstat(directory.c_str(), &status) != 0) {
    std::error_code ignored;
    if (!fs::is_directory(directory.parent_path(), ignored)) ensure_directory(directory.parent_path());
    // Whether we made it or somebody was faster (in /tmp everybody may try) is told by its owner.
    ::mkdir(directory.c_str(), 0700);
    if (::lstat(directory.c_str(), &status) != 0) return false;
  }
  if (!S_ISDIR(status.st_mode) || status.st_uid != ::geteuid()) return false;
  return (status.st_mode & 0777U) == 0700 || ::chmod(directory.c_str(), 0700) == 0;
}

void stop_sharing(const fs::path& control_path, const std::string& name) noexcept {
  try {
    if (!answers(control_path)) return;
    run_process({"ssh", "-F", "/dev/null", "-S", without_tokens(control_path), "-O", "stop", name},
                stop_limit);
  } catch (const std::exception&) {
    // The connection then ends by itself, a minute after its last session.
    return;
  }
}

bool shared_connection_open(const SshFiles& files, const WorkspaceId& id) {
  return answers(files.control_path(id));
}

void release_shared_connection(const SshFiles& files, const SshTarget& target) {
  stop_sharing(files.control_path(target.id), target.name);
}

}  // namespace cai
