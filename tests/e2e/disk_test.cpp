// The state directory on a small file system that is full, and on one that became read-only.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "e2e/world.hpp"

namespace cai::e2e {
namespace {

namespace fs = std::filesystem;

bool write_file(const char* path, const std::string& text) {
  return static_cast<bool>(std::ofstream(path) << text << std::flush);
}

/// Mounts that are this process's own, and go with it whatever happens. Who is not root gets a namespace of
/// users too, in which everybody is who they were.
bool separate_mounts() {
  const auto user = geteuid();
  const auto group = getegid();
  if (unshare(user == 0 ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER) != 0) return false;
  const auto itself = [](auto id) { return fmt::format("{0} {0} 1", id); };
  const bool mapped = user == 0 || (write_file("/proc/self/setgroups", "deny") &&
                                    write_file("/proc/self/uid_map", itself(user)) &&
                                    write_file("/proc/self/gid_map", itself(group)));
  return mapped && mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

class SmallDisk : public testing::Test {
 protected:
  SmallDisk() : repository(world.repository(World::unique())), state(world.home() / ".local/state") {
    fs::create_directories(state);
    mounted = separate_mounts() && mount("small", state.c_str(), "tmpfs", 0, "size=256k,mode=700") == 0;
  }
  void SetUp() override { ASSERT_TRUE(mounted) << "no file system can be mounted here"; }
  ~SmallDisk() override {
    if (mounted) umount2(state.c_str(), MNT_DETACH);
  }

  /// Leaves `free` bytes, in whole pages.
  void fill_but(std::uintmax_t free) {
    fs::remove(state / "filler");
    const auto room = fs::space(state).available;
    std::ofstream(state / "filler") << std::string(room > free ? room - free : 0, 'x');
  }
  void empty() { fs::remove(state / "filler"); }

  std::string container_state() { return world.inspect(name, "{{.State.Status}}"); }

  /// Exit code 0 means done; anything else is said, and the next plain command makes it well.
  void expect_honest(const Words& words, const std::string& circumstances) {
    const auto result = world.cai(repository, words);
    const auto what = circumstances + ", " + words.front() + ": " + result.err;
    EXPECT_LT(result.code, 128) << what;
    if (result.code == 0) {
      EXPECT_EQ(container_state(), words.front() == "stop" ? "exited" : "running") << what;
    } else {
      EXPECT_NE(result.err, "") << what;
    }
  }
  void expect_well(const std::string& circumstances) {
    const auto back = world.cai(repository, {"-d"});
    ASSERT_EQ(back.code, 0) << circumstances << ": " << back.err;
    EXPECT_EQ(world.cai(repository, {"exec", "--", "sh", "-c", "cat ~/kept"}).out, "kept\n") << circumstances;
    const auto left = world.docker(
        {"ps", "-aq", "--filter", "label=containai.workspace=" + fs::canonical(repository).string()});
    EXPECT_EQ(std::count(left.out.begin(), left.out.end(), '\n'), 1) << circumstances;
  }
  void furnish() {
    name = trimmed(world.cai(repository, {"-d"}).out);
    ASSERT_EQ(world.cai(repository, {"exec", "--", "sh", "-c", "echo kept >~/kept"}).code, 0);
  }

  const std::vector<Words> commands = {
      {"--fresh", "-d"}, {"stop", "--force"}, {"-d"}, {"exec", "--", "true"}};

  World world;
  fs::path repository;
  fs::path state;
  std::string name;
  bool mounted = false;
};

TEST_F(SmallDisk, FullAtManyPlaces) {
  fill_but(0);
  const auto first = world.cai(repository, {"-d"});
  EXPECT_NE(first.code, 0);
  EXPECT_NE(first.err, "");
  empty();
  furnish();
  for (const std::uintmax_t pages : {0, 1, 2, 3, 5, 8}) {
    for (const auto& words : commands) {
      fill_but(pages * 4096);
      expect_honest(words, std::to_string(pages) + " pages free");
      empty();
      expect_well(std::to_string(pages) + " pages free");
    }
  }
}

TEST_F(SmallDisk, ReadOnly) {
  furnish();
  for (const auto& words : commands) {
    ASSERT_EQ(mount("small", state.c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, nullptr), 0);
    expect_honest(words, "read-only");
    EXPECT_EQ(world.cai(repository, {"status"}).code, 0) << "who only reads can";
    EXPECT_EQ(world.cai(repository, {"list"}).code, 0);
    ASSERT_EQ(mount("small", state.c_str(), "tmpfs", MS_REMOUNT, nullptr), 0);
    expect_well("read-only, " + words.front());
  }
}

}  // namespace
}  // namespace cai::e2e
