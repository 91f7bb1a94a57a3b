#include "cai/model/specification.hpp"

#include <algorithm>

#include "cai/base/text.hpp"
#include "model/words.hpp"

namespace cai {

namespace {

constexpr Words<Profile, 3> profile_words{
    {{Profile::strict, "strict"}, {Profile::sudo, "sudo"}, {Profile::system, "system"}}};

void append_escaped(std::string& text, std::string_view value) {
  for (const char c : value) {
    if (c == '\\') {
      text += "\\\\";
    } else if (c == '\n') {
      text += "\\n";
    } else {
      text += c;
    }
  }
}

std::optional<std::string> unescaped(std::string_view text) {
  std::string value;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      value += text[i];
      continue;
    }
    if (++i == text.size()) return std::nullopt;
    if (text[i] != '\\' && text[i] != 'n') return std::nullopt;
    value += text[i] == 'n' ? '\n' : '\\';
  }
  return value;
}

}  // namespace

/// Strict: a text that this program did not write compares as unknown, not as nearly the same.
SpecificationFields parse_canonical_text(std::string_view text) {
  SpecificationFields fields;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::size_t equals = text.find('=');
    if (end == std::string_view::npos || equals == 0 || equals >= end) return {};
    const auto value = unescaped(text.substr(equals + 1, end - equals - 1));
    const std::string name(text.substr(0, equals));
    const auto same_name = [&](const auto& field) { return field.first == name; };
    if (!value || std::ranges::any_of(fields, same_name)) return {};
    fields.emplace_back(name, *value);
    text.remove_prefix(end + 1);
  }
  return fields;
}

std::string_view to_string(Profile profile) {
  return word_of(profile_words, profile);
}

std::optional<Profile> parse_profile(std::string_view text) {
  return value_of(profile_words, text);
}

SpecificationFields fields_of(const WorkspaceSpecification& specification) {
  const WorkspaceSpecification& s = specification;
  SpecificationFields fields;
  fields.reserve(14);
  fields.emplace_back("template", s.template_name);
  fields.emplace_back("template_hash", s.template_hash);
  fields.emplace_back("image", s.image);
  fields.emplace_back("profile", to_string(s.profile));
  fields.emplace_back("uid", std::to_string(s.uid));
  fields.emplace_back("gid", std::to_string(s.gid));
  fields.emplace_back("memory", std::to_string(s.memory_bytes));
  fields.emplace_back("cpus", std::to_string(s.nano_cpus));
  fields.emplace_back("root", s.root);
  fields.emplace_back("git_directory", s.git_directory);
  fields.emplace_back("volume", s.volume);
  fields.emplace_back("volume_shared", s.volume_shared ? "true" : "false");
  fields.emplace_back("port", std::to_string(s.port));
  fields.emplace_back("keys_directory", s.keys_directory);
  return fields;
}

std::string canonical_text(const WorkspaceSpecification& specification) {
  std::string text;
  for (const auto& [name, value] : fields_of(specification)) {
    text += name;
    text += '=';
    append_escaped(text, value);
    text += '\n';
  }
  return text;
}

std::string specification_hash(const WorkspaceSpecification& specification) {
  return sha256_hex(canonical_text(specification));
}

std::vector<std::string> changed_fields(std::string_view old_text, const WorkspaceSpecification& wanted) {
  auto old_fields = parse_canonical_text(old_text);
  if (old_fields.empty()) return {"unknown"};
  const auto new_fields = fields_of(wanted);
  std::vector<std::string> changed;
  changed.reserve(old_fields.size() + new_fields.size());
  for (const auto& [name, value] : new_fields) {
    const auto old = std::ranges::find(old_fields, name, &SpecificationFields::value_type::first);
    if (old == old_fields.end() || old->second != value) changed.push_back(name);
    if (old != old_fields.end()) old_fields.erase(old);
  }
  // What is left was written by another version that knows more fields; the hashes differ because of it.
  std::ranges::sort(old_fields);
  for (const auto& [name, value] : old_fields) changed.push_back(name);
  return changed;
}

}  // namespace cai
