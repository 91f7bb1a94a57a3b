#pragma once

#include <optional>
#include <string>

#include "cai/converge/options.hpp"
#include "cai/converge/reconciler.hpp"

namespace cai {

enum class BuildCache { use, ignore };

/// What building an image takes. All borrowed.
struct ImageShop {
  Engine& engine;
  const Paths& paths;
  const InstanceId& instance;
  EventSink& events;
};

/// Builds the template's image, and the default image that it starts from, unless it is there. One builder
/// for each image at a time: whoever waited finds it done. Throws Error with the failing step.
void build_template_image(const ImageShop& shop, const Template& wanted, const WorkspaceOptions& options,
                          BuildCache cache);

/// Builds the template's image again without the build cache; its base is not pulled. The former image stays
/// until the new one is there, so a build that fails changes nothing. Returns the former image's id, "" when
/// there was none.
std::string rebuild_template_image(const ImageShop& shop, const Template& wanted,
                                   const WorkspaceOptions& options);

/// Removes the image that a rebuild replaced, unless something uses it.
void remove_former_image(const ImageShop& shop, const std::string& former, const Template& wanted);

}  // namespace cai
