#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cai {

/// Names with their values, each name once, in the order of names. One block of memory and not a node for
/// each: a listing of a thousand containers has some twenty thousand of them, and is asked often. Objects
/// have a few dozen at most, so looking through them from the first on is the fastest.
class Labels {
 public:
  using value_type = std::pair<std::string, std::string>;
  using const_iterator = std::vector<value_type>::const_iterator;
  using iterator = const_iterator;

  Labels() = default;
  /// Of a name that comes twice the first counts.
  Labels(std::initializer_list<value_type> labels);

  [[nodiscard]] const_iterator begin() const { return labels_.begin(); }
  [[nodiscard]] const_iterator end() const { return labels_.end(); }
  [[nodiscard]] std::size_t size() const { return labels_.size(); }
  [[nodiscard]] bool empty() const { return labels_.empty(); }

  [[nodiscard]] const_iterator find(std::string_view name) const;
  [[nodiscard]] bool contains(std::string_view name) const { return find(name) != end(); }
  /// Throws std::out_of_range when absent.
  [[nodiscard]] const std::string& at(std::string_view name) const;

  void reserve(std::size_t count) { labels_.reserve(count); }
  /// Its value, "" when it was absent. Valid until the next change.
  std::string& operator[](std::string_view name);
  /// Fast when `name` comes after all others.
  void insert_or_assign(std::string name, std::string value);
  /// Only when absent.
  void try_emplace(std::string_view name, std::string_view value);
  void erase(std::string_view name);

  friend bool operator==(const Labels&, const Labels&) = default;

 private:
  std::vector<value_type> labels_;
};

/// Every label that cai writes. docs/reference/labels.md lists the same names; a test compares the two.
namespace label {
inline constexpr const char* managed = "containai.managed";          ///< "true" on everything of ours
inline constexpr const char* kind = "containai.kind";                ///< workspace | run | box | helper
inline constexpr const char* workspace = "containai.workspace";      ///< working tree root
inline constexpr const char* branch = "containai.branch";            ///< full branch name
inline constexpr const char* variant = "containai.variant";          ///< name given with --container, if any
inline constexpr const char* ssh_port = "containai.ssh-port";        ///< host port on 127.0.0.1
inline constexpr const char* data_volume = "containai.data-volume";  ///< volume at /mnt/agent-data
inline constexpr const char* template_name = "ai.containai.template";
inline constexpr const char* template_hash = "ai.containai.template-hash";
inline constexpr const char* keep = "containai.keep";                  ///< "true" when kept
inline constexpr const char* instance = "containai.instance";          ///< InstanceId of the owner
inline constexpr const char* workspace_id = "containai.workspace-id";  ///< WorkspaceId
inline constexpr const char* generation = "containai.generation";      ///< decimal
inline constexpr const char* spec_hash = "containai.spec-hash";  ///< sha256 of the canonical specification
inline constexpr const char* spec = "containai.spec";            ///< the canonical specification itself
inline constexpr const char* operation = "containai.operation";  ///< journal operation that made it
inline constexpr const char* volume_id =
    "containai.volume-id";                                 ///< nonce: proves which create made the volume
inline constexpr const char* run_id = "containai.run-id";  ///< RunId
inline constexpr const char* persistent = "containai.persistent";  ///< "true": outlives its session
inline constexpr const char* purpose = "containai.purpose";        ///< of a box, or an image made for one
inline constexpr const char* session = "containai.session";        ///< of `cai mcp`, 16 hex digits
inline constexpr const char* workdir = "containai.workdir";        ///< where commands in a box start
inline constexpr const char* box_user = "containai.box-user";      ///< "uid:gid" of commands in a box
inline constexpr const char* box_variables = "containai.box-variables";  ///< names of env, joined by commas
inline constexpr const char* box_network = "containai.box-network";      ///< named network of a box
inline constexpr const char* image_role = "containai.image-role";        ///< purpose | snapshot
inline constexpr const char* owner =
    "containai.owner";  ///< to_text(ProcessIdentity) of the cai behind a run, box or helper
}  // namespace label

/// The value, which lives as long as `labels`; "" when absent.
const std::string& label_or_empty(const Labels& labels, std::string_view name);

}  // namespace cai
