#include "cai/converge/options.hpp"

namespace cai {

WorkspaceSpecification make_specification(const WorkspaceRow& row, const WorkspaceOptions& options,
                                          const SshFiles& files) {
  WorkspaceSpecification wanted;
  wanted.template_name = options.chosen.name;
  wanted.template_hash = options.chosen.hash;
  wanted.image = options.chosen.image;
  wanted.profile = options.profile;
  wanted.uid = options.uid;
  wanted.gid = options.gid;
  wanted.memory_bytes = options.memory_bytes;
  wanted.nano_cpus = options.nano_cpus;
  wanted.root = row.key.root;
  wanted.git_directory = options.git_directory;
  wanted.volume = row.volume;
  wanted.volume_shared = row.volume_id.empty();
  wanted.port = row.port;
  wanted.keys_directory = files.host_directory(row.id).string();
  return wanted;
}

Desired make_desired(const InstanceId& instance, const WorkspaceRow& row, const WorkspaceOptions& options,
                     const SshFiles& files) {
  Desired desired;
  desired.instance = instance;
  desired.id = row.id;
  desired.key = row.key;
  desired.name = row.name;
  desired.generation = row.generation;
  desired.wanted = row.wanted;
  desired.keep = row.keep;
  desired.volume_id = row.volume_id;
  desired.volume_confirmed = row.volume_confirmed;
  desired.verified = row.container;
  desired.specification = make_specification(row, options, files);
  return desired;
}

SshTarget make_ssh_target(const WorkspaceRow& row, const WorkspaceOptions& options) {
  SshTarget target;
  target.name = row.name;
  target.id = row.id;
  target.port = row.port;
  target.forward_agent = options.forward_agent;
  target.local_forwards = options.local_forwards;
  target.environment = row.choices.environment;
  return target;
}

}  // namespace cai
