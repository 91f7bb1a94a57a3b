#include "cai/home/entries.hpp"

#include <fmt/format.h>

#include <array>

namespace cai {
namespace {

constexpr bool secret = true;
constexpr bool on_request = true;

// What an agent keeps besides (transcripts, caches, statistics) is what it did on this host, and stays there.
constexpr auto table = std::to_array<HomeEntry>({
    // Not .bashrc and .profile: every image has its own, which read .bash_aliases.
    {.path = ".bash_aliases", .group = "shell"},
    {.path = ".bashrc.d/", .group = "shell", .leave_out = "*.priv.*"},
    {.path = ".inputrc", .group = "shell"},
    {.path = ".zshenv", .group = "shell"},
    {.path = ".zprofile", .group = "shell"},
    {.path = ".zshrc", .group = "shell"},
    {.path = ".p10k.zsh", .group = "shell"},
    {.path = ".oh-my-zsh/custom/", .group = "shell"},
    {.path = ".config/fish/", .group = "shell"},
    {.path = ".config/starship.toml", .group = "shell"},
    {.path = ".config/oh-my-posh/", .group = "shell"},
    {.path = ".local/share/fonts/", .group = "shell", .on_request = on_request},
    {.path = ".tmux.conf", .group = "tmux"},
    {.path = ".config/tmux/", .group = "tmux"},

    {.path = ".gitconfig", .group = "git", .filter = HomeFilter::git_settings},
    {.path = ".gitignore_global", .group = "git"},
    {.path = ".gitmessage", .group = "git"},
    {.path = ".config/git/ignore", .group = "git"},
    {.path = ".config/git/attributes", .group = "git"},
    {.path = ".config/gh/config.yml", .group = "GitHub CLI"},
    {.path = ".config/gh/hosts.yml", .group = "GitHub CLI", .secret = secret},
    {.path = ".config/glab-cli/config.yml", .group = "GitLab CLI", .secret = secret},

    {.path = ".editorconfig", .group = "editors"},
    {.path = ".nanorc", .group = "editors"},
    {.path = ".vimrc", .group = "editors"},
    {.path = ".vim/", .group = "editors"},
    {.path = ".config/nvim/", .group = "editors"},
    {.path = ".config/helix/", .group = "editors"},
    {.path = ".vscode-server/data/Machine/", .group = "VS Code"},
    {.path = ".vscode-server/data/User/prompts/", .group = "VS Code"},
    {.path = ".vscode-server/data/User/mcp.json", .group = "VS Code", .secret = secret},
    {.path = ".vscode-server/extensions/", .group = "VS Code", .on_request = on_request},
    {.path = ".vscode-server-insiders/data/Machine/", .group = "VS Code"},
    {.path = ".vscode-server-insiders/data/User/prompts/", .group = "VS Code"},
    {.path = ".vscode-server-insiders/data/User/mcp.json", .group = "VS Code", .secret = secret},
    {.path = ".vscode-server-insiders/extensions/", .group = "VS Code", .on_request = on_request},

    {.path = ".agents/", .group = "all agents"},
    {.path = ".claude.json", .group = "Claude Code", .secret = secret},
    {.path = ".claude/.credentials.json", .group = "Claude Code", .secret = secret},
    {.path = ".claude/settings.json", .group = "Claude Code"},
    {.path = ".claude/settings.local.json", .group = "Claude Code"},
    {.path = ".claude/CLAUDE.md", .group = "Claude Code"},
    {.path = ".claude/keybindings.json", .group = "Claude Code"},
    {.path = ".claude/agents/", .group = "Claude Code"},
    {.path = ".claude/commands/", .group = "Claude Code"},
    {.path = ".claude/hooks/", .group = "Claude Code"},
    {.path = ".claude/output-styles/", .group = "Claude Code"},
    {.path = ".claude/skills/", .group = "Claude Code"},
    {.path = ".claude/plugins/", .group = "Claude Code"},
    {.path = ".claude/plugins/installed_plugins.json",
     .group = "Claude Code",
     .filter = HomeFilter::home_paths},
    {.path = ".claude/plugins/known_marketplaces.json",
     .group = "Claude Code",
     .filter = HomeFilter::home_paths},
    {.path = ".codex/auth.json", .group = "Codex", .secret = secret},
    {.path = ".codex/config.toml", .group = "Codex"},
    {.path = ".codex/AGENTS.md", .group = "Codex"},
    {.path = ".codex/prompts/", .group = "Codex"},
    {.path = ".codex/skills/", .group = "Codex", .leave_out = ".system"},
    {.path = ".gemini/.env", .group = "Gemini CLI", .secret = secret},
    {.path = ".gemini/google_accounts.json", .group = "Gemini CLI", .secret = secret},
    {.path = ".gemini/mcp-oauth-tokens.json", .group = "Gemini CLI", .secret = secret},
    {.path = ".gemini/oauth_creds.json", .group = "Gemini CLI", .secret = secret},
    {.path = ".gemini/settings.json", .group = "Gemini CLI"},
    {.path = ".gemini/GEMINI.md", .group = "Gemini CLI"},
    {.path = ".gemini/commands/", .group = "Gemini CLI"},
    {.path = ".gemini/extensions/", .group = "Gemini CLI"},
    {.path = ".config/github-copilot/", .group = "Copilot", .secret = secret},
    {.path = ".copilot/config.json", .group = "Copilot", .secret = secret},
    {.path = ".copilot/mcp-config.json", .group = "Copilot", .secret = secret},
    {.path = ".copilot/skills/", .group = "Copilot"},
    {.path = ".config/opencode/", .group = "opencode"},
    {.path = ".local/share/opencode/auth.json", .group = "opencode", .secret = secret},
    {.path = ".local/share/opencode/mcp-auth.json", .group = "opencode", .secret = secret},
    {.path = ".kimi/config.toml", .group = "Kimi", .secret = secret},
    {.path = ".kimi/credentials/", .group = "Kimi", .secret = secret},
    {.path = ".kimi/mcp.json", .group = "Kimi", .secret = secret},
    {.path = ".pi/agent/auth.json", .group = "Pi", .secret = secret},
    {.path = ".pi/agent/settings.json", .group = "Pi"},
    {.path = ".pi/agent/keybindings.json", .group = "Pi"},
    {.path = ".pi/agent/extensions/", .group = "Pi"},
    {.path = ".pi/agent/skills/", .group = "Pi"},
    {.path = ".aider.conf.yml", .group = "Aider", .secret = secret},
    {.path = ".aider/oauth-keys.env", .group = "Aider", .secret = secret},
    {.path = ".aider.model.metadata.json", .group = "Aider"},
    {.path = ".aider.model.settings.yml", .group = "Aider"},
    {.path = ".continue/.env", .group = "Continue", .secret = secret},
    {.path = ".continue/config.json", .group = "Continue", .secret = secret},
    {.path = ".continue/config.yaml", .group = "Continue", .secret = secret},
    {.path = ".config/cursor/auth.json", .group = "Cursor", .secret = secret},
    {.path = ".cursor/mcp.json", .group = "Cursor", .secret = secret},
    {.path = ".cursor/cli-config.json", .group = "Cursor", .secret = secret},
    {.path = ".cursor/commands/", .group = "Cursor"},
    {.path = ".cursor/rules/", .group = "Cursor"},
});

std::string remark(const HomeEntry& entry) {
  switch (entry.filter) {
    case HomeFilter::git_settings:
      return "with `~/.config/git/config` and all includes resolved into it, filtered";
    case HomeFilter::home_paths:
      return "paths below your home become paths below the home inside";
    case HomeFilter::none:
      break;
  }
  return entry.leave_out.empty() ? "" : fmt::format("without `{}`", entry.leave_out);
}

}  // namespace

std::span<const HomeEntry> home_entries() {
  return table;
}

std::string home_entries_markdown() {
  std::string text = "| Path | For | Secret | When a workspace is made | Remarks |\n|---|---|---|---|---|\n";
  for (const auto& entry : home_entries()) {
    const auto* when = entry.secret ? "if you say so" : entry.on_request ? "no" : "yes";
    text += fmt::format("| `~/{}` | {} | {} | {} | {} |\n", entry.path, entry.group,
                        entry.secret ? "yes" : "", when, remark(entry));
  }
  return text;
}

}  // namespace cai
