#pragma once

#include <compare>
#include <string>

namespace cai {

/// A string that cannot be mixed up with another kind of string.
template <typename Tag>
struct StrongString {
  std::string value;

  [[nodiscard]] bool empty() const { return value.empty(); }
  friend auto operator<=>(const StrongString&, const StrongString&) = default;
};

/// 64 hex digits, always the full id: short ids and names can be taken by an impostor.
using ContainerId = StrongString<struct ContainerIdTag>;
/// 16 hex digits, random, for the life of the workspace.
using WorkspaceId = StrongString<struct WorkspaceIdTag>;
/// 16 hex digits, random: the cai installation (configuration directory) that owns an object.
using InstanceId = StrongString<struct InstanceIdTag>;
/// What the engine calls itself; rows of another engine are "elsewhere", never "gone".
using EngineId = StrongString<struct EngineIdTag>;

}  // namespace cai
