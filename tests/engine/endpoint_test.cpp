#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "cai/base/text.hpp"
#include "engine/endpoint_choice.hpp"
#include "engine/engine_fixture.hpp"

namespace cai {
namespace {

using test::answer;
using test::error_of;
using test::ScriptedServer;

void write(const std::filesystem::path& path, const std::string& content) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path) << content;
}

/// A home of our own, with system sockets that do not exist until a test makes them.
struct World {
  World() {
    environment.variables["HOME"] = directory.path() / "home";
    environment.variables["DOCKER_CONFIG"] = docker.string();
    sockets = {.docker = directory.path() / "docker.sock", .podman = directory.path() / "podman.sock"};
  }
  void add_context(const std::string& name, const std::string& host) {
    write(docker / "contexts" / "meta" / sha256_hex(name) / "meta.json",
          fmt::format(R"({{"Name":"{}","Endpoints":{{"docker":{{"Host":"{}"}}}}}})", name, host));
  }
  Endpoint choose(const std::optional<std::string>& wanted = std::nullopt) {
    return choose_endpoint(environment, wanted, sockets);
  }

  TemporaryDirectory directory;
  std::filesystem::path docker = directory.path() / "docker-config";
  Environment environment;
  SystemSockets sockets;
};

TEST(Endpoint, ParsesWhatIsSpoken) {
  EXPECT_EQ(parse_endpoint("unix:///run/x.sock").address, "/run/x.sock");
  EXPECT_EQ(parse_endpoint("/run/x.sock").url(), "unix:///run/x.sock");
  EXPECT_EQ(parse_endpoint("tcp://10.0.0.1:2375").url(), "tcp://10.0.0.1:2375");
  EXPECT_EQ(parse_endpoint("http://host:1/").address, "host:1");
  EXPECT_EQ(parse_endpoint("tcp://host").address, "host:2375");
  EXPECT_EQ(parse_endpoint("tcp://[::1]:9").address, "[::1]:9");
  EXPECT_EQ(parse_endpoint("tcp://[::1]").address, "[::1]:2375");
}

TEST(Endpoint, RefusesTheRestWithAReason) {
  for (const char* text :
       {"", "relative.sock", "unix://relative", "unix://", "tcp://", "tcp://h:0", "tcp://h:x",
        "tcp://h:70000", "tcp://:5", "tcp://h:1/path", "tcp://a b:1", "tcp://h\r\nX: y:1",
        "npipe:////./pipe/docker_engine", "ssh://me@host", "https://h:2376", "fd://3"}) {
    error_of(ErrorKind::engine_unreachable, [&] { parse_endpoint(text); });
  }
  EXPECT_FALSE(error_of(ErrorKind::engine_unreachable, [] { parse_endpoint("ssh://h"); }).hints().empty());
}

TEST(Endpoint, FallsBackFromDockerToPodmanToDocker) {
  World world;
  EXPECT_EQ(world.choose().address, world.sockets.docker);
  write(world.sockets.podman, "");
  EXPECT_EQ(world.choose().address, world.sockets.podman);
  world.environment.variables["XDG_RUNTIME_DIR"] = world.directory.path() / "runtime";
  EXPECT_EQ(world.choose().address, world.sockets.podman);
  const auto own = world.directory.path() / "runtime" / "podman" / "podman.sock";
  write(own, "");
  EXPECT_EQ(world.choose().address, own);
  write(world.sockets.docker, "");
  const Endpoint endpoint = world.choose();
  EXPECT_EQ(endpoint.address, world.sockets.docker);
  EXPECT_EQ(endpoint.reason, "default socket");
  EXPECT_EQ(endpoint.context, "");
}

TEST(Endpoint, EachSourceYieldsToTheOneBefore) {
  World world;
  world.add_context("current", "unix:///current");
  world.add_context("named", "unix:///named");
  world.add_context("flag", "unix:///flag");
  write(world.docker / "config.json", R"({"auths":{},"currentContext":"current"})");
  EXPECT_EQ(world.choose().address, "/current");
  EXPECT_EQ(world.choose().context, "current");

  world.environment.variables["DOCKER_CONTEXT"] = "named";
  EXPECT_EQ(world.choose().address, "/named");
  EXPECT_EQ(world.choose().reason, "DOCKER_CONTEXT");

  ScriptedServer isolated({answer(200, "OK")});
  world.add_context("containai-docker", isolated.endpoint().url());
  EXPECT_EQ(world.choose().reason, "context containai-docker");
  EXPECT_EQ(isolated.requests().at(0).substr(0, 10), "GET /_ping");

  world.environment.variables["DOCKER_HOST"] = "unix:///host";
  EXPECT_EQ(world.choose().address, "/host");
  EXPECT_EQ(world.choose().reason, "DOCKER_HOST");
  EXPECT_EQ(isolated.requests().size(), 1U) << "nothing may be asked that cannot matter";

  EXPECT_EQ(world.choose("flag").address, "/flag");
  EXPECT_EQ(world.choose("default").address, world.sockets.docker);
}

TEST(Endpoint, AnIsolatedEngineThatDoesNotAnswerIsPassedOver) {
  World world;
  world.add_context("containai-docker", "unix:///nonexistent/cai.sock");
  EXPECT_EQ(world.choose().reason, "default socket");
  ScriptedServer broken({answer(500, "no")});
  world.add_context("containai-docker", broken.endpoint().url());
  EXPECT_EQ(world.choose().reason, "default socket");
}

TEST(Endpoint, AContextThatIsWrongIsAnErrorNotAnotherEngine) {
  World world;
  error_of(ErrorKind::engine_unreachable, [&] { world.choose("absent"); });
  world.add_context("remote", "ssh://me@host");
  error_of(ErrorKind::engine_unreachable, [&] { world.choose("remote"); });
  world.add_context("tls", "tcp://host:2376");
  EXPECT_EQ(world.choose("tls").address, "host:2376");
  std::filesystem::create_directories(world.docker / "contexts" / "tls" / sha256_hex("tls"));
  error_of(ErrorKind::engine_unreachable, [&] { world.choose("tls"); });
  for (const char* content : {"", "[]", "{}", R"({"Name":"odd","Endpoints":{"docker":{"Host":7}}})",
                              R"({"Name":"other","Endpoints":{"docker":{"Host":"unix:///x"}}})"}) {
    write(world.docker / "contexts" / "meta" / sha256_hex("odd") / "meta.json", content);
    error_of(ErrorKind::engine_unreachable, [&] { world.choose("odd"); });
  }
  write(world.docker / "config.json", "not json");
  error_of(ErrorKind::engine_unreachable, [&] { world.choose(); });
  write(world.docker / "config.json", R"({"currentContext":"absent"})");
  error_of(ErrorKind::engine_unreachable, [&] { world.choose(); });
}

TEST(Endpoint, TlsByEnvironmentIsRefused) {
  World world;
  world.environment.variables["DOCKER_HOST"] = "tcp://host:2376";
  world.environment.variables["DOCKER_TLS_VERIFY"] = "1";
  error_of(ErrorKind::engine_unreachable, [&] { world.choose(); });
  world.environment.variables["DOCKER_HOST"] = "unix:///x";
  EXPECT_EQ(world.choose().address, "/x");
}

}  // namespace
}  // namespace cai
