#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cai {

/// How much the inside may do (QUALITY.md 3). strict: read-only root file system, no privileges to gain;
/// sudo: writable, root sshd, sudo works; system: systemd as PID 1.
enum class Profile { strict, sudo, system };
std::string_view to_string(Profile profile);
std::optional<Profile> parse_profile(std::string_view text);

/// Everything that makes one container of a workspace differ from another. Two equal specifications never
/// need a new container; a changed one does. Environment variables are not here: they travel with each
/// session.
struct WorkspaceSpecification {
  std::string template_name = "default";
  std::string template_hash;  ///< of the whole build context, 64 hex digits
  std::string image;          ///< tag, "containai:<template>-<12 hex>"
  Profile profile = Profile::strict;
  uid_t uid = 0;  ///< whom files made inside belong to outside
  gid_t gid = 0;
  std::int64_t memory_bytes = 0;  ///< 0: the profile's default
  std::int64_t nano_cpus = 0;     ///< 10^9 is one processor; 0: no limit
  std::string root;               ///< working tree, mounted at the same path inside
  std::string git_directory;      ///< common git directory when it lies outside `root`, else empty
  std::string volume;             ///< data volume, at /mnt/agent-data
  bool volume_shared = false;     ///< several workspaces use the volume on purpose
  int port = 0;                   ///< on 127.0.0.1 of the host
  std::string keys_directory;     ///< host keys and authorized_keys of this workspace, mounted read-only

  friend bool operator==(const WorkspaceSpecification&, const WorkspaceSpecification&) = default;
};

/// (field, value) pairs in a fixed order; the field names are what `cai plan` shows as changed.
using SpecificationFields = std::vector<std::pair<std::string, std::string>>;
SpecificationFields fields_of(const WorkspaceSpecification& specification);

/// One `field=value` line per field, with backslash and newline escaped: the canonical form, kept as a label.
std::string canonical_text(const WorkspaceSpecification& specification);
/// The pairs of a canonical text, in its order; empty when this program cannot have written it.
SpecificationFields parse_canonical_text(std::string_view text);
std::string specification_hash(const WorkspaceSpecification& specification);

/// Names of the fields in which the canonical texts differ, in the order of `wanted`; unreadable old text:
/// {"unknown"}.
std::vector<std::string> changed_fields(std::string_view old_text, const WorkspaceSpecification& wanted);

}  // namespace cai
