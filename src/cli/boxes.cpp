#include "cli/boxes.hpp"

#include "cai/agent/purpose.hpp"
#include "cai/converge/rows.hpp"

namespace cai {

BoxSettings settings_for_boxes(App& app) {
  const Settings& settings = app.user_settings();
  BoxSettings boxes;
  boxes.images[""] = settings.text("box.image");
  for (const auto& purpose : purpose_names()) {
    if (purpose != "try-repo") boxes.images[purpose] = settings.text("box.images." + purpose);
  }
  boxes.env_patterns = settings.list("box.env_patterns");
  boxes.added_capabilities = settings.list("security.cap_add");
  boxes.settings_file = app.user_settings_file().string();
  return boxes;
}

std::unique_ptr<BoxSession> make_box_session(App& app, SessionRules rules) {
  BoxHouse house{.connect = {},
                 .environment = app.environment(),
                 .paths = app.paths(),
                 .instance = app.instance(),
                 .settings = settings_for_boxes(app)};
  auto context = app.invocation().option("context");
  if (!context) context = app.user_settings().optional_text("engine.context");
  // Asked anew for each call: an engine that was not there at first may be started later.
  house.connect = [environment = app.environment(), context] {
    return make_docker_engine(choose_endpoint(environment, context));
  };
  return std::make_unique<BoxSession>(std::move(house), std::move(rules));
}

}  // namespace cai
