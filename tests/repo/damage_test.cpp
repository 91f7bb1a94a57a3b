#include <sys/stat.h>
#include <unistd.h>

#include "repo/git_fixture.hpp"

namespace cai {
namespace {

namespace fs = std::filesystem;
using Damage = GitFixture;

TEST_F(Damage, NoDirectory) {
  expect_error(world_ / "missing", ErrorKind::not_found, "missing");
  write(world_ / "file", "");
  expect_error(world_ / "file", ErrorKind::not_found, "file");
}

TEST_F(Damage, InsideAGitDirectory) {
  const fs::path root = repository("app");
  git(root, {"worktree", "add", "-q", "-b", "side", "../side"});
  git(world_, {"clone", "-q", "--bare", "app", "bare.git"});
  expect_error(root / ".git", ErrorKind::refused, "no working tree");
  expect_error(root / ".git/refs/heads", ErrorKind::refused, (root / ".git").string());
  expect_error(root / ".git/worktrees/side", ErrorKind::refused, "no working tree");
  expect_error(world_ / "bare.git", ErrorKind::refused, "bare.git");
}

TEST_F(Damage, GitFilePointsNowhere) {
  const fs::path place = directory("tree");
  write(place / ".git", "gitdir: ../gone/.git/worktrees/tree\n");
  expect_error(place, ErrorKind::failed, (place / ".git").string());
  expect_error(place, ErrorKind::failed, "../gone/.git/worktrees/tree");
}

TEST_F(Damage, GitFilesOfEveryWrongKind) {
  repository("outer");
  const fs::path place = directory("outer/tree");
  for (const std::string& content :
       {std::string(), std::string("gitdir"), std::string("gitdir: \n"), std::string("nonsense\n"),
        std::string("gitdir: .\n"), std::string("gitdir: a\0b\n", 13), std::string(1U << 20U, 'x')}) {
    write(place / ".git", content);
    expect_error(place, ErrorKind::failed, ".git");  // and never falls back to `outer`
  }
  fs::remove(place / ".git");
  fs::create_symlink("nowhere", place / ".git");
  expect_error(place, ErrorKind::failed, "points nowhere");
  fs::remove(place / ".git");
  ASSERT_EQ(mkfifo((place / ".git").c_str(), 0600), 0);
  expect_error(place, ErrorKind::failed, "neither");
}

TEST_F(Damage, HeadOfEveryWrongKind) {
  repository("outer");
  const fs::path root = repository("outer/inner");
  const fs::path head = root / ".git/HEAD";
  for (const std::string& content :
       {std::string(), std::string("\n"), std::string("ref:"), std::string("ref: \n"),
        std::string("ref: refs/heads/\n"), std::string("ref: refs/heads/a..b\n"),
        std::string("ref: heads/main\n"), std::string("ref: refs/heads/a\nb\n"),
        std::string("ref: refs/heads/a\0b\n", 20), std::string("ref: refs/heads/\x1b[2J\n"),
        std::string(39, 'a') + "\n", std::string(40, 'g') + "\n", std::string(1U << 20U, 'a')}) {
    write(head, content);
    expect_error(root, ErrorKind::failed, "HEAD");
  }
  fs::remove(head);
  expect_error(root, ErrorKind::failed, "damaged");
  fs::create_symlink("/etc/hostname", head);
  expect_error(root, ErrorKind::failed, "names no valid reference");
  fs::remove(head);
  ASSERT_EQ(mkfifo(head.c_str(), 0600), 0);
  expect_error(root, ErrorKind::failed, "HEAD");
  fs::remove(head);
  write(head, "ref: refs/heads/main");
  EXPECT_EQ(locate(root).branch, "main");
  fs::remove_all(root / ".git/objects");
  expect_error(root, ErrorKind::failed, "damaged");
}

TEST_F(Damage, ReftableIsNotSupportedYet) {
  const fs::path root = repository("app");
  write(root / ".git/HEAD", "ref: refs/heads/.invalid\n");
  expect_error(root, ErrorKind::failed, "not supported yet");
}

TEST_F(Damage, CommonDirectoryIsGone) {
  const fs::path root = repository("app");
  git(root, {"worktree", "add", "-q", "-b", "side", "../side"});
  const fs::path own = root / ".git/worktrees/side";
  write(own / "commondir", "../../../nowhere\n");
  expect_error(world_ / "side", ErrorKind::failed, (own / "commondir").string());
  write(own / "commondir", "/\n");
  expect_error(world_ / "side", ErrorKind::failed, "objects");
}

TEST_F(Damage, MovedWorktreeIsRepairedByGit) {
  const fs::path root = repository("app");
  git(root, {"worktree", "add", "-q", "-b", "side", "../side"});
  fs::rename(world_ / "side", world_ / "moved");
  expect_error(world_ / "moved", ErrorKind::refused, "does not name it in return");
  git(world_ / "moved", {"worktree", "repair"});
  expect_like_git(world_ / "moved");
}

// An agent can write everything in its working tree; the git directory it names is mounted at the next start.
TEST_F(Damage, CannotNameTheRepositoryOfSomebodyElse) {
  const fs::path victim = repository("victim");
  git(victim, {"worktree", "add", "-q", "-b", "side", "../victim-side"});
  const fs::path root = repository("app");
  fs::rename(root / ".git", root / "kept");
  for (const std::string target : {"../victim/.git", "../victim/.git/worktrees/victim-side"}) {
    write(root / ".git", "gitdir: " + target + "\n");
    expect_error(root, ErrorKind::refused, "victim/.git");
  }
  fs::remove(root / ".git");
  fs::create_directory_symlink(victim / ".git", root / ".git");
  expect_error(root, ErrorKind::refused, "victim/.git");
  fs::remove(root / ".git");
  fs::rename(root / "kept", root / ".git");
  write(root / ".git/commondir", (victim / ".git").string());
  write(root / ".git/gitdir", (root / ".git").string());
  expect_error(root, ErrorKind::refused, "does not name it in return");
}

TEST_F(Damage, CannotNameTheDirectoryAboveItself) {
  const fs::path root = repository("above/app");
  for (const char* part : {"objects", "refs"}) fs::create_directories(world_ / "above" / part);
  write(root / ".git/commondir", (world_ / "above").string());
  write(root / ".git/gitdir", (root / ".git").string());
  expect_error(root, ErrorKind::refused, "does not name it in return");
}

TEST_F(Damage, SeparateGitDirectoryNeedsToNameItsTree) {
  git(world_, {"init", "-q", "--separate-git-dir", "store", "app"});
  expect_error(world_ / "app", ErrorKind::refused, "store");
  write(world_ / "store/gitdir", (world_ / "app/.git").string() + "\n");
  expect_like_git(world_ / "app");
  EXPECT_EQ(locate(world_ / "app").git_directory, world_ / "store");
}

TEST_F(Damage, MessagesAreSafeForATerminal) {
  const fs::path place = directory("\x1b[31mred");
  write(place / ".git", "gitdir: \x1b]0;title\n");
  try {
    locate(place);
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).find('\x1b'), std::string::npos);
  }
}

}  // namespace
}  // namespace cai
