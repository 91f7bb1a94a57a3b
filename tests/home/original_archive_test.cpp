// Archives of the original ContainAI: how they are known, and where what they hold goes.
#include "cai/home/original_archive.hpp"

#include <gtest/gtest.h>

namespace cai {
namespace {

using Type = TarEntry::Type;

TarEntry entry(const std::string& path, Type type = Type::file, std::int64_t size = 1) {
  TarEntry made;
  made.path = path;
  made.type = type;
  made.size = type == Type::file ? size : 0;
  made.mode = 0644;
  return made;
}

OriginalArchive seen(const std::vector<std::string>& paths) {
  OriginalArchive archive;
  for (const auto& path : paths) archive.see(entry(path));
  return archive;
}

std::string place_of(TarEntry what) {
  const auto placed = OriginalArchive().place(std::move(what));
  return placed ? placed->path : "left out";
}

std::string link_of(const std::string& path, const std::string& target) {
  auto link = entry(path, Type::symbolic_link);
  link.link = target;
  const auto placed = OriginalArchive().place(link);
  return placed ? placed->link : "left out";
}

TEST(OriginalArchive, IsKnownByItsPlaces) {
  const std::vector<std::string> all = {"claude/claude.json", "shell/zshrc", "editors/vim/plugin/x.vim"};
  EXPECT_TRUE(seen(all).is_recognised());
  EXPECT_FALSE(seen({"claude/claude.json", "shell/zshrc", "shell"}).is_recognised()) << "two signs only";
  EXPECT_FALSE(
      seen({"claude/claude.json", "claude/credentials.json", "claude/settings.json"}).is_recognised())
      << "one directory only";
  auto with_home = all;
  with_home.emplace_back("home/x");
  EXPECT_FALSE(seen(with_home).is_recognised());
  EXPECT_FALSE(seen({"src/main.c", "config/x", "local/y", "git/z", "shell/run.sh"}).is_recognised());
  EXPECT_FALSE(seen({}).is_recognised());
}

TEST(OriginalArchive, NamesWhatNothingHereKnows) {
  OriginalArchive archive;
  for (const auto* directory : {"claude", "shell", "editors", "git", "config", "tool"})
    archive.see(entry(directory, Type::directory));
  for (const auto* file : {"claude/any", "config/foo/x", "shell/zshrc", "shell/odd/a", "shell/odd/b", ".env",
                           "tool/a/b", "tool/c", "editors/emacs"})
    archive.see(entry(file));
  EXPECT_EQ(archive.unknown(), (std::set<std::string>{".env", "editors/emacs", "shell/odd", "tool"}));
}

TEST(OriginalArchive, FilesGoToWhereTheyCameFrom) {
  const std::vector<std::pair<std::string, std::string>> places = {
      {"claude/claude.json", "home/.claude.json"},
      {"claude/credentials.json", "home/.claude/.credentials.json"},
      {"claude/skills/a/SKILL.md", "home/.claude/skills/a/SKILL.md"},
      {"codex/config.toml", "home/.codex/config.toml"},
      {"config/gh/hosts.yml", "home/.config/gh/hosts.yml"},
      {"config/nvim/init.lua", "home/.config/nvim/init.lua"},
      {"editors/vim/x", "home/.vim/x"},
      {"editors/vimrc", "home/.vimrc"},
      {"editors/vimrc2", "home/containai-import/editors/vimrc2"},
      {"git/gitconfig", "home/.gitconfig"},
      {"local/share/fonts/a.ttf", "home/.local/share/fonts/a.ttf"},
      {"pi/settings.json", "home/.pi/agent/settings.json"},
      {"shell/oh-my-zsh-custom/a.zsh", "home/.oh-my-zsh/custom/a.zsh"},
      {"ssh/id_ed25519", "home/.ssh/id_ed25519"},
      {"vscode-server-insiders/data/User/mcp.json", "home/.vscode-server-insiders/data/User/mcp.json"},
      {".env", "home/containai-import/.env"},
      {"claudette/x", "home/containai-import/claudette/x"},
  };
  for (const auto& [from, to] : places) EXPECT_EQ(place_of(entry(from)), to) << from;
  EXPECT_EQ(place_of(entry("claude", Type::directory)), "home/.claude");
  EXPECT_EQ(place_of(entry("shell", Type::directory)), "left out");
  EXPECT_EQ(place_of(entry("shell", Type::file)), "home/containai-import/shell");
  EXPECT_EQ(place_of(entry("shell/oh-my-zsh-custom", Type::directory)), "left out");
}

TEST(OriginalArchive, WhatWasKeptReadyIsLeftOutAndLoginsAreForTheUserAlone) {
  EXPECT_EQ(place_of(entry("shell/zshrc", Type::file, 0)), "left out");
  EXPECT_EQ(place_of(entry("codex/auth.json", Type::file, 0)), "left out");
  EXPECT_EQ(place_of(entry("claude/plugins/.keep", Type::file, 0)), "home/.claude/plugins/.keep");
  const auto mode = [](const std::string& path) { return OriginalArchive().place(entry(path))->mode; };
  EXPECT_EQ(mode("claude/claude.json"), 0600);
  EXPECT_EQ(mode("config/gh/hosts.yml"), 0600);
  EXPECT_EQ(mode("ssh/id_rsa"), 0600);
  EXPECT_EQ(mode("config/gh/config.yml"), 0644);
}

TEST(OriginalArchive, LinksLeadToTheSameFiles) {
  EXPECT_EQ(link_of("claude/skills/a", "../agents/a"), "../agents/a");
  EXPECT_EQ(link_of("claude/skills/a", "../../agents/skills/a"), "../../.agents/skills/a");
  EXPECT_EQ(link_of("shell/bashrc.d/x", "../../git/gitconfig"), "../.gitconfig");
  EXPECT_EQ(link_of("claude/skills/a", "/mnt/agent-data/codex/skills/a"), "../../.codex/skills/a");
  EXPECT_EQ(link_of("editors/vimrc", "/home/agent/.vim/vimrc"), ".vim/vimrc");
  EXPECT_EQ(link_of("tool/x", "../claude/CLAUDE.md"), "../../.claude/CLAUDE.md");
  EXPECT_EQ(link_of("tool/x", "/home/agent/workspace/x"), "/workspace/x");
  // What leads somewhere else stays as it is.
  for (const auto* outside : {"/usr/bin/vim", "../../../etc/passwd", "/mnt/agent-data/../x"})
    EXPECT_EQ(link_of("claude/skills/a", outside), outside);
  auto hard = entry("claude/skills/b", Type::hard_link);
  hard.link = "./shell/zshrc";
  EXPECT_EQ(OriginalArchive().place(hard)->link, "home/.zshrc");
}

TEST(OriginalArchive, PathsInsideOfFilesThatNeedThem) {
  const OriginalArchive archive;
  EXPECT_TRUE(archive.rewrites(entry("home/.claude/plugins/installed_plugins.json")));
  EXPECT_FALSE(archive.rewrites(entry("home/.claude.json")));
  EXPECT_EQ(archive.rewritten(R"({"path":"/home/agent/.claude/plugins/x"})"),
            R"({"path":"/mnt/agent-data/home/.claude/plugins/x"})");
}

}  // namespace
}  // namespace cai
