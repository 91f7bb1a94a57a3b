#include "cai/ssh/upkeep.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <map>
#include <optional>

#include "cai/base/filesystem.hpp"
#include "cai/base/text.hpp"
#include "cai/model/names.hpp"
#include "entry_text.hpp"
#include "layout.hpp"

namespace cai {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t entry_limit = 1U << 20U;
constexpr std::string_view alias_keyword = "  HostKeyAlias cai-";

std::vector<fs::path> children(const fs::path& directory) {
  std::vector<fs::path> paths;
  std::error_code ignored;  // no directory, no children
  for (const auto& entry : fs::directory_iterator(directory, ignored)) paths.push_back(entry.path());
  return paths;
}

bool is_regular(const fs::path& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

bool is_workspace_id(std::string_view text) {
  return text.size() == 16 && text.find_first_not_of("0123456789abcdef") == text.npos;
}

/// The workspace of one of our entries; nullopt for a file that is not ours.
std::optional<SshTraces> read_entry(const fs::path& file, const SshFiles& files) {
  const std::string name = file.stem().native();
  if (file.extension() != ".conf" || !is_valid_container_name(name) || !is_regular(file)) return std::nullopt;
  const auto text = read_file(file, entry_limit);
  if (!text || !text->starts_with(fmt::format("{}Host {}\n", entry_marker, name))) return std::nullopt;
  SshTraces traces{.id = {}, .name = name};
  bool known_hosts_are_ours = false;
  for (const std::string& line : split(*text, '\n')) {
    if (line.starts_with(alias_keyword)) traces.id.value = line.substr(alias_keyword.size());
  }
  if (!is_workspace_id(traces.id.value)) return std::nullopt;
  const std::string known_hosts = "  UserKnownHostsFile " + config_path(files.known_hosts_file(traces.id));
  for (const std::string& line : split(*text, '\n')) known_hosts_are_ours |= line == known_hosts;
  return known_hosts_are_ours ? std::optional(traces) : std::nullopt;
}

void append(std::vector<LooseMode>& all, std::vector<LooseMode> more) {
  all.insert(all.end(), more.begin(), more.end());
}

}  // namespace

std::vector<SshTraces> find_traces(const Paths& paths) {
  return as_ssh_setup_step("looking for SSH entries and keys", [&] {
    const SshFiles files(paths);
    std::map<WorkspaceId, std::string> found;
    for (const char* folder : {"hosts", "known_hosts"}) {
      for (const fs::path& path : children(paths.keys() / folder)) {
        if (is_workspace_id(path.filename().native())) found.try_emplace({path.filename().native()});
      }
    }
    for (const fs::path& file : children(paths.ssh / "containai.d")) {
      if (const auto traces = read_entry(file, files)) found[traces->id] = traces->name;
    }
    std::vector<SshTraces> all;
    for (const auto& [id, name] : found) all.push_back({.id = id, .name = name});
    return all;
  });
}

std::vector<LooseMode> check_mode(const fs::path& path, mode_t wanted) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0 || S_ISLNK(status.st_mode)) return {};
  const mode_t is = status.st_mode & 0777U;
  const bool others_may_more = (is & ~wanted & 077U) != 0;
  const bool we_may_less = (wanted & ~is & 0700U) != 0;
  if (!others_may_more && !we_may_less) return {};
  return {{.path = path, .is = is, .wanted = wanted}};
}

std::vector<LooseMode> loose_ssh_modes(const Paths& paths) {
  std::vector<LooseMode> loose = check_mode(paths.keys(), 0700);
  append(loose, check_mode(paths.keys() / "id_ed25519", 0600));
  append(loose, check_mode(paths.keys() / "hosts", 0700));
  for (const fs::path& directory : children(paths.keys() / "hosts")) {
    append(loose, check_mode(directory, 0700));
    append(loose, check_mode(directory / "ssh_host_ed25519_key", 0600));
    append(loose, check_mode(directory / "authorized_keys", 0600));
  }
  append(loose, check_mode(paths.ssh / "containai.d", 0700));
  for (const SshTraces& traces : find_traces(paths)) {
    if (!traces.name.empty()) append(loose, check_mode(SshFiles(paths).entry_file(traces.name), 0600));
  }
  return loose;
}

bool is_temporary_key_name(std::string_view name) {
  constexpr std::string_view prefix = ".new-";
  if (name.ends_with(".pub")) name.remove_suffix(4);
  return name.starts_with(prefix) && is_workspace_id(name.substr(prefix.size()));
}

}  // namespace cai
