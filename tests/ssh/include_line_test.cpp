#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cai/base/error.hpp"
#include "world.hpp"

namespace cai::test {
namespace {

namespace fs = std::filesystem;

const std::string line = "Include containai.d/*.conf\n";

class IncludeLineTest : public World {
 protected:
  IncludeLineTest() : files(paths), config(paths.ssh / "config") { files.prepare_keys(id); }

  SshFiles files;
  fs::path config;
};

TEST(WithIncludeLine, GoesOnTopAndKeepsEveryByte) {
  for (const auto& old : std::vector<std::string>{
           "", "\n", "Host a\n  Port 1\n", "Host a\r\n\tPort 1\r\n", "no newline at the end",
           "# comment\n\nHost *\n", "  Include other/*.conf\n", "\xff\x01",
           "Host a\nInclude containai.d/*.conf\n", "Include containai.d/*.conf.bak\n"}) {
    EXPECT_EQ(with_include_line(old), line + old) << old;
  }
}

TEST(WithIncludeLine, IsAddedOnce) {
  for (const auto& old : std::vector<std::string>{
           "Include containai.d/*.conf\n", "Include containai.d/*.conf", "# mine\n\n" + line,
           "  Include containai.d/*.conf  \r\nHost a\n", line + "Host a\n"}) {
    EXPECT_EQ(with_include_line(old), old);
  }
}

TEST_F(IncludeLineTest, MissingFileIsMadePrivate) {
  files.write_entry(target());
  EXPECT_EQ(contents(config), line);
  EXPECT_EQ(mode_of(config), 0600U);
}

TEST_F(IncludeLineTest, ModeAndBytesOfTheUsersFileStay) {
  const std::string old = "# caf\xc3\xa9\r\nHost x\r\n  Port 9\r\n";
  write(config, old);
  fs::permissions(config, fs::perms(0644));
  fs::permissions(paths.ssh, fs::perms(0755));
  files.write_entry(target());
  EXPECT_EQ(contents(config), line + old);
  EXPECT_EQ(mode_of(config), 0644U);
  EXPECT_EQ(mode_of(paths.ssh), 0755U);
}

TEST_F(IncludeLineTest, LinkStaysAndItsTargetIsReplaced) {
  write(home / "dotfiles/ssh_config", "Host x\n");
  fs::create_directories(paths.ssh);
  fs::create_symlink("../dotfiles/second", config);
  fs::create_symlink("ssh_config", home / "dotfiles/second");
  files.write_entry(target());
  EXPECT_EQ(fs::read_symlink(config), "../dotfiles/second");
  EXPECT_TRUE(fs::is_symlink(home / "dotfiles/second"));
  EXPECT_EQ(contents(home / "dotfiles/ssh_config"), line + "Host x\n");
}

TEST_F(IncludeLineTest, DanglingLinkGetsItsTarget) {
  fs::create_directories(paths.ssh);
  fs::create_symlink(home / "dotfiles/new/ssh_config", config);
  files.write_entry(target());
  EXPECT_TRUE(fs::is_symlink(config));
  EXPECT_EQ(contents(home / "dotfiles/new/ssh_config"), line);
}

TEST_F(IncludeLineTest, WhatCannotBeWrittenIsLeftToTheUserWithTheLine) {
  fs::create_directories(paths.ssh);
  fs::create_symlink("/proc/containai/config", config);  // not even root can make it
  try {
    files.write_entry(target());
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::ssh_setup);
    ASSERT_FALSE(error.hints().empty());
    EXPECT_NE(error.hints().back().find("Include containai.d/*.conf"), std::string::npos);
  }
}

TEST_F(IncludeLineTest, LoopOfLinksAndFifoAreErrorsNotHangs) {
  fs::create_directories(paths.ssh);
  fs::create_symlink("config", config);
  EXPECT_THROW(files.write_entry(target()), Error);
  fs::remove(config);
  ASSERT_EQ(::mkfifo(config.c_str(), 0600), 0);
  EXPECT_THROW(files.write_entry(target()), Error);
}

TEST_F(IncludeLineTest, SixteenAtOnceLeaveOneLine) {
  write(config, "Host x\n");
  std::vector<pid_t> children;
  for (int number = 0; number < 16; ++number) {
    const pid_t child = ::fork();
    if (child == 0) {
      auto mine = target();
      mine.name += std::to_string(number);
      try {
        files.write_entry(mine);
        ::_exit(0);
      } catch (...) {
        ::_exit(1);
      }
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 1;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(contents(config), line + "Host x\n");
}

}  // namespace
}  // namespace cai::test
