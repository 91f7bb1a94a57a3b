// The reconciler against a fake engine that others change behind its back.
#include <gtest/gtest.h>

#include "converge/house.hpp"

namespace cai::test {
namespace {

TEST(Reconcile, CreatesWhatWasWishedFor) {
  House house;
  house.come_back();
  const auto* container = house.engine.world.find_container("myapp-auth");
  ASSERT_NE(container, nullptr);
  EXPECT_EQ(container->details.container.state, ContainerState::running);
  EXPECT_EQ(container->request.loopback_ports.at("2222/tcp"), 2300);
  EXPECT_TRUE(container->request.read_only_root);
  EXPECT_TRUE(container->request.drop_all_capabilities);
  EXPECT_EQ(container->request.user, std::to_string(getuid()) + ":" + std::to_string(getgid()));
  EXPECT_EQ(house.row().volume, "myapp-auth-data");
  EXPECT_TRUE(house.row().volume_confirmed);
}

TEST(Reconcile, FreshKeepsTheVolumeAndThePort) {
  House house;
  house.come_back();
  const auto before = house.row();
  house.process(fresh());
  const auto after = house.row();
  EXPECT_NE(before.container, after.container);
  EXPECT_EQ(before.volume, after.volume);
  EXPECT_EQ(before.port, after.port);
  EXPECT_EQ(after.generation, before.generation + 1);
  EXPECT_EQ(house.engine.world.containers.size(), 1U);
}

TEST(Reconcile, ResetKeepsTheOldVolumeAside) {
  House house;
  house.come_back();
  const auto before = house.row();
  house.process(reset());
  EXPECT_NE(house.row().volume, before.volume);
  EXPECT_TRUE(house.engine.world.volumes.contains(before.volume));
  const auto store =
      Store::open(house.paths.state / "containai.db", Store::Mode::read_only, *house.engine.clock);
  ASSERT_EQ(store.former_volumes().size(), 1U);
  EXPECT_EQ(store.former_volumes().at(0).volume, before.volume);
}

TEST(Reconcile, RemovedBehindItsBackIsMadeAgainWithTheSameVolume) {
  House house;
  house.come_back();
  const auto before = house.row();
  house.engine.remove_by_force("myapp-auth");
  house.come_back();
  EXPECT_EQ(house.row().volume, before.volume);
  EXPECT_NE(house.row().container, before.container);
}

/// What fills a new volume hears of it before there is one, and of each start before and after.
TEST(Reconcile, SaysWhenAVolumeIsNewAndWhenAContainerStarts) {
  House house;
  std::string heard;
  const auto listen = [&](const Wish& wish) {
    return [&, wish](Workshop& shop, WorkspaceRow& row) {
      shop.before_new_volume = [&](const Desired& desired) {
        EXPECT_FALSE(house.engine.world.volumes.contains(desired.specification.volume));
        heard += "volume ";
      };
      shop.before_start = [&](const Desired& desired) {
        EXPECT_TRUE(house.engine.world.volumes.contains(desired.specification.volume));
        EXPECT_NE(house.engine.inspect_container(desired.name)->container.state, ContainerState::running);
        heard += "start ";
      };
      shop.after_ready = [&](const ContainerId& id, const Desired&) {
        EXPECT_EQ(house.engine.inspect_container(id.value)->container.state, ContainerState::running);
        heard += "ready ";
      };
      wish(shop, row);
    };
  };
  house.process(listen(wanting(Wanted::running)));
  EXPECT_EQ(heard, "volume start ready ");
  house.process(listen(wanting(Wanted::running)));
  EXPECT_EQ(heard, "volume start ready ");
  house.process(listen(fresh()));
  EXPECT_EQ(heard, "volume start ready start ready ");
  house.process(listen(reset()));
  EXPECT_EQ(heard, "volume start ready start ready volume start ready ");
}

TEST(Reconcile, ALostVolumeIsSaidAndNotReplaced) {
  House house;
  house.come_back();
  house.engine.remove_by_force("myapp-auth");
  house.engine.world.volumes.erase("myapp-auth-data");
  EXPECT_THROW(house.come_back(), Error);
  EXPECT_TRUE(house.engine.world.volumes.empty());
  EXPECT_TRUE(house.engine.world.containers.empty());
}

TEST(Reconcile, AContainerStartedBySomebodyBetweenStopAndRemoveSurvives) {
  House house;
  house.come_back();
  bool started = false;
  house.engine.actor = [&](FakeEngine& engine, const FakeCall& call) {
    if (!call.text.starts_with("remove ") || started) return;
    started = true;
    engine.start_container(house.row().container);
  };
  house.process(wanting(Wanted::absent));
  EXPECT_TRUE(started);
  EXPECT_TRUE(house.engine.world.containers.empty())
      << "the wish stands: it is stopped again, unforced, and removed";
}

TEST(Reconcile, APortTakenByOthersIsReplacedAndKept) {
  House house;
  house.engine.world.busy_ports = {2300};
  house.come_back();
  EXPECT_EQ(house.row().port, 2301);
  EXPECT_EQ(house.engine.world.containers.size(), 1U);
  house.engine.world.busy_ports.clear();
  house.process(fresh());
  EXPECT_EQ(house.row().port, 2301);
}

TEST(Reconcile, InAnotherProfileOnlyAContainerThatRanKeepsItsPort) {
  House house;
  house.options.profile = Profile::sudo;
  house.engine.world.busy_ports = {2300};
  house.come_back();
  EXPECT_EQ(house.row().port, 2301) << "nothing is lost with a container that never ran";
  house.process(wanting(Wanted::stopped));
  const auto before = house.row();
  house.engine.world.busy_ports = {2301};
  EXPECT_THROW(house.come_back(), Error);
  EXPECT_EQ(house.row().port, before.port);
  EXPECT_EQ(house.row().generation, before.generation);
  EXPECT_NE(house.engine.world.find_container(before.container.value), nullptr);
}

/// What an engine that was killed leaves behind: "task already exists", for ever.
TEST(Reconcile, WhatCannotStartAnyMoreIsMadeAnewWhenNothingIsLostWithIt) {
  House house;
  house.come_back();
  house.process(wanting(Wanted::stopped));
  const auto before = house.row();
  house.engine.main_program = [&](const FakeContainer& container) -> std::optional<ExecResult> {
    if (container.details.container.id == before.container)
      throw Error(ErrorKind::failed, "task already exists");
    return std::nullopt;
  };
  house.come_back();
  EXPECT_EQ(house.row().generation, before.generation + 1);
  EXPECT_EQ(house.row().volume, before.volume);
  EXPECT_EQ(house.row().port, before.port);
  EXPECT_EQ(house.engine.world.containers.size(), 1U);
  EXPECT_NE(house.row().container, before.container);
}

TEST(Reconcile, WhatCannotStartAnyMoreStaysWhenSomethingMayBeInIt) {
  House house;
  house.options.profile = Profile::sudo;
  house.come_back();
  house.process(wanting(Wanted::stopped));
  const auto before = house.row();
  house.engine.main_program = [](const FakeContainer&) -> std::optional<ExecResult> {
    throw Error(ErrorKind::failed, "task already exists");
  };
  try {
    house.come_back();
    ADD_FAILURE() << "it cannot start";
  } catch (const Error& error) {
    EXPECT_NE(error.hints().back().find("--fresh"), std::string::npos);
  }
  EXPECT_EQ(house.row().generation, before.generation);
  EXPECT_NE(house.engine.world.find_container(before.container.value), nullptr);
}

/// A new one that fails as well ends it: one attempt, and nothing is left of it.
TEST(Reconcile, WhatNobodyCanStartIsAnErrorAndNotMadeForEver) {
  House house;
  house.come_back();
  house.process(wanting(Wanted::stopped));
  const auto before = house.row();
  house.engine.main_program = [](const FakeContainer&) -> std::optional<ExecResult> {
    throw Error(ErrorKind::failed, "the disk is full");
  };
  EXPECT_THROW(house.come_back(), Error);
  EXPECT_EQ(house.row().generation, before.generation + 1);
  EXPECT_EQ(house.engine.world.containers.size(), 1U) << "the old one, set aside";
  house.engine.main_program = nullptr;
  house.come_back();
  EXPECT_EQ(house.engine.world.containers.size(), 1U);
  EXPECT_EQ(house.row().volume, before.volume);
}

TEST(Reconcile, AForeignContainerWithTheNameGetsASuffixAndIsNotTouched) {
  House house;
  house.engine.add_image("other");
  ContainerRequest foreign;
  foreign.image = "other";
  const auto made = house.engine.create_container("myapp-auth", foreign);
  house.come_back();
  EXPECT_EQ(house.engine.world.containers.at(made.id.value).details.container.state, ContainerState::created);
  EXPECT_NE(house.row().name, "myapp-auth");
  EXPECT_TRUE(house.row().name.starts_with("myapp-auth-"));
}

TEST(Reconcile, ANameThatSomebodyTookLaterIsSaidAndNotFoughtFor) {
  House house;
  house.come_back();
  house.engine.remove_by_force("myapp-auth");
  house.engine.add_image("other");
  ContainerRequest foreign;
  foreign.image = "other";
  const auto made = house.engine.create_container("myapp-auth", foreign);
  house.engine.reset_calls();
  try {
    house.come_back();
    FAIL() << "the name is somebody else's";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::not_ours);
  }
  EXPECT_TRUE(house.engine.change_log().empty());
  EXPECT_TRUE(house.engine.world.containers.contains(made.id.value));
}

TEST(Reconcile, ALostStoreIsRebuiltFromLabels) {
  House house;
  house.come_back();
  const auto before = house.row();
  std::filesystem::remove_all(house.paths.state);
  house.come_back();
  const auto after = house.row();
  EXPECT_EQ(after.id, before.id);
  EXPECT_EQ(after.container, before.container);
  EXPECT_EQ(after.port, before.port);
  EXPECT_EQ(after.volume, before.volume);
  EXPECT_EQ(after.volume_id, before.volume_id);
  EXPECT_FALSE(house.events.notices.empty());
}

TEST(Reconcile, ALostStoreAndAContainerRemovedFindTheVolumeAgain) {
  House house;
  house.come_back();
  const auto before = house.row();
  std::filesystem::remove_all(house.paths.state);
  house.engine.remove_by_force("myapp-auth");
  house.come_back();
  EXPECT_EQ(house.row().volume, before.volume);
  EXPECT_EQ(house.row().volume_id, before.volume_id);
}

TEST(Reconcile, AForeignVolumeOfTheNameIsLeftAlone) {
  House house;
  house.engine.create_volume("myapp-auth-data", {{"somebody", "else"}});
  house.come_back();
  EXPECT_NE(house.row().volume, "myapp-auth-data");
  EXPECT_EQ(house.engine.world.volumes.at("myapp-auth-data").labels.at("somebody"), "else");
}

TEST(Reconcile, AVolumeThatSomebodyMakesMeanwhileIsNeitherMountedNorBelieved) {
  House house;
  house.engine.actor = [](FakeEngine& engine, const FakeCall& call) {
    if (call.text == "create-volume myapp-auth-data")
      engine.create_volume("myapp-auth-data", {{"somebody", "else"}});
  };
  EXPECT_THROW(house.come_back(), Error);
  EXPECT_TRUE(house.engine.world.containers.empty());
  EXPECT_FALSE(house.row().volume_confirmed);
  EXPECT_EQ(house.engine.world.volumes.at("myapp-auth-data").labels.at("somebody"), "else");
}

/// A create whose client died reserves the name before the container can be seen.
TEST(Reconcile, ACreateInFlightIsWaitedForAndUsed) {
  House house;
  house.come_back();
  const auto made = std::exchange(house.engine.world.containers, {});
  house.engine.world.reserved_names = {"myapp-auth"};
  int looks = 0;
  house.engine.actor = [&](FakeEngine& engine, const FakeCall& call) {
    if (call.text != "inspect myapp-auth" || ++looks != 20) return;
    engine.world.containers = made;
    engine.world.reserved_names.clear();
  };
  house.come_back();
  EXPECT_EQ(house.engine.world.containers.size(), 1U);
  EXPECT_EQ(house.engine.world.containers.begin()->first, made.begin()->first);
}

/// A cai that was killed may have sent a stop that the engine is still busy with.
TEST(Reconcile, AStopInFlightIsWaitedForBeforeAContainerIsBelievedToRun) {
  House house;
  house.come_back();
  const auto id = house.row().container;
  const SystemClock clock;
  Store::open(house.paths.state / "containai.db", Store::Mode::read_write, clock)
      .journal_begin("0123456789ab", "myapp-auth", "stop container " + id.value.substr(0, 12));
  int looks = 0;
  house.engine.actor = [&](FakeEngine& engine, const FakeCall& call) {
    if (call.text == "inspect myapp-auth" && ++looks == 10) engine.stop_container(id, 0);
  };
  house.come_back();
  EXPECT_GE(looks, 10) << "it was waited for";
  EXPECT_EQ(house.engine.inspect_container(id.value)->container.state, ContainerState::running);
}

TEST(Reconcile, AForeignVolumeIsNotBelievedToBeOursByAStopEither) {
  House house;
  house.engine.build_failure = "no such package";
  EXPECT_THROW(house.come_back(), Error);
  house.engine.create_volume("myapp-auth-data", {{"somebody", "else"}});
  house.process(wanting(Wanted::stopped));
  EXPECT_FALSE(house.row().volume_confirmed);
}

TEST(Reconcile, AFailingBuildChangesNothing) {
  House house;
  house.engine.build_failure = "no such package";
  EXPECT_THROW(house.come_back(), Error);
  EXPECT_TRUE(house.engine.world.containers.empty());
  EXPECT_TRUE(house.engine.world.volumes.empty());
}

TEST(Reconcile, AContainerThatEndsAtOnceIsAnErrorWithItsLastWords) {
  House house;
  house.engine.main_program = [](const FakeContainer&) {
    return ExecResult{.exit_code = 75, .standard_output = "", .standard_error = "busy"};
  };
  auto store = Store::open(house.paths.state / "containai.db", Store::Mode::read_write, *house.engine.clock);
  const auto instance = load_instance(house.paths);
  auto shop = house.workshop(store, instance);
  shop.await_ready = [](int, Deadline, const std::function<bool()>& give_up) { return !give_up(); };
  auto row = find_or_make_row(shop, {.engine = EngineId{"engine-1"},
                                     .key = {house.root.string(), "feature/auth", ""},
                                     .repository = "myapp",
                                     .volume = std::nullopt,
                                     .choices = {},
                                     .keep = false});
  try {
    Reconciler(shop).converge(row, house.options);
    FAIL() << "a container that ended counts as running";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::start_failed);
    EXPECT_NE(std::string(error.what()).find("in use by another container"), std::string::npos);
  }
}

TEST(Reconcile, WhatDidNotAnswerOnceIsAskedAgainAndThenBelieved) {
  House house;
  house.answers = false;
  EXPECT_THROW(house.come_back(), Error);
  EXPECT_THROW(house.come_back(), Error);
  EXPECT_EQ(house.questions, 2);
  house.answers = true;
  house.come_back();
  EXPECT_EQ(house.questions, 3);
  house.come_back();
  EXPECT_EQ(house.questions, 3);
  EXPECT_EQ(house.engine.world.containers.size(), 1U);
}

TEST(Reconcile, AContainerStartedAgainIsBelievedOnlyWhenItAnswered) {
  House house;
  house.come_back();
  house.process(wanting(Wanted::stopped));
  house.answers = false;
  EXPECT_THROW(house.come_back(), Error);
  EXPECT_TRUE(house.row().container.empty());
  house.answers = true;
  house.come_back();
  EXPECT_FALSE(house.row().container.empty());
}

TEST(Reconcile, TheJournalHasEveryStepWithItsOutcome) {
  House house;
  house.come_back();
  const auto store =
      Store::open(house.paths.state / "containai.db", Store::Mode::read_only, *house.engine.clock);
  const auto entries = store.journal(100, std::nullopt);
  ASSERT_GE(entries.size(), 6U);
  EXPECT_EQ(entries.front().step, "build image containai:default-aaaaaaaaaaaa: absent");
  for (const auto& entry : entries) EXPECT_EQ(entry.outcome, "done") << entry.step;
}

TEST(Reconcile, AForeignContainerIsNeverNamedInAChange) {
  House house;
  house.engine.add_image("other");
  ContainerRequest foreign;
  foreign.image = "other";
  foreign.labels = {{label::managed, "true"}, {label::instance, "2222222222222222"}};
  const auto made = house.engine.create_container("neighbour", foreign);
  house.come_back();
  house.process(fresh());
  house.process(wanting(Wanted::absent));
  for (const auto& line : house.engine.change_log()) {
    EXPECT_EQ(line.find(made.id.value.substr(0, 12)), std::string::npos) << line;
  }
}

}  // namespace
}  // namespace cai::test
