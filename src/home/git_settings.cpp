#include "cai/home/git_settings.hpp"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <array>

#include "cai/base/process.hpp"
#include "cai/base/text.hpp"

namespace cai {
namespace {

constexpr auto host_sections =
    std::to_array<std::string_view>({"credential", "include", "includeif", "http", "safe"});
constexpr auto signing_settings = std::to_array<std::string_view>(
    {"user.signingkey", "commit.gpgsign", "tag.gpgsign", "tag.forcesignannotated", "push.gpgsign"});

template <typename Range>
bool contains(const Range& range, std::string_view word) {
  return std::find(range.begin(), range.end(), word) != range.end();
}

/// "https://token@host/" carries one, "ssh://git@host/" only a name.
bool carries_login(std::string_view text) {
  const auto scheme = text.find("://");
  if (scheme == std::string_view::npos) return false;
  const auto rest = text.substr(scheme + 3);
  const auto user = rest.substr(0, std::min(rest.find('/'), rest.size()));
  const auto at = user.rfind('@');
  if (at == std::string_view::npos) return false;
  return text.substr(0, scheme).find("ssh") == std::string_view::npos ||
         user.substr(0, at).find(':') != std::string_view::npos;
}

std::string quoted_value(std::string_view value) {
  std::string text = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') text += '\\';
    if (c == '\n') {
      text += "\\n";
    } else {
      text += c;
    }
  }
  return text + "\"";
}

/// Reads one file after another, and those that conditions add.
class Reader {
 public:
  explicit Reader(const GitScope& scope) : scope_(scope) {}

  bool read(const std::filesystem::path& file, int depth) {
    const auto listed = run_process(
        {"env", "HOME=" + scope_.home.string(), find_program("git").value_or("/usr/bin/git"), "-C", "/",
         "--no-pager", "config", "--file", file.string(), "--includes", "--show-origin", "--list", "-z"},
        std::chrono::seconds(10));
    if (listed.exit_code != 0) {
      why_ = "git cannot read it: " + escape_for_terminal(trim(listed.standard_error));
      return false;
    }
    // "file:PATH", NUL, "key\nvalue", NUL
    const auto fields = split(listed.standard_output, '\0');
    for (std::size_t at = 0; at + 1 < fields.size(); at += 2) {
      listing_ += fields[at + 1] + '\0';
      const auto origin = fields[at].starts_with("file:") ? fields[at].substr(5) : std::string();
      const auto added = added_by(fields[at + 1], std::filesystem::path("/") / origin);
      if (added && depth < most_depth && std::filesystem::is_regular_file(*added)) read(*added, depth + 1);
    }
    return true;
  }

  [[nodiscard]] const std::string& listing() const { return listing_; }
  [[nodiscard]] const std::string& why() const { return why_; }

 private:
  static constexpr int most_depth = 10;  // as git

  /// The file that `includeif.gitdir:PATTERN.path` adds, if the condition holds.
  [[nodiscard]] std::optional<std::filesystem::path> added_by(const std::string& setting,
                                                              const std::filesystem::path& origin) const {
    const auto line_end = setting.find('\n');
    if (line_end == std::string::npos) return std::nullopt;
    std::string_view key = std::string_view(setting).substr(0, line_end);
    constexpr std::string_view ending = ".path";
    if (!key.ends_with(ending)) return std::nullopt;
    key.remove_suffix(ending.size());
    for (const auto& [beginning, ignore_case] :
         {std::pair<std::string_view, bool>{"includeif.gitdir:", false}, {"includeif.gitdir/i:", true}}) {
      if (!key.starts_with(beginning)) continue;
      if (!git_directory_matches(key.substr(beginning.size()), scope_, origin, ignore_case)) continue;
      const auto path = setting.substr(line_end + 1);
      return path.starts_with("~/") ? scope_.home / path.substr(2) : origin.parent_path() / path;
    }
    return std::nullopt;
  }

  const GitScope& scope_;
  std::string listing_;
  std::string why_;
};

}  // namespace

bool is_host_git_setting(std::string_view section) {
  return contains(host_sections, section);
}

bool stays_outside_home(std::string_view section, std::string_view key, std::string_view value) {
  return is_host_git_setting(section) || section == "gpg" ||
         contains(signing_settings, to_lower_ascii(key)) || carries_login(key) || carries_login(value);
}

std::string git_settings_file(std::string_view listing, const GitSettingFilter& leave_out) {
  std::string file;
  for (const auto& entry : split(listing, '\0')) {
    const auto line_end = entry.find('\n');
    const std::string key = entry.substr(0, line_end);
    const auto first = key.find('.');
    const auto last = key.rfind('.');
    if (first == std::string::npos) continue;
    const std::string section = to_lower_ascii(key.substr(0, first));
    const auto value =
        line_end == std::string::npos ? std::string_view() : std::string_view(entry).substr(line_end + 1);
    if (leave_out(section, key, value)) continue;
    file += fmt::format("[{}", section);
    if (last != first) file += " " + quoted_value(key.substr(first + 1, last - first - 1));
    file += "]\n\t" + key.substr(last + 1);
    // A key without "=" means true.
    if (line_end != std::string::npos) file += " = " + quoted_value(value);
    file += "\n";
  }
  return file;
}

bool git_directory_matches(std::string_view pattern, const GitScope& scope,
                           const std::filesystem::path& origin, bool ignore_case) {
  if (scope.git_directory.empty() || pattern.empty()) return false;
  std::string glob(pattern);
  if (glob.starts_with("~/")) {
    glob.replace(0, 1, scope.home.native());
  } else if (glob.starts_with("./")) {
    glob.replace(0, 1, origin.parent_path().native());
  } else if (!glob.starts_with('/')) {
    glob.insert(0, "**/");
  }
  if (glob.ends_with('/')) glob += "**";
  // Without FNM_PATHNAME a star crosses slashes, as two of them shall.
  return fnmatch(glob.c_str(), scope.git_directory.c_str(), ignore_case ? FNM_CASEFOLD : 0) == 0;
}

std::optional<std::string> list_git_settings(const std::vector<std::filesystem::path>& files,
                                             const GitScope& scope, std::string& why) {
  if (!program_exists("git")) {
    why = "git is not installed here, so it cannot be resolved";
    return std::nullopt;
  }
  Reader reader(scope);
  for (const auto& file : files) {
    if (!reader.read(file, 0)) {
      why = reader.why();
      return std::nullopt;
    }
  }
  return reader.listing();
}

}  // namespace cai
