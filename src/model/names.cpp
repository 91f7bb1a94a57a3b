#include "cai/model/names.hpp"

#include <algorithm>
#include <array>

#include "cai/base/text.hpp"

namespace cai {

namespace {

bool is_lower_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}
bool is_letter_or_digit(char c) {
  return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z');
}

void trim_trailing_dashes(std::string& text) {
  text.erase(text.find_last_not_of('-') + 1);
}

/// Lower case, [a-z0-9-] only, single dashes, none at the ends; `fallback` when nothing is left.
std::string sanitised(std::string_view text, const char* fallback) {
  std::string clean;
  for (const char c : to_lower_ascii(text)) {
    const bool dash_fits = c == '-' && !clean.empty() && clean.back() != '-';
    if (is_lower_or_digit(c) || dash_fits) clean += c;
  }
  trim_trailing_dashes(clean);
  return clean.empty() ? fallback : clean;
}

/// Tests the first byte with `first` and all others with `other`.
template <typename First, typename Other>
bool consists_of(std::string_view text, std::size_t shortest, std::size_t longest, First first, Other other) {
  return text.size() >= std::max<std::size_t>(shortest, 1) && text.size() <= longest && first(text.front()) &&
         std::all_of(text.begin() + 1, text.end(), other);
}

}  // namespace

std::string workspace_name(std::string_view repository, std::string_view branch) {
  std::string repo = sanitised(repository, "repo");
  std::string leaf = sanitised(branch.substr(branch.rfind('/') + 1), "branch");
  while (repo.size() + 1 + leaf.size() > max_name_length) {
    std::string& longer = repo.size() >= leaf.size() ? repo : leaf;
    longer.pop_back();
  }
  trim_trailing_dashes(repo);
  trim_trailing_dashes(leaf);
  return repo + '-' + leaf;
}

std::string choose_workspace_name(std::string_view repository, std::string_view branch,
                                  std::string_view workspace_key,
                                  const std::function<bool(const std::string&)>& is_taken) {
  static constexpr std::array<std::size_t, 3> digit_counts{4, 6, 8};
  const std::string plain = workspace_name(repository, branch);
  std::string candidate = plain;
  const std::string digest = sha256_hex(workspace_key);
  for (const std::size_t digits : digit_counts) {
    if (!is_taken(candidate)) return candidate;
    candidate = plain.substr(0, max_name_length - 1 - digits);
    trim_trailing_dashes(candidate);
    candidate += '-' + digest.substr(0, digits);
  }
  return candidate;
}

bool is_valid_container_name(std::string_view name) {
  const auto inner = [](char c) { return is_lower_or_digit(c) || c == '-'; };
  return consists_of(name, 1, 63, is_lower_or_digit, inner) && name.back() != '-';
}

bool is_valid_volume_name(std::string_view name) {
  const auto inner = [](char c) { return is_letter_or_digit(c) || c == '_' || c == '.' || c == '-'; };
  return consists_of(name, 2, 255, is_letter_or_digit, inner);
}

bool is_valid_template_name(std::string_view name) {
  const auto inner = [](char c) { return is_lower_or_digit(c) || c == '_' || c == '.' || c == '-'; };
  return consists_of(name, 1, 64, is_lower_or_digit, inner);
}

}  // namespace cai
