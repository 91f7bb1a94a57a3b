// The records of runs.
#include "store_fixture.hpp"

namespace cai {
namespace {

class RunRecords : public StoreTest {
 protected:
  static RunRow row(const std::string& id) {
    RunRow made;
    made.id = {id};
    made.engine = {"engine-one"};
    made.name = "cai-run-" + id;
    made.command = "printf '\xff'";
    made.root = "/src/app";
    made.image = "image";
    made.owner = "owner";
    return made;
  }
};

TEST_F(RunRecords, AreKeptAndCompleted) {
  auto store = open();
  auto made = row("01234567");
  made.keep = true;
  ASSERT_TRUE(store.add_run(made));
  EXPECT_FALSE(made.created_at.empty());
  ASSERT_EQ(store.runs().size(), 1U);
  EXPECT_EQ(store.runs()[0].state, RunState::created);
  EXPECT_EQ(store.runs()[0].exit_code, std::nullopt);
  EXPECT_EQ(store.runs()[0].command, made.command) << "byte for byte";
  EXPECT_TRUE(store.runs()[0].keep);
  made.state = RunState::exited;
  made.exit_code = 7;
  made.container = {std::string(64, 'c')};
  made.started_at = "2026-01-16T10:00:00Z";
  made.finished_at = "2026-01-16T10:00:01Z";
  store.update_run(made);
  const auto found = open(Store::Mode::read_only).runs().at(0);
  EXPECT_EQ(found.state, RunState::exited);
  EXPECT_EQ(found.exit_code, 7);
  EXPECT_EQ(found.container, made.container);
  EXPECT_EQ(found.finished_at, made.finished_at);
}

TEST_F(RunRecords, AnIdIsUsedOnce) {
  auto store = open();
  auto first = row("01234567");
  auto second = row("01234567");
  second.name = "other";
  EXPECT_TRUE(store.add_run(first));
  EXPECT_FALSE(store.add_run(second));
  ASSERT_EQ(store.runs().size(), 1U);
  EXPECT_EQ(store.runs()[0].name, first.name);
}

TEST_F(RunRecords, WhatWasForgottenStaysForgotten) {
  auto store = open();
  auto made = row("01234567");
  ASSERT_TRUE(store.add_run(made));
  store.forget_run(made.id);
  made.state = RunState::exited;
  store.update_run(made);
  EXPECT_TRUE(store.runs().empty());
}

}  // namespace
}  // namespace cai
