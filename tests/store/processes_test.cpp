#include <unistd.h>

#include <set>

#include "store_fixture.hpp"

namespace cai {
namespace {

class Processes : public StoreTest {};

TEST_F(Processes, TwoThatAddTheSameKeyGetTheSameRow) {
  for (int round = 0; round < 5; ++round) {
    const auto repository = "repo" + std::to_string(round);
    const auto codes = run_processes(2, [&](int number) {
      auto store = open();  // the first round also races on making and migrating the file
      auto workspace = new_workspace(repository);
      workspace.id.value.back() = number == 0 ? '0' : '1';
      const auto row = add_named(store, workspace);
      return row.name == repository + "-main" ? 0 : 1;
    });
    EXPECT_EQ(codes, (std::vector<int>{0, 0}));
    EXPECT_EQ(open().workspaces().size(), static_cast<std::size_t>(round + 1));
  }
}

TEST_F(Processes, SixteenMakeTheStoreAtOnceAndNobodyTakesItForSomebodyElses) {
  constexpr int count = 16;
  for (int round = 0; round < 20; ++round) {
    std::filesystem::remove_all(file.parent_path());
    const auto codes = run_processes(count, [&](int) {
      const auto store = open();
      return 0;
    });
    ASSERT_EQ(codes, std::vector<int>(count, 0)) << "round " << round;
  }
}

TEST_F(Processes, SixteenGetSixteenPorts) {
  constexpr int count = 16;
  const auto codes = run_processes(count, [&](int number) {
    auto store = open();
    for (int turn = 0; turn < 2; ++turn) {
      add_named(store, new_workspace("repo" + std::to_string(number), "b" + std::to_string(turn)));
    }
    return 0;
  });
  EXPECT_EQ(codes, std::vector<int>(count, 0));
  std::set<int> ports;
  for (const auto& row : open().workspaces()) ports.insert(row.port);
  EXPECT_EQ(ports.size(), 2U * count);
  EXPECT_EQ(*ports.begin(), 2300);
  EXPECT_EQ(*ports.rbegin(), 2300 + 2 * count - 1);
  EXPECT_EQ(raw().execAndGet("PRAGMA integrity_check").getString(), "ok");
}

TEST_F(Processes, WhoWaitsLongerThanThirtySecondsIsToldThatAnotherHoldsTheStore) {
  auto store = open();
  auto holder = raw();
  const SQLite::Transaction transaction(holder, SQLite::TransactionBehavior::IMMEDIATE);
  EXPECT_TRUE(open(Store::Mode::read_only).workspaces().empty()) << "readers need not wait";
  const auto start = std::chrono::steady_clock::now();
  const auto error = error_of([&] { store.journal_begin("0123456789ab", "shop", "step"); });
  EXPECT_EQ(error.kind(), ErrorKind::busy);
  EXPECT_TRUE(mentions(error, "another cai holds the store"));
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(29'500));
}

TEST_F(Processes, OneThatDiesInsideATransactionLeavesNothing) {
  const auto row = [&] {
    auto store = open();
    return add_named(store, new_workspace("shop"));
  }();
  const auto codes = run_processes(1, [&](int) {
    auto store = open();
    store.add(new_workspace("other"), named("other-main"), [](int) -> bool { ::_exit(7); });
    return 0;
  });
  EXPECT_EQ(codes, std::vector<int>{7});
  auto store = open();
  EXPECT_EQ(store.workspaces().size(), 1U);
  EXPECT_NO_THROW(store.set_keep(row.id, true));
}

/// Dies with half of its pages in the file and the others' old content in the journal.
int die_while_committing(SQLite::Database database) {
  database.exec("PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN IMMEDIATE");
  database.exec(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) INSERT INTO journal "
      "(operation, workspace, step, started_at) SELECT '0', 'shop', hex(randomblob(50)), '' FROM n");
  database.exec("UPDATE workspaces SET keep = 1");
  ::_exit(0);
}

class AfterACrash : public StoreTest, public testing::WithParamInterface<Store::Mode> {};

TEST_P(AfterACrash, TheLastCommittedStateIsRead) {
  {
    auto store = open();
    add_named(store, new_workspace("shop"));
  }
  EXPECT_EQ(run_processes(1, [&](int) { return die_while_committing(raw()); }), std::vector<int>{0});
  ASSERT_GT(std::filesystem::file_size(file.native() + "-journal"), 0U) << "the test made no hot journal";
  const auto store = open(GetParam());
  ASSERT_EQ(store.workspaces().size(), 1U);
  EXPECT_FALSE(store.workspaces()[0].keep);
  EXPECT_TRUE(store.journal(10, std::nullopt).empty());
  EXPECT_EQ(raw().execAndGet("PRAGMA integrity_check").getString(), "ok");
}

INSTANTIATE_TEST_SUITE_P(BothModes, AfterACrash,
                         testing::Values(Store::Mode::read_write, Store::Mode::read_only),
                         [](const auto& instance) {
                           return instance.param == Store::Mode::read_write ? "ReadWrite" : "ReadOnly";
                         });

}  // namespace
}  // namespace cai
