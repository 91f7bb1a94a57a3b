#include <fmt/format.h>

#include "cai/model/image_labels.hpp"
#include "cai/run/run.hpp"

namespace cai {
namespace {

constexpr const char* environment_inside = "/.containai-environment";
constexpr std::int64_t pids_limit = 1024;

/// Reads the variables and becomes the command. `exec` gives 126 and 127 as every shell does.
constexpr const char* environment_script = ". /.containai-environment && exec \"$@\"";

Labels labels_of(const RunRow& row, const RunRequest& request, const InstanceId& instance) {
  Labels labels = {{label::managed, "true"},          {label::kind, "run"},
                   {label::instance, instance.value}, {label::run_id, row.id.value},
                   {label::workspace, row.root},      {label::owner, row.owner}};
  if (!request.template_name.empty()) labels[label::template_name] = request.template_name;
  // On the container, so that every other process honours it too.
  if (row.keep) labels[label::keep] = "true";
  return with_image_labels_silenced(std::move(labels));
}

void set_command(ContainerRequest& container, const RunRequest& request,
                 const std::vector<std::string>& image_entrypoint, bool with_environment) {
  std::vector<std::string> words = request.command;
  if (request.own_entrypoint) {
    if (!with_environment) {
      container.command = words;
      return;
    }
    words.insert(words.begin(), image_entrypoint.begin(), image_entrypoint.end());
  }
  if (with_environment) {
    words.insert(words.begin(), {"/bin/sh", "-c", environment_script, "cai"});
  }
  // An entrypoint of ours stands in for the image's, and its default command.
  container.entrypoint = {words.front()};
  container.command.assign(words.begin() + 1, words.end());
}

void set_places(ContainerRequest& container, const RunRequest& request, const std::string& environment_file) {
  using Type = MountRequest::Type;
  container.working_directory = request.directory;
  container.mounts = {{Type::bind, request.root, request.root, request.read_only_tree}};
  if (!request.git_directory.empty()) {
    container.mounts.push_back(
        {Type::bind, request.git_directory, request.git_directory, request.read_only_tree});
  }
  if (!environment_file.empty()) {
    container.mounts.push_back({Type::bind, environment_file, environment_inside, true});
  }
  if (!request.scratch.empty()) {
    container.temporary_file_systems[request.scratch] =
        fmt::format("rw,nosuid,nodev,exec,mode=0755,uid={},gid={}", request.uid, request.gid);
  }
  if (!request.read_only_root) return;
  container.read_only_root = true;
  container.temporary_file_systems["/tmp"] = "rw,nosuid,nodev,exec,mode=1777";
  container.temporary_file_systems["/run"] = "rw,nosuid,nodev,mode=1777";
}

}  // namespace

ContainerRequest make_run_container(const RunRow& row, const RunRequest& request, const InstanceId& instance,
                                    const std::vector<std::string>& image_entrypoint,
                                    const std::string& environment_file) {
  ContainerRequest container;
  container.image = request.image;
  container.user = fmt::format("{}:{}", request.uid, request.gid);
  container.labels = labels_of(row, request, instance);
  set_command(container, request, image_entrypoint, !environment_file.empty());
  set_places(container, request, environment_file);
  // The caller has no home in there, and one that cannot be written breaks many programs.
  if (request.uid != 0) container.environment.emplace_back("HOME=/tmp");
  if (request.terminal && !request.terminal_type.empty()) {
    container.environment.push_back("TERM=" + request.terminal_type);
  }
  container.memory_bytes = request.memory_bytes;
  container.nano_cpus = request.nano_cpus;
  container.pids_limit = pids_limit;
  container.open_files = request.open_files;
  container.network = request.network;
  container.terminal = request.terminal;
  container.open_input = request.streams.input >= 0;
  container.engine_init = true;
  container.stop_signal = "SIGTERM";
  return container;
}

}  // namespace cai
