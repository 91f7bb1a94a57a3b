// What happens inside: commands, exit codes, terminals, the user's own ssh.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "e2e/terminal.hpp"
#include "e2e/world.hpp"
#include "support/eventually.hpp"

namespace cai::e2e {
namespace {

namespace fs = std::filesystem;

class Session : public testing::Test {
 protected:
  void SetUp() override {
    repository_ = world_.repository(name_);
    const auto made = world_.cai(repository_, {"-d"});
    ASSERT_EQ(made.code, 0) << made.err;
  }
  /// Asked of the engine, not of cai.
  bool runs_inside(const std::string& command) {
    return world_.docker({"exec", container_, "pgrep", "-f", command}).code == 0;
  }

  World world_;
  std::string name_ = World::unique();
  std::string container_ = name_ + "-auth";
  fs::path repository_;
};

TEST_F(Session, Row78ExitCodesAreTheCommandsOwn) {
  EXPECT_EQ(world_.cai(repository_, {"--", "sh", "-c", "exit 7"}).code, 7);
  EXPECT_EQ(world_.cai(repository_, {"--", "sh", "-c", "exit 255"}).code, 255);
  EXPECT_EQ(world_.cai(repository_, {"exec", "--", "sh", "-c", "exit 9"}).code, 9);
  EXPECT_EQ(world_.cai(repository_, {"exec", container_, "--", "false"}).code, 1);
  EXPECT_EQ(world_.cai(repository_, {"exec", "--", "no-such-program"}).code, 127);
  EXPECT_EQ(world_.cai(repository_, {"stattus"}).code, 2);
  EXPECT_EQ(world_.cai(repository_, {"exec", "nobody", "--", "true"}).code, 10);
}

TEST_F(Session, ArgvIsIntactToTheByte) {
  const Words odd = {"",          "a b", "it's", "\"quoted\"", "$(touch x)",
                     "new\nline", "-x",  "*",    "\xc3\xa9",   "\xff\xfe"};
  Words command = {"exec", "--", "sh", "-c", R"(printf '%s\0' "$@")", "sh"};
  command.insert(command.end(), odd.begin(), odd.end());
  std::string expected;
  for (const auto& word : odd) expected += word + '\0';
  EXPECT_EQ(world_.cai(repository_, command).out, expected);
  command[0] = "--";
  command.erase(command.begin() + 1);
  EXPECT_EQ(world_.cai(repository_, command).out, expected);
  EXPECT_FALSE(fs::exists(repository_ / "x"));
}

TEST_F(Session, StandardInputIsPassedWithoutATerminal) {
  std::string bytes;
  for (int i = 0; i < 1 << 20; ++i) bytes += static_cast<char>(i * 31);
  EXPECT_EQ(world_.cai(repository_, {"exec", "--", "cat"}, bytes).out, bytes);
  EXPECT_EQ(world_.cai(repository_, {"--", "cat"}, bytes).out, bytes);
  EXPECT_EQ(trimmed(world_.cai(repository_, {"exec", "--", "tty"}).out), "not a tty");
  const auto apart = world_.cai(repository_, {"exec", "--", "sh", "-c", "echo out; echo err >&2"});
  EXPECT_EQ(apart.out, "out\n");
  EXPECT_EQ(apart.err, "err\n");
}

TEST_F(Session, FilesMadeInsideBelongToTheCallerOutside) {
  ASSERT_EQ(world_.cai(repository_, {"exec", "--", "touch", "made-inside"}).code, 0);
  struct stat status = {};
  ASSERT_EQ(stat((repository_ / "made-inside").c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, getuid());
  EXPECT_EQ(status.st_gid, getgid());
}

TEST_F(Session, Row74SubdirectoryAndLinkedWorktree) {
  fs::create_directories(repository_ / "src/lib");
  EXPECT_EQ(world_.cai(repository_ / "src/lib", {"-d"}).out, container_ + "\n");
  EXPECT_EQ(trimmed(world_.cai(repository_ / "src/lib", {"exec", "--", "pwd"}).out),
            fs::canonical(repository_ / "src/lib").string());
  const auto tree = world_.root() / "linked";
  ASSERT_EQ(world_.git(repository_, {"worktree", "add", "-q", "-b", "side", tree.string()}).code, 0);
  const auto made = world_.cai(tree, {"-d"});
  EXPECT_EQ(made.out, name_ + "-side\n") << made.err;
  for (const Words& command :
       {Words{"git", "status"}, Words{"git", "log", "-1"},
        Words{"git", "-c", "user.name=n", "-c", "user.email=n@e", "commit", "--allow-empty", "-m", "x"}}) {
    Words words = {"exec", "--"};
    words.insert(words.end(), command.begin(), command.end());
    const auto result = world_.cai(tree, words);
    EXPECT_EQ(result.code, 0) << result.err;
  }
}

TEST_F(Session, Row75ABranchIsAnotherWorkspace) {
  world_.git(repository_, {"checkout", "-q", "-b", "other"});
  const auto other = world_.cai(repository_, {"-d"});
  EXPECT_EQ(other.out, name_ + "-other\n");
  EXPECT_NE(other.err.find(container_), std::string::npos) << "the running sibling is named: " << other.err;
  world_.git(repository_, {"checkout", "-q", "feature/auth"});
  EXPECT_EQ(world_.cai(repository_, {"-d"}).out, container_ + "\n");
}

TEST_F(Session, Row76TheUsersOwnSsh) {
  EXPECT_EQ(world_.ssh({container_, "true"}).code, 0);
  EXPECT_EQ(trimmed(world_.ssh({container_, "hostname"}).out), container_);
  EXPECT_EQ(world_.inspect(container_, "{{(index (index .NetworkSettings.Ports \"2222/tcp\") 0).HostIp}}"),
            "127.0.0.1");
  EXPECT_EQ(world_.inspect(container_, "{{len (index .NetworkSettings.Ports \"2222/tcp\")}}"), "1");
  ASSERT_EQ(world_.cai(repository_, {"--fresh", "-d"}).code, 0);
  const auto after = world_.ssh({container_, "true"});
  EXPECT_EQ(after.code, 0) << after.err;
  EXPECT_EQ(after.err, "");
  std::ofstream(world_.root() / "copied") << "bytes";
  const auto copied = run({"scp", "-q", "-F", (world_.home() / ".ssh/config").string(),
                           (world_.root() / "copied").string(), container_ + ":/tmp/copied"},
                          world_.environment, world_.root());
  EXPECT_EQ(copied.code, 0) << copied.err;
  EXPECT_EQ(world_.ssh({container_, "cat /tmp/copied"}).out, "bytes");
}

TEST(SshConfig, Row76AHandWrittenFileKeepsEveryByte) {
  World world;
  fs::create_directories(world.home() / ".ssh");
  fs::create_directories(world.home() / "dotfiles");
  const std::string written = "# mine\r\nHost *\n  ServerAliveInterval 7";
  std::ofstream(world.home() / "dotfiles/config") << written;
  fs::permissions(world.home() / "dotfiles/config",
                  fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read);
  fs::create_symlink("../dotfiles/config", world.home() / ".ssh/config");
  const auto repository = world.repository(World::unique());
  ASSERT_EQ(world.cai(repository, {"-d"}).code, 0);
  EXPECT_TRUE(fs::is_symlink(world.home() / ".ssh/config"));
  std::ifstream file(world.home() / "dotfiles/config");
  const std::string now{std::istreambuf_iterator<char>(file), {}};
  EXPECT_TRUE(now.ends_with(written)) << now;
  EXPECT_TRUE(now.starts_with("Include containai.d/*.conf\n")) << now;
  EXPECT_EQ(fs::status(world.home() / "dotfiles/config").permissions(),
            fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read);
}

TEST_F(Session, Row77ChoicesSurviveFresh) {
  ASSERT_EQ(
      world_
          .cai(repository_, {"--fresh", "-d", "--memory", "2g", "--cpus", "1", "--keep", "-e", "FOO=bar baz"})
          .code,
      0);
  ASSERT_EQ(world_.cai(repository_, {"--fresh", "-d"}).code, 0);
  EXPECT_EQ(world_.inspect(container_, "{{.HostConfig.Memory}} {{.HostConfig.NanoCpus}}"),
            "2147483648 1000000000");
  EXPECT_EQ(world_.inspect(container_, "{{index .Config.Labels \"containai.keep\"}}"), "true");
  EXPECT_EQ(world_.cai(repository_, {"exec", "--", "printenv", "FOO"}).out, "bar baz\n");
  EXPECT_EQ(world_.cai(repository_, {"--", "printenv", "FOO"}).out, "bar baz\n");
  EXPECT_EQ(world_.inspect(container_, "{{.Config.Env}}").find("bar baz"), std::string::npos);
}

TEST_F(Session, Row11StatusAlwaysHasTheRequiredFields) {
  const auto text = world_.cai(repository_, {"status"}).out;
  for (const char* field : {"Container: ", "Status: running", "Image: containai:default-", "Uptime: "}) {
    EXPECT_NE(text.find(field), std::string::npos) << field << " in " << text;
  }
  const auto json = world_.cai(repository_, {"status", "--json"}).out;
  EXPECT_NE(json.find("\"ssh_connections\": 0"), std::string::npos) << json;
  ASSERT_EQ(world_.cai(repository_, {"stop"}).code, 0);
  EXPECT_NE(world_.cai(repository_, {"status"}).out.find("Status: exited"), std::string::npos);
  EXPECT_NE(world_.cai(repository_, {"status", "--json"}).out.find("\"ssh_connections\": null"),
            std::string::npos);
}

TEST_F(Session, Row9AnOpenShellIsAskedAbout) {
  Terminal shell({cai_binary(), "shell"}, world_, repository_);
  shell.type("echo in''side\n");
  ASSERT_TRUE(shell.expect("inside")) << shell.screen();
  {
    Terminal asked({cai_binary(), "stop"}, world_, repository_);
    ASSERT_TRUE(asked.expect("[y/N]")) << asked.screen();
    asked.type("n\n");
    EXPECT_EQ(asked.wait(), 3) << asked.screen();
  }
  EXPECT_EQ(world_.inspect(container_, "{{.State.Status}}"), "running");
  EXPECT_EQ(world_.cai(repository_, {"stop"}).code, 3) << "nobody to ask is a No";
  EXPECT_EQ(world_.cai(repository_, {"stop", "--force"}).code, 0);
  EXPECT_EQ(world_.inspect(container_, "{{.State.Status}}"), "exited");
  EXPECT_GE(shell.wait(), 0) << "the session ends with the container";
}

TEST_F(Session, Row96TheTerminalReachesTheInside) {
  Terminal shell({cai_binary(), "shell"}, world_, repository_, 30, 101);
  shell.type("stty size\n");
  ASSERT_TRUE(shell.expect("30 101")) << shell.screen();
  shell.resize(41, 77);
  // The new size travels by itself; ask until it has arrived.
  bool arrived = false;
  for (int i = 0; i < 20 && !arrived; ++i) {
    shell.type("stty size\n");
    arrived = shell.expect("41 77", 1);
  }
  EXPECT_TRUE(arrived) << shell.screen();
  // A terminal throws away what was typed ahead of an interrupt: type on only when it has been seen to act.
  shell.type("sleep 45678\n");
  ASSERT_TRUE(eventually([&] { return runs_inside("sleep 45678"); })) << shell.screen();
  shell.type("\x03");
  ASSERT_TRUE(eventually([&] { return !runs_inside("sleep 45678"); })) << shell.screen();
  shell.type("echo al''ive\n");
  EXPECT_TRUE(shell.expect("alive")) << shell.screen();
  shell.type("exit 7\n");
  EXPECT_EQ(shell.wait(), 7) << shell.screen();
}

TEST_F(Session, Row96ClosingTheTerminalLeavesNoStrayProcess) {
  Terminal shell({cai_binary(), "shell"}, world_, repository_);
  shell.type("sleep 98765\n");
  ASSERT_TRUE(eventually([&] { return runs_inside("sleep 98765"); })) << shell.screen();
  shell.hang_up();
  EXPECT_GE(shell.wait(), 0) << "cai outlives its terminal";
  EXPECT_TRUE(eventually([&] { return !runs_inside("sleep 98765"); }));
}

TEST_F(Session, Row96PipedOutputHasNoEscapes) {
  for (const Words& words : {Words{"status"}, Words{"list"}, Words{"plan"}, Words{"log"}, Words{"help"}}) {
    const auto result = world_.cai(repository_, words);
    EXPECT_EQ(result.code, 0) << result.err;
    EXPECT_EQ((result.out + result.err).find('\x1b'), std::string::npos) << words[0];
  }
}

}  // namespace
}  // namespace cai::e2e
