// Every rule of the planner by the text of its plan.
#include <gtest/gtest.h>

#include "plan/worlds.hpp"

namespace cai::test {
namespace {

std::string planned(const Desired& desired, const Observed& observed) {
  return to_text(make_plan(desired, observed), desired);
}

Observed with(const Desired& desired, std::vector<ObservedContainer> containers) {
  Observed observed = prepared(desired);
  observed.containers = std::move(containers);
  return observed;
}

TEST(PlanRules, NothingThereAtAll) {
  Desired desired = wish();
  desired.volume_confirmed = false;
  EXPECT_EQ(planned(desired, Observed{}),
            "build image containai:default-t1: absent\n"
            "prepare keys of myapp-auth: absent\n"
            "create volume myapp-auth-data: absent\n"
            "create container myapp-auth (generation 2): absent\n"
            "start container myapp-auth: not running\n"
            "write ssh entry myapp-auth: out of date\n"
            "verify that myapp-auth answers: just started\n");
}

TEST(PlanRules, ImageVolumeAndKeysAreReused) {
  const Desired desired = wish();
  EXPECT_EQ(planned(desired, with(desired, {})),
            "create container myapp-auth (generation 2): absent\n"
            "start container myapp-auth: not running\n"
            "verify that myapp-auth answers: just started\n");
}

TEST(PlanRules, RunningAndAsWanted) {
  const Desired desired = wish();
  EXPECT_EQ(planned(desired, with(desired, {own(desired, 'a', ContainerState::running)})), "nothing to do\n");
}

TEST(PlanRules, RunningButNeverSeenToAnswerIsVerified) {
  Desired desired = wish();
  desired.verified = {};
  EXPECT_EQ(planned(desired, with(desired, {own(desired, 'a', ContainerState::running)})),
            "verify that myapp-auth answers: not seen to answer yet\n");
}

TEST(PlanRules, StoppedIsStarted) {
  const Desired desired = wish();
  EXPECT_EQ(planned(desired, with(desired, {own(desired, 'a', ContainerState::exited)})),
            "start container myapp-auth (aaaaaaaaaaaa): not running\n"
            "verify that myapp-auth answers: just started\n");
}

TEST(PlanRules, CreatedAndNeverStartedIsStarted) {
  const Desired desired = wish();
  EXPECT_EQ(planned(desired, with(desired, {own(desired, 'a', ContainerState::created)})),
            "start container myapp-auth (aaaaaaaaaaaa): not running\n"
            "verify that myapp-auth answers: just started\n");
}

TEST(PlanRules, CreatedFromAnOldWishIsMadeAgain) {
  const Desired old = wish();
  Desired desired = wish();
  desired.specification.memory_bytes = 1 << 30;
  EXPECT_EQ(planned(desired, with(desired, {own(old, 'a', ContainerState::created)})),
            "remove container myapp-auth (aaaaaaaaaaaa): out of date\n"
            "create container myapp-auth (generation 2): absent\n"
            "start container myapp-auth: not running\n"
            "verify that myapp-auth answers: just started\n");
}

TEST(PlanRules, PausedIsResumed) {
  const Desired desired = wish();
  EXPECT_EQ(planned(desired, with(desired, {own(desired, 'a', ContainerState::paused)})),
            "resume container aaaaaaaaaaaa: paused\n"
            "verify that myapp-auth answers: just started\n");
}

TEST(PlanRules, AChangedSpecificationIsBehindAndNothingHappens) {
  const Desired old = wish();
  Desired desired = wish();
  desired.specification.memory_bytes = 1 << 30;
  desired.specification.template_hash = "t2";
  const auto plan = make_plan(desired, with(desired, {own(old, 'a', ContainerState::running)}));
  EXPECT_TRUE(plan.converged());
  EXPECT_EQ(to_text(plan, desired), "behind: template_hash, memory (applied by `cai --fresh`)\n");
}

TEST(PlanRules, ASupersededOneIsStoppedRenamedAndRemovedLast) {
  const Desired desired = wish();
  EXPECT_EQ(planned(desired, with(desired, {own(desired, 'b', ContainerState::running, 1)})),
            "stop container myapp-auth (bbbbbbbbbbbb): superseded\n"
            "rename container bbbbbbbbbbbb to myapp-auth-bbbbbbbbbbbb: superseded\n"
            "create container myapp-auth (generation 2): absent\n"
            "start container myapp-auth: not running\n"
            "verify that myapp-auth answers: just started\n"
            "remove container myapp-auth (bbbbbbbbbbbb): superseded\n");
}

TEST(PlanRules, APausedSupersededOneIsResumedToBeStopped) {
  const Desired desired = wish();
  EXPECT_EQ(planned(desired,
                    with(desired, {own(desired, 'a', ContainerState::running),
                                   renamed(own(desired, 'b', ContainerState::paused, 1), "myapp-auth-b")})),
            "resume container bbbbbbbbbbbb: superseded\n"
            "stop container myapp-auth (bbbbbbbbbbbb): superseded\n"
            "remove container myapp-auth (bbbbbbbbbbbb): superseded\n");
}

TEST(PlanRules, DiedBetweenCreateAndRemoveOfFresh) {
  const Desired desired = wish();
  EXPECT_EQ(planned(desired, with(desired, {own(desired, 'a', ContainerState::created),
                                            renamed(own(desired, 'b', ContainerState::exited, 1),
                                                    "myapp-auth-bbbbbbbbbbbb")})),
            "start container myapp-auth (aaaaaaaaaaaa): not running\n"
            "verify that myapp-auth answers: just started\n"
            "remove container myapp-auth (bbbbbbbbbbbb): superseded\n");
}

TEST(PlanRules, ADuplicateGoesAndTheRunningOneStays) {
  const Desired desired = wish();
  EXPECT_EQ(
      planned(desired, with(desired, {own(desired, 'a', ContainerState::exited),
                                      renamed(own(desired, 'b', ContainerState::running), "elsewhere")})),
      "rename container aaaaaaaaaaaa to myapp-auth-aaaaaaaaaaaa: duplicate\n"
      "rename container bbbbbbbbbbbb to myapp-auth: renamed by somebody\n"
      "verify that myapp-auth answers: not seen to answer yet\n"
      "remove container myapp-auth (aaaaaaaaaaaa): duplicate\n");
}

TEST(PlanRules, ARenamedOneGetsItsNameBack) {
  const Desired desired = wish();
  EXPECT_EQ(planned(desired, with(desired, {renamed(own(desired, 'a', ContainerState::running), "other")})),
            "rename container aaaaaaaaaaaa to myapp-auth: renamed by somebody\n");
}

TEST(PlanRules, ADeadOneIsReplaced) {
  const Desired desired = wish();
  EXPECT_EQ(planned(desired, with(desired, {own(desired, 'a', ContainerState::dead)})),
            "remove container myapp-auth (aaaaaaaaaaaa): dead\n"
            "create container myapp-auth (generation 2): absent\n"
            "start container myapp-auth: not running\n"
            "verify that myapp-auth answers: just started\n");
}

TEST(PlanRules, WhatTheEngineIsRemovingIsWaitedFor) {
  const Desired desired = wish();
  EXPECT_EQ(planned(desired, with(desired, {own(desired, 'a', ContainerState::removing)})),
            "wait for container aaaaaaaaaaaa: the engine is changing it\n");
}

TEST(PlanRules, ARestartingOneIsWaitedFor) {
  const Desired desired = wish();
  EXPECT_EQ(planned(desired, with(desired, {own(desired, 'a', ContainerState::restarting)})),
            "wait for container aaaaaaaaaaaa: the engine is changing it\n");
}

TEST(PlanRules, AStaleSshEntryIsRewritten) {
  const Desired desired = wish();
  Observed observed = with(desired, {own(desired, 'a', ContainerState::running)});
  observed.ssh_entry_current = false;
  EXPECT_EQ(planned(desired, observed), "write ssh entry myapp-auth: out of date\n");
}

TEST(PlanRules, LostKeysAreMadeBeforeAStart) {
  const Desired desired = wish();
  Observed observed = with(desired, {own(desired, 'a', ContainerState::exited)});
  observed.keys_present = false;
  EXPECT_EQ(planned(desired, observed),
            "prepare keys of myapp-auth: absent\n"
            "start container myapp-auth (aaaaaaaaaaaa): not running\n"
            "write ssh entry myapp-auth: out of date\n"
            "verify that myapp-auth answers: just started\n");
}

TEST(PlanRules, AForeignContainerWithOurNameRefuses) {
  const Desired desired = wish();
  ObservedContainer foreign = own(desired, 'f', ContainerState::running);
  foreign.labels[label::workspace_id] = "bbbbbbbbbbbbbbbb";
  const auto plan = make_plan(desired, with(desired, {foreign}));
  ASSERT_TRUE(plan.refusal);
  EXPECT_EQ(plan.refusal->kind, ErrorKind::not_ours);
  EXPECT_TRUE(plan.steps.empty());
}

TEST(PlanRules, AForeignContainerWithAnotherNameIsNothingToUs) {
  const Desired desired = wish();
  ObservedContainer foreign = renamed(own(desired, 'f', ContainerState::running), "other");
  foreign.labels[label::instance] = "2222222222222222";
  EXPECT_EQ(planned(desired, with(desired, {own(desired, 'a', ContainerState::running), foreign})),
            "nothing to do\n");
}

TEST(PlanRules, ANewerGenerationRefuses) {
  const Desired desired = wish();
  const auto plan = make_plan(desired, with(desired, {own(desired, 'a', ContainerState::running, 3)}));
  ASSERT_TRUE(plan.refusal);
  EXPECT_EQ(plan.refusal->kind, ErrorKind::refused);
}

TEST(PlanRules, ANewerGenerationWithAnotherVolumeSaysInWhichTheLastWorkIs) {
  const Desired desired = wish();
  auto newer = own(desired, 'a', ContainerState::running, 3);
  newer.labels[label::data_volume] = "newer-data";
  const auto plan = make_plan(desired, with(desired, {newer}));
  ASSERT_TRUE(plan.refusal);
  EXPECT_EQ(plan.refusal->hints,
            std::vector<std::string>{
                "`cai --fresh --volume newer-data` makes a new generation with the data of that "
                "container; `cai --fresh` alone takes the store's volume, myapp-auth-data"});
}

TEST(PlanRules, ALostVolumeRefuses) {
  const Desired desired = wish();
  Observed observed = with(desired, {});
  observed.volume.reset();
  const auto plan = make_plan(desired, observed);
  ASSERT_TRUE(plan.refusal);
  EXPECT_EQ(plan.refusal->message,
            "the data volume myapp-auth-data of this workspace is gone: somebody removed it");
}

TEST(PlanRules, AVolumeWithAnotherNonceRefuses) {
  const Desired desired = wish();
  Observed observed = with(desired, {own(desired, 'a', ContainerState::exited)});
  observed.volume->labels[label::volume_id] = "somebody else";
  EXPECT_TRUE(make_plan(desired, observed).refusal);
}

TEST(PlanRules, AVolumeChosenByTheUserIsTakenAsItIs) {
  Desired desired = wish();
  desired.volume_id.clear();
  desired.volume_confirmed = false;
  Observed observed = with(desired, {own(desired, 'a', ContainerState::running)});
  observed.volume->labels = {};
  EXPECT_EQ(planned(desired, observed), "nothing to do\n");
}

TEST(PlanRules, AnUnknownStateIsLeftAlone) {
  Desired desired = wish();
  desired.verified = id('b');
  auto strange = renamed(own(desired, 'a', ContainerState::unknown, 1), "aside");
  strange.state_text = "hibernating";
  EXPECT_EQ(
      planned(desired, with(desired, {strange, own(desired, 'b', ContainerState::running)})),
      "note: container aside is in state \"hibernating\", which this cai does not know; it is left alone\n");
}

TEST(PlanRules, AnUnknownStateThatHoldsOurNameRefuses) {
  const Desired desired = wish();
  EXPECT_TRUE(make_plan(desired, with(desired, {own(desired, 'a', ContainerState::unknown)})).refusal);
}

TEST(PlanRules, StopStopsAndKeepsTheContainerAndItsEntry) {
  const Desired desired = wish(Wanted::stopped);
  EXPECT_EQ(planned(desired, with(desired, {own(desired, 'a', ContainerState::running)})),
            "stop container myapp-auth (aaaaaaaaaaaa): unwanted\n");
}

TEST(PlanRules, StopResumesAPausedOneFirst) {
  const Desired desired = wish(Wanted::stopped);
  EXPECT_EQ(planned(desired, with(desired, {own(desired, 'a', ContainerState::paused)})),
            "resume container aaaaaaaaaaaa: unwanted\n"
            "stop container myapp-auth (aaaaaaaaaaaa): unwanted\n");
}

TEST(PlanRules, StopOfAStoppedOneIsNothing) {
  const Desired desired = wish(Wanted::stopped);
  EXPECT_EQ(planned(desired, with(desired, {own(desired, 'a', ContainerState::exited)})), "nothing to do\n");
}

TEST(PlanRules, AbsentStopsRemovesEveryGenerationAndTheEntryButNeverTheVolume) {
  const Desired desired = wish(Wanted::absent);
  EXPECT_EQ(planned(desired, with(desired, {own(desired, 'a', ContainerState::running),
                                            renamed(own(desired, 'b', ContainerState::exited, 1), "aside")})),
            "stop container myapp-auth (aaaaaaaaaaaa): unwanted\n"
            "remove container myapp-auth (aaaaaaaaaaaa): unwanted\n"
            "remove container myapp-auth (bbbbbbbbbbbb): unwanted\n"
            "remove ssh entry myapp-auth: unwanted\n");
}

TEST(PlanRules, AbsentAndNothingThere) {
  const Desired desired = wish(Wanted::absent);
  Observed observed = with(desired, {});
  observed.ssh_entry_present = false;
  EXPECT_EQ(planned(desired, observed), "nothing to do\n");
}

TEST(PlanRules, EveryCauseHasAWord) {
  for (int i = 0; i <= static_cast<int>(Cause::out_of_date); ++i) {
    EXPECT_NE(to_string(static_cast<Cause>(i)), "unknown");
  }
}

}  // namespace
}  // namespace cai::test
