#include "config/validate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <set>
#include <vector>

#include "cai/base/text.hpp"
#include "cai/base/time.hpp"
#include "cai/model/names.hpp"
#include "cai/model/specification.hpp"
#include "config/keys.hpp"

namespace cai {
namespace {

constexpr std::int64_t least_memory = 6 << 20;  // engines refuse less
constexpr double least_processors = 0.01;       // likewise
constexpr double most_processors = 4096;
constexpr std::size_t longest_text = 4096;

bool is_alphanumeric(char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9');
}

/// Starts with a letter or digit and goes on with these or `others`: nothing that a command line could
/// misread.
bool is_word(std::string_view text, std::string_view others) {
  return !text.empty() && is_alphanumeric(text.front()) &&
         std::all_of(text.begin(), text.end(), [&](char byte) {
           return is_alphanumeric(byte) || others.find(byte) != std::string_view::npos;
         });
}

std::optional<std::int64_t> parse_port(std::string_view text, std::int64_t least) {
  const auto port = parse_integer(text);
  if (!port || *port < least || *port > 65535) return std::nullopt;
  return port;
}

/// "8080:localhost:80" in its three parts; empty when it is not that. IPv6 addresses stand in brackets.
std::vector<std::string> split_forward(std::string_view text) {
  const auto first = text.find(':');
  const auto last = text.rfind(':');
  if (first == std::string_view::npos || last == first) return {};
  const std::string_view local = text.substr(0, first);
  const std::string_view host = text.substr(first + 1, last - first - 1);
  const std::string_view remote = text.substr(last + 1);
  const bool bracketed =
      host.size() > 2 && host.front() == '[' && host.back() == ']' &&
      host.substr(1, host.size() - 2).find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
  if (!parse_port(local, 1) || !parse_port(remote, 1) || !(bracketed || is_word(host, "._-"))) return {};
  return {std::string(local), std::string(host), std::string(remote)};
}

std::string text_problem(const SettingKey& key, std::string_view text) {
  if (text.size() > longest_text) return fmt::format("is longer than {} bytes", longest_text);
  const bool control =
      std::any_of(text.begin(), text.end(), [](unsigned char byte) { return byte < 0x20 || byte == 0x7f; });
  if (control || !is_utf8(text))
    return fmt::format("may not hold control characters, as in {}", excerpt(text));
  if (key.name == "engine.context" && !is_word(text, "_.+-"))
    return fmt::format("is no context name: {}", excerpt(text));
  if (key.name == "engine.base_image" && !is_word(text, "_.:/@-"))
    return fmt::format("is no image: {}", excerpt(text));
  if (key.name.starts_with("box.image") && !is_word(text, "_.:/@-"))
    return fmt::format("is no image: {}", excerpt(text));
  if (key.name == "data_volume" && !is_valid_volume_name(text))
    return fmt::format("is no volume name: {}", excerpt(text));
  if (key.name == "template.default" && !is_valid_template_name(text)) {
    return fmt::format("is no template name: {}", excerpt(text));
  }
  if (key.name == "container.profile" && !parse_profile(text)) {
    return fmt::format("must be strict, sudo or system, not {}", excerpt(text));
  }
  if (key.name == "gc.age" && !parse_age(text))
    return fmt::format("must be an age such as 12h, 7d or 2w, not {}", excerpt(text));
  return {};
}

Checked check_string(const SettingKey& key, std::string_view text) {
  return {std::string(text), text_problem(key, text)};
}

Checked check_size(std::string_view text) {
  const auto size = parse_size(text);
  if (!size) return {{}, fmt::format("must be a size such as 512m or 4g, not {}", excerpt(text))};
  if (*size < least_memory) return {{}, fmt::format("must be at least 6m, not {}", excerpt(text))};
  return {std::string(text), {}};
}

Checked check_number(std::string_view text) {
  const auto number = parse_number(text);
  if (number && *number >= least_processors && *number <= most_processors)
    return {fmt::format("{}", *number), {}};
  return {{},
          fmt::format("must be a number from {} to {}, not {}", least_processors, most_processors,
                      excerpt(text))};
}

Checked check_integer(std::string_view text) {
  if (const auto port = parse_port(text, 1024)) return {std::to_string(*port), {}};
  return {{}, fmt::format("must be a port from 1024 to 65535, not {}", excerpt(text))};
}

Checked check_boolean(std::string_view text) {
  if (text == "true" || text == "false") return {std::string(text), {}};
  return {{}, fmt::format("must be true or false, not {}", excerpt(text))};
}

/// "~/a/b", and nothing that could lead elsewhere.
bool is_path_below_home(std::string_view text) {
  if (!text.starts_with("~/") || text.size() == 2) return false;
  if (text.ends_with('/')) text.remove_suffix(1);
  const auto components = split(text.substr(2), '/');
  return std::ranges::none_of(
      components, [](const std::string& name) { return name.empty() || name == "." || name == ".."; });
}

std::string import_path_problem(std::string_view text) {
  if (is_path_below_home(text)) return {};
  return fmt::format("must hold paths below your home such as \"~/.config/foo\", without \"..\", not {}",
                     excerpt(text));
}

std::string import_variable_problem(std::string_view text) {
  static constexpr std::array of_the_inside{std::string_view("PATH"),   std::string_view("HOME"),
                                            std::string_view("USER"),   std::string_view("LOGNAME"),
                                            std::string_view("SHELL"),  std::string_view("PWD"),
                                            std::string_view("OLDPWD"), std::string_view("SHLVL")};
  const bool is_name =
      !(text.front() >= '0' && text.front() <= '9') &&
      std::ranges::all_of(text, [](char byte) { return is_alphanumeric(byte) || byte == '_'; });
  if (!is_name) {
    return fmt::format("must hold names of variables, without wildcards, not {}", excerpt(text));
  }
  if (std::ranges::find(of_the_inside, text) == of_the_inside.end()) return {};
  return fmt::format("may not hold {}, which the workspace sets itself", excerpt(text));
}

/// What is wrong with one item of a list; empty when it will do.
std::string item_problem(const SettingKey& key, std::string_view text) {
  if (auto problem = text_problem(key, text); !problem.empty()) return problem;
  if (key.name == "import.additional_paths") return import_path_problem(text);
  if (key.name == "env.import") return import_variable_problem(text);
  return {};
}

Checked check_items(const SettingKey& key, std::string_view text) {
  std::vector<std::string> items;
  for (const std::string& item : split(text, ',')) {
    items.emplace_back(trim(item));
    if (items.back().empty()) return {{}, "may not hold an empty text"};
    if (auto problem = item_problem(key, items.back()); !problem.empty()) return {{}, std::move(problem)};
  }
  return {join(items, ","), {}};
}

Checked check_forwards(std::string_view text) {
  std::vector<std::string> items;
  std::set<std::int64_t> local_ports;
  for (const std::string& item : split(text, ',')) {
    items.emplace_back(trim(item));
    const auto parts = split_forward(items.back());
    if (parts.empty()) return {{}, fmt::format("must hold \"lport:host:rport\", not {}", excerpt(item))};
    if (!local_ports.insert(*parse_integer(parts[0])).second) {
      return {{}, fmt::format("forwards the local port {} twice", parts[0])};
    }
  }
  return {join(items, ","), {}};
}

/// Names and globs of names.
Checked check_words(std::string_view text) {
  std::vector<std::string> words;
  for (const std::string& item : split(text, ',')) {
    words.emplace_back(trim(item));
    constexpr std::string_view known = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_*";
    if (words.back().empty() || words.back().find_first_not_of(known) != std::string::npos)
      return {{}, fmt::format("must hold names, not {}", excerpt(item))};
  }
  return {join(words, ","), {}};
}

}  // namespace

std::optional<double> parse_number(std::string_view text) {
  double number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size() || !std::isfinite(number))
    return std::nullopt;
  return number;
}

Checked check_value(const SettingKey& key, std::string_view text) {
  text = trim(text);
  if (text.empty()) {
    if (key.fallback.empty() || key.type == "words") return {};
    return {{}, "may not be empty"};
  }
  if (key.type == "size") return check_size(text);
  if (key.type == "number") return check_number(text);
  if (key.type == "integer") return check_integer(text);
  if (key.type == "boolean") return check_boolean(text);
  if (key.type == "list") {
    return key.name == "ssh.local_forward" ? check_forwards(text) : check_items(key, text);
  }
  if (key.type == "words") return check_words(text);
  return check_string(key, text);
}

std::optional<std::string> repository_objection(const SettingKey& key, std::string_view text) {
  if (!key.repository_may_set) return "only your own configuration file may set it, not a repository's";
  if (key.name != "ssh.local_forward" || text.empty()) return std::nullopt;
  for (const std::string& item : split(text, ',')) {
    const auto parts = split_forward(item);
    if (parts.size() == 3 && (parts[1] == "localhost" || parts[1] == "127.0.0.1")) continue;
    return fmt::format(
        "{} leads elsewhere than to localhost, which only your own configuration file may ask for",
        excerpt(item));
  }
  return std::nullopt;
}

}  // namespace cai
