// What must hold for every state of the world, tried on generated ones.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

#include "plan/buckets.hpp"
#include "plan/worlds.hpp"

namespace cai::test {
namespace {

struct World {
  Desired desired;
  Observed observed;
};

ContainerState any_state(bool with_unknown) {
  return static_cast<ContainerState>(
      *rc::gen::inRange(0, static_cast<int>(ContainerState::unknown) + (with_unknown ? 1 : 0)));
}

World any_world() {
  World world{wish(*rc::gen::element(Wanted::running, Wanted::stopped, Wanted::absent)), {}};
  auto& [desired, observed] = world;
  desired.volume_confirmed = *rc::gen::arbitrary<bool>();
  observed = prepared(desired);
  observed.image_present = *rc::gen::arbitrary<bool>();
  observed.keys_present = *rc::gen::arbitrary<bool>();
  observed.ssh_entry_current = *rc::gen::arbitrary<bool>();
  observed.ssh_entry_present = observed.ssh_entry_current || *rc::gen::arbitrary<bool>();
  if (*rc::gen::inRange(0, 6) == 0) observed.volume.reset();
  if (observed.volume && *rc::gen::inRange(0, 12) == 0) observed.volume->labels = {};

  const std::string digits = "0123456789abcdef";
  const int count = *rc::gen::inRange(0, 6);
  bool name_used = false;
  for (int i = 0; i < count; ++i) {
    auto container = own(desired, digits[static_cast<std::size_t>(i)], any_state(true),
                         *rc::gen::weightedElement<std::int64_t>({{6, 2}, {6, 1}, {1, 3}}));
    if (*rc::gen::inRange(0, 4) == 0) container.labels[label::instance] = "2222222222222222";
    if (*rc::gen::inRange(0, 6) == 0) container.labels[label::workspace_id] = "bbbbbbbbbbbbbbbb";
    if (*rc::gen::inRange(0, 5) == 0) container.labels[label::spec_hash] = "another";
    // Names are unique on an engine.
    if (name_used || *rc::gen::arbitrary<bool>()) {
      container.name = "aside-" + std::to_string(i);
    } else {
      name_used = true;
    }
    container.created = Timestamp(std::chrono::seconds(*rc::gen::inRange(0, 4)));
    observed.containers.push_back(container);
  }
  return world;
}

std::vector<ContainerId> touched(const Plan& plan) {
  std::vector<ContainerId> ids;
  for (const auto& step : plan.steps) {
    std::visit(
        [&](const auto& action) {
          if constexpr (requires { action.id.value; }) ids.push_back(action.id);
          if constexpr (requires { action.id.has_value(); }) {
            if (action.id) ids.push_back(*action.id);
          }
        },
        step.action);
  }
  return ids;
}

const ObservedContainer& find(const Observed& observed, const ContainerId& wanted) {
  return *std::ranges::find(observed.containers, wanted, &ObservedContainer::id);
}

/// The world after a step, as a faithful engine would leave it.
void apply(const Step& step, World& world) {
  auto& [desired, observed] = world;
  auto at = [&observed](const ContainerId& wanted) {
    return std::ranges::find(observed.containers, wanted, &ObservedContainer::id);
  };
  if (std::holds_alternative<BuildImage>(step.action)) observed.image_present = true;
  if (std::holds_alternative<CreateVolume>(step.action)) {
    RC_ASSERT(!observed.volume);
    observed.volume = own_volume(desired);
  }
  if (std::holds_alternative<PrepareKeys>(step.action)) observed.keys_present = true;
  if (std::holds_alternative<WriteSshEntry>(step.action)) {
    observed.ssh_entry_current = observed.ssh_entry_present = true;
  }
  if (std::holds_alternative<RemoveSshEntry>(step.action)) {
    observed.ssh_entry_current = observed.ssh_entry_present = false;
  }
  if (const auto* create = std::get_if<CreateContainer>(&step.action)) {
    RC_ASSERT(
        std::ranges::none_of(observed.containers, [&](const auto& c) { return c.name == create->name; }));
    observed.containers.push_back(own(desired, 'n', ContainerState::created));
  }
  if (const auto* start = std::get_if<StartContainer>(&step.action)) {
    // One writer for each volume.
    for (const auto& container : observed.containers) {
      RC_ASSERT(!is_ours(desired, container) || container.state != ContainerState::running);
    }
    at(start->id.value_or(id('n')))->state = ContainerState::running;
  }
  if (const auto* verify = std::get_if<VerifyReady>(&step.action)) {
    const auto verified = at(verify->id.value_or(id('n')));
    RC_ASSERT(verified->state == ContainerState::running);
    desired.verified = verified->id;
  }
  if (const auto* resume = std::get_if<UnpauseContainer>(&step.action))
    at(resume->id)->state = ContainerState::running;
  if (const auto* stop = std::get_if<StopContainer>(&step.action))
    at(stop->id)->state = ContainerState::exited;
  if (const auto* rename = std::get_if<RenameContainer>(&step.action)) {
    RC_ASSERT(
        std::ranges::none_of(observed.containers, [&](const auto& c) { return c.name == rename->name; }));
    at(rename->id)->name = rename->name;
  }
  if (const auto* remove = std::get_if<RemoveContainer>(&step.action)) {
    RC_ASSERT(at(remove->id)->state != ContainerState::running);  // the engine would refuse
    observed.containers.erase(at(remove->id));
  }
  if (const auto* await = std::get_if<AwaitContainer>(&step.action)) {
    const auto waited = at(await->id);
    if (waited->state == ContainerState::removing) {
      observed.containers.erase(waited);
    } else {
      waited->state = ContainerState::running;
    }
  }
}

int running_of_ours(const World& world) {
  return static_cast<int>(
      std::ranges::count_if(world.observed.containers, [&](const ObservedContainer& container) {
        return is_ours(world.desired, container) && container.state == ContainerState::running;
      }));
}

/// Applies plans until one is empty; the worlds generated here need few.
Plan settle(World& world) {
  for (int pass = 0; pass < 6; ++pass) {
    auto plan = make_plan(world.desired, world.observed);
    if (plan.refusal || plan.steps.empty()) return plan;
    for (const auto& step : plan.steps) apply(step, world);
  }
  RC_FAIL("does not come to rest");
  return {};
}

RC_GTEST_PROP(PlanProperties, NeverTouchesWhatIsNotOurs, ()) {
  const auto world = any_world();
  for (const auto& wanted : touched(make_plan(world.desired, world.observed))) {
    const auto& container = find(world.observed, wanted);
    RC_ASSERT(is_ours(world.desired, container));
    RC_ASSERT(container.state != ContainerState::unknown);
  }
}

RC_GTEST_PROP(PlanProperties, OrderOfObservationDoesNotMatter, ()) {
  auto world = any_world();
  const auto before = to_text(make_plan(world.desired, world.observed), world.desired);
  std::ranges::reverse(world.observed.containers);
  RC_ASSERT(to_text(make_plan(world.desired, world.observed), world.desired) == before);
}

RC_GTEST_PROP(PlanProperties, ComesToRestAndTheSecondPlanIsEmpty, ()) {
  auto world = any_world();
  const auto rest = settle(world);
  if (rest.refusal) return;
  RC_ASSERT(make_plan(world.desired, world.observed).steps.empty());
  if (world.desired.wanted == Wanted::running) {
    RC_ASSERT(running_of_ours(world) == 1);
    const auto& current = find(world.observed, *rest.current);
    RC_ASSERT(current.name == world.desired.name);
    RC_ASSERT(current.id == world.desired.verified);
    RC_ASSERT(generation_of(current) == world.desired.generation);
    RC_ASSERT(world.observed.volume.has_value());
  } else {
    RC_ASSERT(running_of_ours(world) == 0);
  }
}

/// Interrupt a plan after any step, and the next plans after any of theirs: it still comes to the same rest.
RC_GTEST_PROP(PlanProperties, ComesToRestAfterACrashAfterAnyStepTwice, ()) {
  auto world = any_world();
  for (int crash = 0; crash < 2; ++crash) {
    const auto plan = make_plan(world.desired, world.observed);
    if (plan.refusal) return;
    const auto done = *rc::gen::inRange<std::size_t>(0, plan.steps.size() + 1);
    for (std::size_t i = 0; i < done; ++i) apply(plan.steps[i], world);
  }
  const auto rest = settle(world);
  RC_ASSERT(!rest.refusal || world.desired.wanted != Wanted::running);
  if (world.desired.wanted == Wanted::running) RC_ASSERT(running_of_ours(world) == 1);
}

RC_GTEST_PROP(PlanProperties, AVolumeIsOnlyEverCreatedAndOnlyWhenItWasNeverThere, ()) {
  const auto world = any_world();
  for (const auto& step : make_plan(world.desired, world.observed).steps) {
    if (std::holds_alternative<CreateVolume>(step.action)) {
      RC_ASSERT(!world.observed.volume);
      RC_ASSERT(!world.desired.volume_confirmed);
    }
  }
}

RC_GTEST_PROP(PlanProperties, ARunningCurrentContainerIsNeverStoppedOrRemovedWhileWanted, ()) {
  auto world = any_world();
  world.desired.wanted = Wanted::running;
  const auto plan = make_plan(world.desired, world.observed);
  if (!plan.current) return;
  for (const auto& step : plan.steps) {
    if (const auto* stop = std::get_if<StopContainer>(&step.action)) RC_ASSERT(stop->id != *plan.current);
    if (const auto* remove = std::get_if<RemoveContainer>(&step.action))
      RC_ASSERT(remove->id != *plan.current);
  }
}

RC_GTEST_PROP(PlanProperties, ARefusalHasNoSteps, ()) {
  const auto world = any_world();
  const auto plan = make_plan(world.desired, world.observed);
  RC_ASSERT(!plan.refusal || plan.steps.empty());
}

RC_GTEST_PROP(PlanProperties, OldContainersGoOnlyAfterTheNewOneWasVerified, ()) {
  const auto world = any_world();
  const auto plan = make_plan(world.desired, world.observed);
  bool created = false;
  bool verified = false;
  for (const auto& step : plan.steps) {
    created = created || std::holds_alternative<CreateContainer>(step.action);
    verified = verified || std::holds_alternative<VerifyReady>(step.action);
    if (step.cause == Cause::superseded && std::holds_alternative<RemoveContainer>(step.action)) {
      RC_ASSERT(!created || verified);
    }
  }
}

}  // namespace
}  // namespace cai::test
