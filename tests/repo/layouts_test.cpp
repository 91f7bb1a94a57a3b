#include "repo/git_fixture.hpp"

namespace cai {
namespace {

namespace fs = std::filesystem;
using Layouts = GitFixture;

TEST_F(Layouts, PlainRepositoryAndSubdirectory) {
  const fs::path root = repository("My_App");
  fs::create_directories(root / "src/lib");
  expect_like_git(root);
  expect_like_git(root / "src/lib");
  EXPECT_EQ(locate(root / "src/lib").repository_name, "My_App");
  EXPECT_EQ(locate(root / "src/lib").key().text(), root.string() + "\nmain\n");
}

TEST_F(Layouts, NoGitAtAll) {
  const Location location = locate(directory("plain/sub"));
  EXPECT_EQ(location.root, world_ / "plain/sub");
  EXPECT_EQ(location.branch, "nogit");
  EXPECT_EQ(location.repository_name, "sub");
  EXPECT_TRUE(location.git_directory.empty());
}

TEST_F(Layouts, RootDirectoryHasAName) {
  const Location location = locate("/");
  EXPECT_EQ(location.root, "/");
  EXPECT_EQ(location.repository_name, "root");
}

TEST_F(Layouts, UnbornAndOrphanBranches) {
  const fs::path root = unborn("new");
  expect_like_git(root);
  EXPECT_EQ(locate(root).branch, "main");
  const fs::path born = repository("old");
  git(born, {"checkout", "-q", "--orphan", "feature/empty"});
  expect_like_git(born);
}

TEST_F(Layouts, DetachedHead) {
  const fs::path root = repository("app");
  git(root, {"checkout", "-q", "--detach"});
  expect_like_git(root);
  EXPECT_EQ(locate(root).branch, "detached");
}

TEST_F(Layouts, Sha256Repository) {
  git(directory("app"), {"init", "-q", "--object-format=sha256"});
  git(world_ / "app", {"commit", "-q", "--allow-empty", "-m", "first"});
  git(world_ / "app", {"checkout", "-q", "--detach"});
  expect_like_git(world_ / "app");
}

TEST_F(Layouts, PackedReferences) {
  const fs::path root = repository("app");
  git(root, {"checkout", "-q", "-b", "feature/packed"});
  git(root, {"pack-refs", "--all"});
  expect_like_git(root);
  EXPECT_EQ(locate(root).branch, "feature/packed");
}

TEST_F(Layouts, OtherReferenceAndLegacyLink) {
  const fs::path root = repository("app");
  git(root, {"symbolic-ref", "HEAD", "refs/tags/v1"});
  EXPECT_EQ(locate(root).branch, "tags/v1");
  fs::remove(root / ".git/HEAD");
  fs::create_symlink("refs/heads/main", root / ".git/HEAD");
  expect_like_git(root);
  EXPECT_EQ(locate(root).branch, "main");
}

TEST_F(Layouts, LinkedWorktree) {
  const fs::path root = repository("app");
  git(root, {"worktree", "add", "-q", "-b", "feature/auth", "../elsewhere"});
  fs::create_directories(world_ / "elsewhere/deep/er");
  expect_like_git(world_ / "elsewhere");
  const Location location = locate(world_ / "elsewhere/deep/er");
  EXPECT_EQ(location.root, world_ / "elsewhere");
  EXPECT_EQ(location.git_directory, root / ".git");
  EXPECT_EQ(location.repository_name, "app");
  EXPECT_EQ(location.branch, "feature/auth");
}

TEST_F(Layouts, LinkedWorktreeInsideTheMainOne) {
  const fs::path root = repository("app");
  git(root, {"worktree", "add", "-q", "-b", "inner", "trees/inner"});
  expect_like_git(root / "trees/inner");
  EXPECT_EQ(locate(root / "trees/inner").repository_name, "app");
}

TEST_F(Layouts, LinkedWorktreeWithRelativePaths) {  // what git 2.48 writes with worktree.useRelativePaths
  const fs::path root = repository("app");
  git(root, {"worktree", "add", "-q", "-b", "side", "../side"});
  write(world_ / "side/.git", "gitdir: ../app/.git/worktrees/side\n");
  write(root / ".git/worktrees/side/gitdir", "../../../../side/.git\n");
  expect_like_git(world_ / "side");
  EXPECT_EQ(locate(world_ / "side").git_directory, root / ".git");
}

TEST_F(Layouts, WorktreesOfBareRepositories) {
  repository("seed");
  for (const std::string bare : {"tool.git", "project/.bare", "plainname"}) {
    git(world_, {"clone", "-q", "--bare", "seed", bare});
    const fs::path tree = world_ / (fs::path(bare).filename().string() + "-tree");
    git(world_ / bare, {"worktree", "add", "-q", "-b", "side", tree.string()});
    expect_like_git(tree);
    EXPECT_EQ(locate(tree).git_directory, world_ / bare);
  }
  EXPECT_EQ(locate(world_ / "tool.git-tree").repository_name, "tool");
  EXPECT_EQ(locate(world_ / ".bare-tree").repository_name, "project");
  EXPECT_EQ(locate(world_ / "plainname-tree").repository_name, "plainname");
}

TEST_F(Layouts, SubmodulesAlsoNestedAndInAWorktree) {
  repository("leaf");
  const fs::path middle = repository("middle");
  git(middle, {"submodule", "--quiet", "add", "../leaf", "libs/leaf"});
  git(middle, {"commit", "-q", "-m", "leaf"});
  const fs::path top = repository("top");
  git(top, {"submodule", "--quiet", "add", "../middle", "vendor/middle"});
  git(top, {"submodule", "--quiet", "update", "--init", "--recursive"});
  git(top, {"commit", "-q", "-m", "middle"});

  expect_like_git(top / "vendor/middle");
  expect_like_git(top / "vendor/middle/libs/leaf");
  const Location location = locate(top / "vendor/middle");
  EXPECT_EQ(location.repository_name, "middle");
  EXPECT_EQ(location.git_directory, top / ".git/modules/vendor/middle");
  EXPECT_EQ(locate(top / "vendor/middle/libs/leaf").repository_name, "leaf");

  git(top, {"worktree", "add", "-q", "-b", "side", "../side"});
  git(world_ / "side", {"submodule", "--quiet", "update", "--init"});
  expect_like_git(world_ / "side/vendor/middle");
}

TEST_F(Layouts, NestedRepositoryIsItsOwn) {
  const fs::path outer = repository("outer");
  const fs::path inner = repository("outer/inner");
  fs::create_directories(inner / "sub");
  expect_like_git(inner / "sub");
  EXPECT_EQ(locate(inner / "sub").root, inner);
  fs::create_directories(outer / "placeholder/.git");  // git, too, passes over an empty one
  expect_like_git(outer / "placeholder");
  EXPECT_EQ(locate(outer / "placeholder").root, outer);
}

TEST_F(Layouts, SymbolicLinksAreResolved) {
  const fs::path root = repository("real");
  fs::create_directories(root / "sub");
  fs::create_directory_symlink(root / "sub", world_ / "link");
  expect_like_git(world_ / "link");
  EXPECT_EQ(locate(world_ / "link").root, root);
}

TEST_F(Layouts, OddBranchNames) {
  const fs::path root = repository("app");
  const std::string long_name = std::string(120, 'a') + "/" + std::string(129, 'b');
  for (const std::string& branch :
       {std::string("-x"), std::string("a\"b"), std::string("$(touch-x)"),
        std::string("\xF0\x9F\x9A\x80/rocket"), std::string("it's"), std::string("a;b|c&d"),
        std::string("\xFF\xFE"), std::string("%h"), long_name}) {
    git(root, {"symbolic-ref", "HEAD", "refs/heads/" + branch});
    expect_like_git(root);
    EXPECT_EQ(locate(root).branch, branch);
  }
  write(root / ".git/HEAD",
        "ref: refs/heads/$(touch x)\n");  // git makes no branch with a space; a file can hold one
  EXPECT_EQ(locate(root).branch, "$(touch x)");
}

TEST_F(Layouts, OddDirectories) {
  for (const std::string name : {"with space", "quo\"te's", "new\nline", "caf\xC3\xA9 \xE6\x97\xA5",
                                 "$(touch x)", "-rf", "\xFF\xFE", "\x1b[31mred"}) {
    const fs::path root = repository(name);
    expect_like_git(root);
    EXPECT_EQ(locate(root).repository_name, name);
    const std::string tree = name + "-tree";
    git(root, {"worktree", "add", "-q", "-b", "side", (world_ / tree).string()});
    EXPECT_EQ(locate(world_ / tree).repository_name, name);
    EXPECT_EQ(locate(world_ / tree).git_directory, root / ".git");
  }
}

}  // namespace
}  // namespace cai
