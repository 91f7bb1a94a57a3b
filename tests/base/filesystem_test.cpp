#include "cai/base/filesystem.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <iterator>
#include <thread>

#include "cai/base/error.hpp"
#include "support/temporary_directory.hpp"

namespace cai {
namespace {

namespace fs = std::filesystem;

void put(const fs::path& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

mode_t mode_of(const fs::path& path) {
  struct stat status {};
  EXPECT_EQ(stat(path.c_str(), &status), 0) << path;
  return status.st_mode & 07777U;
}

std::ptrdiff_t entries_in(const fs::path& directory) {
  return std::distance(fs::directory_iterator(directory), fs::directory_iterator());
}

bool is_open(int fd) {
  return fcntl(fd, F_GETFD) >= 0;
}

/// Acts as another user until the end of the scope; only root can.
class ActingAs {
 public:
  explicit ActingAs(uid_t uid) { EXPECT_EQ(seteuid(uid), 0); }
  ActingAs(const ActingAs&) = delete;
  ActingAs& operator=(const ActingAs&) = delete;
  ~ActingAs() { EXPECT_EQ(seteuid(0), 0); }
};

TEST(UniqueFd, ClosesOnceAndMoves) {
  const int raw = open("/dev/null", O_RDONLY | O_CLOEXEC);
  ASSERT_GE(raw, 0);
  {
    UniqueFd first(raw);
    UniqueFd second(std::move(first));
    EXPECT_EQ(second.get(), raw);
    UniqueFd third;
    EXPECT_FALSE(third.valid());
    third = std::move(second);
    EXPECT_TRUE(is_open(raw));
    third.reset(third.get());
    EXPECT_TRUE(is_open(raw));
  }
  EXPECT_FALSE(is_open(raw));
}

TEST(UniqueFd, ReleaseLeavesItOpen) {
  const int raw = open("/dev/null", O_RDONLY | O_CLOEXEC);
  EXPECT_EQ(UniqueFd(raw).release(), raw);
  EXPECT_TRUE(is_open(raw));
  close(raw);
}

TEST(ReadFile, ReadsWholeFilesOnly) {
  const TemporaryDirectory directory;
  const fs::path file = directory.path() / "file";
  put(file, std::string("a\0b", 3));
  EXPECT_EQ(read_file(file), std::string("a\0b", 3));
  put(file, "");
  EXPECT_EQ(read_file(file), "");
}

TEST(ReadFile, IsNothingForAMissingFile) {
  const TemporaryDirectory directory;
  put(directory.path() / "file", "x");
  EXPECT_EQ(read_file(directory.path() / "missing"), std::nullopt);
  EXPECT_EQ(read_file(directory.path() / "file" / "below"), std::nullopt);
}

TEST(ReadFile, KeepsTheLimit) {
  const TemporaryDirectory directory;
  const fs::path file = directory.path() / "file";
  put(file, std::string(1000, 'x'));
  EXPECT_EQ(read_file(file, 1000), std::string(1000, 'x'));
  EXPECT_THROW(read_file(file, 999), Error);
  EXPECT_THROW(read_file(file, 0), Error);
}

TEST(ReadFile, DoesNotTrustTheSizeThatTheKernelTells) {
  const auto status = read_file("/proc/self/status");  // says 0
  ASSERT_TRUE(status);
  EXPECT_NE(status->find("VmRSS"), std::string::npos);
}

TEST(ReadFile, NeverWaitsForAFifoAndRefusesDirectories) {
  const TemporaryDirectory directory;
  const fs::path fifo = directory.path() / "fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_THROW(read_file(fifo), Error);
  EXPECT_THROW(read_file(directory.path()), Error);
}

TEST(WriteFileAtomically, SetsContentAndModeWhateverTheUmask) {
  const TemporaryDirectory directory;
  const fs::path file = directory.path() / "file";
  const mode_t before = umask(0777);
  write_file_atomically(file, "one", 0640);
  umask(before);
  EXPECT_EQ(mode_of(file), 0640U);
  write_file_atomically(file, "two", 0600);
  EXPECT_EQ(read_file(file), "two");
  EXPECT_EQ(mode_of(file), 0600U);
  EXPECT_EQ(entries_in(directory.path()), 1);
}

TEST(WriteFileAtomically, TakesTheLongestName) {
  const TemporaryDirectory directory;
  const fs::path file = directory.path() / std::string(255, 'n');
  write_file_atomically(file, "x", 0600);
  EXPECT_EQ(read_file(file), "x");
}

TEST(WriteFileAtomically, ReplacesALinkAndNotItsTarget) {
  const TemporaryDirectory directory;
  put(directory.path() / "target", "old");
  fs::create_symlink("target", directory.path() / "link");
  write_file_atomically(directory.path() / "link", "new", 0600);
  EXPECT_FALSE(fs::is_symlink(directory.path() / "link"));
  EXPECT_EQ(read_file(directory.path() / "target"), "old");
}

TEST(WriteFileAtomically, LeavesNothingBehindWhenItFails) {
  const TemporaryDirectory directory;
  fs::create_directories(directory.path() / "occupied" / "x");
  try {
    write_file_atomically(directory.path() / "occupied", "x", 0600);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("occupied"), std::string::npos) << error.what();
  }
  EXPECT_EQ(entries_in(directory.path()), 1);
  EXPECT_THROW(write_file_atomically(directory.path() / "missing" / "file", "x", 0600), Error);
}

TEST(WriteFileAtomically, ShowsReadersTheOldOrTheNewContent) {
  const TemporaryDirectory directory;
  const fs::path file = directory.path() / "file";
  const std::string old_content(200'000, 'a');
  const std::string new_content(100'000, 'b');
  write_file_atomically(file, old_content, 0600);
  std::atomic<bool> done = false;
  std::thread writer([&] {
    for (int i = 0; i < 50; ++i) write_file_atomically(file, i % 2 == 0 ? new_content : old_content, 0600);
    done = true;
  });
  int torn = 0;
  while (!done) {
    const auto seen = read_file(file);
    if (seen != old_content && seen != new_content) ++torn;
  }
  writer.join();
  EXPECT_EQ(torn, 0);
}

TEST(EnsureDirectory, MakesPrivateParents) {
  const TemporaryDirectory directory;
  const mode_t before = umask(0022);
  ensure_directory(directory.path() / "a" / "b" / "c", 0755);
  umask(before);
  EXPECT_EQ(mode_of(directory.path() / "a"), 0700U);
  EXPECT_EQ(mode_of(directory.path() / "a" / "b"), 0700U);
  EXPECT_EQ(mode_of(directory.path() / "a" / "b" / "c"), 0755U);
}

TEST(EnsureDirectory, KeepsContentAndParentsAndSetsTheMode) {
  const TemporaryDirectory directory;
  const fs::path inner = directory.path() / "inner";
  fs::create_directory(inner);
  fs::permissions(inner, fs::perms(0777));
  fs::permissions(directory.path(), fs::perms(0755));
  put(inner / "file", "x");
  ensure_directory(inner);
  EXPECT_EQ(mode_of(inner), 0700U);
  EXPECT_EQ(mode_of(directory.path()), 0755U);
  EXPECT_EQ(read_file(inner / "file"), "x");
}

TEST(EnsureDirectory, RefusesWhatIsNoDirectory) {
  const TemporaryDirectory directory;
  put(directory.path() / "file", "x");
  fs::create_symlink("nowhere", directory.path() / "dangling");
  EXPECT_THROW(ensure_directory(directory.path() / "file"), Error);
  EXPECT_THROW(ensure_directory(directory.path() / "file" / "below"), Error);
  EXPECT_THROW(ensure_directory(directory.path() / "dangling"), Error);
}

TEST(EnsureDirectory, RefusesAnotherUsersAndAcceptsRoots) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root to be several users";
  const TemporaryDirectory directory;
  fs::permissions(directory.path(), fs::perms(0755));
  const ActingAs stranger(54321);
  ensure_directory(directory.path(), 0700);
  EXPECT_EQ(mode_of(directory.path()), 0755U);
  {
    EXPECT_EQ(seteuid(0), 0);
    ASSERT_EQ(chown(directory.path().c_str(), 12345, 12345), 0);
    const ActingAs again(54321);
    EXPECT_THROW(ensure_directory(directory.path(), 0700), Error);
  }
}

TEST(RemoveFile, SaysWhetherThereWasOne) {
  const TemporaryDirectory directory;
  put(directory.path() / "file", "x");
  EXPECT_TRUE(remove_file(directory.path() / "file"));
  EXPECT_FALSE(remove_file(directory.path() / "file"));
  EXPECT_THROW(remove_file(directory.path()), Error);
}

}  // namespace
}  // namespace cai
