#pragma once

#include <string>
#include <vector>

#include "cai/collect/health.hpp"
#include "cai/json/json.hpp"
#include "cli/survey.hpp"

namespace cai {

/// An image as a person sees it: one line for each, with what uses it.
struct ImageView {
  ImageDetails image;
  std::vector<std::string> used_by;  ///< names of containers
  bool is_base = false;              ///< others are built on it
};

/// Everything there is, for `status --all`.
struct Overview {
  std::string endpoint;  ///< with the reason why it was chosen
  Inventory inventory;
  std::vector<WorkspaceView> workspaces;
  std::vector<const ObservedContainer*> runs;  ///< and boxes; into `inventory`
  std::vector<ImageView> images;
  std::size_t foreign = 0;  ///< containers of other installations
  std::vector<HealthLine> health;
};

/// Asks the engine side by side. Sizes unless `without_disk`, and then only if the engine has them in time.
Overview take_overview(App& app, bool without_disk);

/// Images by the names of ours, what we built, and what both are built on.
std::vector<ImageView> view_images(const Inventory& inventory);

std::string overview_text(const Overview& overview);
Json overview_json(const Overview& overview);
Json system_images_json(const std::vector<ImageView>& images);
Json system_containers_json(const std::vector<ObservedContainer>& containers);

}  // namespace cai
