#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cai/base/time.hpp"
#include "cai/model/run.hpp"
#include "cai/model/workspace.hpp"

namespace cai {

/// One workspace as the store remembers it: the wish and what was learned on the way.
struct WorkspaceRow {
  WorkspaceId id;
  EngineId engine;
  WorkspaceKey key;
  std::string repository;  ///< directory name of the main working tree
  std::string name;        ///< chosen once, never changes
  std::int64_t generation = 1;
  Wanted wanted = Wanted::running;
  bool keep = false;
  Choices choices;
  std::string volume;
  std::string volume_id;  ///< nonce label of the volume; empty: a volume that is not ours
  bool volume_confirmed = false;
  int port = 0;
  ContainerId container;       ///< last container that was seen to converge; empty: none yet
  std::string converged_hash;  ///< specification hash of that moment
  std::string created_at;      ///< RFC 3339
};

struct FormerVolume {
  std::string volume;
  EngineId engine;
  WorkspaceId workspace;
  std::string workspace_name;
  std::string retired_at;  ///< RFC 3339
};

struct JournalEntry {
  std::int64_t id = 0;
  std::string operation;  ///< 12 hex digits: one cai command
  std::string workspace;  ///< its name
  std::string step;
  std::string started_at;
  std::string finished_at;  ///< empty: cai died, or is still at it
  std::string outcome;      ///< done | unchanged | conflict | missing | failed
  std::string message;
};

/// What answered at an endpoint last time.
struct KnownEngine {
  EngineId id;
  std::string api_version;
};

struct PortRange {
  int first = 2300;
  int last = 2500;
};

/// Everything needed to make a workspace's row.
struct NewWorkspace {
  WorkspaceId id;
  EngineId engine;
  WorkspaceKey key;
  std::string repository;
  std::string volume_suffix;  ///< appended to "{name}-data", usually empty
  std::optional<std::string>
      volume;  ///< a volume chosen by the user or by configuration, instead of {name}-data
  Choices choices;
  bool keep = false;
  PortRange ports;
};

/// The SQLite database of wishes: `<state>/containai.db`, 0600 in 0700, rollback journal, synchronous=FULL,
/// foreign keys on. Any number of processes may use it at once. Every method is one transaction; none is open
/// across an engine call. Throws Error(failed) with a hint for a corrupt, foreign, read-only or newer
/// database or a full disk, Error(busy) when another process holds it for longer than 30 s.
class Store {
 public:
  enum class Mode {
    read_write,  ///< made and migrated when needed
    read_only,   ///< never written; a store that does not exist yet reads as an empty one
  };
  static Store open(const std::filesystem::path& file, Mode mode, const Clock& clock);
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();

  [[nodiscard]] std::optional<WorkspaceRow> find(const EngineId& engine, const WorkspaceKey& key) const;
  [[nodiscard]] std::optional<WorkspaceRow> find(const WorkspaceId& id) const;
  [[nodiscard]] std::optional<WorkspaceRow> find_by_name(const std::string& name) const;
  /// Ordered by name.
  [[nodiscard]] std::vector<WorkspaceRow> workspaces() const;

  /// In one transaction: returns the row if the key exists already; else takes the name that `choose_name`
  /// gives for "is this name in the store?", takes the lowest port of the range that no row has and
  /// `port_is_free` accepts, and inserts with a fresh volume nonce. Throws Error(refused) when every port is
  /// taken, listing the holders.
  WorkspaceRow add(
      const NewWorkspace& workspace,
      const std::function<std::string(const std::function<bool(const std::string&)>&)>& choose_name,
      const std::function<bool(int)>& port_is_free);
  /// Takes over a row rebuilt from labels; an existing row with that id, name or port makes it return false.
  bool adopt(const WorkspaceRow& row);

  void set_wanted(const WorkspaceId& id, Wanted wanted);
  void set_keep(const WorkspaceId& id, bool keep);
  void set_choices(const WorkspaceId& id, const Choices& choices);
  /// The wish for another edition of the container.
  void set_generation(const WorkspaceId& id, std::int64_t generation);
  /// In one transaction: generation, a new volume with a fresh nonce, and the old one into the former
  /// volumes.
  void replace_volume(const WorkspaceId& id, std::int64_t generation, const std::string& volume);
  /// The same with a volume that is made and filled already, and whose label carries this nonce. A volume
  /// that the workspace was to have and that was never made does not become a former one.
  void take_over_volume(const WorkspaceId& id, std::int64_t generation, const std::string& volume,
                        const std::string& volume_id);
  /// In one transaction: generation and the next free port.
  int replace_port(const WorkspaceId& id, std::int64_t generation, PortRange range,
                   const std::function<bool(int)>& port_is_free);
  void confirm_volume(const WorkspaceId& id);
  /// The volume of the row was found on the engine, made by an earlier row with this nonce: it is ours and
  /// confirmed.
  void adopt_volume(const WorkspaceId& id, const std::string& volume_id);
  void set_converged(const WorkspaceId& id, const ContainerId& container,
                     const std::string& specification_hash);
  /// Forgets the row; its volume becomes a former volume.
  void forget(const WorkspaceId& id);

  /// Stamps `created_at`. False: the id is in use, draw another one.
  bool add_run(RunRow& row);
  /// Writes what may change: image, container, state, exit code, message, started and finished. A row that
  /// was forgotten meanwhile stays so.
  void update_run(const RunRow& row);
  /// Newest first.
  [[nodiscard]] std::vector<RunRow> runs() const;
  /// Its output files are the caller's to remove (run/record.hpp).
  void forget_run(const RunId& id);

  [[nodiscard]] std::vector<FormerVolume> former_volumes() const;
  /// After it was removed from that engine.
  void forget_former_volume(const EngineId& engine, const std::string& volume);

  [[nodiscard]] std::optional<KnownEngine> known_engine(const std::string& endpoint_url) const;
  void remember_engine(const std::string& endpoint_url, const KnownEngine& engine);

  /// Approval of a repository's file: the hash of the content that the user said yes to.
  [[nodiscard]] bool is_trusted(const std::string& path, const std::string& sha256) const;
  void trust(const std::string& path, const std::string& sha256);

  /// Committed before the engine is called; it explains, it is never replayed. Keeps the newest 10,000
  /// entries.
  std::int64_t journal_begin(const std::string& operation, const std::string& workspace,
                             const std::string& step);
  void journal_end(std::int64_t id, const std::string& outcome, const std::string& message);
  /// Closes an entry whose process is known to have died, as failed; false when it is closed already.
  bool journal_close_dead(std::int64_t id, const std::string& message);
  /// Newest last.
  [[nodiscard]] std::vector<JournalEntry> journal(int limit,
                                                  const std::optional<std::string>& workspace) const;

 private:
  struct Connection;
  explicit Store(std::unique_ptr<Connection> connection);
  std::unique_ptr<Connection> connection_;
};

}  // namespace cai
