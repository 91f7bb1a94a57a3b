#pragma once

#include "cli/overview.hpp"

namespace cai::test {

inline constexpr auto day = std::chrono::hours(24);

inline ContainerId container_id(char digit) {
  return {std::string(64, digit)};
}

/// A house with something of everything: a running and an absent workspace, a kept run, an orphan, images
/// with a base, a former volume, and a neighbour.
inline Overview full_overview() {
  Overview overview;
  overview.inventory.product.name = "Docker Engine";
  overview.inventory.product.version = "20.10.24";
  overview.inventory.product.api_version = "1.41";
  overview.endpoint = "unix:///run/docker.sock (default socket)";
  auto& inventory = overview.inventory;
  inventory.instance = InstanceId{"1111111111111111"};
  inventory.now = Timestamp(day * 1000);

  const auto container = [&](char digit, const std::string& name, const std::string& kind,
                             ContainerState state) {
    ObservedContainer made;
    made.id = container_id(digit);
    made.name = name;
    made.state = state;
    made.state_text = std::string(to_string(state));
    made.labels = {
        {label::managed, "true"}, {label::kind, kind}, {label::instance, inventory.instance.value}};
    made.image_id = "sha256:" + std::string(64, '1');
    made.created = inventory.now - day * 3;
    if (state == ContainerState::exited) made.status_text = "Exited (0) 2 days ago";
    inventory.containers.push_back(made);
  };
  container('a', "myapp-auth", "workspace", ContainerState::running);
  container('b', "test-bot", "run", ContainerState::exited);
  container('c', "by-hand", "", ContainerState::exited);
  inventory.containers[0].labels[label::workspace_id] = "aaaaaaaaaaaaaaaa";
  inventory.containers[1].labels[label::keep] = "true";
  inventory.containers[2].labels.erase(label::instance);

  WorkspaceView running;
  running.row.id = WorkspaceId{"aaaaaaaaaaaaaaaa"};
  running.row.name = "myapp-auth";
  running.row.key = {"/src/myapp", "feature/auth", ""};
  running.row.port = 2300;
  running.row.volume = "myapp-auth-data";
  running.status = "running";
  running.container = container_id('a');
  running.created = inventory.now - day * 3;
  running.behind = {"memory"};
  WorkspaceView absent;
  absent.row.name = "other-main";
  absent.row.key = {"/src/\x1b[31mother", "main", ""};
  absent.row.port = 2301;
  absent.row.volume = "other-main-data";
  absent.row.keep = true;
  absent.status = "absent";
  absent.directory_exists = false;
  overview.workspaces = {running, absent};
  inventory.rows = {{running.row.id, running.row}, {absent.row.id, absent.row}};

  ImageDetails base{.id = "sha256:" + std::string(64, '0'),
                    .tags = {"debian:bookworm-slim"},
                    .labels = {},
                    .size_bytes = 80 << 20,
                    .created = inventory.now - day * 30,
                    .parent = {}};
  ImageDetails built{.id = "sha256:" + std::string(64, '1'),
                     .tags = {"containai:default-0123456789ab"},
                     .labels = {},
                     .size_bytes = 250 << 20,
                     .created = inventory.now - day * 4,
                     .parent = base.id};
  ImageDetails unused{.id = "sha256:" + std::string(64, '2'),
                      .tags = {"containai:old"},
                      .labels = {},
                      .size_bytes = 300 << 20,
                      .created = inventory.now - day * 9,
                      .parent = {}};
  inventory.images = {base, built, unused};
  inventory.usage = DiskUsage{};
  inventory.usage->layers_bytes = 550 << 20;
  inventory.usage->containers = {
      {container_id('a'), 5 << 20}, {container_id('b'), 90 << 20}, {container_id('c'), 0}};
  inventory.usage->volumes = {{"myapp-auth-data", 12345}};
  inventory.usage->images_shared = {{unused.id, 100 << 20}};
  inventory.former_volumes = {{.volume = "myapp-auth-data-1a2b3c",
                               .engine = {},
                               .workspace = {},
                               .workspace_name = "myapp-auth",
                               .retired_at = format_rfc3339(inventory.now - day * 40)}};
  overview.runs = {&inventory.containers[1], &inventory.containers[2]};
  overview.images = view_images(inventory);
  overview.foreign = 2;
  overview.health = judge_health(inventory, {.behind = {"myapp-auth"},
                                             .disk_free_bytes = 1LL << 30,
                                             .disk_size_bytes = 100LL << 30,
                                             .gc_age = "30d",
                                             .gc_age_seconds = day * 30});
  return overview;
}

}  // namespace cai::test
