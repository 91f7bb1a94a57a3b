#include "cai/model/workspace.hpp"

#include <gtest/gtest.h>

namespace cai {
namespace {

TEST(WantedWords, AreReadAsWritten) {
  for (const Wanted wanted : {Wanted::running, Wanted::stopped, Wanted::absent}) {
    EXPECT_EQ(parse_wanted(to_string(wanted)), wanted);
  }
  EXPECT_EQ(to_string(Wanted::stopped), "stopped");
  EXPECT_EQ(parse_wanted("gone"), std::nullopt);
  EXPECT_EQ(parse_wanted(""), std::nullopt);
}

TEST(ContainerStateWords, AreReadAsWritten) {
  for (const ContainerState state :
       {ContainerState::created, ContainerState::running, ContainerState::paused, ContainerState::restarting,
        ContainerState::removing, ContainerState::exited, ContainerState::dead, ContainerState::unknown}) {
    EXPECT_EQ(parse_container_state(to_string(state)), state) << to_string(state);
  }
  EXPECT_EQ(to_string(ContainerState::exited), "exited");
}

TEST(ContainerStateWords, OfPodman) {
  EXPECT_EQ(parse_container_state("configured"), ContainerState::created);
  EXPECT_EQ(parse_container_state("initialized"), ContainerState::created);
  EXPECT_EQ(parse_container_state("stopped"), ContainerState::exited);
}

TEST(ContainerStateWords, UnknownIsEverythingElse) {
  for (const char* word : {"", "Running", "running ", "up", "stopping", "unknown"}) {
    EXPECT_EQ(parse_container_state(word), ContainerState::unknown) << word;
  }
}

TEST(WorkspaceKey, TellsItsPartsApart) {
  EXPECT_NE((WorkspaceKey{"/a", "b", ""}.text()), (WorkspaceKey{"/a", "", "b"}.text()));
  EXPECT_EQ((WorkspaceKey{"/a", "b", "c"}.text()), "/a\nb\nc");
}

TEST(LabelOrEmpty, IsTheValueOrNothing) {
  const Labels labels{{label::branch, "main"}};
  EXPECT_EQ(label_or_empty(labels, label::branch), "main");
  EXPECT_EQ(label_or_empty(labels, label::kind), "");
}

}  // namespace
}  // namespace cai
