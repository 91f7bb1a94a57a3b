// What the sweep may touch, for every combination there is.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <unistd.h>

#include "cai/run/sweep.hpp"
#include "support/fake_engine.hpp"

namespace cai {
namespace {

const InstanceId ours{"1111111111111111"};

ObservedContainer container(ContainerState state, const std::string& kind = "run") {
  ObservedContainer made;
  made.id = {std::string(64, 'a')};
  made.state = state;
  made.labels = {{label::managed, "true"}, {label::kind, kind}, {label::instance, ours.value}};
  return made;
}

TEST(Judge, GivesUpOnlyWhatNobodyOwnsAnyMore) {
  EXPECT_EQ(judge(container(ContainerState::exited), ours, Liveness::dead), SweepVerdict::remove);
  EXPECT_EQ(judge(container(ContainerState::created), ours, Liveness::dead), SweepVerdict::remove);
  EXPECT_EQ(judge(container(ContainerState::dead, "box"), ours, Liveness::dead), SweepVerdict::remove);
  EXPECT_EQ(judge(container(ContainerState::running), ours, Liveness::dead), SweepVerdict::kill_and_remove);
  EXPECT_EQ(judge(container(ContainerState::paused), ours, Liveness::dead), SweepVerdict::spare);
  EXPECT_EQ(judge(container(ContainerState::created), ours, Liveness::alive), SweepVerdict::spare)
      << "a living cai is about to start it";
  EXPECT_EQ(judge(container(ContainerState::exited), ours, Liveness::unknown), SweepVerdict::spare);
  EXPECT_EQ(judge(container(ContainerState::exited, "workspace"), ours, Liveness::dead), SweepVerdict::spare);
  EXPECT_EQ(judge(container(ContainerState::exited), {}, Liveness::dead), SweepVerdict::spare);
  EXPECT_EQ(judge(container(ContainerState::exited), {"2222222222222222"}, Liveness::dead),
            SweepVerdict::spare);
  auto kept = container(ContainerState::exited);
  kept.labels[label::keep] = "true";
  EXPECT_EQ(judge(kept, ours, Liveness::dead), SweepVerdict::spare);
  auto persistent = container(ContainerState::running);
  persistent.labels[label::persistent] = "true";
  EXPECT_EQ(judge(persistent, ours, Liveness::dead), SweepVerdict::spare) << "a box may outlive its session";
}

TEST(Judge, AsksTheKernelAboutTheOwner) {
  const auto self = this_process_identity();
  const auto verdict = [&](const std::string& owner) {
    auto made = container(ContainerState::exited);
    if (!owner.empty()) made.labels[label::owner] = owner;
    return judge(made, ours, self);
  };
  EXPECT_EQ(verdict(to_text(self)), SweepVerdict::spare) << "we live";
  EXPECT_EQ(verdict(""), SweepVerdict::spare) << "nobody knows whose it is";
  EXPECT_EQ(verdict("nonsense"), SweepVerdict::spare);
  auto earlier = self;
  earlier.start_ticks += 1;
  EXPECT_EQ(verdict(to_text(earlier)), SweepVerdict::remove) << "the same pid, another process";
  auto other_boot = self;
  other_boot.boot = "00000000-0000-0000-0000-000000000000";
  EXPECT_EQ(verdict(to_text(other_boot)), SweepVerdict::remove);
  auto other_host = self;
  other_host.host = "0123456789abcdef";
  EXPECT_EQ(verdict(to_text(other_host)), SweepVerdict::spare);
  auto other_namespace = self;
  other_namespace.pid_namespace = "1";
  EXPECT_EQ(verdict(to_text(other_namespace)), SweepVerdict::spare);
}

std::string any_of(const std::vector<std::string>& words) {
  return *rc::gen::elementOf(words);
}

RC_GTEST_PROP(JudgeProperty, NeverTouchesWhatItMustNot, ()) {
  auto made = container(
      static_cast<ContainerState>(*rc::gen::inRange(0, static_cast<int>(ContainerState::unknown) + 1)));
  made.labels = {};
  const auto put = [&](const char* name, const std::vector<std::string>& values) {
    const auto value = any_of(values);
    if (value != "-") made.labels[name] = value;
  };
  put(label::managed, {"-", "true", "true", "false", "yes"});
  put(label::kind, {"-", "run", "run", "box", "workspace", "", "Run"});
  put(label::instance, {"-", ours.value, ours.value, "2222222222222222", ""});
  put(label::keep, {"-", "-", "true", "false", ""});
  const auto owner = static_cast<Liveness>(*rc::gen::inRange(0, 3));
  const auto verdict = judge(made, ours, owner);

  const auto kind = label_or_empty(made.labels, label::kind);
  const bool allowed = label_or_empty(made.labels, label::managed) == "true" &&
                       label_or_empty(made.labels, label::instance) == ours.value &&
                       (kind == "run" || kind == "box") && label_or_empty(made.labels, label::keep).empty() &&
                       owner == Liveness::dead;
  if (!allowed) RC_ASSERT(verdict == SweepVerdict::spare);
  if (verdict == SweepVerdict::kill_and_remove) RC_ASSERT(made.state == ContainerState::running);
  if (verdict == SweepVerdict::remove) {
    RC_ASSERT(made.state == ContainerState::created || made.state == ContainerState::exited ||
              made.state == ContainerState::dead);
  }
  const bool idle = made.state == ContainerState::created || made.state == ContainerState::exited;
  if (allowed && idle) RC_ASSERT(verdict == SweepVerdict::remove);
}

/// An engine with containers of a dead cai and of this one.
class Sweep : public testing::Test {
 protected:
  Sweep() { engine.add_image("image"); }

  std::string add(const std::string& name, const ProcessIdentity& owner, const Labels& more = {}) {
    ContainerRequest request;
    request.image = "image";
    request.command = {"sleep"};
    request.labels = {{label::managed, "true"},
                      {label::kind, "run"},
                      {label::instance, ours.value},
                      {label::run_id, name},
                      {label::owner, to_text(owner)}};
    for (const auto& [key, value] : more) request.labels[key] = value;
    return engine.quietly([&] { return engine.create_container(name, request).id.value; });
  }
  ContainerState state(const std::string& id) {
    return engine.world.find_container(id)->details.container.state;
  }
  Reaped sweep(Deadline deadline = Deadline::in(std::chrono::seconds(10))) {
    return reap_orphans(engine, ours, self, deadline);
  }

  FakeEngine engine;
  ProcessIdentity self = this_process_identity();
  ProcessIdentity dead = [this] {
    auto other = self;
    other.start_ticks += 7;
    return other;
  }();
};

TEST_F(Sweep, TakesOrphansAndNothingElse) {
  add("deadbee1", dead);
  const auto ran = add("deadbee2", dead);
  const auto exited = add("deadbee3", dead);
  const auto paused = add("deadbee4", dead);
  const auto kept = add("deadbee5", dead, {{label::keep, "true"}});
  const auto living = add("deadbee6", self);
  add("deadbee7", dead, {{label::kind, "box"}});
  engine.quietly([&] {
    engine.start_container({ran});
    engine.start_container({exited});
    engine.start_container({paused});
  });
  engine.end(exited, 0);
  engine.pause(paused);
  const auto reaped = sweep();
  EXPECT_EQ(reaped.run_count, 3);
  EXPECT_EQ(reaped.box_count, 1);
  EXPECT_EQ(to_text(reaped), "reaped 3 runs and 1 box whose cai is gone");
  EXPECT_EQ(engine.world.containers.size(), 3U);
  EXPECT_EQ(state(paused), ContainerState::paused);
  EXPECT_EQ(state(kept), ContainerState::created);
  EXPECT_EQ(state(living), ContainerState::created);
}

TEST_F(Sweep, IsOneRequestWhenThereIsNothing) {
  add("deadbee1", self);
  EXPECT_TRUE(sweep().empty());
  EXPECT_EQ(engine.call_log(), (std::vector<std::string>{"list"}));
}

TEST_F(Sweep, SparesWhatWasStartedOrPausedMeanwhile) {
  const auto started = add("deadbee1", dead);
  const auto ran = add("deadbee2", dead);
  engine.quietly([&] { engine.start_container({ran}); });
  engine.actor = [&](FakeEngine& fake, const FakeCall& call) {
    if (call.text.starts_with("remove " + started.substr(0, 12))) fake.start_container({started});
    if (call.text.starts_with("inspect " + ran.substr(0, 12))) fake.pause(ran);
  };
  EXPECT_TRUE(sweep().empty());
  EXPECT_EQ(state(started), ContainerState::running);
  EXPECT_EQ(state(ran), ContainerState::paused);
}

TEST_F(Sweep, TakesEmptyNetworksOfDeadSessionsAndNothingElse) {
  const auto labels = [&](const ProcessIdentity* owner, const Labels& more = {}) {
    Labels made = {{label::managed, "true"}, {label::kind, "network"}, {label::instance, ours.value}};
    if (owner != nullptr) made[label::owner] = to_text(*owner);
    for (const auto& [key, value] : more) made[key] = value;
    return made;
  };
  const auto container = add("deadbee1", self);
  engine.quietly([&] {
    engine.create_network("empty", labels(&dead));
    engine.create_network("stopped", labels(&dead));
    engine.create_network("living", labels(&self));
    engine.create_network("persons", labels(nullptr));
    engine.create_network("others", labels(&dead, {{label::instance, "2222222222222222"}}));
    engine.create_network("workspaces", labels(&dead, {{label::kind, "workspace"}}));
    engine.create_network("changed", labels(&dead));
  });
  engine.world.find_container(container)->details.container.networks = {"stopped"};
  engine.actor = [&](FakeEngine& fake, const FakeCall& call) {
    // Another network of that name, and of a session that lives.
    if (!call.text.starts_with("inspect-network changed")) return;
    fake.world.networks.erase("changed");
    fake.create_network("changed", labels(&self));
  };
  EXPECT_EQ(reap_networks(engine, ours, self, Deadline::in(std::chrono::seconds(10))), 1);
  EXPECT_FALSE(engine.world.networks.contains("empty"));
  for (const char* name : {"stopped", "living", "persons", "others", "workspaces", "changed"}) {
    EXPECT_TRUE(engine.world.networks.contains(name)) << name;
  }
  EXPECT_EQ(to_text(Reaped{.runs = {}, .run_count = 2, .box_count = 1, .network_count = 1}),
            "reaped 2 runs, 1 box and 1 network whose cai is gone");
}

TEST_F(Sweep, StopsAtItsDeadlineAndGoesOnAfterARefusal) {
  add("deadbee1", dead);
  add("deadbee2", dead);
  EXPECT_TRUE(sweep(Deadline::in(std::chrono::milliseconds(0))).empty());
  engine.reset_calls();
  engine.fail_at_change(1, Fault::error_before);
  EXPECT_EQ(sweep().run_count, 1);
  EXPECT_EQ(to_text(sweep()), "reaped 1 run whose cai is gone");
}

}  // namespace
}  // namespace cai
