// What of a home is taken, what is left out, and where links may lead.
#include "cai/home/scan.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cai/base/error.hpp"
#include "home_fixture.hpp"

namespace cai::test {
namespace {

using Scan = Home;

TEST_F(Scan, TakesWhatTheTableNamesWithItsModes) {
  write(".bash_aliases", "alias a=b\n", 0640);
  write(".claude/.credentials.json", "{}", 0644);
  write(".claude/settings.json", "{}");
  write(".claude/projects/transcript", "private");
  write(".claude/hooks/run.sh", "#!/bin/sh\n", 0755);
  write(".ssh/id_ed25519", "key", 0600);
  write("documents/x", "x");
  std::filesystem::create_directories(home() / ".vim/empty");
  const auto scan = scan_home(home(), {});
  EXPECT_EQ(listed(scan),
            ".bash_aliases 640\n.claude/.credentials.json 600\n.claude/hooks/run.sh "
            "755\n.claude/settings.json 644\n"
            ".vim/empty/ 755\n");
  EXPECT_EQ(found(scan), "");
  EXPECT_EQ(scan.secrets_left_out, 0);
}

TEST_F(Scan, SecretsStayOutWhenAsked) {
  write(".claude/.credentials.json", "{}");
  write(".config/gh/hosts.yml", "token");
  write(".config/gh/config.yml", "x");
  write(".config/github-copilot/apps.json", "token");
  write(".aws/credentials", "key");
  write(".aws/config", "region");
  HomeSelection selection;
  selection.additional = {"~/.aws/"};
  EXPECT_EQ(
      listed(scan_home(home(), selection)),
      ".aws/config 644\n.aws/credentials 600\n.claude/.credentials.json 600\n.config/gh/config.yml 644\n"
      ".config/gh/hosts.yml 600\n.config/github-copilot/apps.json 600\n");
  selection.secrets = false;
  const auto without = scan_home(home(), selection);
  EXPECT_EQ(listed(without), ".aws/config 644\n.config/gh/config.yml 644\n");
  EXPECT_EQ(without.secrets_left_out, 4);
}

TEST_F(Scan, LargeThingsComeOnRequestOnly) {
  write(".vscode-server/extensions/x/package.json", "{}");
  EXPECT_EQ(listed(scan_home(home(), {})), ".vscode-server/extensions/x/package.json 644\n");
  HomeSelection selection;
  selection.on_request = false;
  EXPECT_EQ(listed(scan_home(home(), selection)), "");
}

TEST_F(Scan, FiltersAndExcludesLeaveOut) {
  write(".bashrc.d/10-x.sh", "x");
  write(".bashrc.d/20-x.priv.sh", "x");
  write(".codex/skills/.system/x", "x");
  write(".codex/skills/mine/x", "x");
  write(".vim/plugged/a/b", "x");
  write(".vim/a.log", "x");
  write(".vim/vimrc", "x");
  HomeSelection selection;
  selection.exclude = {"~/.vim/plugged", "*.log"};
  EXPECT_EQ(listed(scan_home(home(), selection)),
            ".bashrc.d/10-x.sh 644\n.codex/skills/mine/x 644\n.vim/vimrc 644\n");
}

TEST_F(Scan, AdditionalPathsAreBelowTheHomeAndNamedWhenAbsent) {
  write("a/b", "x");
  write(".claude/other", "x");
  write(".claude/CLAUDE.md", "x");
  HomeSelection selection;
  selection.additional = {"~/a", "~/gone", "~/../outside", "/etc", "~/", "~/.claude"};
  write_at(outside() / "x", "x");
  const auto scan = scan_home(home(), selection);
  EXPECT_EQ(listed(scan), ".claude/CLAUDE.md 644\n.claude/other 644\na/b 644\n");
  EXPECT_EQ(found(scan), "gone: does not exist\n");
}

TEST_F(Scan, LinksStayWithinTheirDirectoryOrAreFollowedWithinTheSource) {
  write("dotfiles/aliases", "alias", 0600);
  write("dotfiles/vim/vimrc", "x");
  link(".bash_aliases", "dotfiles/aliases");
  link(".vim", (home() / "dotfiles/vim").string());
  write(".claude/skills/real/SKILL.md", "x");
  link(".claude/skills/near", "real");
  link(".claude/skills/dangling", "nothing/here");
  link(".claude/skills/absolute", (home() / ".claude/skills/real/SKILL.md").string());
  link(".claude/skills/real/up", "../../skills/real/SKILL.md");
  link(".claude/skills/elsewhere", "../../dotfiles/vim");
  const auto scan = scan_home(home(), {});
  EXPECT_EQ(
      listed(scan),
      ".bash_aliases 600\n.claude/skills/absolute -> real/SKILL.md\n.claude/skills/dangling -> nothing/here\n"
      ".claude/skills/elsewhere/vimrc 644\n.claude/skills/near -> real\n.claude/skills/real/SKILL.md 644\n"
      ".claude/skills/real/up -> ../../skills/real/SKILL.md\n.vim/vimrc 644\n");
  EXPECT_EQ(found(scan), "");
}

TEST_F(Scan, LinksThatLeaveTheSourceAreFailures) {
  write_at(outside() / "secret", "x");
  write_at(outside() / "vim/vimrc", "x");
  write(".ssh/id_rsa", "key");
  link(".bash_aliases", (outside() / "secret").string());
  link(".vim", "../outside/vim");
  link(".inputrc", "nowhere");
  link(".tmux.conf", ".ssh/id_rsa");
  link(".claude/skills/x", "../../../outside/secret");
  link(".claude/skills/loop", "../../.claude");
  link(".config/nvim", (outside() / "vim").string());
  write(".zshrc", "x");
  const auto scan = scan_home(home(), {});
  EXPECT_EQ(listed(scan), ".zshrc 644\n");
  const auto text = found(scan);
  const auto out = ": leads out of " + home().string() + "!\n";
  for (const auto& finding : {".bash_aliases" + out, ".vim" + out, ".claude/skills/x" + out,
                              ".config/nvim" + out, std::string(".inputrc: is a link that leads nowhere\n"),
                              std::string(".tmux.conf: leads to the login or key ~/.ssh/id_rsa!\n"),
                              std::string(".claude/skills/loop/skills: leads to a directory above it\n")}) {
    EXPECT_NE(text.find(finding), std::string::npos) << finding << text;
  }
}

TEST_F(Scan, ParentsThatLeadOutAreNotTakenEither) {
  write_at(outside() / "gh/hosts.yml", "x");
  link(".config", outside().string());
  const auto scan = scan_home(home(), {});
  EXPECT_EQ(listed(scan), "");
  EXPECT_EQ(found(scan), ".config/gh/hosts.yml: leads out of " + home().string() + "!\n");
}

TEST_F(Scan, SpecialFilesAreNamedAndNotOpened) {
  std::filesystem::create_directories(home() / ".claude/skills");
  ASSERT_EQ(mkfifo((home() / ".claude/skills/pipe").c_str(), 0600), 0);
  ASSERT_EQ(mkfifo((home() / ".vimrc").c_str(), 0600), 0);
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const auto path = (home() / ".claude/skills/s").string();
  ASSERT_LT(path.size(), sizeof address.sun_path);
  path.copy(static_cast<char*>(address.sun_path), path.size());
  ASSERT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  const auto scan = scan_home(home(), {});
  EXPECT_EQ(listed(scan), "");
  EXPECT_EQ(found(scan),
            ".vimrc: is a FIFO\n.claude/skills/pipe: is a FIFO\n.claude/skills/s: is a socket\n");
  close(fd);
}

TEST_F(Scan, NamesAreBytes) {
  write(".vim/new\nline \xc3\xbc \xff", "x");
  write(".vim/-rf", "x");
  const auto scan = scan_home(home(), {});
  EXPECT_EQ(listed(scan), ".vim/-rf 644\n.vim/new\nline \xc3\xbc \xff 644\n");
}

TEST_F(Scan, PathsOfTheHomeBecomeThoseInside) {
  write(".claude/plugins/installed_plugins.json",
        R"({"path": ")" + home().string() + R"(/.claude/plugins/a", "x": "/home"})");
  write(".claude/plugins/a/readme", home().string());
  const auto scan = scan_home(home(), {});
  EXPECT_EQ(listed(scan), ".claude/plugins/a/readme 644\n.claude/plugins/installed_plugins.json 644\n");
  EXPECT_EQ(scan.files.at(1).content, R"({"path": "/mnt/agent-data/home/.claude/plugins/a", "x": "/home"})");
  EXPECT_FALSE(scan.files.at(0).made);
}

TEST_F(Scan, WhatIsNoDirectoryIsRefused) {
  write("file", "x");
  EXPECT_THROW(scan_home(home() / "file", {}), Error);
  EXPECT_THROW(scan_home(home() / "gone", {}), Error);
}

}  // namespace
}  // namespace cai::test
