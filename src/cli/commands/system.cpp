// system images|containers: what is there under the engine's own names, and nothing is changed.
#include <algorithm>

#include "cai/base/text.hpp"
#include "cli/collect_views.hpp"
#include "cli/commands/commands.hpp"
#include "cli/overview.hpp"
#include "cli/table.hpp"

namespace cai {
namespace {

constexpr std::size_t shown_digits = 12;

/// The engine's own command; the same words for Docker and Podman.
std::string native(App& app) {
  return app.endpoint().url().find("podman") == std::string::npos ? "docker" : "podman";
}

Inventory take(App& app, const InventoryRequest& request) {
  auto& store = app.store(Store::Mode::read_only);
  return take_inventory(request, app.engine(), app.connect(), store,
                        app.remembered_engine().value_or(EngineId{}), app.instance_for_reading(),
                        app.clock().now());
}

}  // namespace

int system_images_command(App& app) {
  const auto inventory = take(app, {.everybody = true, .images = true});
  const auto images = view_images(inventory);
  if (app.invocation().flag("json")) {
    app.console().data(dump_json(system_images_json(images), 2) + "\n");
    return 0;
  }
  Table table({"IMAGE ID", "TAG", "SIZE", "CREATED"});
  for (const auto& [image, users, is_base] : images) {
    const auto id = image.id.substr(image.id.find(':') + 1, shown_digits);
    const auto age = short_age(age_since(image.created, inventory.now).least) + " ago";
    const auto tags = image.tags.empty() ? std::vector<std::string>{"<none>"} : image.tags;
    for (const auto& tag : tags)
      table.add_row({id, escape_for_terminal(tag), format_size(image.size_bytes), age});
  }
  app.console().data(table.render());
  app.console().notice("To remove an image: " + native(app) + " rmi <image-id>");
  return 0;
}

int system_containers_command(App& app) {
  auto containers = take(app, {}).containers;
  std::ranges::sort(containers, {}, &ObservedContainer::name);
  if (app.invocation().flag("json")) {
    app.console().data(dump_json(system_containers_json(containers), 2) + "\n");
    return 0;
  }
  Table table({"CONTAINER ID", "NAME", "STATUS", "CREATED"});
  for (const auto& container : containers) {
    table.add_row({container.id.value.substr(0, shown_digits), escape_for_terminal(container.name),
                   escape_for_terminal(container.state_text),
                   short_age(age_since(container.created, app.time_of_engine()).least) + " ago"});
  }
  app.console().data(table.render());
  app.console().notice("To remove a container: " + native(app) +
                       " rm <container-id>\nTo view logs: " + native(app) + " logs <container-id>");
  return 0;
}

}  // namespace cai
