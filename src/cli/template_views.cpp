#include <fmt/format.h>

#include "cai/base/text.hpp"
#include "cai/json/json.hpp"
#include "cli/template_usage.hpp"

namespace cai {
namespace {

std::string word_for(FileChange::Kind kind) {
  switch (kind) {
    case FileChange::Kind::added:
      return "added";
    case FileChange::Kind::removed:
      return "removed";
    case FileChange::Kind::changed:
      break;
  }
  return "changed";
}

std::string value_for_people(const std::string& field, const std::string& value) {
  const auto number = parse_integer(value);
  if (field == "memory" && number) return *number == 0 ? "half of the host's" : format_size(*number);
  if (field == "cpus" && number)
    return *number == 0 ? "all" : fmt::format("{}", static_cast<double>(*number) / 1e9);
  return value.empty() ? "none" : escape_for_terminal(value);
}

std::string line_of(const ChangedField& changed) {
  return fmt::format("  {}: {} -> {}\n", changed.field, value_for_people(changed.field, changed.former),
                     value_for_people(changed.field, changed.now));
}

/// What the file says is somebody's text, line by line.
std::string indented(const std::string& difference) {
  std::string text;
  std::string_view rest = difference;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    text += fmt::format("    {}\n", escape_for_terminal(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return text;
}

Json fields_json(const std::vector<ChangedField>& fields) {
  Json json = Json::array();
  for (const auto& [field, former, now] : fields)
    json.push_back({{"field", field}, {"former", former}, {"now", now}});
  return json;
}

}  // namespace

Json template_json(const Template& chosen, const std::optional<std::vector<TemplateUser>>& users) {
  Json files = Json::array();
  for (const auto& file : chosen.files) files.push_back(file.path);
  Json used_by = Json::array();
  for (const auto& user : users.value_or(std::vector<TemplateUser>{})) {
    if (user.template_name != chosen.name) continue;
    used_by.push_back({{"workspace", user.workspace}, {"image", user.image}, {"behind", user.behind}});
  }
  return {{"name", chosen.name}, {"origin", chosen.origin}, {"image", chosen.image},
          {"hash", chosen.hash}, {"files", files},          {"used_by", users ? used_by : Json()}};
}

std::string template_difference_text(const TemplateDifference& difference) {
  const auto& d = difference;
  std::string text = fmt::format("{} ({}, branch {}) is behind template {}\n", d.workspace,
                                 escape_for_terminal(d.path), escape_for_terminal(d.branch), d.template_name);
  if (d.former_template != d.template_name) text += line_of({"template", d.former_template, d.template_name});
  if (d.former_image != d.image) text += line_of({"image", d.former_image, d.image});
  for (const auto& changed : d.settings) text += line_of(changed);
  for (const auto& changed : d.base) text += line_of(changed);
  if (d.runtime_changed) text += "  cai's own layer changed with its version\n";
  if (!d.files_known) text += "  what the image in use was made from is not known here\n";
  for (const auto& file : d.files) {
    text += fmt::format("  {} {}\n", escape_for_terminal(file.path), word_for(file.kind));
    text += indented(file.difference);
  }
  return text;
}

Json template_difference_json(const std::vector<TemplateDifference>& differences) {
  Json json = Json::array();
  for (const auto& d : differences) {
    Json files = Json::array();
    for (const auto& file : d.files) {
      files.push_back({{"path", file.path},
                       {"change", word_for(file.kind)},
                       {"difference", file.difference.empty() ? Json() : Json(file.difference)}});
    }
    json.push_back({{"workspace", d.workspace},
                    {"path", d.path},
                    {"branch", d.branch},
                    {"former_template", d.former_template},
                    {"template", d.template_name},
                    {"former_image", d.former_image},
                    {"image", d.image},
                    {"settings", fields_json(d.settings)},
                    {"base", fields_json(d.base)},
                    {"runtime_changed", d.runtime_changed},
                    {"files_known", d.files_known},
                    {"files", files}});
  }
  return json;
}

}  // namespace cai
