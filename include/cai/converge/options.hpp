#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cai/image/template.hpp"
#include "cai/model/workspace.hpp"
#include "cai/ssh/ssh.hpp"
#include "cai/store/store.hpp"

namespace cai {

/// What configuration, flags and remembered choices come to for one workspace now.
struct WorkspaceOptions {
  Template chosen;                        ///< the workspace's template
  std::optional<Template> default_image;  ///< set when `chosen` starts from it
  std::string base_image;                 ///< what the built-in template starts from
  Profile profile = Profile::strict;
  std::int64_t memory_bytes = 0;  ///< 0: half of the engine's host
  std::int64_t nano_cpus = 0;
  uid_t uid = 0;
  gid_t gid = 0;
  std::string git_directory;
  bool forward_agent = false;
  std::vector<std::string> local_forwards;
};

/// What the workspace's container is to be made from.
WorkspaceSpecification make_specification(const WorkspaceRow& row, const WorkspaceOptions& options,
                                          const SshFiles& files);

/// The wish in the planner's words.
Desired make_desired(const InstanceId& instance, const WorkspaceRow& row, const WorkspaceOptions& options,
                     const SshFiles& files);

/// What ssh has to know of the workspace.
SshTarget make_ssh_target(const WorkspaceRow& row, const WorkspaceOptions& options);

}  // namespace cai
