#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "store_fixture.hpp"

namespace cai {
namespace {

class Files : public StoreTest {
 protected:
  /// A store with something in every table, closed.
  void fill() const {
    auto store = open();
    auto workspace = new_workspace("shop");
    workspace.choices.environment = {{"A", "b"}};
    const auto row = add_named(store, workspace);
    store.replace_volume(row.id, 2, "new");
    store.remember_engine("unix:///x", {{"engine-one"}, "1.41"});
    store.trust("/a", std::string(64, 'a'));
    store.journal_end(store.journal_begin("0123456789ab", "shop-main", "step"), "done", "");
  }
};

void read_everything(const Store& store) {
  static_cast<void>(store.workspaces());
  static_cast<void>(store.find(EngineId{"engine-one"}, new_workspace("shop").key));
  static_cast<void>(store.former_volumes());
  static_cast<void>(store.known_engine("unix:///x"));
  static_cast<void>(store.is_trusted("/a", std::string(64, 'a')));
  static_cast<void>(store.journal(100, std::nullopt));
}

void use_everything(Store& store) {
  read_everything(store);
  const auto row = add_named(store, new_workspace("another"));
  store.set_keep(row.id, true);
  store.forget(row.id);
  store.journal_begin("0123456789ab", "another", "step");
}

struct Witness {
  std::string bytes;
  struct timespec modified;
  bool operator==(const Witness& other) const {
    return bytes == other.bytes && modified.tv_sec == other.modified.tv_sec &&
           modified.tv_nsec == other.modified.tv_nsec;
  }
};

Witness witness(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  return {bytes_of(path), status.st_mtim};
}

std::vector<std::string> names_in(const std::filesystem::path& directory) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory))
    names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

TEST_F(Files, ReadOnlyOnAMissingStoreIsEmptyAndMakesNothing) {
  const auto store = open(Store::Mode::read_only);
  EXPECT_TRUE(store.workspaces().empty());
  EXPECT_TRUE(store.journal(10, std::nullopt).empty());
  EXPECT_NO_THROW(read_everything(store));
  EXPECT_TRUE(names_in(directory).empty());
}

TEST_F(Files, ReadOnlyNeverWrites) {
  fill();
  const auto before = witness(file);
  const auto names = names_in(file.parent_path());
  const auto directory_before = std::filesystem::last_write_time(file.parent_path());
  {
    const auto store = open(Store::Mode::read_only);
    EXPECT_EQ(store.workspaces().size(), 1U);
    read_everything(store);
  }
  EXPECT_TRUE(witness(file) == before);
  EXPECT_EQ(names_in(file.parent_path()), names);
  EXPECT_EQ(std::filesystem::last_write_time(file.parent_path()), directory_before);
}

TEST_F(Files, ReadOnlyRefusesToWrite) {
  auto missing = open(Store::Mode::read_only);
  EXPECT_EQ(error_of([&] { missing.trust("/a", std::string(64, 'a')); }).kind(), ErrorKind::failed);
  fill();
  const auto before = witness(file);
  auto store = open(Store::Mode::read_only);
  EXPECT_EQ(error_of([&] { store.trust("/b", std::string(64, 'a')); }).kind(), ErrorKind::failed);
  EXPECT_TRUE(witness(file) == before);
}

TEST_F(Files, AZeroLengthFileIsAnEmptyStore) {
  write_bytes(file, "");
  EXPECT_TRUE(open(Store::Mode::read_only).workspaces().empty());
  EXPECT_EQ(std::filesystem::file_size(file), 0U);
  auto store = open();
  EXPECT_NO_THROW(use_everything(store));
}

TEST_F(Files, GarbageIsRefusedKeptAndExplained) {
  const std::string garbage = "This is no database. " + std::string(8192, '\xa5');
  write_bytes(file, garbage);
  for (const auto mode : {Store::Mode::read_write, Store::Mode::read_only}) {
    const auto error = opening_error(mode);
    EXPECT_EQ(error.kind(), ErrorKind::failed);
    EXPECT_TRUE(mentions(error, "is damaged"));
    EXPECT_TRUE(mentions(error, "mv '" + file.native()) || mentions(error, "mv " + file.native()))
        << error.what();
    EXPECT_TRUE(mentions(error, "rebuilds it from the engine's labels"));
  }
  EXPECT_TRUE(bytes_of(file) == garbage);
}

TEST_F(Files, TruncatedAnywhereIsAnErrorNeverAWrongAnswer) {
  fill();
  const auto whole = bytes_of(file);
  for (std::size_t length = 16; length < whole.size(); length += 512) {
    const auto part = whole.substr(0, length);
    write_bytes(file, part);
    const auto error = error_of([&] {
      auto store = open();
      use_everything(store);
    });
    EXPECT_EQ(error.kind(), ErrorKind::failed) << length;
    EXPECT_TRUE(mentions(error, file.filename())) << length;
    EXPECT_TRUE(bytes_of(file) == part) << length;
  }
}

TEST_F(Files, FlippedBitsGiveAnErrorOrAnAnswerButNoOtherEnd) {
  fill();
  const auto whole = bytes_of(file);
  int refused = 0;
  int accepted = 0;
  // A prime step meets every part of header, b-tree pages and cells; the schema page byte by byte at its
  // beginning.
  for (std::size_t at = 0; at < whole.size(); at += at < 200 ? 1 : 97) {
    auto flipped = whole;
    flipped[at] = static_cast<char>(flipped[at] ^ (1 << (at % 8)));
    write_bytes(file, flipped);
    try {
      read_everything(open(Store::Mode::read_only));
      ++accepted;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::failed) << at << ": " << error.what();
      EXPECT_FALSE(error.hints().empty()) << at << ": " << error.what();
      ++refused;
    }
    EXPECT_TRUE(bytes_of(file) == flipped) << at;
  }
  EXPECT_GT(refused, 50);
  EXPECT_GT(accepted, 50);
}

TEST_F(Files, WordsThatCaiNeverWritesAreDamage) {
  fill();
  raw().exec("PRAGMA ignore_check_constraints = ON; UPDATE workspaces SET wanted = 'dancing'");
  const auto error = error_of([&] { static_cast<void>(open().workspaces()); });
  EXPECT_EQ(error.kind(), ErrorKind::failed);
  EXPECT_TRUE(mentions(error, "dancing"));
  EXPECT_TRUE(mentions(error, ".damaged"));
}

TEST_F(Files, AMissingTableIsDamage) {
  fill();
  raw().exec("DROP TABLE journal");
  auto store = open();
  EXPECT_NO_THROW(static_cast<void>(store.workspaces()));
  EXPECT_TRUE(mentions(error_of([&] { store.journal_begin("0", "shop", "step"); }), "is damaged"));
}

TEST_F(Files, ANewerStoreIsRefusedWithASentence) {
  fill();
  raw().exec("PRAGMA user_version = 999");
  const auto before = witness(file);
  for (const auto mode : {Store::Mode::read_write, Store::Mode::read_only}) {
    const auto error = opening_error(mode);
    EXPECT_EQ(error.kind(), ErrorKind::failed);
    EXPECT_TRUE(mentions(error, "newer cai"));
    EXPECT_TRUE(mentions(error, "999"));
  }
  EXPECT_TRUE(witness(file) == before);
}

TEST_F(Files, AForeignDatabaseIsRefusedWithASentence) {
  for (const auto* sql : {"CREATE TABLE theirs (x)", "PRAGMA application_id = 42", "PRAGMA user_version = 1",
                          "PRAGMA journal_mode = WAL; CREATE TABLE theirs (x)"}) {
    std::filesystem::remove_all(file.parent_path());
    make_from_sql(sql);
    ::chmod(file.c_str(), 0600);
    const auto before = bytes_of(file);
    for (const auto mode : {Store::Mode::read_write, Store::Mode::read_only}) {
      const auto error = opening_error(mode);
      EXPECT_EQ(error.kind(), ErrorKind::failed) << sql;
      EXPECT_TRUE(mentions(error, "of another program")) << sql << ": " << error.what();
    }
    EXPECT_TRUE(bytes_of(file) == before) << sql;
  }
}

TEST_F(Files, LinkedDirectoriesAreFollowedLinkedFilesAreNot) {
  std::filesystem::create_directory(directory / "real");
  std::filesystem::create_directory_symlink(directory / "real", directory / "state");
  fill();
  EXPECT_TRUE(std::filesystem::is_regular_file(directory / "real" / "containai.db"));
  EXPECT_EQ(open(Store::Mode::read_only).workspaces().size(), 1U);

  std::filesystem::rename(file, directory / "elsewhere.db");
  std::filesystem::create_symlink(directory / "elsewhere.db", file);
  const auto before = witness(directory / "elsewhere.db");
  for (const auto mode : {Store::Mode::read_write, Store::Mode::read_only}) {
    EXPECT_TRUE(mentions(opening_error(mode), "not a regular file"));
  }
  EXPECT_TRUE(witness(directory / "elsewhere.db") == before);
}

TEST_F(Files, OtherKindsOfFilesAreRefusedWithoutWaiting) {
  std::filesystem::create_directories(file);
  EXPECT_TRUE(mentions(opening_error(), "not a regular file"));
  std::filesystem::remove(file);
  ASSERT_EQ(::mkfifo(file.c_str(), 0600), 0);
  EXPECT_TRUE(mentions(opening_error(Store::Mode::read_only), "not a regular file"));
}

TEST_F(Files, AFileThatOthersCanReadIsMadePrivate) {
  fill();
  ::chmod(file.c_str(), 0644);
  static_cast<void>(open(Store::Mode::read_only));
  EXPECT_EQ(static_cast<unsigned>(std::filesystem::status(file).permissions()), 0644U);
  static_cast<void>(open());
  EXPECT_EQ(static_cast<unsigned>(std::filesystem::status(file).permissions()), 0600U);
}

/// Runs `work` as a user for whom file modes count: root becomes "nobody", who first gets the test's
/// directory.
int without_root(const std::filesystem::path& directory, const std::function<int()>& work) {
  constexpr uid_t nobody = 65534;
  if (::geteuid() == 0) {
    ::chmod(directory.c_str(), 0755);
    EXPECT_EQ(::chown(directory.c_str(), nobody, nobody), 0);
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
      EXPECT_EQ(::lchown(entry.path().c_str(), nobody, nobody), 0);
    }
  }
  return run_processes(1, [&](int) {
    if (::geteuid() == 0 && ::setuid(nobody) != 0) return 98;
    return work();
  })[0];
}

TEST_F(Files, AReadOnlyDirectoryIsReadAndAnErrorForWriters) {
  fill();
  std::filesystem::remove(file.native() + "-journal");
  const auto before = witness(file);
  ::chmod(file.parent_path().c_str(), 0500);
  EXPECT_EQ(without_root(directory,
                         [&] {
                           if (open(Store::Mode::read_only).workspaces().size() != 1) return 1;
                           const auto error = error_of([&] {
                             auto store = open();
                             store.journal_begin("0123456789ab", "shop", "step");
                           });
                           if (error.kind() != ErrorKind::failed) return 2;
                           if (!mentions(error, file.native())) return 3;
                           return error.hints().empty() ? 4 : 0;
                         }),
            0);
  ::chmod(file.parent_path().c_str(), 0700);
  EXPECT_TRUE(witness(file) == before);
}

TEST_F(Files, AnUnreadableOrUnwritableFileIsAnErrorWithItsPath) {
  fill();
  ::chmod(file.c_str(), 0400);
  EXPECT_EQ(without_root(
                directory,
                [&] {
                  auto store = open();
                  if (store.workspaces().size() != 1) return 1;
                  const auto error = error_of([&] { store.journal_begin("0123456789ab", "shop", "step"); });
                  if (error.kind() != ErrorKind::failed || !mentions(error, file.native())) return 2;
                  ::chmod(file.c_str(), 0);
                  const auto unreadable = opening_error(Store::Mode::read_only);
                  return unreadable.kind() == ErrorKind::failed && mentions(unreadable, file.native()) ? 0
                                                                                                       : 3;
                }),
            0);
}

}  // namespace
}  // namespace cai
