#include <fmt/format.h>

#include <limits>

#include "cai/json/json.hpp"
#include "engine/engine_fixture.hpp"

namespace cai {
namespace {

using test::answer;
using test::error_of;
using test::id;
using test::id_text;
using test::refusal;
using test::ScriptedEngine;

constexpr const char* no_limits =
    R"({"ID":"E","ServerVersion":"20.10.24","CgroupVersion":"1","Runtimes":{"runc":{},
  "sysbox-runc":{}},"MemTotal":1024,"NCPU":2,"SecurityOptions":["name=seccomp,profile=default","name=rootless"]})";

TEST(DockerEngine, AsksForTheVersionOnceAndStaysBelowWhatItKnows) {
  const std::pair<const char*, const char*> cases[] = {
      {"1.41", "1.41"}, {"1.43", "1.43"}, {"1.52", "1.43"}, {"1.9", "1.9"}, {"2.0", "1.43"}};
  for (const auto& [offered, used] : cases) {
    ScriptedEngine world({answer(200, "OK", fmt::format("Api-Version: {}\r\n", offered)),
                          answer(200, no_limits), answer(200, "[]")},
                         "");
    EXPECT_EQ(world.engine.information().product.api_version, used);
    world.engine.list_containers({});
    EXPECT_EQ(world.line(0), "GET /_ping");
    EXPECT_EQ(world.line(1), fmt::format("GET /v{}/info", used));
    EXPECT_EQ(world.server.requests().size(), 3U);
    EXPECT_EQ(world.server.connections(), 1U);
  }
}

TEST(DockerEngine, TellsTheTimeOfItsLastAnswerThatHadOne) {
  ScriptedEngine world({answer(200, "[]", "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"), answer(200, "[]"),
                        answer(200, "[]", "Date: yesterday\r\n"),
                        answer(200, "[]", "Date: Sun, 06 Nov 1994 08:49:37 GMT, I think\r\n")});
  EXPECT_EQ(world.engine.time(), std::nullopt);
  for (int i = 0; i < 4; ++i) {
    world.engine.list_containers({});
    EXPECT_EQ(world.engine.time(), parse_rfc3339("1994-11-06T08:49:37Z")) << i;
  }
}

TEST(DockerEngine, ARefusedVersionIsReplacedOnce) {
  ScriptedEngine named({refusal(400, "client version 1.43 is too new. Maximum supported API version is 1.41"),
                        answer(200, "[]")},
                       "1.43");
  EXPECT_TRUE(named.engine.list_containers({}).empty());
  EXPECT_EQ(named.line(1), "GET /v1.41/containers/json?all=1");

  ScriptedEngine raised(
      {answer(200, "OK"),
       refusal(400, "client version 1.41 is too old. Minimum supported API version is 1.44, please"),
       answer(201, fmt::format(R"({{"Id":"{}"}})", id_text))});
  EXPECT_EQ(raised.engine.create_container("n", {}).id, id);
  EXPECT_EQ(raised.line(2), "POST /v1.44/containers/create?name=n");
  EXPECT_EQ(raised.body(1), raised.body(2));
}

TEST(DockerEngine, ARefusalWithoutANumberIsAnsweredByAsking) {
  ScriptedEngine world({refusal(400, "client version is too new"), answer(200, "OK", "Api-Version: 1.40\r\n"),
                        answer(200, "[]")});
  EXPECT_TRUE(world.engine.list_containers({}).empty());
  EXPECT_EQ(world.line(2), "GET /v1.40/containers/json?all=1");

  ScriptedEngine stubborn({refusal(400, "client version is too new"),
                           answer(200, "OK", "Api-Version: 1.40\r\n"),
                           refusal(400, "client version is too new")});
  error_of(ErrorKind::failed, [&] { stubborn.engine.list_containers({}); });
  EXPECT_EQ(stubborn.server.requests().size(), 3U);
}

TEST(DockerEngine, Information) {
  ScriptedEngine docker({answer(200, no_limits)});
  const EngineInformation docker_information = docker.engine.information();
  EXPECT_EQ(docker_information.id.value, "E");
  EXPECT_EQ(docker_information.product.name, "Docker Engine");
  EXPECT_EQ(docker_information.runtimes, (std::vector<std::string>{"runc", "sysbox-runc"}));
  EXPECT_TRUE(docker_information.rootless);
  EXPECT_FALSE(docker_information.user_namespaces);
  EXPECT_EQ(docker_information.processors, 2);

  const std::string body = R"({"ID":"random","DockerRootDir":"/var/lib/containers","Name":"vm"})";
  ScriptedEngine podman(
      {test::raw(fmt::format("HTTP/1.1 200 OK\r\nServer: Libpod/4.3.1 (linux)\r\nContent-Length: "
                             "{}\r\n\r\n{}",
                             body.size(), body))});
  const EngineInformation podman_information = podman.engine.information();
  EXPECT_EQ(podman_information.id.value, "podman:/var/lib/containers@vm");
  EXPECT_EQ(podman_information.product.name, "Podman");
}

TEST(DockerEngine, ListsContainersAndReadsThemFromUntrustedText) {
  const std::string entry = fmt::format(
      R"({{"Id":"{}","Names":["/other/alias","/mine"],"State":"running","Labels":{{"k":"v","n":3}},"Image":"i:1",
          "ImageID":"sha256:1","Created":1700000000}})",
      id_text);
  const std::string odd = fmt::format(R"({{"Id":"{}","Names":null,"State":"melting","Labels":{{"k":"v"}},
          "Created":"yesterday"}})",
                                      std::string(64, 'b'));
  const std::string foreign = fmt::format(R"({{"Id":"{}","State":7}})", std::string(64, 'c'));
  ScriptedEngine world({answer(200, "[" + entry + "," + odd + "," + foreign + "]")});
  const auto containers = world.engine.list_containers({.labels = {{"k", "v"}}, .states = {}});
  ASSERT_EQ(containers.size(), 2U) << "a filter that the engine ignores must still hold";
  EXPECT_EQ(containers[0].name, "mine");
  EXPECT_EQ(containers[0].state, ContainerState::running);
  EXPECT_EQ(containers[0].labels, (Labels{{"k", "v"}}));
  EXPECT_EQ(containers[0].created, Timestamp(std::chrono::seconds(1700000000)));
  EXPECT_EQ(containers[1].name, "");
  EXPECT_EQ(containers[1].state, ContainerState::unknown);
  EXPECT_EQ(containers[1].state_text, "melting");
  EXPECT_EQ(world.line(0), "GET /v1.41/containers/json?all=1&filters=%7B%22label%22%3A%5B%22k%3Dv%22%5D%7D");
}

TEST(DockerEngine, AnAnswerThatCannotBeUnderstoodIsNeverNoContainers) {
  for (const char* body :
       {"", "null", "{}", "[1]", "[{}]", "[null]", R"([{"Id":"short"}])", R"([{"Id":5}])", "[",
        R"([{"Id":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}])"}) {
    ScriptedEngine world({answer(200, body)});
    error_of(ErrorKind::engine_unreachable, [&] { world.engine.list_containers({}); });
  }
  using namespace std::string_literals;
  const auto labelled = [](const std::string& value) {
    return fmt::format(R"([{{"Id":"{}","Labels":{{"k":"{}"}}}}])", id_text, value);
  };
  for (const auto& body : {"[] []"s, "[]\0[]"s, labelled("\xff"), labelled("\xc3"), labelled("\\ud800"),
                           labelled("\n"), std::string(100'000, '[')}) {
    ScriptedEngine world({answer(200, body)});
    error_of(ErrorKind::engine_unreachable, [&] { world.engine.list_containers({}); });
  }
  ScriptedEngine decoding({answer(200, labelled(R"(\u0000a\"\u00e9\ud83d\ude00/\/)"))});
  EXPECT_EQ(decoding.engine.list_containers({}).at(0).labels.at("k"), "\0a\"é😀//"s);
  ScriptedEngine failing({refusal(500, "broken"), refusal(503, "starting"), answer(302, "")});
  EXPECT_STREQ(error_of(ErrorKind::failed, [&] { failing.engine.list_containers({}); }).what(), "broken");
  error_of(ErrorKind::engine_unreachable, [&] { failing.engine.list_containers({}); });
  error_of(ErrorKind::engine_unreachable, [&] { failing.engine.list_containers({}); });
}

TEST(DockerEngine, InspectsAContainer) {
  const std::string body = fmt::format(
      R"({{"Id":"{}","Name":"/mine","Created":"2026-01-16T10:00:00.5Z","Image":"sha256:1",
          "State":{{"Status":"exited","StartedAt":"2026-01-16T10:00:01Z","FinishedAt":"0001-01-01T00:00:00Z",
                    "ExitCode":137,"Pid":0,"Error":"oops"}},
          "Config":{{"Image":"i:1","Labels":{{"k":"v"}}}},
          "HostConfig":{{"PortBindings":{{"2222/tcp":[{{"HostIp":"127.0.0.1","HostPort":"22001"}}],"1/tcp":null,
                                          "2/tcp":[{{"HostPort":"99999"}}]}}}},
          "NetworkSettings":{{"Ports":{{"80/tcp":[{{"HostIp":"127.0.0.1","HostPort":"8080"}}]}}}},
          "Mounts":[{{"Type":"bind","Destination":"/b"}},{{"Type":"volume","Destination":"/d","Name":"vol"}}]}})",
      id_text);
  ScriptedEngine world(
      {answer(200, body), answer(200, body), answer(200, body), refusal(404, "No such container")});
  const auto details = world.engine.inspect_container("mine");
  ASSERT_TRUE(details);
  EXPECT_EQ(details->container.name, "mine");
  EXPECT_TRUE(details->started);
  EXPECT_FALSE(details->finished);
  EXPECT_EQ(details->exit_code, 137);
  EXPECT_EQ(details->error, "oops");
  EXPECT_EQ(details->ports, (std::map<std::string, int>{{"2222/tcp", 22001}, {"80/tcp", 8080}}));
  EXPECT_EQ(details->volume_mounts, (std::map<std::string, std::string>{{"/d", "vol"}}));
  EXPECT_FALSE(world.engine.inspect_container(std::string(12, 'a'))) << "a short id is not a name";
  EXPECT_FALSE(world.engine.inspect_container(std::string(64, 'b'))) << "an impostor named like an id";
  EXPECT_FALSE(world.engine.inspect_container("gone"));
  EXPECT_FALSE(world.engine.inspect_container(""));
}

TEST(DockerEngine, InspectSurvivesWrongTypesEverywhere) {
  for (const char* value : {"null", "1", "\"x\"", "[]", "{}", "[1,null]", "-1e300", "18446744073709551615"}) {
    const std::string body = fmt::format(
        R"({{"Id":"{0}","Name":"/n","State":{1},"Config":{1},"HostConfig":{{"PortBindings":{1}}},
            "NetworkSettings":{{"Ports":{{"1/tcp":{1}}}}},"Mounts":{1},"Created":{1},"Image":{1}}})",
        id_text, value);
    ScriptedEngine world({answer(200, body)});
    const auto details = world.engine.inspect_container("n");
    ASSERT_TRUE(details);
    EXPECT_EQ(details->container.state, ContainerState::unknown);
  }
}

struct OutcomeCase {
  int status;
  const char* message;
  Outcome start;
  Outcome stop;
  Outcome rename;
  Outcome remove;
};

TEST(DockerEngine, OutcomesOfChanges) {
  using enum Outcome;
  const OutcomeCase cases[] = {
      {204, "", done, done, done, done},
      {304, "", unchanged, unchanged, unchanged, unchanged},
      {404, "No such container: x", missing, missing, missing, unchanged},
      {409, "removal of container x is already in progress", conflict, conflict, conflict, conflict},
      {500, "container state improper", conflict, conflict, conflict, conflict},
      {500, "the container name x is already in use", conflict, conflict, conflict, conflict},
  };
  for (const OutcomeCase& each : cases) {
    const auto reply = each.status < 400 ? test::raw(fmt::format("HTTP/1.1 {} X\r\n\r\n", each.status), true)
                                         : refusal(each.status, each.message);
    ScriptedEngine world({reply, reply, reply, reply});
    EXPECT_EQ(world.engine.start_container(id).outcome, each.start) << each.message;
    EXPECT_EQ(world.engine.stop_container(id, 3), each.stop) << each.message;
    EXPECT_EQ(world.engine.rename_container(id, "b"), each.rename) << each.message;
    EXPECT_EQ(world.engine.remove_container(id), each.remove) << each.message;
    EXPECT_EQ(world.line(1), fmt::format("POST /v1.41/containers/{}/stop?t=3", id_text));
    EXPECT_EQ(world.line(3), fmt::format("DELETE /v1.41/containers/{}?force=0&v=0", id_text));
    EXPECT_EQ(world.server.connections(), 1U);
  }
}

TEST(DockerEngine, APortInUseIsAConflictThatSaysSo) {
  for (const char* message : {"driver failed: Bind for 127.0.0.1:2222 failed: port is already allocated",
                              "listen tcp4 127.0.0.1:2222: bind: address already in use"}) {
    ScriptedEngine world({refusal(500, message)});
    const StartResult result = world.engine.start_container(id);
    EXPECT_EQ(result.outcome, Outcome::conflict);
    EXPECT_TRUE(result.port_taken);
    EXPECT_EQ(result.message, message);
  }
}

TEST(DockerEngine, OtherFailuresKeepTheEnginesWords) {
  ScriptedEngine world({refusal(500, "mkdir: no space left on device"), refusal(400, "bad \\u001b[31mred"),
                        answer(500, ""), answer(418, "plain words\n")});
  const Error full = error_of(ErrorKind::failed, [&] { world.engine.start_container(id); });
  EXPECT_STREQ(full.what(), "mkdir: no space left on device");
  ASSERT_FALSE(full.hints().empty());
  const Error red = error_of(ErrorKind::failed, [&] { world.engine.start_container(id); });
  EXPECT_EQ(std::string(red.what()).find('\x1b'), std::string::npos);
  const Error silent = error_of(ErrorKind::failed, [&] { world.engine.remove_container(id); });
  EXPECT_NE(std::string(silent.what()).find("500"), std::string::npos);
  EXPECT_STREQ(error_of(ErrorKind::failed, [&] { world.engine.stop_container(id, 1); }).what(),
               "plain words");
}

TEST(DockerEngine, AChangeIsNeverSentToSomethingElseThanAFullId) {
  ScriptedEngine world({});
  for (const char* wrong : {"", "abc", "../volumes/x", "mine"}) {
    error_of(ErrorKind::failed, [&] { world.engine.remove_container({wrong}); });
    error_of(ErrorKind::failed, [&] { world.engine.start_container({wrong}); });
  }
  EXPECT_EQ(world.server.requests().size(), 0U);
}

TEST(DockerEngine, CreateOutcomes) {
  const std::string made = fmt::format(R"({{"Id":"{}"}})", id_text);
  ScriptedEngine world({answer(200, "[]"), answer(201, made), refusal(409, "Conflict"),
                        refusal(404, "No such image: i"), refusal(500, "the name is already in use"),
                        refusal(400, "bind source path does not exist"), answer(201, R"({"Id":"short"})")});
  world.engine.list_containers({});
  EXPECT_EQ(world.engine.create_container("n", {}).id, id);
  EXPECT_EQ(world.engine.create_container("n", {}).outcome, Outcome::conflict);
  const CreateResult missing = world.engine.create_container("n", {});
  EXPECT_EQ(missing.outcome, Outcome::missing);
  EXPECT_EQ(missing.message, "No such image: i");
  EXPECT_EQ(world.engine.create_container("n", {}).outcome, Outcome::conflict);
  error_of(ErrorKind::failed, [&] { world.engine.create_container("n", {}); });
  error_of(ErrorKind::engine_unreachable, [&] { world.engine.create_container("n", {}); });
  EXPECT_EQ(world.line(1), "POST /v1.41/containers/create?name=n");
}

TEST(DockerEngine, TheBodyOfACreate) {
  ScriptedEngine world({answer(200, "OK"), answer(201, fmt::format(R"({{"Id":"{}"}})", id_text))});
  ContainerRequest request;
  request.image = "i";
  request.mounts = {{.type = MountRequest::Type::bind, .source = "/s", .target = "/t", .read_only = true}};
  request.loopback_ports = {{"2222/tcp", 22001}};
  request.memory_bytes = 5;
  request.open_files = 9;
  world.engine.create_container("n", request);
  EXPECT_EQ(world.line(0), "GET /_ping") << "which engine it is must be known before";
  const Json body = parse_json(world.body(1));
  const Json& host = body["HostConfig"];
  EXPECT_EQ(host["Mounts"][0].dump(), R"({"Type":"bind","Source":"/s","Target":"/t","ReadOnly":true,)"
                                      R"("BindOptions":{"Propagation":"private"}})");
  EXPECT_EQ(host["PortBindings"]["2222/tcp"].dump(), R"([{"HostIp":"127.0.0.1","HostPort":"22001"}])");
  EXPECT_EQ(host["Memory"], host["MemorySwap"]);
  EXPECT_EQ(host["CapDrop"].dump(), R"(["ALL"])");
  EXPECT_EQ(host["SecurityOpt"].dump(), R"(["no-new-privileges"])");
  EXPECT_EQ(host["Ulimits"].dump(), R"([{"Name":"nofile","Soft":9,"Hard":9}])");
  EXPECT_TRUE(host.contains("LogConfig"));
  EXPECT_FALSE(host.contains("Binds"));
  request.mounts[0].source = "/\xff";
  error_of(ErrorKind::failed, [&] { world.engine.create_container("n", request); });
}

TEST(DockerEngine, Volumes) {
  ScriptedEngine world({answer(200, R"({"Name":"v","Labels":null})"), refusal(404, "no such volume"),
                        answer(200, R"({"Name":"longer"})"),
                        answer(201, R"({"Name":"v","Labels":{"a":"b"}})"), refusal(409, "volume is in use"),
                        refusal(404, "gone"), test::raw("HTTP/1.1 204 No\r\n\r\n", true)});
  EXPECT_TRUE(world.engine.inspect_volume("v"));
  EXPECT_FALSE(world.engine.inspect_volume("v"));
  EXPECT_FALSE(world.engine.inspect_volume("l"));
  EXPECT_EQ(world.engine.create_volume("v", {{"a", "b"}}).labels, (Labels{{"a", "b"}}));
  EXPECT_EQ(world.engine.remove_volume("v"), Outcome::conflict);
  EXPECT_EQ(world.engine.remove_volume("v"), Outcome::unchanged);
  EXPECT_EQ(world.engine.remove_volume("v"), Outcome::done);
}

TEST(DockerEngine, Statistics) {
  ScriptedEngine world(
      {answer(200,
              R"({"memory_stats":{"usage":100,"limit":18446744073709551615,"stats":{"total_inactive_file":30,
                       "inactive_file":1}},"cpu_stats":{"cpu_usage":{"total_usage":7}}})"),
       answer(200, R"({"memory_stats":{"usage":100,"stats":{"inactive_file":200}}})"),
       answer(200, R"({"memory_stats":{}})"), refusal(404, "gone")});
  const auto first = world.engine.container_statistics(id);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->memory_bytes, 70);
  EXPECT_EQ(first->memory_limit_bytes, std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(first->cpu_nanoseconds, 7);
  EXPECT_EQ(world.engine.container_statistics(id)->memory_bytes, 100);
  EXPECT_FALSE(world.engine.container_statistics(id));
  EXPECT_FALSE(world.engine.container_statistics(id));
}

TEST(DockerEngine, LogsWithAndWithoutFrames) {
  const std::string plain = R"({"Config":{"Tty":false}})";
  const std::string terminal = R"({"Config":{"Tty":true}})";
  const std::string frames = test::frame(1, "out\n") + test::frame(2, "err\n");
  ScriptedEngine world({answer(200, plain), answer(200, frames), answer(200, terminal),
                        answer(200, "raw\r\n"), answer(200, plain),
                        answer(200, frames.substr(0, frames.size() - 1)), answer(200, plain),
                        answer(200, "no frames at all"), answer(200, terminal),
                        answer(200, std::string(700000, 'x') + "end")});
  EXPECT_EQ(world.engine.container_logs(id, 10), "out\nerr\n");
  EXPECT_EQ(world.line(1), fmt::format("GET /v1.41/containers/{}/logs?stdout=1&stderr=1&tail=10", id_text));
  EXPECT_EQ(world.engine.container_logs(id, 10), "raw\r\n");
  error_of(ErrorKind::engine_unreachable, [&] { world.engine.container_logs(id, 10); });
  error_of(ErrorKind::engine_unreachable, [&] { world.engine.container_logs(id, 10); });
  const std::string tail = world.engine.container_logs(id, 10);
  EXPECT_EQ(tail.size(), 256U << 10U);
  EXPECT_TRUE(tail.ends_with("xend"));
}

}  // namespace
}  // namespace cai
