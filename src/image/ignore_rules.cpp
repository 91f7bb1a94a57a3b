#include "image/ignore_rules.hpp"

#include <cstddef>
#include <span>
#include <utility>

#include "cai/base/text.hpp"

namespace cai {
namespace {

/// The position after "[...]" at the start of `pattern` when `byte` is in the set, else npos.
std::size_t match_set(std::string_view pattern, char byte) {
  std::size_t at = 1;
  const bool negated = at < pattern.size() && pattern[at] == '^';
  if (negated) ++at;
  bool found = false;
  for (bool first = true; at < pattern.size() && (first || pattern[at] != ']'); first = false) {
    if (pattern[at] == '\\' && at + 1 < pattern.size()) ++at;
    const char low = pattern[at];
    char high = low;
    if (at + 2 < pattern.size() && pattern[at + 1] == '-' && pattern[at + 2] != ']') high = pattern[at += 2];
    found = found || (low <= byte && byte <= high);
    ++at;
  }
  return at < pattern.size() && found != negated ? at + 1 : std::string_view::npos;
}

/// How much of `pattern` one byte uses up, or npos when it does not fit. Never called with '*' in front.
std::size_t match_byte(std::string_view pattern, char byte) {
  if (pattern.empty()) return std::string_view::npos;
  if (pattern[0] == '?') return 1;
  if (pattern[0] == '[') return match_set(pattern, byte);
  const std::size_t escape = pattern[0] == '\\' && pattern.size() > 1 ? 1 : 0;
  return pattern[escape] == byte ? escape + 1 : std::string_view::npos;
}

/// One name against one pattern without '/'. Goes back only to the last '*', so the time is bounded by the
/// product of the lengths whatever a repository's file says.
bool match_name(std::string_view pattern, std::string_view name) {
  std::size_t in_pattern = 0;
  std::size_t in_name = 0;
  std::size_t after_star = std::string_view::npos;
  std::size_t star_name = 0;
  while (in_name < name.size()) {
    if (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
      after_star = ++in_pattern;
      star_name = in_name;
      continue;
    }
    const std::size_t used = match_byte(pattern.substr(in_pattern), name[in_name]);
    if (used != std::string_view::npos) {
      in_pattern += used;
      ++in_name;
    } else if (after_star != std::string_view::npos) {
      in_pattern = after_star;
      in_name = ++star_name;
    } else {
      return false;
    }
  }
  while (in_pattern < pattern.size() && pattern[in_pattern] == '*') ++in_pattern;
  return in_pattern == pattern.size();
}

/// True when the pattern matches the path or one of its parents: what is in an ignored directory is ignored.
/// The same method as match_name, one level up: names are the bytes, "**" is the star.
bool match_path(std::span<const std::string> pattern, std::span<const std::string> path) {
  std::size_t in_pattern = 0;
  std::size_t in_path = 0;
  std::size_t after_star = std::string_view::npos;
  std::size_t star_path = 0;
  while (in_pattern < pattern.size()) {
    if (pattern[in_pattern] == "**") {
      // A "**" at the end stands for what is inside: it does not match the directory itself.
      if (in_pattern + 1 == pattern.size()) return in_path < path.size();
      after_star = ++in_pattern;
      star_path = in_path;
    } else if (in_path < path.size() && match_name(pattern[in_pattern], path[in_path])) {
      ++in_pattern;
      ++in_path;
    } else if (after_star != std::string_view::npos && star_path < path.size()) {
      in_pattern = after_star;
      in_path = ++star_path;
    } else {
      return false;
    }
  }
  return true;
}

/// Leading and doubled slashes, "." and a trailing slash mean nothing; ".." takes one name back.
std::vector<std::string> clean_names(std::string_view pattern) {
  std::vector<std::string> names;
  for (std::string& name : split(pattern, '/')) {
    if (name.empty() || name == ".") continue;
    if (name == "..") {
      if (!names.empty()) names.pop_back();
    } else if (name.starts_with("**") && name.size() > 2) {  // "**.log": in any directory
      names.emplace_back("**");
      names.push_back(name.substr(1));
    } else {
      names.push_back(std::move(name));
    }
  }
  return names;
}

}  // namespace

IgnoreRules::IgnoreRules(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  for (const std::string& line : split(text, '\n')) {
    if (line.starts_with('#')) continue;
    std::string_view pattern = trim(line);
    Rule rule;
    if (pattern.starts_with('!')) {
      rule.exception = true;
      pattern = trim(pattern.substr(1));
    }
    rule.names = clean_names(pattern);
    if (rule.names.empty()) continue;
    has_exceptions_ = has_exceptions_ || rule.exception;
    rules_.push_back(std::move(rule));
  }
}

bool IgnoreRules::ignores(std::string_view path) const {
  const std::vector<std::string> names = split(path, '/');
  bool ignored = false;
  for (const Rule& rule : rules_) {
    if (ignored == rule.exception && match_path(rule.names, names)) ignored = !rule.exception;
  }
  return ignored;
}

}  // namespace cai
