#pragma once

#include <compare>
#include <string>
#include <string_view>

namespace cai {

/// A string that cannot be mixed up with another kind of string.
template <typename Tag>
struct StrongString {
  std::string value;

  [[nodiscard]] bool empty() const { return value.empty(); }
  friend auto operator<=>(const StrongString&, const StrongString&) = default;
};

/// Orders strong strings in a map, which then finds them by their text alone.
struct ByText {
  using is_transparent = void;

  template <typename Left, typename Right>
  bool operator()(const Left& left, const Right& right) const {
    return text_of(left) < text_of(right);
  }

 private:
  static std::string_view text_of(std::string_view text) { return text; }
  template <typename Tag>
  static std::string_view text_of(const StrongString<Tag>& string) {
    return string.value;
  }
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
