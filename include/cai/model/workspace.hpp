#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cai/base/time.hpp"
#include "cai/model/ids.hpp"
#include "cai/model/labels.hpp"
#include "cai/model/specification.hpp"

namespace cai {

/// Identity of a workspace. The same repository on two branches is two workspaces; so are two clones.
struct WorkspaceKey {
  std::string root;     ///< canonical path of the working tree
  std::string branch;   ///< full branch name, "detached" or "nogit"
  std::string variant;  ///< the name given with --container, empty for the ordinary workspace

  [[nodiscard]] std::string text() const { return root + '\n' + branch + '\n' + variant; }
  friend auto operator<=>(const WorkspaceKey&, const WorkspaceKey&) = default;
};

enum class Wanted { running, stopped, absent };
std::string_view to_string(Wanted wanted);
std::optional<Wanted> parse_wanted(std::string_view text);

/// The engine's words for a container's state; `unknown` is anything else, and nobody touches such a
/// container.
enum class ContainerState { created, running, paused, restarting, removing, exited, dead, unknown };
std::string_view to_string(ContainerState state);
ContainerState parse_container_state(std::string_view text);

/// What a person chose with flags; remembered with the workspace, so that `--fresh` does not forget it.
struct Choices {
  std::optional<std::string> template_name;
  std::optional<std::int64_t> memory_bytes;
  std::optional<std::int64_t> nano_cpus;
  std::optional<Profile> profile;
  std::optional<std::string> volume;  ///< --volume
  std::map<std::string, std::string>
      environment;  ///< -e K=V; sent with each session, never part of the container

  friend bool operator==(const Choices&, const Choices&) = default;
};

/// The wish, as the store keeps it, with the specification that configuration and choices give now.
struct Desired {
  InstanceId instance;
  WorkspaceId id;
  WorkspaceKey key;
  std::string name;
  std::int64_t generation = 1;
  Wanted wanted = Wanted::running;
  bool keep = false;
  WorkspaceSpecification specification;
  std::string volume_id;  ///< nonce that the volume's label must carry; empty: not made by us, accepted as is
  bool volume_confirmed = false;  ///< the volume was seen once; if it is missing now, data is lost
  ContainerId verified;           ///< the container that was seen to answer since its start; empty: none
};

struct ObservedContainer {
  ContainerId id;
  std::string name;
  ContainerState state = ContainerState::unknown;
  std::string state_text;  ///< the engine's own word
  Labels labels;
  std::string image;  ///< as named at creation
  std::string image_id;
  Timestamp created{};
  // Known from a listing only, empty after an inspection:
  std::string status_text;           ///< "Exited (0) 3 days ago", by the engine's own clock
  std::vector<std::string> volumes;  ///< mounted ones
  /// Of the engine's host, bind-mounted so that they can be written: "/home/ann/repository".
  std::vector<std::string> writable_directories;
  std::vector<std::string> networks;  ///< names; also of a stopped container
  std::vector<int> host_ports;        ///< published now
};

struct ObservedVolume {
  std::string name;
  Labels labels;
  Timestamp created{};           ///< zero: the engine does not say
  std::string mount_point = {};  ///< on the engine's own host; "": the engine does not say
};

/// What the engine and the user's ssh directory really have of one workspace. Incomplete observations are
/// never built: whoever observes throws instead.
struct Observed {
  std::vector<ObservedContainer> containers;  ///< carrying our labels, or holding our name
  std::optional<ObservedVolume> volume;       ///< of the name that the specification asks for
  bool image_present = false;
  bool keys_present = false;       ///< host key and authorized_keys of the workspace
  bool ssh_entry_current = false;  ///< ~/.ssh entry, known hosts and Include line are as they should be
  bool ssh_entry_present = false;  ///< there is an entry, right or wrong
};

}  // namespace cai
