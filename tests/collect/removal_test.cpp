#include "cai/collect/removal.hpp"

#include <gtest/gtest.h>

#include <random>

#include "cai/base/filesystem.hpp"
#include "converge/house.hpp"

namespace cai::test {
namespace {

/// A house with a stopped workspace, and with `count` stopped containers that are ours by their labels.
class Removing : public testing::Test {
 protected:
  void SetUp() override {
    house_.come_back();
    house_.process(wanting(Wanted::stopped));
    workspace_ = house_.row().container;
  }

  ContainerId candidate(int number) {
    return house_.engine.quietly([&] {
      ContainerRequest request;
      request.image = house_.options.chosen.image;
      request.labels = {{label::managed, "true"},
                        {label::kind, "workspace"},
                        {label::instance, load_instance(house_.paths).value}};
      return house_.engine.create_container("candidate-" + std::to_string(number), request).id;
    });
  }

  Removal remove(const ContainerId& id, const Terms& terms = {}) {
    return remove(id, terms, *house_.engine.clock);
  }

  Removal remove(const ContainerId& id, const Terms& terms, const Clock& clock) {
    return remove(ItemKind::container, "", id.value, terms, clock);
  }

  Removal remove(ItemKind kind, const std::string& name, const std::string& id, const Terms& terms,
                 const Clock& clock) {
    auto store =
        Store::open(house_.paths.state / "containai.db", Store::Mode::read_write, *house_.engine.clock);
    const auto instance = load_instance(house_.paths);
    auto shop = house_.workshop(store, instance);
    return remove_item(shop, EngineId{"engine-1"},
                       Item{.kind = kind, .name = name, .id = id, .why = "", .age = {}, .size_bytes = {}},
                       terms, clock);
  }

  bool exists(const ContainerId& id) {
    return house_.engine.quietly([&] { return house_.engine.inspect_container(id.value).has_value(); });
  }

  House house_;
  ContainerId workspace_;
};

TEST_F(Removing, TakesAStoppedWorkspaceAndItsWish) {
  EXPECT_EQ(remove(workspace_).outcome, Removal::Outcome::removed);
  EXPECT_FALSE(exists(workspace_));
  EXPECT_EQ(house_.row().wanted, Wanted::absent);
  EXPECT_EQ(remove(workspace_).outcome, Removal::Outcome::gone);
}

TEST_F(Removing, SparesWhatAnotherCaiWorksOn) {
  const auto turn = FileLock::try_acquire(workspace_lock_file(house_.paths, house_.row().key));
  ASSERT_TRUE(turn);
  const auto removal = remove(workspace_);
  EXPECT_EQ(removal.outcome, Removal::Outcome::spared);
  EXPECT_EQ(removal.why, "another cai works on it");
  EXPECT_TRUE(exists(workspace_));
}

/// Of an image with two names an engine takes one away without a word.
TEST_F(Removing, SparesANameOfAnImageThatAContainerUses) {
  const auto name = house_.options.chosen.image;
  auto& image = house_.engine.world.images.at(house_.engine.world.find_image(name)->id);
  image.tags.emplace_back("mine:latest");
  EXPECT_EQ(remove(ItemKind::image, name, image.id, {}, *house_.engine.clock).outcome,
            Removal::Outcome::spared);
  EXPECT_EQ(image.tags.size(), 2U);
}

TEST_F(Removing, SparesAVolumeThatIsNoFormerOneAnyMore) {
  const auto volume = house_.row().volume;
  house_.process(wanting(Wanted::absent));
  EXPECT_EQ(remove(ItemKind::volume, volume, volume, {}, *house_.engine.clock).outcome,
            Removal::Outcome::spared);
  EXPECT_TRUE(house_.engine.world.volumes.contains(volume));
}

TEST_F(Removing, IsDecidedByTheEnginesClockAndNotByOurs) {
  using std::chrono::hours;
  const auto never_started = candidate(1);
  house_.engine.clock->advance(hours(2));
  ManualClock ours;
  for (const int years : {-1, 1}) {
    ours.set(house_.engine.clock->now() + hours(24 * 365 * years));
    for (const auto& id : {workspace_, never_started})
      EXPECT_EQ(remove(id, {.age = hours(3)}, ours).outcome, Removal::Outcome::spared) << years;
  }
  ours.set(house_.engine.clock->now() - hours(24 * 365));
  EXPECT_EQ(remove(never_started, {.age = hours(1)}, ours).outcome, Removal::Outcome::removed);
}

TEST_F(Removing, SparesAWorkspaceStartedBeforeAnyOfItsCalls) {
  for (int call = 1; call < 10; ++call) {
    house_.engine.quietly([&] { return house_.engine.stop_container(workspace_, 1); });
    house_.engine.reset_calls();
    bool started = false;
    house_.engine.actor = [&](FakeEngine& engine, const FakeCall& made) {
      if (made.number == call) started = engine.start_container(workspace_).outcome == Outcome::done;
    };
    const auto removal = remove(workspace_);
    house_.engine.actor = nullptr;
    if (!started) {
      EXPECT_GT(call, 2) << "there is a look before the removal, and a second one under the lock";
      EXPECT_EQ(removal.outcome, Removal::Outcome::removed);
      return;
    }
    EXPECT_EQ(removal.outcome, Removal::Outcome::spared) << "started before call " << call;
    ASSERT_TRUE(exists(workspace_));
  }
  FAIL() << "no removal makes that many calls";
}

TEST_F(Removing, TwoHundredStartsBesideTheRemovalsLoseNothing) {
  constexpr int count = 400;
  std::vector<ContainerId> candidates;
  for (int i = 0; i < count; ++i) candidates.push_back(candidate(i));
  std::mt19937 random(20260116);
  std::set<ContainerId> started;
  house_.engine.actor = [&](FakeEngine& engine, const FakeCall&) {
    const auto& id = candidates[random() % count];
    if (started.size() < 200 && engine.start_container(id).outcome == Outcome::done) started.insert(id);
  };
  for (const auto& id : candidates) {
    const auto removal = remove(id);
    EXPECT_EQ(removal.outcome == Removal::Outcome::spared, started.contains(id)) << removal.why;
  }
  house_.engine.actor = nullptr;
  for (const auto& id : candidates) EXPECT_EQ(exists(id), started.contains(id));
  EXPECT_EQ(started.size(), 200U);
}

}  // namespace
}  // namespace cai::test
