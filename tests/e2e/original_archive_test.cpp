// Archives of the original ContainAI come into a workspace of ours.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "e2e/world.hpp"

namespace cai::e2e {
namespace {

namespace fs = std::filesystem;

/// A volume as the original leaves one behind: filled by its import, used by its agents, exported by its tar.
constexpr const char* make_archive =
    "mkdir v; cd v; mkdir -p claude/plugins claude/skills/review codex/skills config/gh config/tmux "
    "editors/vim "
    "git shell/bashrc.d shell/oh-my-zsh-custom local/share/opencode agents/skills tool; "
    "echo '{\"oauth\":1}' > claude/claude.json; echo '{}' > claude/credentials.json; "
    "echo '{\"a\":\"/home/agent/.claude/plugins/x\"}' > claude/plugins/installed_plugins.json; "
    "echo skill > claude/skills/review/SKILL.md; touch claude/settings.local.json codex/auth.json "
    "shell/zshrc; "
    "echo 'model = 1' > codex/config.toml; echo token > config/gh/hosts.yml; chmod 644 config/gh/hosts.yml; "
    "echo 'set -g mouse on' > config/tmux/tmux.conf; echo 'set nu' > editors/vimrc; "
    "printf '[user]\\n\\tname = Ada\\n' > git/gitconfig; echo 'alias ll=ls' > shell/bash_aliases; "
    "echo 'echo hi' > shell/bashrc.d/a.sh; echo KEY=1 > .env; chmod 600 .env; echo data > tool/data; "
    "ln -s ../../claude/skills/review agents/skills/review; "
    "ln -s /mnt/agent-data/claude/skills/review codex/skills/review; "
    "ln -s /home/agent/.claude/claude.md tool/dangling; ln shell/bash_aliases tool/same; "
    "tar --owner=1000 --group=1000 -czf ../original.tgz .; cd ..; rm -r v";

TEST(OriginalArchive, GoesToWhereItsFilesCameFrom) {
  World world;
  const auto repository = world.repository(World::unique());
  const auto made = run({"sh", "-ec", make_archive}, world.environment, repository);
  ASSERT_EQ(made.code, 0) << made.err;

  const auto listed = world.cai(repository, {"import", "--from", "original.tgz", "--dry-run"});
  ASSERT_EQ(listed.code, 0) << listed.err;
  for (const char* line : {"home/.claude.json\n", "home/.config/gh/hosts.yml\n", "home/.vimrc\n",
                           "home/containai-import/.env\n", "home/containai-import/tool/data\n"})
    EXPECT_NE(listed.out.find(line), std::string::npos) << line << listed.out;
  for (const char* absent : {".zshrc", ".oh-my-zsh", "auth.json", "home/shell"})
    EXPECT_EQ(listed.out.find(absent), std::string::npos) << absent << listed.out;
  EXPECT_NE(listed.err.find("original ContainAI"), std::string::npos) << listed.err;

  const auto imported = world.cai(repository, {"import", "--from", "original.tgz"});
  ASSERT_EQ(imported.code, 0) << imported.err;
  EXPECT_NE(imported.err.find("original ContainAI"), std::string::npos) << imported.err;
  for (const char* unknown : {" .env:", " tool:"})
    EXPECT_NE(imported.err.find(unknown), std::string::npos) << unknown << imported.err;

  ASSERT_EQ(world.cai(repository, {"-d"}).code, 0);
  const auto inside = [&](const std::string& script) {
    const auto result = world.cai(repository, {"--", "sh", "-ec", "cd; " + script});
    return result.code == 0 ? result.out : result.out + result.err;
  };
  EXPECT_EQ(
      inside("cat .claude.json .bashrc.d/a.sh .config/tmux/tmux.conf .vimrc containai-import/tool/data"),
      "{\"oauth\":1}\necho hi\nset -g mouse on\nset nu\ndata\n");
  EXPECT_EQ(inside("stat -c '%a %u' .claude.json .config/gh/hosts.yml containai-import/.env"), [&] {
    std::string lines;
    for (int i = 0; i < 3; ++i) lines += "600 " + std::to_string(getuid()) + "\n";
    return lines;
  }());
  EXPECT_EQ(inside("cat .agents/skills/review/SKILL.md .codex/skills/review/SKILL.md"), "skill\nskill\n");
  EXPECT_EQ(inside("cmp .bash_aliases containai-import/tool/same; readlink containai-import/tool/dangling"),
            "../../.claude/claude.md\n");
  EXPECT_EQ(inside("cat .claude/plugins/installed_plugins.json"),
            "{\"a\":\"/mnt/agent-data/home/.claude/plugins/x\"}\n");
  EXPECT_EQ(inside("ls -d .oh-my-zsh .codex/auth.json 2>/dev/null | wc -l; cat .gitconfig | head -1"),
            "0\n[user]\n");
}

/// Whoever has a directory called claude and a few more in an archive of their own keeps them as they are.
TEST(OriginalArchive, OtherArchivesStayAsTheyAre) {
  World world;
  const auto repository = world.repository(World::unique());
  const auto made = run({"sh", "-ec",
                         "mkdir -p v/claude v/shell v/config v/home; echo x > v/claude/settings.json; "
                         "echo y > v/shell/zshrc; echo z > v/claude/claude.json; echo > v/home/f; "
                         "tar czf own.tgz -C v ."},
                        world.environment, repository);
  ASSERT_EQ(made.code, 0) << made.err;
  const auto listed = world.cai(repository, {"import", "own.tgz", "--dry-run"});
  ASSERT_EQ(listed.code, 0) << listed.err;
  EXPECT_NE(listed.out.find("\nclaude/settings.json\n"), std::string::npos) << listed.out;
  EXPECT_EQ(listed.err.find("original"), std::string::npos) << listed.err;
}

}  // namespace
}  // namespace cai::e2e
