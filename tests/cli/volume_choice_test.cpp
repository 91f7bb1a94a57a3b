#include "cli/volume_choice.hpp"

#include <gtest/gtest.h>

#include "cai/base/error.hpp"

namespace cai {
namespace {

/// A volume of this cai that nobody uses, and the workspace that would like to have it.
VolumeFacts former_volume() {
  VolumeFacts facts{.name = "old-data",
                    .instance = {"me"},
                    .row = {},
                    .row_is_there = true,
                    .volume = {},
                    .former = {},
                    .holders = {},
                    .containers = {},
                    .configured = false};
  facts.row.name = "myapp-auth";
  facts.row.volume = "myapp-auth-data";
  facts.volume = ObservedVolume{"old-data", {{label::instance, "me"}, {label::volume_id, "n0nce"}}, {}};
  return facts;
}

ErrorKind kind_of_refusal(const VolumeFacts& facts) {
  try {
    judge_volume(facts);
  } catch (const Error& error) {
    return error.kind();
  }
  ADD_FAILURE() << "not refused";
  return ErrorKind::failed;
}

TEST(VolumeChoice, AFormerVolumeIsTakenOverByAnOldOrANewWorkspace) {
  auto facts = former_volume();
  EXPECT_EQ(judge_volume(facts).use, VolumeChoice::Use::take_over);
  EXPECT_EQ(judge_volume(facts).volume_id, "n0nce");
  facts.row_is_there = false;
  EXPECT_EQ(judge_volume(facts).use, VolumeChoice::Use::take_over);
  facts.row_is_there = true;
  facts.row.volume = "old-data";
  EXPECT_EQ(judge_volume(facts).use, VolumeChoice::Use::present);
}

TEST(VolumeChoice, WhatOthersHaveIsRefused) {
  auto held = former_volume();
  held.holders = {"other"};
  EXPECT_EQ(kind_of_refusal(held), ErrorKind::refused);
  auto mounted = former_volume();
  mounted.containers = {"somebody"};
  EXPECT_EQ(kind_of_refusal(mounted), ErrorKind::refused);
  auto foreign = former_volume();
  foreign.volume->labels[label::instance] = "you";
  EXPECT_EQ(kind_of_refusal(foreign), ErrorKind::not_ours);
}

TEST(VolumeChoice, AVolumeWithoutLabelsIsSharedOnlyWhenItIsKnownOrNew) {
  auto facts = former_volume();
  facts.volume->labels = {};
  EXPECT_EQ(kind_of_refusal(facts), ErrorKind::refused) << "the workspace has a volume";
  facts.row_is_there = false;
  EXPECT_EQ(kind_of_refusal(facts), ErrorKind::not_ours);
  facts.holders = {"other"};
  EXPECT_EQ(judge_volume(facts).use, VolumeChoice::Use::shared);
  facts.holders.clear();
  facts.former = FormerVolume{};
  EXPECT_EQ(judge_volume(facts).use, VolumeChoice::Use::shared);
  facts.former.reset();
  facts.configured = true;
  EXPECT_EQ(judge_volume(facts).use, VolumeChoice::Use::shared) << "as it is without the flag";
  facts.configured = false;
  facts.volume.reset();
  EXPECT_EQ(judge_volume(facts).use, VolumeChoice::Use::shared);
}

}  // namespace
}  // namespace cai
