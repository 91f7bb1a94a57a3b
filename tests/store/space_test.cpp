#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <iostream>

#include "store_fixture.hpp"

namespace cai {
namespace {

class Space : public StoreTest {};

/// A file system of one megabyte at `place`, seen by this process alone and gone with it; false where the
/// system does not let us.
bool mount_small(const std::filesystem::path& place) {
  std::filesystem::create_directories(place);
  return ::unshare(CLONE_NEWNS) == 0 && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount("tmpfs", place.c_str(), "tmpfs", 0, "size=1m,mode=0700") == 0;
}

bool fill_up(const std::filesystem::path& ballast) {
  const int fd = ::open(ballast.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  const std::string page(4096, 'x');
  while (::write(fd, page.data(), page.size()) > 0) {
  }
  const bool full = errno == ENOSPC;
  ::close(fd);
  return full;
}

/// Files of this process may not grow beyond `bytes` from now on: the same path through SQLite, with EFBIG.
void limit_files(rlim_t bytes) {
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit limit{};
  ::getrlimit(RLIMIT_FSIZE, &limit);
  limit.rlim_cur = bytes;
  ::setrlimit(RLIMIT_FSIZE, &limit);
}

/// Out of space by its name; SQLite knows ENOSPC, but for other reasons it only says that writing failed.
constexpr const char* full = "no space left";
constexpr const char* failed_write = "cannot be read or written";

bool says(const std::string& sentence, const std::function<void()>& work) {
  const auto error = error_of(work);
  if (error.kind() == ErrorKind::failed && mentions(error, sentence) && mentions(error, "free some space")) {
    return true;
  }
  std::cerr << error.what() << '\n';
  return false;
}

/// Fills the disk with `fill`, and expects that nothing is lost and everything works after `empty`.
int exercise(const std::string& sentence, const std::function<Store()>& open,
             const std::function<bool()>& fill, const std::function<void()>& empty) {
  auto store = open();
  const auto row = add_named(store, new_workspace("shop"));
  if (!fill()) return 1;
  const std::string large(100'000, 'x');
  if (!says(sentence, [&] { store.journal_begin("0123456789ab", "shop", large); })) return 2;
  if (!says(sentence, [&] {
        auto workspace = new_workspace("other");
        workspace.choices.environment = {{"LARGE", large}};
        add_named(store, workspace);
      })) {
    return 3;
  }
  if (store.workspaces().size() != 1 || !store.journal(10, std::nullopt).empty()) return 4;
  if (open().find(row.id)->name != "shop-main") return 5;
  empty();
  store.journal_begin("0123456789ab", "shop", large);
  add_named(store, new_workspace("other"));
  return open().workspaces().size() == 2 ? 0 : 6;
}

TEST_F(Space, ATemporaryFileSystemThatIsFullIsAnErrorAndLosesNothing) {
  constexpr int cannot_mount = 77;
  const auto place = directory / "small";
  const auto codes = run_processes(1, [&](int) {
    if (!mount_small(place)) return cannot_mount;
    const auto open_there = [&] {
      return Store::open(place / "containai.db", Store::Mode::read_write, clock);
    };
    return exercise(
        full, open_there, [&] { return fill_up(place / "ballast"); },
        [&] { std::filesystem::remove(place / "ballast"); });
  });
  if (codes[0] == cannot_mount) {
    GTEST_SKIP() << "no private tmpfs may be mounted here; a full disk was tried with RLIMIT_FSIZE only (the "
                    "other test)";
  }
  std::cout << "tried on a tmpfs of 1 MiB in a mount namespace of its own\n";
  EXPECT_EQ(codes[0], 0);
}

TEST_F(Space, ANewStoreOnAFullFileSystemIsAnErrorAndWorksLater) {
  constexpr int cannot_mount = 77;
  const auto place = directory / "small";
  const auto codes = run_processes(1, [&](int) {
    if (!mount_small(place)) return cannot_mount;
    const auto open_there = [&] {
      return Store::open(place / "containai.db", Store::Mode::read_write, clock);
    };
    if (!fill_up(place / "ballast")) return 1;
    if (!says(full, [&] { static_cast<void>(open_there()); })) return 2;
    std::filesystem::remove(place / "ballast");
    auto store = open_there();
    add_named(store, new_workspace("shop"));
    return 0;
  });
  if (codes[0] == cannot_mount) GTEST_SKIP() << "no private tmpfs may be mounted here";
  EXPECT_EQ(codes[0], 0);
}

TEST_F(Space, FilesThatMayNotGrowAreAnErrorAndLoseNothing) {
  const auto codes = run_processes(1, [&](int) {
    return exercise(
        failed_write, [&] { return open(); },
        [] {
          limit_files(60'000);
          return true;
        },
        [] { limit_files(RLIM_INFINITY); });
  });
  std::cout << "tried with RLIMIT_FSIZE\n";
  EXPECT_EQ(codes[0], 0);
}

}  // namespace
}  // namespace cai
