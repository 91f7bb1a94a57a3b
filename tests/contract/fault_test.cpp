// The fake's own machinery: a fault that does not happen as said would make every crash test worthless.
#include <gtest/gtest.h>

#include "cai/base/error.hpp"
#include "support/fake_engine.hpp"

namespace cai {
namespace {

class FakeFaults : public testing::Test {
 protected:
  FakeFaults() {
    engine.add_image("image:1");
    wanted.image = "image:1";
  }
  CreateResult create() { return engine.create_container("box", wanted); }
  [[nodiscard]] bool made() const { return engine.world.find_container("box") != nullptr; }

  FakeEngine engine;
  ContainerRequest wanted;
};

TEST_F(FakeFaults, CrashBeforeTheCallLeavesTheWorldAsItWas) {
  engine.fail_at(2, Fault::throw_before);
  engine.information();
  EXPECT_THROW(create(), SimulatedCrash);
  EXPECT_FALSE(made());
}

TEST_F(FakeFaults, CrashAfterTheCallKeepsItsEffectAndTheDeadDoNothing) {
  engine.fail_at_change(1, Fault::throw_after);
  engine.information();
  EXPECT_THROW(create(), SimulatedCrash);
  EXPECT_TRUE(made());
  EXPECT_THROW(engine.create_volume("data", {}), SimulatedCrash);
  EXPECT_TRUE(engine.world.volumes.empty());
  engine.revive();
  engine.create_volume("data", {});
  EXPECT_TRUE(engine.world.volumes.contains("data"));
}

TEST_F(FakeFaults, LostRequestAndLostAnswerLookTheSameButAreNot) {
  engine.fail_at(1, Fault::error_before);
  engine.fail_at(2, Fault::error_after);
  for (const bool effect : {false, true}) {
    try {
      create();
      ADD_FAILURE() << "nothing was thrown";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::engine_unreachable);
    }
    EXPECT_EQ(made(), effect);
  }
}

TEST_F(FakeFaults, SimulatedConflictRefusesWithoutEffect) {
  engine.fail_at(1, Fault::conflict);
  EXPECT_EQ(create().outcome, Outcome::conflict);
  EXPECT_FALSE(made());
  EXPECT_EQ(create().outcome, Outcome::done);
}

TEST_F(FakeFaults, UnreachableEngineDoesNothing) {
  engine.set_reachable(false);
  EXPECT_THROW(create(), Error);
  engine.set_reachable(true);
  EXPECT_FALSE(made());
}

TEST_F(FakeFaults, CallsAreCountedAndWrittenDown) {
  const ContainerId id = create().id;
  engine.inspect_container("box");
  engine.start_container(id);
  engine.quietly([&] { return engine.inspect_container("box"); });
  const std::string brief = id.value.substr(0, 12);
  EXPECT_EQ(engine.call_log(), (std::vector<std::string>{"create box", "inspect box", "start " + brief}));
  EXPECT_EQ(engine.change_log(), (std::vector<std::string>{"create box", "start " + brief}));
  EXPECT_EQ(engine.call_count(), 3);
  EXPECT_EQ(engine.change_count(), 2);
}

TEST_F(FakeFaults, ActorChangesTheWorldBetweenOurCalls) {
  engine.actor = [&](FakeEngine& other, const FakeCall& call) {
    if (call.text == "create box") other.create_container("box", wanted);
  };
  EXPECT_EQ(create().outcome, Outcome::conflict) << "somebody was faster";
  EXPECT_EQ(engine.call_count(), 1) << "the actor's calls are not ours";
}

TEST_F(FakeFaults, WorldIsAValueAndIdsRepeat) {
  const FakeWorld before = engine.world;
  const ContainerId first = create().id;
  EXPECT_TRUE(before.containers.empty());
  engine.world = before;
  EXPECT_EQ(create().id, first);
}

}  // namespace
}  // namespace cai
