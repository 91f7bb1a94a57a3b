#include "cai/base/environment.hpp"

#include <gtest/gtest.h>
#include <pwd.h>
#include <unistd.h>

#include <cstdlib>

#include "cai/base/error.hpp"
#include "support/temporary_directory.hpp"

namespace cai {
namespace {

namespace fs = std::filesystem;

constexpr uid_t uid_without_entry = 3999999999U;

TEST(Environment, TellsMissingFromEmpty) {
  Environment environment;
  environment.variables = {{"EMPTY", ""}, {"A", "b=c"}};
  EXPECT_EQ(environment.get("EMPTY"), "");
  EXPECT_EQ(environment.get("A"), "b=c");
  EXPECT_EQ(environment.get("MISSING"), std::nullopt);
}

TEST(Environment, SnapshotsThisProcess) {
  ASSERT_EQ(setenv("CAI_TEST_VARIABLE", "x=y", 1), 0);
  const Environment environment = Environment::of_this_process();
  EXPECT_EQ(environment.get("CAI_TEST_VARIABLE"), "x=y");
  EXPECT_EQ(environment.working_directory, fs::current_path());
  EXPECT_EQ(environment.uid, getuid());
  EXPECT_EQ(environment.gid, getgid());
}

TEST(Environment, KnowsThatTheWorkingDirectoryIsGone) {
  const fs::path before = fs::current_path();
  {
    const TemporaryDirectory directory;
    fs::current_path(directory.path());
  }
  EXPECT_EQ(Environment::of_this_process().working_directory, fs::path());
  fs::current_path(before);
}

TEST(Home, IsTheVariable) {
  Environment environment;
  environment.variables = {{"HOME", "/somewhere/else"}};
  environment.uid = uid_without_entry;
  EXPECT_EQ(environment.home(), "/somewhere/else");
}

TEST(Home, FallsBackToThePasswordDatabase) {
  Environment environment;
  environment.uid = 0;
  const passwd* const root = getpwuid(0);
  ASSERT_NE(root, nullptr);
  EXPECT_EQ(environment.home(), root->pw_dir);
  environment.variables = {{"HOME", ""}};
  EXPECT_EQ(environment.home(), root->pw_dir);
}

TEST(Home, ThrowsWithAHintWhenThereIsNone) {
  Environment environment;
  environment.uid = uid_without_entry;
  try {
    (void)environment.home();
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::failed);
    EXPECT_EQ(error.hints().size(), 1U);
  }
}

TEST(Home, MustBeAbsolute) {
  Environment environment;
  environment.variables = {{"HOME", "relative/home"}};
  EXPECT_THROW((void)environment.home(), Error);
}

TEST(Paths, AreBelowHomeByDefault) {
  Environment environment;
  environment.variables = {{"HOME", "/h"}};
  const Paths paths = Paths::of(environment);
  EXPECT_EQ(paths.config, "/h/.config/containai");
  EXPECT_EQ(paths.state, "/h/.local/state/containai");
  EXPECT_EQ(paths.runtime, "/h/.local/state/containai/run");
  EXPECT_EQ(paths.ssh, "/h/.ssh");
  EXPECT_EQ(paths.keys(), "/h/.config/containai/keys");
  EXPECT_EQ(paths.templates(), "/h/.config/containai/templates");
  EXPECT_EQ(paths.locks(), "/h/.local/state/containai/locks");
}

TEST(Paths, HonourAbsoluteXdgDirectories) {
  const TemporaryDirectory runtime;
  Environment environment;
  environment.variables = {{"HOME", "/h"},
                           {"XDG_CONFIG_HOME", "/c"},
                           {"XDG_STATE_HOME", "/s"},
                           {"XDG_RUNTIME_DIR", runtime.path().string()}};
  const Paths paths = Paths::of(environment);
  EXPECT_EQ(paths.config, "/c/containai");
  EXPECT_EQ(paths.state, "/s/containai");
  EXPECT_EQ(paths.runtime, runtime.path() / "containai");
}

TEST(Paths, IgnoreRelativeEmptyAndMissingOnes) {
  const TemporaryDirectory directory;
  Environment environment;
  environment.variables = {{"HOME", "/h"}, {"XDG_CONFIG_HOME", "c"}, {"XDG_STATE_HOME", ""}};
  environment.variables["XDG_RUNTIME_DIR"] = (directory.path() / "missing").string();
  const Paths paths = Paths::of(environment);
  EXPECT_EQ(paths.config, "/h/.config/containai");
  EXPECT_EQ(paths.state, "/h/.local/state/containai");
  EXPECT_EQ(paths.runtime, "/h/.local/state/containai/run");
}

}  // namespace
}  // namespace cai
