// What becomes of containers: making, starting, stopping, renaming, removing, and being seen.
#include <algorithm>

#include "contract.hpp"

namespace cai {
namespace {

std::vector<std::string> names_of(const std::vector<ObservedContainer>& containers) {
  std::vector<std::string> names;
  for (const auto& container : containers) names.push_back(container.name);
  std::ranges::sort(names);
  return names;
}

TEST_P(EngineContract, InformationHasAnIdentityAndAVersion) {
  const EngineInformation information = engine().information();
  EXPECT_FALSE(information.id.empty());
  EXPECT_FALSE(information.product.name.empty());
  EXPECT_FALSE(information.product.version.empty());
  EXPECT_FALSE(information.product.api_version.empty());
  EXPECT_GT(information.memory_bytes, 0);
  EXPECT_GT(information.processors, 0);
  EXPECT_NE(std::ranges::find(information.runtimes, "runc"), information.runtimes.end());
  EXPECT_EQ(engine().information().id, information.id) << "an engine stays who it is";
  EXPECT_EQ(engine().product(), information.product);
}

TEST_P(EngineContract, CreatedContainerIsSeenAsItWasAskedFor) {
  auto wanted = request();
  wanted.labels["text"] = "quotes \" and\nlines, \xc3\xa9";
  wanted.loopback_ports = {{"2222/tcp", free_port()}};
  const ContainerId id = create("seen", wanted);
  ASSERT_EQ(id.value.size(), 64U);
  EXPECT_EQ(id.value.find_first_not_of("0123456789abcdef"), std::string::npos);

  const ContainerDetails details = inspect(id);
  EXPECT_EQ(details.container.id, id);
  EXPECT_EQ(details.container.name, name("seen"));
  EXPECT_EQ(details.container.state, ContainerState::created);
  EXPECT_EQ(details.container.state_text, "created");
  EXPECT_EQ(details.container.labels, wanted.labels);
  EXPECT_EQ(details.container.image, test_image());
  EXPECT_EQ(details.container.image_id, engine().inspect_image(test_image())->id);
  EXPECT_GT(details.container.created, Timestamp{});
  EXPECT_EQ(details.started, std::nullopt);
  EXPECT_EQ(details.finished, std::nullopt);
  EXPECT_EQ(details.pid, 0);
  EXPECT_EQ(details.ports, wanted.loopback_ports) << "configured, though not yet bound";
}

TEST_P(EngineContract, ContainerIsFoundByFullIdAndExactNameOnly) {
  const ContainerId id = create("found");
  EXPECT_EQ(engine().inspect_container(name("found")).value().container.id, id);
  EXPECT_FALSE(engine().inspect_container(name("foun")).has_value());
  EXPECT_FALSE(engine().inspect_container(id.value.substr(0, 12)).has_value())
      << "a short id is nobody's name";
  EXPECT_FALSE(engine().inspect_container(nobody().value).has_value());
}

TEST_P(EngineContract, NameInUseIsAConflict) {
  create("twice");
  const CreateResult second = engine().create_container(name("twice"), request());
  EXPECT_EQ(second.outcome, Outcome::conflict);
  EXPECT_TRUE(second.id.empty());
  EXPECT_NE(second.message.find(name("twice")), std::string::npos) << second.message;
}

TEST_P(EngineContract, NameThatTheEngineCannotTakeIsAnError) {
  const Error error = error_of([&] { engine().create_container("no spaces here", request()); });
  EXPECT_EQ(error.kind(), ErrorKind::failed);
  EXPECT_NE(std::string(error.what()).find("no spaces here"), std::string::npos) << error.what();
}

TEST_P(EngineContract, MissingImageIsMissing) {
  auto wanted = request();
  wanted.image = name("none") + ":1";
  const CreateResult result = engine().create_container(name("imageless"), wanted);
  EXPECT_EQ(result.outcome, Outcome::missing);
  EXPECT_NE(result.message.find(wanted.image), std::string::npos) << result.message;
  EXPECT_FALSE(engine().inspect_container(name("imageless")).has_value());
}

TEST_P(EngineContract, MissingBindSourceIsAnErrorThatNamesIt) {
  auto wanted = request();
  wanted.mounts = {{MountRequest::Type::bind, "/no/such/directory", "/inside", false}};
  const Error error = error_of([&] { engine().create_container(name("sourceless"), wanted); });
  EXPECT_EQ(error.kind(), ErrorKind::failed);
  EXPECT_NE(std::string(error.what()).find("/no/such/directory"), std::string::npos) << error.what();
  EXPECT_FALSE(engine().inspect_container(name("sourceless")).has_value());
}

TEST_P(EngineContract, StartAndStopTellWhetherTheyDidIt) {
  const ContainerId id = create("cycle");
  EXPECT_EQ(engine().stop_container(id, 5), Outcome::unchanged) << "never started";
  EXPECT_EQ(engine().start_container(id).outcome, Outcome::done);
  const ContainerDetails running = inspect(id);
  EXPECT_EQ(running.container.state, ContainerState::running);
  EXPECT_TRUE(running.started.has_value());
  EXPECT_GT(running.pid, 0);
  EXPECT_EQ(engine().start_container(id).outcome, Outcome::unchanged);

  EXPECT_EQ(engine().stop_container(id, 5), Outcome::done);
  const ContainerDetails stopped = inspect(id);
  EXPECT_EQ(stopped.container.state, ContainerState::exited);
  EXPECT_TRUE(stopped.finished.has_value());
  EXPECT_EQ(stopped.pid, 0);
  EXPECT_EQ(stopped.exit_code, 143) << "SIGTERM, passed on by the engine's init";
  EXPECT_EQ(engine().stop_container(id, 5), Outcome::unchanged);
  EXPECT_EQ(engine().start_container(id).outcome, Outcome::done) << "what was stopped starts again";
  EXPECT_EQ(engine().inspect_container(id.value).value().exit_code, 0);
}

TEST_P(EngineContract, WhoDoesNotListenIsKilled) {
  auto wanted = request();
  wanted.engine_init = false;  // sleep itself is PID 1, and ignores SIGTERM as every PID 1 does
  const ContainerId id = run("killed", wanted);
  EXPECT_EQ(engine().stop_container(id, 0), Outcome::done);
  EXPECT_EQ(inspect(id).exit_code, 137);
}

TEST_P(EngineContract, NobodyIsMissing) {
  EXPECT_EQ(engine().start_container(nobody()).outcome, Outcome::missing);
  EXPECT_EQ(engine().stop_container(nobody(), 0), Outcome::missing);
  EXPECT_EQ(engine().unpause_container(nobody()), Outcome::missing);
  EXPECT_EQ(engine().rename_container(nobody(), name("renamed")), Outcome::missing);
  EXPECT_EQ(engine().remove_container(nobody()), Outcome::unchanged) << "gone is what was wanted";
  EXPECT_FALSE(engine().container_statistics(nobody()).has_value());
}

TEST_P(EngineContract, RemovingIsForStoppedContainersAndHappensOnce) {
  const ContainerId fresh = create("fresh");
  EXPECT_EQ(engine().remove_container(fresh), Outcome::done);
  EXPECT_EQ(engine().remove_container(fresh), Outcome::unchanged);
  EXPECT_FALSE(engine().inspect_container(name("fresh")).has_value());

  const ContainerId busy = run("busy");
  EXPECT_EQ(engine().remove_container(busy), Outcome::conflict);
  EXPECT_EQ(state(busy), ContainerState::running) << "never forced";
  engine().stop_container(busy, 0);
  EXPECT_EQ(engine().remove_container(busy), Outcome::done);
  EXPECT_NE(create("busy"), busy) << "the name is free again, the id is not used again";
}

TEST_P(EngineContract, RenamingKeepsTheContainerAndRefusesATakenName) {
  const ContainerId first = create("first");
  const ContainerId second = run("second");
  EXPECT_EQ(engine().rename_container(second, name("first")), Outcome::conflict);
  EXPECT_EQ(inspect(second).container.name, name("second"));
  EXPECT_EQ(engine().rename_container(first, name("third")), Outcome::done);
  EXPECT_EQ(engine().rename_container(first, name("third")), Outcome::unchanged);
  EXPECT_FALSE(engine().inspect_container(name("first")).has_value());
  EXPECT_EQ(engine().inspect_container(name("third")).value().container.id, first);
  EXPECT_EQ(engine().rename_container(second, name("first")), Outcome::done) << "running ones too";
  EXPECT_EQ(state(second), ContainerState::running);
}

TEST_P(EngineContract, PausedContainerRefusesEverythingButUnpauseAndStop) {
  const ContainerId id = run("paused");
  world().pause(id);
  EXPECT_EQ(state(id), ContainerState::paused);
  EXPECT_EQ(engine().start_container(id).outcome, Outcome::conflict);
  EXPECT_EQ(engine().remove_container(id), Outcome::conflict);
  EXPECT_FALSE(
      engine().execute(id, {{"true"}, {}, "", ""}, Deadline::in(std::chrono::seconds(5))).has_value());
  EXPECT_EQ(engine().unpause_container(id), Outcome::done);
  EXPECT_EQ(state(id), ContainerState::running);
  world().pause(id);
  EXPECT_EQ(engine().stop_container(id, 0), Outcome::done);
  EXPECT_EQ(state(id), ContainerState::exited);
}

TEST_P(EngineContract, UnpausingWhatIsNotPausedSaysSo) {
  const ContainerId id = run("awake");
  EXPECT_EQ(engine().unpause_container(id), Outcome::conflict);
  EXPECT_EQ(state(id), ContainerState::running);
}

TEST_P(EngineContract, TwoRunningContainersCannotShareAPort) {
  auto wanted = request();
  wanted.loopback_ports = {{"2222/tcp", free_port()}};
  const ContainerId first = run("port-one", wanted);
  const ContainerId second = create("port-two", wanted);
  const StartResult refused = engine().start_container(second);
  EXPECT_EQ(refused.outcome, Outcome::conflict);
  EXPECT_TRUE(refused.port_taken) << refused.message;
  EXPECT_NE(refused.message.find(std::to_string(wanted.loopback_ports.at("2222/tcp"))), std::string::npos);
  EXPECT_EQ(state(second), ContainerState::created);
  EXPECT_FALSE(inspect(second).error.empty()) << "the engine remembers why";

  EXPECT_EQ(inspect(first).ports, wanted.loopback_ports);
  engine().stop_container(first, 0);
  EXPECT_EQ(engine().start_container(second).outcome, Outcome::done) << "a stopped container holds no port";
}

TEST_P(EngineContract, PortOfAnotherProgramIsTakenToo) {
  auto wanted = request();
  wanted.loopback_ports = {{"2222/tcp", world().occupy_port()}};
  const StartResult refused = engine().start_container(create("port", wanted));
  EXPECT_EQ(refused.outcome, Outcome::conflict);
  EXPECT_TRUE(refused.port_taken) << refused.message;
}

TEST_P(EngineContract, ListFiltersByAllLabelsAndAnyState) {
  auto red = request();
  red.labels["colour"] = "red";
  auto blue = request();
  blue.labels["colour"] = "blue";
  create("plain");
  create("red", red);
  const ContainerId ended = run("blue", blue);
  engine().stop_container(ended, 0);
  run("blue-runs", blue);

  const auto listed = [&](const Labels& labels, const std::vector<ContainerState>& states) {
    Labels all = labels;
    all[test_label] = prefix();
    return names_of(engine().list_containers({all, states}));
  };
  using Names = std::vector<std::string>;
  using enum ContainerState;
  EXPECT_EQ(listed({}, {}), (Names{name("blue"), name("blue-runs"), name("plain"), name("red")}));
  EXPECT_EQ(listed({{"colour", "blue"}}, {}), (Names{name("blue"), name("blue-runs")}));
  EXPECT_EQ(listed({{"colour", ""}}, {}), (Names{name("blue"), name("blue-runs"), name("red")}))
      << "key alone";
  EXPECT_EQ(listed({{"colour", "bl"}}, {}), Names{}) << "values match as a whole";
  EXPECT_EQ(listed({}, {running}), Names{name("blue-runs")});
  EXPECT_EQ(listed({}, {running, exited}), (Names{name("blue"), name("blue-runs")}));
  EXPECT_EQ(listed({{"colour", ""}}, {created}), Names{name("red")});
  EXPECT_EQ(listed({}, {paused}), Names{});
}

TEST_P(EngineContract, ListSaysTheSameAsInspect) {
  const ContainerId id = run("same");
  const auto listed = engine().list_containers({{{test_label, prefix()}}, {}});
  ASSERT_EQ(listed.size(), 1U);
  const ObservedContainer inspected = inspect(id).container;
  EXPECT_EQ(listed[0].id, inspected.id);
  EXPECT_EQ(listed[0].name, inspected.name);
  EXPECT_EQ(listed[0].state, inspected.state);
  EXPECT_EQ(listed[0].state_text, inspected.state_text);
  EXPECT_EQ(listed[0].labels, inspected.labels);
  EXPECT_EQ(listed[0].image, inspected.image);
  EXPECT_EQ(listed[0].image_id, inspected.image_id);
  EXPECT_LT(std::chrono::abs(listed[0].created - inspected.created), std::chrono::seconds(1))
      << "whole seconds";
}

TEST_P(EngineContract, ContainerThatEndsByItselfLeavesItsCodeAndItsLog) {
  auto wanted = request();
  wanted.command = {"sh", "-c", "echo one; echo two; echo three; exit 7"};
  const ContainerDetails ended = wait_until_exited(run("ends", wanted));
  EXPECT_EQ(ended.exit_code, 7);
  EXPECT_EQ(engine().container_logs(ended.container.id, 100), "one\ntwo\nthree\n");
  EXPECT_EQ(engine().container_logs(ended.container.id, 2), "two\nthree\n") << "the last lines";
}

TEST_P(EngineContract, LogsHoldBothStreams) {
  auto wanted = request();
  wanted.command = {"sh", "-c", "echo spoken; echo shouted >&2"};
  const ContainerId id = run("streams", wanted);
  wait_until_exited(id);
  const std::string log = engine().container_logs(id, 100);
  EXPECT_NE(log.find("spoken\n"), std::string::npos) << log;
  EXPECT_NE(log.find("shouted\n"), std::string::npos) << log;
}

TEST_P(EngineContract, QuietContainerHasAnEmptyLog) {
  EXPECT_EQ(engine().container_logs(create("quiet"), 100), "");
}

TEST_P(EngineContract, ProgramThatIsNotThereIsAnErrorThatNamesIt) {
  auto wanted = request();
  wanted.command = {"no-such-program"};
  wanted.engine_init = false;  // the init would start, and only then fail
  const ContainerId id = create("programless", wanted);
  const Error error = error_of([&] { engine().start_container(id); });
  EXPECT_EQ(error.kind(), ErrorKind::failed);
  EXPECT_NE(std::string(error.what()).find("no-such-program"), std::string::npos) << error.what();
  EXPECT_EQ(state(id), ContainerState::created);
  EXPECT_FALSE(inspect(id).error.empty());
}

TEST_P(EngineContract, StatisticsAreOfRunningContainers) {
  auto wanted = request();
  wanted.memory_bytes = 1LL << 30;
  const ContainerId id = create("counted", wanted);
  EXPECT_FALSE(engine().container_statistics(id).has_value()) << "not running";
  engine().start_container(id);
  const auto statistics = engine().container_statistics(id);
  ASSERT_TRUE(statistics.has_value());
  EXPECT_GT(statistics->memory_bytes, 0);
  EXPECT_EQ(statistics->memory_limit_bytes, 1LL << 30);
  EXPECT_GT(statistics->cpu_nanoseconds, 0);
}

}  // namespace
}  // namespace cai
