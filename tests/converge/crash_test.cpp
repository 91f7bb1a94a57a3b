// Kill cai at every engine call of every operation, and then again at every call of what came next: the
// person who comes back finds one running container of the right generation with the right volume, and no
// volume is ever lost.
#include <gtest/gtest.h>

#include "converge/house.hpp"

namespace cai::test {
namespace {

struct Operation {
  const char* name;
  bool starts_from_running;
  Wish wish;
};

const std::vector<Operation>& operations() {
  static const std::vector<Operation> all = {{"create", false, wanting(Wanted::running)},
                                             {"fresh", true, fresh()},
                                             {"reset", true, reset()},
                                             {"stop", true, wanting(Wanted::stopped)},
                                             {"stop --remove", true, wanting(Wanted::absent)}};
  return all;
}

/// Dies, or gets an error, at call `number`; whether the fault happened.
bool attempt(House& house, const Wish& wish, int number, Fault fault) {
  house.engine.revive();
  house.engine.reset_calls();
  house.engine.fail_at(number, fault);
  try {
    house.process(wish);
  } catch (const SimulatedCrash&) {
    return true;
  } catch (const Error&) {
    return true;
  }
  const bool happened = house.engine.call_count() >= number;
  house.engine.reset_calls();
  return happened;
}

void begin(House& house, const Operation& operation) {
  if (operation.starts_from_running) house.come_back();
}

/// What must hold once the person is back, judged by the engine's world and never by cai.
void expect_whole(House& house, const std::set<std::string>& volumes_before, const std::string& where) {
  house.engine.revive();
  house.engine.reset_calls();
  house.come_back();
  const auto row = house.row();
  ASSERT_EQ(house.engine.world.containers.size(), 1U) << where;
  const auto& container = house.engine.world.containers.begin()->second;
  EXPECT_EQ(container.details.container.name, "myapp-auth") << where;
  EXPECT_EQ(container.details.container.state, ContainerState::running) << where;
  EXPECT_EQ(label_or_empty(container.details.container.labels, label::generation),
            std::to_string(row.generation))
      << where;
  EXPECT_EQ(label_or_empty(container.details.container.labels, label::data_volume), row.volume) << where;
  EXPECT_EQ(row.container, container.details.container.id) << where;
  for (const auto& volume : volumes_before) EXPECT_TRUE(house.engine.world.volumes.contains(volume)) << where;
  const auto& volume = house.engine.world.volumes.at(row.volume);
  EXPECT_EQ(label_or_empty(volume.labels, label::volume_id), row.volume_id) << where;
  EXPECT_LE(house.engine.world.volumes.size(), volumes_before.size() + 2) << where;

  house.engine.reset_calls();
  house.come_back();
  EXPECT_EQ(house.engine.change_count(), 0) << where << ": a second identical command changed something";
}

std::set<std::string> volume_names(const House& house) {
  std::set<std::string> names;
  for (const auto& [name, volume] : house.engine.world.volumes) names.insert(name);
  return names;
}

std::string describe(const Operation& operation, Fault fault, int first, int second = 0) {
  return std::string(operation.name) + " fault " + std::to_string(static_cast<int>(fault)) + " at call " +
         std::to_string(first) +
         (second != 0 ? " and at call " + std::to_string(second) + " of the next" : "");
}

class EveryCall : public testing::TestWithParam<Fault> {};

TEST_P(EveryCall, OfEveryOperation) {
  int points = 0;
  for (const auto& operation : operations()) {
    for (int number = 1;; ++number) {
      House house;
      begin(house, operation);
      const auto before = volume_names(house);
      if (!attempt(house, operation.wish, number, GetParam())) break;
      ++points;
      ASSERT_NO_THROW(expect_whole(house, before, describe(operation, GetParam(), number)))
          << describe(operation, GetParam(), number);
      if (HasFatalFailure()) return;
    }
  }
  EXPECT_GT(points, 40);
}

INSTANTIATE_TEST_SUITE_P(Faults, EveryCall,
                         testing::Values(Fault::throw_before, Fault::throw_after, Fault::error_before,
                                         Fault::error_after),
                         [](const auto& fault) {
                           return "fault" + std::to_string(static_cast<int>(fault.param));
                         });

class EveryPairOfCalls : public testing::TestWithParam<std::size_t> {};

/// The second death comes in the command that was to repair the first.
TEST_P(EveryPairOfCalls, OfOneOperation) {
  const auto& operation = operations().at(GetParam());
  int points = 0;
  for (int first = 1;; ++first) {
    bool first_happened = true;
    for (int second = 1;; ++second) {
      House house;
      begin(house, operation);
      const auto before = volume_names(house);
      first_happened = attempt(house, operation.wish, first, Fault::throw_after);
      if (!first_happened) break;
      if (!attempt(house, wanting(Wanted::running), second, Fault::throw_after)) break;
      ++points;
      ASSERT_NO_THROW(expect_whole(house, before, describe(operation, Fault::throw_after, first, second)))
          << describe(operation, Fault::throw_after, first, second);
      if (HasFatalFailure()) return;
    }
    if (!first_happened) break;
  }
  EXPECT_GT(points, 40);
}

INSTANTIATE_TEST_SUITE_P(Operations, EveryPairOfCalls, testing::Range<std::size_t>(0, 5),
                         [](const auto& operation) {
                           std::string name = operations().at(operation.param).name;
                           std::erase_if(name, [](char c) { return c == ' ' || c == '-'; });
                           return name;
                         });

}  // namespace
}  // namespace cai::test
