#include <fmt/format.h>
#include <sys/stat.h>

#include <optional>
#include <string>

#include "cai/base/error.hpp"
#include "cai/base/filesystem.hpp"
#include "cai/base/text.hpp"
#include "cai/ssh/ssh.hpp"
#include "cai/ssh/upkeep.hpp"
#include "layout.hpp"
#include "shared_connection.hpp"

namespace cai {

namespace fs = std::filesystem;

namespace {

/// The workspace's host key under its alias; nullopt while it has none.
std::optional<std::string> known_hosts_text(const SshFiles& files, const WorkspaceId& id) {
  const auto key = read_file(files.host_directory(id) / "ssh_host_ed25519_key.pub");
  if (!key) return std::nullopt;
  const auto words = split(trim(*key), ' ');
  if (words.size() < 2 || words[0] != "ssh-ed25519") return std::nullopt;
  return fmt::format("cai-{} {} {}\n", id.value, words[0], words[1]);
}

bool is_as_wanted(const fs::path& file, const std::string& content) {
  struct stat status {};
  return ::lstat(file.c_str(), &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & 0777U) == 0600 &&
         read_file(file) == content;
}

/// True when something had to be written.
bool ensure_content(const fs::path& file, const std::string& content) {
  if (is_as_wanted(file, content)) return false;
  ensure_directory(file.parent_path());
  write_file_atomically(file, content, 0600);
  return true;
}

}  // namespace

SshFiles::EntryState SshFiles::entry_state(const SshTarget& target) const {
  const std::string wanted = entry_text(target, *this);
  return as_ssh_setup_step("looking at the SSH entry", [&] {
    const fs::path entry = entry_file(target.name);
    struct stat status {};
    if (::lstat(entry.c_str(), &status) != 0) return EntryState::absent;
    const auto known_hosts = known_hosts_text(*this, target.id);
    const bool current = is_as_wanted(entry, wanted) && known_hosts &&
                         is_as_wanted(known_hosts_file(target.id), *known_hosts) &&
                         include_line_present(paths_);
    return current ? EntryState::current : EntryState::stale;
  });
}

void SshFiles::write_entry(const SshTarget& target) const {
  const std::string entry = entry_text(target, *this);
  as_ssh_setup_step("writing the SSH entry", [&] {
    const auto known_hosts = known_hosts_text(*this, target.id);
    if (!known_hosts)
      throw Error(ErrorKind::ssh_setup, fmt::format("workspace {} has no host key", target.name))
          .hint("`cai doctor fix` makes the missing keys.");
    // Known hosts first: an entry that is visible also works.
    ensure_content(known_hosts_file(target.id), *known_hosts);
    if (ensure_content(entry_file(target.name), entry)) {
      // A shared connection would go on with the ports and the agent that the old entry spoke of.
      stop_sharing(control_path(target.id), target.name);
    }
    ensure_include_line(paths_);
  });
}

void SshFiles::remove_entry(const std::string& name, const WorkspaceId& id) const {
  require_valid_name(name);
  require_valid_id(id);
  as_ssh_setup_step("removing the SSH entry", [&] {
    remove_file(entry_file(name));
    remove_known_hosts(id);
  });
}

void SshFiles::remove_known_hosts(const WorkspaceId& id) const {
  require_valid_id(id);
  as_ssh_setup_step("removing the workspace's known hosts", [&] {
    remove_file(known_hosts_file(id));
    remove_file(control_path(id));
  });
}

}  // namespace cai
