#include <algorithm>
#include <utility>

#include "support/fake_engine.hpp"

namespace cai {

// --------------------------------------------------------------------------------------------------------

const FakeContainer* FakeWorld::find_container(const std::string& id_or_name) const {
  if (const auto found = containers.find(id_or_name); found != containers.end()) return &found->second;
  for (const auto& [id, container] : containers) {
    if (container.details.container.name == id_or_name) return &container;
  }
  return nullptr;
}

FakeContainer* FakeWorld::find_container(const std::string& id_or_name) {
  return const_cast<FakeContainer*>(std::as_const(*this).find_container(id_or_name));
}

const ImageDetails* FakeWorld::find_image(const std::string& reference) const {
  if (const auto found = images.find(reference); found != images.end()) return &found->second;
  const bool tagged = reference.find(':', reference.rfind('/') + 1) != std::string::npos;
  const std::string tag = tagged ? reference : reference + ":latest";
  for (const auto& [id, image] : images) {
    if (std::ranges::find(image.tags, tag) != image.tags.end()) return &image;
  }
  return nullptr;
}

std::vector<const FakeContainer*> FakeWorld::containers_with(const std::string& label,
                                                             const std::string& value) const {
  std::vector<const FakeContainer*> found;
  for (const auto& [id, container] : containers) {
    if (label_or_empty(container.details.container.labels, label.c_str()) == value)
      found.push_back(&container);
  }
  std::ranges::sort(found, {}, [](const FakeContainer* container) { return container->serial; });
  return found;
}

}  // namespace cai
