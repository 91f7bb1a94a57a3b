#include <fmt/format.h>

#include "engine/engine_fixture.hpp"

namespace cai {
namespace {

using test::answer;
using test::error_of;
using test::id;
using test::id_text;
using test::refusal;
using test::ScriptedEngine;

TEST(Listing, VolumesWithAndWithoutAnswer) {
  ScriptedEngine world({answer(200, R"({"Volumes":[{"Name":"a","Labels":{"k":"v"},
    "CreatedAt":"2026-01-02T03:04:05Z"},{"Name":"stranger","Labels":null}]})"),
                        answer(200, R"({"Volumes":null})")});
  const auto volumes = world.engine.list_volumes({{"k", "v"}});
  ASSERT_EQ(volumes.size(), 1U) << "a filter that the engine ignored is applied again";
  EXPECT_EQ(volumes[0].name, "a");
  EXPECT_GT(volumes[0].created, Timestamp{});
  EXPECT_TRUE(world.engine.list_volumes({}).empty());
  EXPECT_EQ(world.line(0).substr(0, 26), "GET /v1.41/volumes?filters");
  EXPECT_EQ(world.line(1), "GET /v1.41/volumes");
}

TEST(Listing, ImagesWithoutATagHaveNone) {
  ScriptedEngine world({answer(200, R"([{"Id":"sha256:1","ParentId":"sha256:0","RepoTags":["<none>:<none>"],
    "Labels":null,"Size":5,"Created":7},{"Id":"sha256:2","RepoTags":null,"Labels":{"a":"b"}}])")});
  const auto images = world.engine.list_images(true);
  ASSERT_EQ(images.size(), 2U);
  EXPECT_TRUE(images[0].tags.empty());
  EXPECT_EQ(images[0].parent, "sha256:0");
  EXPECT_EQ(images[0].created, Timestamp(std::chrono::seconds(7)));
  EXPECT_EQ(images[1].labels.at("a"), "b");
  EXPECT_EQ(world.line(0), "GET /v1.41/images/json?all=1");
}

TEST(Listing, AnEntryTellsItsRelations) {
  ScriptedEngine world({answer(200, fmt::format(R"([{{"Id":"{}","Names":["/n"],"State":"exited",
    "Status":"Exited (0) 3 days ago","Created":1,"Mounts":[{{"Type":"volume","Name":"v"}},{{"Type":"bind"}}],
    "NetworkSettings":{{"Networks":{{"net":{{}}}}}},"Ports":[{{"PublicPort":2300}},{{"PrivatePort":1}}]}}])",
                                                id_text))});
  const auto containers = world.engine.list_containers({});
  ASSERT_EQ(containers.size(), 1U);
  EXPECT_EQ(containers[0].status_text, "Exited (0) 3 days ago");
  EXPECT_EQ(containers[0].volumes, std::vector<std::string>{"v"});
  EXPECT_EQ(containers[0].networks, std::vector<std::string>{"net"});
  EXPECT_EQ(containers[0].host_ports, std::vector<int>{2300});
}

TEST(Listing, ANetworkInUseIsAConflict) {
  ScriptedEngine world({refusal(403, "error while removing network: network n id x has active endpoints"),
                        refusal(404, "network x not found"), answer(204, "")});
  EXPECT_EQ(world.engine.remove_network("x"), Outcome::conflict);
  EXPECT_EQ(world.engine.remove_network("x"), Outcome::unchanged);
  EXPECT_EQ(world.engine.remove_network("x"), Outcome::done);
  EXPECT_EQ(world.engine.remove_network(""), Outcome::unchanged) << "an empty id would name them all";
}

TEST(Listing, DiskUsageLeavesOutWhatTheEngineDidNotLookAt) {
  ScriptedEngine world({answer(200, fmt::format(R"({{"LayersSize":9,"Containers":[{{"Id":"{}","SizeRw":4}},
    {{"Id":"y"}}],"Volumes":[{{"Name":"v","UsageData":{{"Size":-1}}}},{{"Name":"w","UsageData":{{"Size":3}}}}],
    "Images":[{{"Id":"sha256:1","SharedSize":-1}}]}})",
                                                id_text)),
                        refusal(500, "layer does not exist")});
  const auto usage = world.engine.disk_usage(std::chrono::seconds(5));
  ASSERT_TRUE(usage.has_value());
  EXPECT_EQ(usage->layers_bytes, 9);
  EXPECT_EQ(usage->containers.at(id), 4);
  EXPECT_FALSE(usage->volumes.contains("v"));
  EXPECT_EQ(usage->volumes.at("w"), 3);
  EXPECT_TRUE(usage->images_shared.empty());
  EXPECT_FALSE(world.engine.disk_usage(std::chrono::seconds(5)).has_value())
      << "one container that is broken must not hide the others";
}

TEST(Listing, DiskUsageThatIsBeingCountedForOthersIsAskedForAgain) {
  const auto busy = [](int status) { return refusal(status, "a disk usage operation is already running"); };
  ScriptedEngine world({busy(500), busy(409), answer(200, R"({"LayersSize":9})"), busy(500)});
  EXPECT_EQ(world.engine.disk_usage(std::chrono::seconds(5)).value().layers_bytes, 9);
  EXPECT_FALSE(world.engine.disk_usage(std::chrono::milliseconds(90)).has_value());
}

TEST(Listing, DiskUsageThatTakesTooLongIsUnknown) {
  const auto until_nobody_waits = [](int fd) {
    test::receive_all(fd);
    return false;
  };
  ScriptedEngine world({until_nobody_waits, answer(200, R"({"LayersSize":9})")});
  EXPECT_FALSE(world.engine.disk_usage(std::chrono::milliseconds(50)).has_value());
  EXPECT_TRUE(world.engine.disk_usage(std::chrono::seconds(5)).has_value()) << "the next call works";
}

TEST(Listing, OfContainersIsReadWhateverIsInIt) {
  const std::string deep(100'000, '[');
  ScriptedEngine world({answer(200, fmt::format(R"([{{"Id":"{}","Names":["/other/alias","/own"],"State":7,
    "Created":1e99,"Labels":{{"text":"a\u0000b","number":1,"twice":"1","twice":"2"}},"Mounts":null,
    "Ports":[{{"PublicPort":-1}},{{"PublicPort":18446744073709551615}},7],"NetworkSettings":[]}}])",
                                                id_text)),
                        answer(200, deep), answer(200, "[{}]"), answer(200, R"([{"Id":"short"}])"),
                        answer(200, std::string("[]\0x", 4)), answer(200, "[\"\xff\"]"), answer(200, "{}")});
  const auto containers = world.engine.list_containers({});
  ASSERT_EQ(containers.size(), 1U);
  EXPECT_EQ(containers[0].name, "own");
  EXPECT_EQ(containers[0].state, ContainerState::unknown);
  EXPECT_EQ(containers[0].created, Timestamp{});
  EXPECT_EQ(containers[0].labels, (Labels{{"text", std::string("a\0b", 3)}, {"twice", "2"}}));
  EXPECT_TRUE(containers[0].host_ports.empty());
  for (int rubbish = 0; rubbish < 6; ++rubbish)
    error_of(ErrorKind::engine_unreachable, [&] { world.engine.list_containers({}); });
}

}  // namespace
}  // namespace cai
