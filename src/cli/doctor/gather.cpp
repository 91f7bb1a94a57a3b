#include <sys/stat.h>
#include <sys/statvfs.h>

#include <chrono>
#include <map>

#include "cai/base/filesystem.hpp"
#include "cai/base/process.hpp"
#include "cai/base/text.hpp"
#include "cli/app.hpp"
#include "cli/doctor/facts.hpp"
#include "cli/temporary_files.hpp"

namespace cai {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds question_limit = std::chrono::seconds(5);
/// An operation without a row to look at may take this long.
constexpr std::chrono::hours operation_is_dead_after(24);
constexpr int whole_journal = 10'000;

Trouble trouble_of(const Error& error) {
  return {.message = error.what(), .remedy = error.hints().empty() ? "" : error.hints().front()};
}

/// The context that a flag or the settings name. Settings that cannot be read name none.
std::optional<std::string> wanted_context(App& app, DoctorFacts& facts) {
  std::optional<std::string> context;
  try {
    context = app.user_settings().optional_text("engine.context");
  } catch (const Error& error) {
    facts.settings = trouble_of(error);
  }
  const auto flag = app.invocation().option("context");
  return flag ? flag : context;
}

void ask_engine(EngineFacts& facts, const Endpoint& endpoint) {
  try {
    const DockerEngineOptions options{.api_version = {}, .answer_limit = question_limit};
    facts.information = make_docker_engine(endpoint, options)->information();
  } catch (const Error& error) {
    facts.no_answer = trouble_of(error);
  }
}

EngineFacts gather_engine(App& app, const std::optional<std::string>& context) {
  EngineFacts facts;
  facts.program_installed = program_exists("docker") || program_exists("dockerd") || program_exists("podman");
  facts.contexts = context_names(app.environment());
  try {
    const auto endpoint = choose_endpoint(app.environment(), context);
    facts.url = endpoint.url();
    facts.reason = endpoint.reason;
    facts.local = endpoint.kind == Endpoint::Kind::unix_socket;
    ask_engine(facts, endpoint);
  } catch (const Error& error) {
    facts.no_endpoint = trouble_of(error);
  }
  return facts;
}

/// "OpenSSH_9.2p1" of "OpenSSH_9.2p1 Debian-2+deb12u3, OpenSSL 3.0.11".
std::string ssh_version() {
  if (!program_exists("ssh")) return "";
  try {
    const auto result = run_process({"ssh", "-V"}, question_limit);
    const auto words = split(trim(result.standard_error), ' ');
    return words.front().substr(0, words.front().find(','));
  } catch (const Error&) {
    return "";
  }
}

SshFacts gather_ssh(const Paths& paths, std::vector<LooseMode>& loose_modes) {
  SshFacts facts;
  facts.version = ssh_version();
  facts.keygen = program_exists("ssh-keygen");
  std::error_code ignored;
  facts.client_key = fs::exists(paths.keys() / "id_ed25519", ignored);
  try {
    for (const auto& traces : find_traces(paths)) facts.entries |= !traces.name.empty();
    facts.include_line = include_line_present(paths);
    loose_modes = loose_ssh_modes(paths);
  } catch (const Error& error) {
    facts.unreadable = trouble_of(error);
  }
  return facts;
}

std::optional<DiskFacts> disk_of(std::string what, fs::path path) {
  std::error_code ignored;
  while (!fs::exists(path, ignored) && path.has_relative_path()) path = path.parent_path();
  struct statvfs status {};
  if (::statvfs(path.c_str(), &status) != 0 || status.f_blocks == 0) return std::nullopt;
  return DiskFacts{.what = std::move(what),
                   .path = path,
                   .free_bytes = std::uint64_t{status.f_bavail} * status.f_frsize,
                   .total_bytes = std::uint64_t{status.f_blocks} * status.f_frsize};
}

std::vector<DiskFacts> gather_disks(const Paths& paths, const EngineFacts& engine) {
  std::vector<DiskFacts> disks;
  if (const auto disk = disk_of("state", paths.state)) disks.push_back(*disk);
  if (!engine.local || !engine.information) return disks;
  const fs::path& data = engine.information->data_directory;
  std::error_code ignored;
  // An engine in a virtual machine names a directory of its own; and not everybody may look.
  if (!data.is_absolute() || !fs::exists(data, ignored)) return disks;
  if (const auto disk = disk_of("engine", data)) disks.push_back(*disk);
  return disks;
}

/// True when nobody works at the workspace: whoever does holds its lock, and the kernel frees that of the
/// dead.
bool lock_is_free(const fs::path& lock) {
  std::error_code ignored;
  if (!fs::exists(lock, ignored)) return true;
  try {
    return FileLock::try_acquire(lock).has_value();
  } catch (const Error&) {
    return false;
  }
}

/// The entries were read before the locks are looked at: an operation that ended in between has closed its
/// entry, and closing it again does nothing.
std::vector<JournalEntry> dead_entries(const Paths& paths, const Store& store, Timestamp now) {
  std::vector<JournalEntry> unfinished;
  for (auto& entry : store.journal(whole_journal, std::nullopt)) {
    if (entry.outcome.empty()) unfinished.push_back(std::move(entry));
  }
  std::map<std::string, WorkspaceKey> keys;
  for (const auto& row : store.workspaces()) keys.emplace(row.name, row.key);
  std::erase_if(unfinished, [&](const JournalEntry& entry) {
    const auto key = keys.find(entry.workspace);
    if (key != keys.end()) return !lock_is_free(workspace_lock_file(paths, key->second));
    const auto started = parse_rfc3339(entry.started_at);
    return started && now - *started < operation_is_dead_after;
  });
  return unfinished;
}

}  // namespace

DoctorFacts gather_facts(App& app) {
  DoctorFacts facts;
  const Paths& paths = app.paths();
  const auto now = app.clock().now();
  facts.engine = gather_engine(app, wanted_context(app, facts));
  facts.ssh = gather_ssh(paths, facts.loose_modes);
  const auto store_file = paths.state / "containai.db";
  facts.store = inspect_store(store_file);
  for (const auto& loose : {check_mode(paths.state, 0700), check_mode(store_file, 0600)})
    facts.loose_modes.insert(facts.loose_modes.end(), loose.begin(), loose.end());
  facts.disks = gather_disks(paths, facts.engine);
  facts.leftovers.temporary_files = dead_temporary_files(paths, now);
  if (facts.store.exists && facts.store.problems.empty()) {
    // A store of its own: the command may still want the application's for writing.
    const auto store = Store::open(store_file, Store::Mode::read_only, app.clock());
    facts.leftovers.unfinished = dead_entries(paths, store, now);
  }
  return facts;
}

}  // namespace cai
