#include "layout.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "cai/base/text.hpp"
#include "cai/model/names.hpp"

namespace cai {

namespace fs = std::filesystem;

fs::path SshFiles::host_directory(const WorkspaceId& id) const {
  // Joined as text: `/` takes a path apart each time, and a survey asks this for every workspace.
  return hosts_ + id.value;
}

fs::path SshFiles::entry_file(const std::string& name) const {
  return paths_.ssh / "containai.d" / (name + ".conf");
}

fs::path SshFiles::known_hosts_file(const WorkspaceId& id) const {
  return paths_.keys() / "known_hosts" / id.value;
}

fs::path SshFiles::control_path(const WorkspaceId& id) const {
  fs::path path = paths_.runtime / id.value;
  if (path.native().size() <= max_control_path) return path;
  return fs::path(fmt::format("/tmp/containai-{}", ::geteuid())) / id.value;
}

fs::path client_key_file(const SshFiles& files, const WorkspaceId& id) {
  return files.known_hosts_file(id).parent_path().parent_path() / "id_ed25519";
}

void require_valid_name(const std::string& name) {
  if (is_valid_container_name(name)) return;
  throw Error(ErrorKind::ssh_setup,
              fmt::format("\"{}\" cannot be the name of an SSH entry", escape_for_terminal(name)))
      .hint("Names have 1 to 63 characters from a-z, 0-9 and '-', with no '-' at either end.");
}

void require_valid_id(const WorkspaceId& id) {
  const auto is_fine = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
  };
  if (!id.empty() && id.value.size() <= 64 && std::ranges::all_of(id.value, is_fine)) return;
  throw Error(ErrorKind::ssh_setup,
              fmt::format("\"{}\" is not a workspace id", escape_for_terminal(id.value)));
}

Error as_ssh_setup(const Error& error, const std::string& doing) {
  Error result(error.kind() == ErrorKind::failed ? ErrorKind::ssh_setup : error.kind(), error.what());
  for (const auto& step : error.trail()) result.during(step);
  result.during(doing);
  for (const auto& hint : error.hints()) result.hint(hint);
  return result;
}

}  // namespace cai
