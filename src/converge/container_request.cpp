#include "cai/converge/container_request.hpp"

#include <fmt/format.h>

#include "cai/model/image_labels.hpp"
#include "cai/ssh/ssh.hpp"

namespace cai {
namespace {

constexpr const char* data_directory = "/mnt/agent-data";
constexpr const char* keys_directory_inside = "/etc/containai/keys";

Labels container_labels(const Desired& desired, const std::string& operation) {
  const auto& wanted = desired.specification;
  Labels labels = {
      {label::managed, "true"},
      {label::kind, "workspace"},
      {label::workspace, desired.key.root},
      {label::branch, desired.key.branch},
      {label::ssh_port, std::to_string(wanted.port)},
      {label::data_volume, wanted.volume},
      {label::template_name, wanted.template_name},
      {label::template_hash, wanted.template_hash},
      {label::instance, desired.instance.value},
      {label::workspace_id, desired.id.value},
      {label::generation, std::to_string(desired.generation)},
      {label::spec_hash, specification_hash(wanted)},
      {label::spec, canonical_text(wanted)},
      {label::operation, operation},
  };
  if (!desired.key.variant.empty()) labels[label::variant] = desired.key.variant;
  if (desired.keep) labels[label::keep] = "true";
  return with_image_labels_silenced(std::move(labels));
}

/// sshd that runs as root has to become somebody else for each connection; what that takes was measured
/// (docs/decisions/0004). A caller with uid 0 also owns whatever lies in the tree, as on the outside.
std::vector<std::string> root_sshd_capabilities() {
  return {"SETUID", "SETGID", "SYS_CHROOT", "CHOWN", "AUDIT_WRITE", "DAC_OVERRIDE"};
}

void apply_strict(ContainerRequest& request, const WorkspaceSpecification& wanted) {
  request.user = fmt::format("{}:{}", wanted.uid, wanted.gid);
  request.read_only_root = true;
  request.no_new_privileges = true;
  if (wanted.uid == 0) request.added_capabilities = root_sshd_capabilities();
  request.temporary_file_systems["/tmp"] = "rw,nosuid,nodev,exec,mode=1777";
  request.temporary_file_systems["/var/tmp"] = "rw,nosuid,nodev,exec,mode=1777";
  request.temporary_file_systems["/run"] =
      fmt::format("rw,nosuid,nodev,mode=755,uid={},gid={}", wanted.uid, wanted.gid);
}

void apply_sudo(ContainerRequest& request) {
  request.user = "0:0";
  request.no_new_privileges = false;
  request.added_capabilities = root_sshd_capabilities();
  for (const char* capability : {"FOWNER", "KILL", "FSETID"})
    request.added_capabilities.emplace_back(capability);
  request.temporary_file_systems["/run"] = "rw,nosuid,nodev,mode=755";
}

/// systemd wants its own file systems, the default capabilities, and its own stop signal. On cgroup v1 it
/// also needs to read the cgroup tree; writing to the host's tree is never granted.
void apply_system(ContainerRequest& request) {
  request.user = "0:0";
  request.no_new_privileges = false;
  request.drop_all_capabilities = false;
  request.engine_init = false;
  request.stop_signal = "SIGRTMIN+3";
  request.pids_limit = 4096;
  request.environment.emplace_back("container=docker");
  request.temporary_file_systems["/run"] = "rw,nosuid,nodev,mode=755";
  request.temporary_file_systems["/run/lock"] = "rw,nosuid,nodev,noexec,mode=1777";
  request.temporary_file_systems["/tmp"] = "rw,nosuid,nodev,exec,mode=1777";
  request.mounts.push_back({MountRequest::Type::bind, "/sys/fs/cgroup", "/sys/fs/cgroup", true});
}

}  // namespace

Labels volume_labels(const Desired& desired) {
  return {{label::managed, "true"},
          {label::instance, desired.instance.value},
          {label::workspace, desired.key.root},
          {label::branch, desired.key.branch},
          {label::workspace_id, desired.id.value},
          {label::volume_id, desired.volume_id}};
}

ContainerRequest make_container_request(const Desired& desired, const HostLimits& host,
                                        const std::string& operation) {
  const auto& wanted = desired.specification;
  ContainerRequest request;
  request.image = wanted.image;
  request.hostname = desired.name;
  request.labels = container_labels(desired, operation);
  request.working_directory = wanted.root;
  request.environment = {"CAI_WORKSPACE=" + wanted.root, fmt::format("CAI_UID={}", wanted.uid),
                         fmt::format("CAI_GID={}", wanted.gid), "LANG=C.UTF-8"};
  if (wanted.volume_shared) request.environment.emplace_back("CAI_VOLUME_SHARED=1");
  request.mounts = {{MountRequest::Type::bind, wanted.root, wanted.root, false},
                    {MountRequest::Type::volume, wanted.volume, data_directory, false},
                    {MountRequest::Type::bind, wanted.keys_directory, keys_directory_inside, true}};
  if (!wanted.git_directory.empty()) {
    request.mounts.push_back({MountRequest::Type::bind, wanted.git_directory, wanted.git_directory, false});
  }
  request.loopback_ports[fmt::format("{}/tcp", inner_port)] = wanted.port;
  request.memory_bytes = wanted.memory_bytes != 0 ? wanted.memory_bytes : host.memory_bytes / 2;
  request.nano_cpus = wanted.nano_cpus;
  request.pids_limit = 1024;
  request.open_files = host.open_files;
  request.engine_init = true;
  switch (wanted.profile) {
    case Profile::strict:
      apply_strict(request, wanted);
      break;
    case Profile::sudo:
      apply_sudo(request);
      break;
    case Profile::system:
      apply_system(request);
      break;
  }
  return request;
}

}  // namespace cai
