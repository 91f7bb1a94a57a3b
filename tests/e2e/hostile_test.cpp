// Bad input: no engine, strange paths, broken stores, templates that fail. One clear error, the right code,
// nothing lost.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include "e2e/proxy.hpp"
#include "e2e/world.hpp"

namespace cai::e2e {
namespace {

namespace fs = std::filesystem;

/// One error, with a next step, and no crash.
void expect_clear_error(const Result& result, int code) {
  EXPECT_EQ(result.code, code) << result.out << result.err;
  EXPECT_EQ(result.err.find("error: "), 0U) << result.err;
  EXPECT_NE(result.err.find("hint: "), std::string::npos) << result.err;
}

TEST(NoEngine, Row94AbsentRubbishAndClosing) {
  World world;
  const auto repository = world.repository(World::unique());
  world.environment["DOCKER_HOST"] = "unix:///nonexistent/docker.sock";
  expect_clear_error(world.cai(repository, {"-d"}), 20);
  expect_clear_error(world.cai(repository, {"list"}), 20);
  EXPECT_EQ(world.cai(repository, {"help"}).code, 0);
  for (const std::string answer : {"rubbish\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
                                   "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]"}) {
    Proxy proxy((world.root() / "p").string());
    proxy.on_request = [&](int, const std::string&) { return answer; };
    world.environment["DOCKER_HOST"] = "unix://" + (world.root() / "p").string();
    const auto result = world.cai(repository, {"-d"});
    EXPECT_EQ(result.code, 20) << answer << result.err;
    EXPECT_EQ(result.err.find("error: "), 0U) << result.err;
  }
  world.environment["DOCKER_HOST"] = "tcp://127.0.0.1:1";
  EXPECT_EQ(world.cai(repository, {"-d"}).code, 20);
  world.environment["DOCKER_HOST"] = "npipe:////./pipe/docker";
  expect_clear_error(world.cai(repository, {"-d"}), 20);
}

TEST(NoEngine, Row94AHangingEngineIsNotWaitedForForEver) {
  World world;
  const auto repository = world.repository(World::unique());
  const auto path = (world.root() / "hang").string();
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  ASSERT_EQ(bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(listen(listener, 8), 0);
  world.environment["DOCKER_HOST"] = "unix://" + path;
  const auto result = world.cai(repository, {"list"});
  EXPECT_EQ(result.code, 20) << result.err;
  EXPECT_NE(result.err.find("did not answer"), std::string::npos) << result.err;
  close(listener);
}

TEST(Environment, Row94NoHomeNoGitNoSshNoRepository) {
  World world;
  const auto plain = world.root() / World::unique("plain");
  fs::create_directories(plain);
  const auto made = world.cai(plain, {"-d"});
  EXPECT_EQ(made.code, 0) << made.err;
  EXPECT_TRUE(trimmed(made.out).ends_with("-nogit")) << made.out;

  auto without_path = world.environment;
  without_path["PATH"] = "/nonexistent";
  const auto no_ssh = run({cai_binary(), "--", "true"}, without_path, plain);
  expect_clear_error(no_ssh, 12);

  const auto repository = world.repository(World::unique());
  auto relative_home = world.environment;
  relative_home["HOME"] = "not/absolute";
  EXPECT_NE(run({cai_binary(), "-d"}, relative_home, repository).code, 0);
  EXPECT_EQ(world.cai(world.root(), {"/nonexistent/directory"}).code, 10);
}

TEST(Store, Row98CorruptForeignNewerAndUnwritable) {
  World world;
  const auto repository = world.repository(World::unique());
  const auto name = trimmed(world.cai(repository, {"-d"}).out);
  const auto id = world.inspect(name, "{{.Id}}");
  const auto store = world.home() / ".local/state/containai/containai.db";
  std::ifstream file(store, std::ios::binary);
  const std::string whole{std::istreambuf_iterator<char>(file), {}};

  std::ofstream(store, std::ios::binary) << std::string(whole.size(), 'x');
  expect_clear_error(world.cai(repository, {"-d"}), 1);
  EXPECT_EQ(world.inspect(name, "{{.Id}}"), id);

  std::ofstream(store, std::ios::binary) << whole;
  ASSERT_EQ(run({"sqlite3", store.string(), "PRAGMA user_version=999"}, world.environment, "/").code, 0);
  expect_clear_error(world.cai(repository, {"-d"}), 1);

  fs::remove(store);
  fs::create_directories(store);
  EXPECT_EQ(world.cai(repository, {"-d"}).code, 1);
  fs::remove(store);
  EXPECT_EQ(world.cai(repository, {"-d"}).code, 0) << "rebuilt from labels";
  EXPECT_EQ(world.inspect(name, "{{.Id}}"), id);
}

TEST(OddPlaces, Row95Paths) {
  World world;
  for (const std::string name : {"with space", "qu'o\"te", "\xc3\xbcml\xc3\xa4ut \xf0\x9f\x90\xb3",
                                 "new\nline", "$(touch x)", "%h-%p"}) {
    const auto repository = world.repository(World::unique() + name);
    const auto made = world.cai(repository, {"-d"});
    ASSERT_EQ(made.code, 0) << name << ": " << made.err;
    EXPECT_EQ(world.cai(repository, {"exec", "--", "pwd"}).out, fs::canonical(repository).string() + "\n");
    EXPECT_EQ(world.cai(repository, {"--", "pwd"}).out, fs::canonical(repository).string() + "\n");
    EXPECT_EQ(world.ssh({"-G", trimmed(made.out)}).code, 0);
    EXPECT_FALSE(fs::exists(repository / "x"));
    EXPECT_EQ(world.cai(repository, {"stop", "--remove", "--force"}).code, 0);
  }
}

TEST(OddPlaces, Row95Branches) {
  World world;
  const auto repository = world.repository(World::unique());
  const Words branches = {"a\"b", "$(touch${IFS}x)", "\xf0\x9f\x90\xb3", std::string(200, 'b'),
                          "-x",   "deep/er/leaf"};
  for (const auto& branch : branches) {
    std::ofstream(repository / ".git/HEAD") << "ref: refs/heads/" << branch << "\n";
    const auto made = world.cai(repository, {"-d"});
    ASSERT_EQ(made.code, 0) << branch << ": " << made.err;
    const auto name = trimmed(made.out);
    EXPECT_LE(name.size(), 24U);
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-"), std::string::npos) << name;
    EXPECT_EQ(world.ssh({name, "true"}).code, 0);
    EXPECT_EQ(world.cai(repository, {"stop", "--remove", "--force"}).code, 0);
  }
}

TEST(Ports, AllTaken) {
  World world;
  fs::create_directories(world.home() / ".config/containai");
  std::ofstream(world.home() / ".config/containai/config.toml")
      << "[ssh]\nport_range_start = 2990\nport_range_end = 2990\n";
  world.environment.erase("CONTAINAI_PORT_RANGE_START");
  world.environment.erase("CONTAINAI_PORT_RANGE_END");
  ASSERT_EQ(world.cai(world.repository(World::unique()), {"-d"}).code, 0);
  const auto second = world.cai(world.repository(World::unique()), {"-d"});
  EXPECT_EQ(second.code, 3) << second.err;
  EXPECT_NE(second.err.find("2990"), std::string::npos) << second.err;
}

TEST(Templates, FailingBuildAndMissingSshd) {
  World world;
  const auto templates = world.home() / ".config/containai/templates";
  fs::create_directories(templates / "broken");
  fs::create_directories(templates / "bare");
  std::ofstream(templates / "broken/Dockerfile") << "ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nRUN exit 3\n";
  std::ofstream(templates / "bare/Dockerfile") << "FROM debian:bookworm-slim\nRUN rm -f /usr/sbin/sshd\n";
  const auto repository = world.repository(World::unique());
  for (const char* name : {"broken", "bare"}) {
    const auto result = world.cai(repository, {"-d", "--template", name});
    EXPECT_EQ(result.code, 1) << result.err;
    EXPECT_NE(result.err.find(std::string("template ") + name), std::string::npos) << result.err;
  }
  EXPECT_EQ(world.cai(repository, {"-d", "--template", "nosuch"}).code, 10);
  EXPECT_EQ(world
                .docker({"ps", "-aq", "--filter",
                         "label=containai.workspace=" + fs::canonical(repository).string()})
                .out,
            "");
  const auto works = world.cai(repository, {"-d", "--template", "default"});
  EXPECT_EQ(works.code, 0) << works.err;
}

TEST(OddPlaces, AWholeHomeAndSystemDirectoriesAreNoWorkspaces) {
  World world;
  expect_clear_error(world.cai(world.home(), {"-d"}), 3);
  expect_clear_error(world.cai("/usr", {"-d"}), 3);
  expect_clear_error(world.cai("/", {"-d"}), 3);
}

TEST(Names, AnInvalidOrForeignContainerName) {
  World world;
  const auto repository = world.repository(World::unique());
  EXPECT_EQ(world.cai(repository, {"-d", "--container", "Not_Valid"}).code, 2);
  const auto foreign = World::unique("other");
  ASSERT_EQ(world.docker({"create", "--name", foreign, "debian:bookworm-slim", "true"}).code, 0);
  EXPECT_EQ(world.cai(repository, {"-d", "--container", foreign}).code, 15);
  world.docker({"rm", foreign});
  const auto chosen = World::unique("chosen");
  EXPECT_EQ(world.cai(repository, {"-d", "--container", chosen}).out, chosen + "\n");
  EXPECT_EQ(world.cai(world.root(), {"exec", chosen, "--", "true"}).code, 0);
}

}  // namespace
}  // namespace cai::e2e
