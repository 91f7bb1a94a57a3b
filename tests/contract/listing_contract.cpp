// What there is.
#include <algorithm>
#include <thread>

#include "contract.hpp"
#include "support/tar.hpp"
#include "support/temporary_directory.hpp"

namespace cai {
namespace {

TEST_P(EngineContract, VolumesAreListedByTheirLabels) {
  const std::string ours = volume("ours");
  engine().create_volume(ours, {{"owner", prefix()}, {"nonce", "1"}});
  engine().create_volume(volume("other"), {{"owner", prefix() + "-other"}});
  const auto found = engine().list_volumes({{"owner", prefix()}});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].name, ours);
  EXPECT_EQ(found[0].labels.at("nonce"), "1");
  EXPECT_EQ(engine().list_volumes({{"owner", ""}, {"nonce", "1"}, {"missing", ""}}).size(), 0U);
}

TEST_P(EngineContract, ImagesAreListedWithEveryTagAndTheirLabels) {
  const std::string built = tag("listed");
  const auto id = engine().build_image(
      {.tag = built, .arguments = {}, .labels = {{"who", prefix()}}},
      make_tar({{"Dockerfile", "FROM " + test_image() + "\nLABEL step=\"" + prefix() + "\"\n"}}),
      ignore_line);
  const auto images = engine().list_images(false);
  const auto found = std::ranges::find(images, id, &ImageDetails::id);
  ASSERT_NE(found, images.end());
  EXPECT_EQ(found->tags, std::vector<std::string>{built});
  EXPECT_EQ(found->labels.at("who"), prefix());
  EXPECT_GT(found->size_bytes, 0);
}

TEST_P(EngineContract, AListedContainerNamesItsVolumes) {
  const std::string data = volume("listed");
  engine().create_volume(data, {});
  auto wanted = request();
  wanted.mounts = {{MountRequest::Type::volume, data, "/mnt/agent-data", false}};
  const auto id = create("holder", wanted);
  for (const auto& container : engine().list_containers({.labels = {}, .states = {}})) {
    if (container.id == id) {
      EXPECT_EQ(container.volumes, std::vector<std::string>{data});
    }
  }
}

TEST_P(EngineContract, AListedContainerNamesTheDirectoriesThatItMayWrite) {
  const TemporaryDirectory written;
  const TemporaryDirectory read;
  auto wanted = request();
  wanted.mounts = {{MountRequest::Type::bind, written.path().string(), "/written", false},
                   {MountRequest::Type::bind, read.path().string(), "/read", true}};
  const auto id = create("writer", wanted);
  const auto all = engine().list_containers({.labels = {}, .states = {ContainerState::created}});
  const auto found = std::ranges::find(all, id, &ObservedContainer::id);
  ASSERT_NE(found, all.end());
  EXPECT_EQ(found->writable_directories, std::vector<std::string>{written.path().string()});
}

TEST_P(EngineContract, WhatIsNoNetworkIsGoneAlready) {
  EXPECT_EQ(engine().remove_network(nobody().value), Outcome::unchanged);
  EXPECT_TRUE(engine().list_networks({{"nobody-has-this-label", prefix()}}).empty());
}

}  // namespace
}  // namespace cai
