#include "store/migrations.hpp"

#include <sys/stat.h>

#include "store/database.hpp"
#include "store_fixture.hpp"

namespace cai {

std::span<const Migration> embedded_fixtures();

namespace {

class Migrations : public StoreTest {
 protected:
  /// The embedded migrations and one more, as a later release would have it.
  static std::vector<Migration> with_one_more(std::string_view sql) {
    const auto embedded = embedded_migrations();
    std::vector<Migration> migrations(embedded.begin(), embedded.end());
    migrations.emplace_back("9999_more.sql", sql);
    return migrations;
  }
  static std::string fixture() { return std::string(embedded_fixtures()[0].second); }
};

std::string schema_of(SQLite::Database& database) {
  std::string text;
  SQLite::Statement statement(database, "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name");
  while (statement.executeStep()) {
    text += statement.getColumn(1).getString() + "|" + statement.getColumn(3).getString() + "\n";
  }
  return text;
}

TEST_F(Migrations, AreNumberedWithoutGaps) {
  int number = 0;
  for (const auto& [name, sql] : embedded_migrations()) {
    char prefix[16];
    std::snprintf(prefix, sizeof prefix, "%04d_", ++number);
    EXPECT_EQ(name.substr(0, 5), prefix);
    EXPECT_FALSE(sql.empty());
  }
  EXPECT_GE(number, 1);
}

TEST_F(Migrations, ANewStoreHasTheNewestVersionOurMarkAndPrivateModes) {
  ::umask(0);
  static_cast<void>(open());
  ::umask(022);
  auto database = raw();
  EXPECT_EQ(database.execAndGet("PRAGMA user_version").getInt(),
            static_cast<int>(embedded_migrations().size()));
  EXPECT_EQ(database.execAndGet("PRAGMA application_id").getInt(), store_application_id);
  EXPECT_EQ(database.execAndGet("PRAGMA journal_mode").getString(), "delete")
      << "a rollback journal, never WAL";
  EXPECT_EQ(database.execAndGet("PRAGMA encoding").getString(), "UTF-8");
  const auto mode = [](const std::filesystem::path& path) {
    return static_cast<unsigned>(std::filesystem::status(path).permissions());
  };
  EXPECT_EQ(mode(file), 0600U);
  EXPECT_EQ(mode(file.parent_path()), 0700U);
  EXPECT_FALSE(std::filesystem::exists(file.native() + ".before-1")) << "there was nothing to keep";
}

TEST_F(Migrations, VersionOneIsStillRead) {
  make_from_sql(fixture());
  for (const auto mode : {Store::Mode::read_only, Store::Mode::read_write}) {
    const auto store = open(mode);
    const auto rows = store.workspaces();
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].name, "shop-cart");
    EXPECT_EQ(rows[0].generation, 3);
    EXPECT_EQ(rows[0].choices.profile, Profile::sudo);
    EXPECT_EQ(rows[0].choices.memory_bytes, 2'147'483'648);
    EXPECT_EQ(rows[0].choices.environment,
              (std::map<std::string, std::string>{{"EDITOR", "vi"}, {"PAGER", ""}}));
    EXPECT_EQ(rows[0].container.value.size(), 64U);
    EXPECT_EQ(rows[1].key.branch, "main\xff");
    EXPECT_EQ(rows[1].wanted, Wanted::stopped);
    EXPECT_EQ(rows[1].volume_id, "");
    EXPECT_EQ(store.former_volumes().size(), 1U);
    EXPECT_EQ(store.known_engine("unix:///var/run/docker.sock")->api_version, "1.41");
    EXPECT_TRUE(store.is_trusted("/home/ada/src/shop/.cai.toml",
                                 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
    EXPECT_EQ(store.journal(10, "shop-cart").size(), 2U);
  }
}

TEST_F(Migrations, RunOnceUnderTheLockAfterACopyWasAskedFor) {
  make_from_sql(fixture());
  auto database = raw();
  const auto migrations =
      with_one_more("ALTER TABLE workspaces ADD COLUMN colour TEXT NOT NULL DEFAULT 'blue'");
  std::vector<int> copies;
  const auto remember = [&](int version) {
    copies.push_back(version);
    auto other = raw();
    EXPECT_THROW(other.exec("BEGIN IMMEDIATE"), SQLite::Exception) << "nobody else may write now";
  };
  migrate(database, file, migrations, remember);
  migrate(database, file, migrations, remember);
  const int newest = static_cast<int>(migrations.size());
  EXPECT_EQ(copies, std::vector<int>{newest});
  EXPECT_EQ(database.execAndGet("PRAGMA user_version").getInt(), newest);
  EXPECT_EQ(database.execAndGet("SELECT colour FROM workspaces WHERE name = 'shop-cart'").getString(),
            "blue");
}

TEST_F(Migrations, AreUndoneWholeWhenOneFails) {
  make_from_sql(fixture());
  auto database = raw();
  const auto before = schema_of(database);
  EXPECT_THROW(migrate(database, file, with_one_more("CREATE TABLE half (x); DROP TABLE engines; nonsense"),
                       [](int) {}),
               SQLite::Exception);
  EXPECT_EQ(schema_of(database), before);
  EXPECT_EQ(database.execAndGet("PRAGMA user_version").getInt(), 1);
  EXPECT_THROW(migrate(database, file, with_one_more("DROP TABLE engines"),
                       [](int) { throw Error(ErrorKind::failed, "no copy, no change"); }),
               Error);
  EXPECT_EQ(schema_of(database), before);
}

TEST_F(Migrations, KeepAPrivateCopyOfTheOldStore) {
  make_from_sql(fixture());
  auto database = raw();
  const auto before = schema_of(database);
  const auto copy = file.native() + ".before-2";
  write_bytes(copy, "left by an attempt that was cut short");
  migrate(database, file, with_one_more("DELETE FROM workspaces; DROP TABLE engines"),
          [&](int) { keep_copy(file, 2); });
  SQLite::Database kept(copy, SQLite::OPEN_READONLY);
  EXPECT_EQ(schema_of(kept), before);
  EXPECT_EQ(kept.execAndGet("PRAGMA user_version").getInt(), 1);
  EXPECT_EQ(kept.execAndGet("SELECT count(*) FROM workspaces").getInt(), 2);
  EXPECT_EQ(kept.execAndGet("PRAGMA integrity_check").getString(), "ok");
  EXPECT_EQ(static_cast<unsigned>(std::filesystem::status(copy).permissions()), 0600U);
  EXPECT_EQ(database.execAndGet("SELECT count(*) FROM workspaces").getInt(), 0);
}

TEST_F(Migrations, RacedByEightProcessesHappenOnce) {
  make_from_sql(fixture());
  const auto migrations = with_one_more("CREATE TABLE once (x)");
  const auto codes = run_processes(8, [&](int) {
    auto database = SQLite::Database(file.native(), SQLite::OPEN_READWRITE, 10'000);
    migrate(database, file, migrations, [](int) {});
    return 0;
  });
  EXPECT_EQ(codes, std::vector<int>(8, 0));
}

TEST_F(Migrations, FixtureHasTheSchemaThatTheFirstMigrationMakes) {
  make_from_sql(fixture());
  auto old = raw();
  SQLite::Database fresh(":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  migrate(fresh, "memory", embedded_migrations().first(1), [](int) {});
  const auto names = [](SQLite::Database& database) {
    std::string text;
    SQLite::Statement statement(database,
                                "SELECT m.name, c.name, c.type, c.\"notnull\", c.pk FROM sqlite_schema m, "
                                "pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY 1, c.cid");
    while (statement.executeStep()) {
      for (int column = 0; column < 5; ++column) text += statement.getColumn(column).getString() + " ";
      text += "\n";
    }
    return text;
  };
  EXPECT_EQ(names(old), names(fresh));
  EXPECT_NE(names(old), "");
}

}  // namespace
}  // namespace cai
