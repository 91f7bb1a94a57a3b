#pragma once

#include <memory>
#include <string>

#include "cai/engine/endpoint.hpp"
#include "cai/engine/engine.hpp"
#include "engine/api.hpp"

namespace cai {

/// The Docker Engine API adapter. Its parts: docker_engine.cpp (the engine itself, volumes),
/// docker_containers.cpp, docker_networks.cpp, docker_output.cpp (logs, statistics), docker_archive.cpp,
/// docker_images.cpp, docker_exec.cpp, docker_listing.cpp (what there is, and how large), docker_run.cpp
/// (attach, wait, kill, resize).
class DockerEngine final : public Engine {
 public:
  DockerEngine(const Endpoint& endpoint, const DockerEngineOptions& options, const EngineDeadlines& deadlines)
      : api_(endpoint, options.api_version, deadlines.read), deadlines_(deadlines) {}

  void bound_calls(const CallBounds& bounds) override { api_.bound_calls(bounds); }
  EngineInformation information() override;
  [[nodiscard]] std::optional<Timestamp> time() const override { return api_.time(); }
  [[nodiscard]] std::optional<EngineProduct> product() const override;

  std::vector<ObservedContainer> list_containers(const ContainerFilter& filter) override;
  std::optional<ContainerDetails> inspect_container(const std::string& id_or_name) override;
  CreateResult create_container(const std::string& name, const ContainerRequest& request) override;
  StartResult start_container(const ContainerId& id) override;
  Outcome stop_container(const ContainerId& id, int grace_seconds) override;
  Outcome unpause_container(const ContainerId& id) override;
  Outcome rename_container(const ContainerId& id, const std::string& name) override;
  Outcome remove_container(const ContainerId& id) override;
  std::string container_logs(const ContainerId& id, int lines) override;
  void read_logs(const ContainerId& id, const LogRequest& request, const OutputTap& target) override;
  std::unique_ptr<ContainerStream> attach_container(const ContainerId& id,
                                                    const AttachRequest& request) override;
  std::optional<int> wait_container(const ContainerId& id) override;
  Outcome kill_container(const ContainerId& id, const std::string& signal) override;
  Outcome resize_container(const ContainerId& id, int rows, int columns) override;
  std::optional<Statistics> container_statistics(const ContainerId& id) override;

  bool read_archive(const ContainerId& id, const std::string& path, const ArchiveSink& sink,
                    const std::function<bool()>& should_stop) override;
  Outcome write_archive(const ContainerId& id, const std::string& directory, const ArchiveSource& source,
                        const std::function<bool()>& should_stop) override;

  std::vector<ObservedVolume> list_volumes(const Labels& labels) override;
  std::optional<ObservedVolume> inspect_volume(const std::string& name) override;
  ObservedVolume create_volume(const std::string& name, const Labels& labels) override;
  Outcome remove_volume(const std::string& name) override;

  std::vector<ImageDetails> list_images(bool intermediate) override;
  std::optional<ImageDetails> inspect_image(const std::string& reference) override;
  std::string build_image(const BuildRequest& request, std::string_view context,
                          const std::function<void(std::string_view)>& on_line) override;
  void pull_image(const std::string& reference,
                  const std::function<void(std::string_view)>& on_line) override;
  Outcome remove_image(const std::string& reference) override;

  std::vector<ObservedNetwork> list_networks(const Labels& labels) override;
  std::optional<DiskUsage> disk_usage(std::chrono::milliseconds limit) override;
  void follow_events(const Labels& labels, const std::function<void()>& on_event) override;
  std::optional<std::string> commit_container(const ContainerId& id, const std::string& tag,
                                              const std::vector<std::string>& changes) override;
  std::optional<ObservedNetwork> inspect_network(const std::string& name) override;
  Outcome create_network(const std::string& name, const Labels& labels) override;
  Outcome remove_network(const std::string& id) override;

  std::optional<ExecResult> execute(const ContainerId& id, const ExecRequest& request,
                                    Deadline deadline) override;
  std::optional<int> execute_streaming(const ContainerId& id, const ExecRequest& request,
                                       const ExecStreams& streams,
                                       const std::function<bool()>& should_stop) override;

 private:
  struct StartedExec {
    std::string id;
    UpgradedStream stream;
  };
  /// nullopt: the container is not running.
  std::optional<StartedExec> start_exec(const ContainerId& id, const ExecRequest& request, bool with_input,
                                        Deadline deadline);
  std::optional<int> exit_code_of(const std::string& exec, const std::function<bool()>& should_stop,
                                  Deadline deadline);
  bool has_terminal(const ContainerId& id);

  EngineApi api_;
  EngineDeadlines deadlines_;
};

}  // namespace cai
