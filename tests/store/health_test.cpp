#include "cai/store/health.hpp"

#include "store_fixture.hpp"

namespace cai {
namespace {

class Health : public StoreTest {};

TEST_F(Health, AStoreThatIsNotThereIsNoProblem) {
  const auto health = inspect_store(file);
  EXPECT_FALSE(health.exists);
  EXPECT_TRUE(health.problems.empty());
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST_F(Health, ASoundStoreIsLeftAsItIs) {
  {
    auto store = open();
    add_named(store, new_workspace("shop"));
  }
  const auto before = bytes_of(file);
  const auto health = inspect_store(file);
  EXPECT_TRUE(health.exists);
  EXPECT_GE(health.version, 1);
  EXPECT_TRUE(health.problems.empty());
  EXPECT_EQ(bytes_of(file), before);
}

TEST_F(Health, RubbishIsAProblemWithARemedy) {
  (void)open();
  write_bytes(file, "this is no database, however long it may be, and it never was one");
  const auto health = inspect_store(file);
  EXPECT_TRUE(health.exists);
  EXPECT_FALSE(health.problems.empty());
}

TEST_F(Health, ADamagedIndexIsFound) {
  {
    auto store = open();
    for (int number = 0; number < 40; ++number)
      add_named(store, new_workspace("shop", "branch" + std::to_string(number)));
  }
  {
    // The index over names loses a row, which no ordinary query would notice.
    auto database = raw();
    const auto root =
        database.execAndGet("SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_workspaces_2'")
            .getInt();
    database.exec("PRAGMA writable_schema = ON");
    database.exec("CREATE TABLE spare (a TEXT)");
    const auto empty =
        database.execAndGet("SELECT rootpage FROM sqlite_schema WHERE name = 'spare'").getInt();
    ASSERT_NE(root, empty);
    database.exec("UPDATE sqlite_schema SET rootpage = " + std::to_string(root) + " WHERE name = 'spare'");
  }
  EXPECT_FALSE(inspect_store(file).problems.empty());
}

TEST_F(Health, ARowWithoutItsWorkspaceIsFound) {
  (void)open();
  {
    auto database = raw();
    database.exec("PRAGMA foreign_keys = OFF");
    database.exec(
        "INSERT INTO workspace_environment (workspace, variable, value) VALUES ('nobody', 'A', 'b')");
  }
  EXPECT_EQ(inspect_store(file).problems,
            std::vector<std::string>{"a row of workspace_environment belongs to no workspace"});
}

TEST_F(Health, ADeadEntryIsClosedOnceAndAFinishedOneStays) {
  auto store = open();
  const auto dead = store.journal_begin("0123456789ab", "shop", "create container");
  const auto done = store.journal_begin("0123456789ab", "shop", "start container");
  store.journal_end(done, "done", "");
  EXPECT_TRUE(store.journal_close_dead(dead, "it died"));
  EXPECT_FALSE(store.journal_close_dead(dead, "again"));
  EXPECT_FALSE(store.journal_close_dead(done, "it died"));
  const auto entries = store.journal(10, std::nullopt);
  EXPECT_EQ(entries[0].outcome, "failed");
  EXPECT_EQ(entries[0].message, "it died");
  EXPECT_EQ(entries[1].outcome, "done");
}

}  // namespace
}  // namespace cai
