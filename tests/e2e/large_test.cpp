// Row 90 of the acceptance list: large files and many files go through little memory. docs/performance.md has
// the figures of 20 GiB and of a million files.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "e2e/terminal.hpp"
#include "e2e/world.hpp"

namespace cai::e2e {
namespace {

namespace fs = std::filesystem;

constexpr long most_kibibytes = 64 << 10;

class Large : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(world.cai(repository, {"-d"}).code, 0); }
  std::string inside(const std::string& script) {
    const auto result = world.cai(repository, {"exec", "--", "sh", "-c", "cd ~; " + script});
    return result.out + result.err;
  }
  /// Runs cai and returns the most memory that it had, in KiB.
  long peak_memory(const Words& arguments) {
    Words argv = {cai_binary()};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    const auto pid = world.spawn(argv, repository);
    int status = 0;
    struct rusage usage = {};
    EXPECT_EQ(wait4(pid, &status, 0, &usage), pid);
    EXPECT_EQ(status, 0) << arguments[0];
    return usage.ru_maxrss;
  }

  World world;
  fs::path repository = world.repository(World::unique());
};

/// More than 32 bits can count.
TEST_F(Large, Row90ASparseFileOf3GiB) {
  constexpr const char* make =
      "truncate -s 3G sparse; for at in 0 700000000 3221225400; do printf data$at | dd of=sparse bs=1 "
      "seek=$at "
      "conv=notrunc 2>/dev/null; done";
  ASSERT_EQ(inside(make), "");
  EXPECT_LT(peak_memory({"export", "-o", "x.tgz"}), most_kibibytes);
  EXPECT_LT(fs::file_size(repository / "x.tgz"), 16U << 20);
  // Three gigabytes out of a few megabytes may be a trap: a person is asked, and then told how far it is.
  Terminal person({cai_binary(), "import", "x.tgz"}, world, repository);
  EXPECT_TRUE(person.expect("unpacks to 3.", 120)) << person.screen();
  person.type("y\r");
  EXPECT_TRUE(person.expect("importing: ", 60)) << person.screen();
  EXPECT_EQ(person.wait(200), 0) << person.screen();
  EXPECT_EQ(
      inside(
          "stat -c %s sparse; for at in 0 700000000 3221225400; do tail -c +$((at + 1)) sparse | head -c 14 "
          "| tr -d '\\000'; echo; done"),
      "3221225472\ndata0\ndata700000000\ndata3221225400\n");
}

TEST_F(Large, Row90TwentyThousandFiles) {
  ASSERT_EQ(
      inside("mkdir m; cd m; for d in $(seq 100); do mkdir $d; (cd $d; seq 200 | split -l 1 -a 3 - f); done"),
      "");
  constexpr const char* sum =
      "find m -type f -print0 | sort -z | xargs -0 cat | sha256sum; find m -type f | wc -l";
  const auto before = inside(sum);
  EXPECT_LT(peak_memory({"export", "-o", "x.tar.zst"}), most_kibibytes);
  EXPECT_LT(peak_memory({"import", "x.tar.zst", "--yes"}), most_kibibytes);
  EXPECT_EQ(inside(sum), before);
  EXPECT_NE(before.find("\n20000\n"), std::string::npos) << before;
}

}  // namespace
}  // namespace cai::e2e
