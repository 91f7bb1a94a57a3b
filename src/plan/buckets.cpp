#include "plan/buckets.hpp"

#include <algorithm>
#include <tuple>

#include "cai/base/text.hpp"

namespace cai {
namespace {

/// Which of two containers of the same generation is the workspace: the one in use, else the one that was.
int preference(ContainerState state) {
  switch (state) {
    case ContainerState::running:
      return 0;
    case ContainerState::paused:
      return 1;
    case ContainerState::restarting:
      return 2;
    case ContainerState::exited:
      return 3;
    case ContainerState::created:
      return 4;
    case ContainerState::removing:
      return 5;
    case ContainerState::dead:
      return 6;
    case ContainerState::unknown:
      return 7;
  }
  return 7;
}

}  // namespace

bool is_ours(const Desired& desired, const ObservedContainer& container) {
  return label_or_empty(container.labels, label::managed) == "true" &&
         label_or_empty(container.labels, label::instance) == desired.instance.value &&
         label_or_empty(container.labels, label::workspace_id) == desired.id.value;
}

std::int64_t generation_of(const ObservedContainer& container) {
  return parse_integer(label_or_empty(container.labels, label::generation)).value_or(0);
}

Buckets sort_into_buckets(const Desired& desired, const Observed& observed) {
  std::vector<const ObservedContainer*> containers;
  for (const auto& container : observed.containers) containers.push_back(&container);
  std::ranges::sort(containers, {}, [](const ObservedContainer* container) {
    return std::tuple(preference(container->state), container->created, container->id.value);
  });

  Buckets buckets;
  for (const auto* container : containers) {
    if (!is_ours(desired, *container)) {
      if (container->name == desired.name) buckets.name_holder = container;
    } else if (container->state == ContainerState::unknown) {
      buckets.unknown.push_back(container);
    } else if (generation_of(*container) == desired.generation) {
      buckets.current.push_back(container);
    } else if (generation_of(*container) < desired.generation) {
      buckets.superseded.push_back(container);
    } else {
      buckets.ahead.push_back(container);
    }
  }
  return buckets;
}

}  // namespace cai
