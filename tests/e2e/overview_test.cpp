// status --all and system: acceptance rows 31, 32, 38.
#include <gtest/gtest.h>

#include <future>

#include "e2e/proxy.hpp"
#include "e2e/terminal.hpp"
#include "e2e/world.hpp"

namespace cai::e2e {
namespace {

bool says(const std::string& text, const std::string& words) {
  return text.find(words) != std::string::npos;
}

TEST(Overview, Row31And32ShowsEverythingAndWhatIsNotWell) {
  World world;
  const auto repository = world.repository(World::unique());
  const auto name = trimmed(world.cai(repository, {"-d"}).out);
  const auto well = world.cai(repository, {"status", "--all"});
  ASSERT_EQ(well.code, 0) << well.err;
  EXPECT_TRUE(says(well.out, "Engine: Docker Engine")) << well.out;
  EXPECT_TRUE(says(well.out, name)) << well.out;
  EXPECT_TRUE(says(well.out, "USED BY")) << well.out;
  EXPECT_TRUE(says(well.out, "✓ no ended runs or boxes")) << well.out;
  EXPECT_EQ(well.out.find('\x1b'), std::string::npos) << "no escapes when piped";

  const auto instance = world.inspect(name, "{{index .Config.Labels \"containai.instance\"}}");
  const auto kept = World::unique("kept");
  const auto orphan = World::unique("orphan");
  ASSERT_EQ(world
                .docker({"run", "--name", kept, "--label", "containai.managed=true", "--label",
                         "containai.kind=run", "--label", "containai.keep=true", "--label",
                         "containai.instance=" + instance, "debian:bookworm-slim", "true"})
                .code,
            0);
  ASSERT_EQ(world
                .docker({"create", "--name", orphan, "--label", "containai.managed=true", "--label",
                         "containai.kind=workspace", "--label", "containai.instance=" + instance,
                         "debian:bookworm-slim", "true"})
                .code,
            0);
  const auto ill = world.cai(repository, {"status", "--all", "--no-disk"});
  EXPECT_TRUE(says(ill.out, "1 stopped run or box can be cleaned")) << ill.out;
  EXPECT_TRUE(says(ill.out, "1 orphaned container: " + orphan)) << ill.out;
  const auto json = world.cai(repository, {"status", "--all", "--json"});
  EXPECT_TRUE(says(json.out, "\"health\"")) << json.out;
  EXPECT_TRUE(says(json.out, kept)) << json.out;
}

TEST(Overview, SizesThatTakeTooLongAreUnknownAndHideNothing) {
  World world;
  const auto repository = world.repository(World::unique());
  const auto name = trimmed(world.cai(repository, {"-d"}).out);
  const auto socket = world.root() / "proxy.sock";
  Proxy proxy(socket.string());
  proxy.on_request = [](int, const std::string& request) {
    return says(request, "/system/df") ? std::string("HTTP/1.1 409 Conflict\r\nContent-Length: 2\r\n\r\n{}")
                                       : "";
  };
  world.environment["DOCKER_HOST"] = "unix://" + socket.string();
  const auto result = world.cai(repository, {"status", "--all"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_TRUE(says(result.out, name)) << result.out;
  EXPECT_TRUE(says(result.out, "unknown")) << result.out;
}

TEST(Overview, Row38SystemOnlyLooks) {
  World world;
  const auto repository = world.repository(World::unique());
  const auto name = trimmed(world.cai(repository, {"-d"}).out);
  const auto stranger = World::unique("stranger");
  ASSERT_EQ(world.docker({"create", "--name", stranger, "debian:bookworm-slim", "true"}).code, 0);
  const auto containers = world.cai(repository, {"system", "containers"});
  EXPECT_TRUE(says(containers.out, "CONTAINER ID")) << containers.out;
  EXPECT_TRUE(says(containers.out, name)) << containers.out;
  EXPECT_FALSE(says(containers.out, stranger)) << containers.out;
  EXPECT_TRUE(says(containers.err, "docker rm <container-id>")) << containers.err;
  const auto images = world.cai(repository, {"system", "images"});
  EXPECT_TRUE(says(images.out, "containai:default-")) << images.out;
  EXPECT_TRUE(says(images.err, "docker rmi <image-id>")) << images.err;
  for (const char* what : {"images", "containers"}) {
    const auto json = world.cai(repository, {"system", what, "--json"});
    EXPECT_TRUE(json.out.starts_with("[\n  {")) << json.out;
    EXPECT_TRUE(json.err.empty()) << "only data, no hint: " << json.err;
  }
  const auto socket = world.root() / "proxy.sock";
  Proxy proxy(socket.string());
  world.environment["DOCKER_HOST"] = "unix://" + socket.string();
  for (const Words& words :
       {Words{"system", "images"}, Words{"system", "containers"}, Words{"status", "--all"}})
    EXPECT_EQ(world.cai(repository, words).code, 0);
  for (const auto& request : proxy.requests()) EXPECT_TRUE(request.starts_with("GET ")) << request;
  world.docker({"rm", stranger});
}

TEST(Overview, ManyMayLookAtOnce) {
  World world;
  const auto repository = world.repository(World::unique());
  ASSERT_EQ(world.cai(repository, {"-d"}).code, 0);
  std::vector<std::future<Result>> looks;
  for (int i = 0; i < 8; ++i) {
    looks.push_back(std::async(std::launch::async, [&] {
      return world.cai(repository, {"status", "--all"});
    }));
  }
  for (auto& look : looks) {
    const auto seen = look.get();
    EXPECT_EQ(seen.code, 0) << "the engine counts what uses the disk for one at a time: " << seen.err;
  }
}

TEST(Overview, WatchDrawsAgainWhenSomethingHappens) {
  World world;
  const auto repository = world.repository(World::unique());
  const auto name = trimmed(world.cai(repository, {"-d"}).out);
  Terminal terminal({cai_binary(), "status", "--all", "--no-disk", "--watch"}, world, repository);
  EXPECT_TRUE(terminal.expect("Health"));
  ASSERT_EQ(world.cai(repository, {"stop", "--force"}).code, 0);
  EXPECT_TRUE(terminal.expect("exited"));
  terminal.type("\x03");
  EXPECT_EQ(terminal.wait(), 130);
}

}  // namespace
}  // namespace cai::e2e
