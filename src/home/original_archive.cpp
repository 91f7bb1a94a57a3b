#include "cai/home/original_archive.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cai/data/export_rules.hpp"
#include "cai/data/volume_layout.hpp"
#include "cai/home/entries.hpp"
#include "home/filters.hpp"
#include "home/source.hpp"

namespace cai {
namespace {

struct Place {
  std::string_view in_volume;  ///< of the original; a directory with all that is in it, or a file
  std::string_view in_home;
};

// The longest that fits decides.
constexpr auto places = std::to_array<Place>({
    {"agents", ".agents"},
    {"aider/aider.conf.yml", ".aider.conf.yml"},
    {"aider/aider.model.settings.yml", ".aider.model.settings.yml"},
    {"claude", ".claude"},
    {"claude/claude.json", ".claude.json"},
    {"claude/credentials.json", ".claude/.credentials.json"},
    {"codex", ".codex"},
    {"config", ".config"},
    {"continue", ".continue"},
    {"copilot", ".copilot"},
    {"cursor", ".cursor"},
    {"editors/vim", ".vim"},
    {"editors/vimrc", ".vimrc"},
    {"gemini", ".gemini"},
    {"git/gitconfig", ".gitconfig"},
    {"git/gitignore_global", ".gitignore_global"},
    {"kimi", ".kimi"},
    {"local", ".local"},
    {"pi", ".pi/agent"},
    {"shell/bash_aliases", ".bash_aliases"},
    {"shell/bashrc.d", ".bashrc.d"},
    {"shell/inputrc", ".inputrc"},
    {"shell/oh-my-zsh-custom", ".oh-my-zsh/custom"},
    {"shell/zprofile", ".zprofile"},
    {"shell/zshenv", ".zshenv"},
    {"shell/zshrc", ".zshrc"},
    {"ssh", ".ssh"},
    {"vscode-server", ".vscode-server"},
    {"vscode-server-insiders", ".vscode-server-insiders"},
});

// Names that hardly anything else has, of which each volume of the original has most.
constexpr auto signs = std::to_array<std::string_view>({
    "claude/claude.json",
    "claude/credentials.json",
    "claude/settings.json",
    "codex/auth.json",
    "codex/config.toml",
    "config/gh",
    "editors/vim",
    "editors/vimrc",
    "gemini/settings.json",
    "git/gitconfig",
    "shell/bash_aliases",
    "shell/bashrc.d",
    "shell/zshrc",
    "vscode-server/data",
});
constexpr std::size_t signs_needed = 3;
constexpr std::size_t most_unknown = 100;

constexpr std::string_view original_volume = "/mnt/agent-data/";
constexpr std::string_view original_home = "/home/agent/";
constexpr std::string_view original_workspace = "/home/agent/workspace";

bool is_at_or_below(std::string_view path, std::string_view directory) {
  return path.starts_with(directory) && (path.size() == directory.size() || path[directory.size()] == '/');
}

std::string_view top_of(std::string_view path) {
  return path.substr(0, path.find('/'));
}

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

const Place* place_for(std::string_view path) {
  const Place* best = nullptr;
  for (const auto& place : places) {
    if (!is_at_or_below(path, place.in_volume)) continue;
    if (!best || place.in_volume.size() > best->in_volume.size()) best = &place;
  }
  return best;
}

/// Only holds places: `shell`.
bool is_above_places(std::string_view path) {
  return std::ranges::any_of(places, [&](const Place& place) {
    return place.in_volume != path && is_at_or_below(place.in_volume, path);
  });
}

/// Of a path in the original's volume, in ours.
std::string placed_path(const std::string& path) {
  if (path.empty()) return std::string(home_in_volume);
  if (const auto* place = place_for(path)) {
    return fmt::format("{}/{}{}", home_in_volume, place->in_home, path.substr(place->in_volume.size()));
  }
  return fmt::format("{}/{}/{}", home_in_volume, unknown_of_original, path);
}

/// The highest path that is unknown: of `shell/x/y` it is `shell/x`.
std::string unknown_part(const std::string& path) {
  for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    if (const auto part = path.substr(0, slash); !is_above_places(part)) return part;
  }
  return path;
}

/// Where a link of the original leads, as a path in our volume; nullopt: somewhere else.
std::optional<std::string> placed_target(const std::string& path, const std::string& link) {
  const auto below = [&](std::string_view directory) {
    return plain_relative_path(std::string_view(link).substr(directory.size()));
  };
  if (link.starts_with(original_volume)) {
    const auto target = below(original_volume);
    return target ? std::optional(placed_path(*target)) : std::nullopt;
  }
  if (link.starts_with(original_home)) {
    const auto target = below(original_home);
    return target ? std::optional(fmt::format("{}/{}", home_in_volume, *target)) : std::nullopt;
  }
  if (link.starts_with('/')) return std::nullopt;
  const auto target = plain_relative_path(parent_of(path) + "/" + link);
  return target ? std::optional(placed_path(*target)) : std::nullopt;
}

std::string placed_link(const std::string& path, const std::string& placed, const std::string& link) {
  if (is_at_or_below(link, original_workspace)) {
    return "/workspace" + link.substr(original_workspace.size());
  }
  const auto target = placed_target(path, link);
  if (!target) return link;
  const auto here = parent_of(placed);
  const bool leads_there = !link.starts_with('/') && plain_relative_path(here + "/" + link) == target;
  return leads_there ? link : std::filesystem::path(*target).lexically_relative(here).native();
}

const HomeEntry* known_file(std::string_view path_in_home) {
  const auto entries = home_entries();
  const auto found = std::ranges::find(entries, path_in_home, &HomeEntry::path);
  return found == entries.end() ? nullptr : &*found;
}

bool is_secret(const std::string& path_in_home) {
  const auto in_table = [&](const HomeEntry& entry) {
    auto path = entry.path;
    if (path.ends_with('/')) path.remove_suffix(1);
    return entry.secret && is_at_or_below(path_in_home, path);
  };
  return is_credential(path_in_home) || std::ranges::any_of(home_entries(), in_table);
}

std::string below_home(const std::string& placed) {
  return placed.substr(std::min(placed.size(), home_in_volume.size() + 1));
}

}  // namespace

void OriginalArchive::see(const TarEntry& entry) {
  if (top_of(entry.path) == home_in_volume) has_home_ = true;
  for (const auto sign : signs) {
    if (is_at_or_below(entry.path, sign)) signs_.insert(sign);
  }
  const bool holds_places = entry.type == TarEntry::Type::directory && is_above_places(entry.path);
  if (place_for(entry.path) || holds_places || unknown_.size() >= most_unknown) return;
  unknown_.insert(unknown_part(entry.path));
}

bool OriginalArchive::is_recognised() const {
  std::set<std::string_view> tops;
  for (const auto sign : signs_) tops.insert(top_of(sign));
  return !has_home_ && signs_.size() >= signs_needed && tops.size() > 1;
}

std::optional<TarEntry> OriginalArchive::place(TarEntry entry) const {
  const auto path = plain_path(entry.path);
  const auto* place = place_for(path);
  const bool is_directory = entry.type == TarEntry::Type::directory;
  if (is_directory && !place && is_above_places(path)) return std::nullopt;
  // A directory whose parent the original's volume does not have comes with what is in it or not at all: an
  // empty ~/.oh-my-zsh/custom would look like an installation.
  const bool is_place = place && place->in_volume == path;
  if (is_directory && is_place && place->in_home.find('/') != std::string_view::npos) return std::nullopt;

  entry.path = placed_path(path);
  const auto in_home = below_home(entry.path);
  const bool is_file = entry.type == TarEntry::Type::file;
  // An empty .zshrc or auth.json was kept ready for a link, and would hide what the image has.
  if (is_file && entry.size == 0 && known_file(in_home)) return std::nullopt;
  if (is_file && is_secret(in_home)) entry.mode = 0600 | (entry.mode & 0100);
  if (entry.type == TarEntry::Type::hard_link) entry.link = placed_path(plain_path(entry.link));
  if (entry.type == TarEntry::Type::symbolic_link) entry.link = placed_link(path, entry.path, entry.link);
  return entry;
}

bool OriginalArchive::rewrites(const TarEntry& placed) const {
  const auto* known = known_file(below_home(placed.path));
  return known != nullptr && known->filter == HomeFilter::home_paths;
}

std::string OriginalArchive::rewritten(std::string content) const {
  return with_paths_inside(std::move(content), std::filesystem::path(original_home).parent_path());
}

std::string original_places_markdown() {
  std::string text = "| In the archive | In the home |\n|---|---|\n";
  for (const auto& place : places) text += fmt::format("| `{}` | `~/{}` |\n", place.in_volume, place.in_home);
  return text;
}

}  // namespace cai
