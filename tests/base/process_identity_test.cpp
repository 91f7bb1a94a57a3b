#include "cai/base/process_identity.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace cai {
namespace {

TEST(ProcessIdentity, ThisProcessIsAliveAndItsTextComesBack) {
  const auto self = this_process_identity();
  EXPECT_EQ(self.pid, getpid());
  EXPECT_EQ(parse_process_identity(to_text(self)), self);
  EXPECT_EQ(liveness_of(self, self), Liveness::alive);
}

TEST(ProcessIdentity, APidThatWasUsedAgainIsAnotherProcess) {
  const auto self = this_process_identity();
  auto former = self;
  former.start_ticks -= 1;
  EXPECT_EQ(liveness_of(former, self), Liveness::dead);
}

TEST(ProcessIdentity, AProcessThatEndedIsDead) {
  const auto self = this_process_identity();
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) _exit(0);
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  auto ended = self;
  ended.pid = child;
  EXPECT_EQ(liveness_of(ended, self), Liveness::dead);
}

TEST(ProcessIdentity, AnotherBootOfThisHostProvesDeath) {
  const auto self = this_process_identity();
  auto before = self;
  before.boot = "00000000-0000-0000-0000-000000000000";
  EXPECT_EQ(liveness_of(before, self), Liveness::dead);
}

TEST(ProcessIdentity, WhatWeCannotSeeIsUnknown) {
  const auto self = this_process_identity();
  auto other_host = self;
  other_host.host = "0123456789abcdef";
  other_host.boot = "00000000-0000-0000-0000-000000000000";
  EXPECT_EQ(liveness_of(other_host, self), Liveness::unknown);
  auto other_namespace = self;
  other_namespace.pid_namespace = "1";
  other_namespace.start_ticks += 1;
  EXPECT_EQ(liveness_of(other_namespace, self), Liveness::unknown);
}

TEST(ProcessIdentity, WhatIsNoIdentityIsRefused) {
  for (const char* text : {"", "/", "////", "a/b/c/1", "a/b/c/1/2/3", "a/b/1/0/5", "a/b/1/-1/5", "a/b/1/x/5",
                           "a/b/1/5/-1", "a//1/5/5", "a/b//5/5", "../b/1/5/5", "a/b/1/99999999999/5"}) {
    EXPECT_FALSE(parse_process_identity(text)) << text;
  }
}

}  // namespace
}  // namespace cai
