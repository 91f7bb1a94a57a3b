// What a fake cannot have: the kernel's side of a container, and time.
#include <chrono>
#include <thread>

#include "contract.hpp"

namespace cai {
namespace {

class RealEngine : public EngineContract {};

TEST_P(RealEngine, HardeningIsTheKernels) {
  auto wanted = request();
  wanted.read_only_root = true;
  wanted.temporary_file_systems = {{"/tmp", "rw,size=8m,mode=1777"}};
  wanted.pids_limit = 64;
  wanted.open_files = 512;
  const ContainerId id = run("hard", wanted);
  EXPECT_NE(execute(id, {"touch", "/etc/proof"}).exit_code, 0) << "the root file system is read-only";
  EXPECT_EQ(execute(id, {"touch", "/tmp/proof"}).exit_code, 0);
  const std::string status = execute(id, {"cat", "/proc/self/status"}).standard_output;
  EXPECT_NE(status.find("CapBnd:\t0000000000000000"), std::string::npos) << status;
  EXPECT_NE(status.find("CapEff:\t0000000000000000"), std::string::npos) << status;
  EXPECT_NE(status.find("NoNewPrivs:\t1"), std::string::npos) << status;
  EXPECT_EQ(execute(id, {"sh", "-c", "ulimit -n"}).standard_output, "512\n");
}

TEST_P(RealEngine, AddedCapabilitiesAreTheOnlyOnes) {
  auto wanted = request();
  wanted.added_capabilities = {"CHOWN"};
  const std::string status = execute(run("capable", wanted), {"cat", "/proc/self/status"}).standard_output;
  EXPECT_NE(status.find("CapBnd:\t0000000000000001"), std::string::npos) << status;
}

TEST_P(RealEngine, ATerminalIsOneStreamAndHasASize) {
  auto wanted = request();
  wanted.command = {"sh", "-c", "sleep 0.5; stty size; echo err >&2"};
  wanted.terminal = true;
  const ContainerId id = create("tty", wanted);
  std::string seen;
  const auto stream = engine().attach_container(
      id, {.streams = {}, .terminal = true, .tap = [&](OutputStream which, std::string_view piece) {
             EXPECT_EQ(which, OutputStream::output);
             seen += piece;
           }});
  engine().start_container(id);
  EXPECT_EQ(engine().resize_container(id, 33, 101), Outcome::done);
  EXPECT_TRUE(stream->pump([] { return false; }));
  EXPECT_EQ(seen, "33 101\r\nerr\r\n");
}

TEST_P(RealEngine, LogsCanBeginLate) {
  auto wanted = request();
  wanted.command = {"sh", "-c", "echo 1; sleep 1.2; echo 2; echo 3"};
  const ContainerId id = run("late", wanted);
  const auto details = wait_until_exited(id);
  const auto read = [&](const LogRequest& request) {
    std::string text;
    engine().read_logs(id, request, [&](OutputStream, std::string_view piece) { text += piece; });
    return text;
  };
  EXPECT_EQ(read({}), "1\n2\n3\n");
  EXPECT_EQ(read({.lines = 1, .since = {}}), "3\n");
  EXPECT_EQ(read({.lines = {}, .since = *details.started + std::chrono::milliseconds(900)}), "2\n3\n");
}

TEST_P(RealEngine, UserHostnameEnvironmentAndDirectoryReachTheProgram) {
  auto wanted = request();
  wanted.user = "1234:2345";
  wanted.hostname = "workbench";
  wanted.environment = {"COLOUR=blue"};
  wanted.working_directory = "/usr";
  const ContainerId id = run("person", wanted);
  EXPECT_EQ(
      execute(id, {"sh", "-c", "echo $(id -u):$(id -g) $(cat /etc/hostname) $COLOUR $PWD"}).standard_output,
      "1234:2345 workbench blue /usr\n");
  const ExecRequest as_root{{"id", "-u"}, {}, "0:0", ""};
  EXPECT_EQ(engine().execute(id, as_root, Deadline::in(std::chrono::seconds(20))).value().standard_output,
            "0\n");
}

TEST_P(RealEngine, VolumeOutlivesItsContainers) {
  auto wanted = request();
  wanted.mounts = {{MountRequest::Type::volume, volume("data"), "/data", false}};
  const ContainerId first = run("writes", wanted);
  EXPECT_EQ(execute(first, {"sh", "-c", "echo kept > /data/file"}).exit_code, 0);
  engine().stop_container(first, 0);
  engine().remove_container(first);
  wanted.mounts[0].read_only = true;
  const ContainerId second = run("reads", wanted);
  EXPECT_EQ(execute(second, {"cat", "/data/file"}).standard_output, "kept\n");
  EXPECT_NE(execute(second, {"touch", "/data/other"}).exit_code, 0) << "mounted read-only";
}

TEST_P(RealEngine, CommandThatTakesTooLongIsGivenUp) {
  const ContainerId id = run("slow");
  const auto begun = std::chrono::steady_clock::now();
  const Error error = error_of([&] {
    engine().execute(id, {{"sleep", "60"}, {}, "", ""}, Deadline::in(std::chrono::milliseconds(300)));
  });
  EXPECT_EQ(error.kind(), ErrorKind::engine_unreachable);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(5));
  EXPECT_EQ(execute(id, {"true"}).exit_code, 0) << "the next call works";
}

TEST_P(RealEngine, DiskUsageKnowsContainersAndVolumes) {
  const std::string data = volume("sized");
  engine().create_volume(data, {});
  auto wanted = request();
  wanted.mounts = {{MountRequest::Type::volume, data, "/data", false}};
  const ContainerId id = run("writer", wanted);
  ASSERT_EQ(execute(id, {"sh", "-c", "head -c 300000 /dev/zero >/data/f; head -c 200000 /dev/zero >/root/f"})
                .exit_code,
            0);
  const auto usage = engine().disk_usage(std::chrono::seconds(20));
  ASSERT_TRUE(usage.has_value());
  EXPECT_GE(usage->containers.at(id), 200000);
  EXPECT_GE(usage->volumes.at(data), 300000);
  EXPECT_GT(usage->layers_bytes, 0);
}

TEST_P(RealEngine, EventsOfOurLabelsArrive) {
  struct Seen {};
  std::thread other([this] {
    const auto second = make_real_world(test_image());
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    auto wanted = request();
    wanted.labels["event"] = prefix();
    second->engine().create_container(name("event"), wanted);
  });
  EXPECT_THROW(engine().follow_events({{"event", prefix()}}, [] { throw Seen{}; }), Seen);
  other.join();
}

TEST_P(RealEngine, AListingSaysHowLongAgoAContainerEnded) {
  const ContainerId id = run("ended");
  engine().stop_container(id, 0);
  for (const auto& container : engine().list_containers({.labels = {{test_label, ""}}, .states = {}})) {
    if (container.id == id) {
      EXPECT_TRUE(container.status_text.starts_with("Exited (")) << container.status_text;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Engines, RealEngine, testing::Values("real"));

}  // namespace
}  // namespace cai
