#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <thread>

#include "cai/base/error.hpp"
#include "cai/base/filesystem.hpp"
#include "support/temporary_directory.hpp"

namespace {

/// What happens between open(2) and flock(2), where a test could not get in otherwise.
std::function<void()> before_flock;

}  // namespace

/// Takes the place of the C library's.
extern "C" int flock(int fd, int operation) noexcept {
  if (before_flock) before_flock();
  return static_cast<int>(syscall(SYS_flock, fd, operation));
}

namespace cai {
namespace {

namespace fs = std::filesystem;

constexpr auto must_not_wait = [] { FAIL() << "had to wait for a free lock"; };
constexpr auto may_wait = [] {};

TEST(FileLock, ExcludesUntilItIsGone) {
  const TemporaryDirectory directory;
  const fs::path path = directory.path() / "lock";
  auto first = FileLock::try_acquire(path);
  ASSERT_TRUE(first);
  EXPECT_FALSE(FileLock::try_acquire(path));
  first.reset();
  EXPECT_TRUE(FileLock::try_acquire(path));
  EXPECT_TRUE(fs::exists(path)) << "its existence means nothing, so nobody removes it";
}

TEST(FileLock, IsPrivate) {
  const TemporaryDirectory directory;
  const fs::path path = directory.path() / "lock";
  const auto lock = FileLock::acquire(path, 0, must_not_wait);
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST(FileLock, WaitsForTheOwnerAndSaysSoOnce) {
  const TemporaryDirectory directory;
  const fs::path path = directory.path() / "lock";
  auto owner = FileLock::try_acquire(path);
  int waits = 0;
  std::thread finishes;
  const auto lock = FileLock::acquire(path, 60'000, [&] {
    ++waits;
    finishes = std::thread([&owner] { owner.reset(); });
  });
  finishes.join();
  EXPECT_EQ(waits, 1);
  EXPECT_FALSE(FileLock::try_acquire(path));
}

TEST(FileLock, IsBusyWhenTheTimeIsUp) {
  const TemporaryDirectory directory;
  const fs::path path = directory.path() / "lock";
  const auto owner = FileLock::try_acquire(path);
  for (const int wait : {-1, 0, 20}) {
    try {
      (void)FileLock::acquire(path, wait, may_wait);
      FAIL() << "two owners";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::busy);
      EXPECT_FALSE(error.hints().empty());
    }
  }
}

TEST(FileLock, FailsWhenTheFileCannotBeOpened) {
  const TemporaryDirectory directory;
  try {
    (void)FileLock::acquire(directory.path() / "missing" / "lock", 1000, must_not_wait);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::failed);
  }
}

TEST(FileLock, IsFreedWhenTheOwnerIsKilled) {
  const TemporaryDirectory directory;
  const fs::path path = directory.path() / "lock";
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto lock = FileLock::try_acquire(path);
    const char answer = lock ? 'y' : 'n';
    (void)!write(ready[1], &answer, 1);
    pause();
    _exit(0);
  }
  char answer = 0;
  ASSERT_EQ(read(ready[0], &answer, 1), 1);
  ASSERT_EQ(answer, 'y');
  EXPECT_FALSE(FileLock::try_acquire(path));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_TRUE(FileLock::try_acquire(path));
  close(ready[0]);
  close(ready[1]);
}

TEST(FileLock, IsNeverOnAFileThatWasRemovedMeanwhile) {
  const TemporaryDirectory directory;
  const fs::path path = directory.path() / "lock";
  int removals = 0;
  before_flock = [&] {
    if (removals++ < 3) unlink(path.c_str());
  };
  const auto lock = FileLock::try_acquire(path);
  before_flock = nullptr;
  EXPECT_EQ(removals, 4) << "tried again each time, and then no more";
  ASSERT_TRUE(lock);
  EXPECT_FALSE(FileLock::try_acquire(path)) << "two owners";
}

}  // namespace
}  // namespace cai
