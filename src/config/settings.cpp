#include "cai/config/settings.hpp"

#include <fmt/format.h>

#include <utility>

#include "cai/base/error.hpp"
#include "cai/base/text.hpp"
#include "config/keys.hpp"
#include "config/validate.hpp"

namespace cai {

const SettingKey& known_key(std::string_view name) {
  if (const SettingKey* key = find_key(name)) return *key;
  throw Error(ErrorKind::usage, unknown_key_problem(name)).hint("`cai config list` shows all keys.");
}

std::string_view to_string(Source source) {
  switch (source) {
    case Source::built_in:
      return "built-in";
    case Source::user_file:
      return "user file";
    case Source::repository_file:
      return "repository file";
    case Source::workspace:
      return "workspace";
    case Source::environment:
      return "environment";
    case Source::flag:
      return "flag";
  }
  return "unknown";
}

const SettingValue& Settings::get(std::string_view key) const {
  const SettingKey& known = known_key(key);
  const auto found = values_->find(known.name);
  if (found != values_->end()) return found->second;
  throw Error(ErrorKind::failed,
              fmt::format("The key \"{}\" was asked for before settings were loaded", known.name));
}

std::optional<std::string> Settings::optional_text(std::string_view key) const {
  const SettingValue& value = get(key);
  if (value.text.empty()) return std::nullopt;
  return value.text;
}

std::optional<std::int64_t> Settings::size(std::string_view key) const {
  return parse_size(get(key).text);
}

std::optional<double> Settings::number(std::string_view key) const {
  return parse_number(get(key).text);
}

int Settings::integer(std::string_view key) const {
  const auto value = parse_integer(get(key).text);
  if (value && std::in_range<int>(*value)) return static_cast<int>(*value);
  throw Error(ErrorKind::failed, fmt::format("The key \"{}\" holds no integer", key));
}

bool Settings::boolean(std::string_view key) const {
  return get(key).text == "true";
}

std::vector<std::string> Settings::list(std::string_view key) const {
  const SettingValue& value = get(key);
  if (value.text.empty()) return {};
  return split(value.text, ',');
}

void Settings::set(std::string_view key, std::string text, Source source, std::string origin) {
  const SettingKey& known = known_key(key);
  Checked checked = check_value(known, text);
  if (!checked.problem.empty()) {
    const std::string subject =
        origin.empty() ? std::string(known.name) : origin + ": " + std::string(known.name);
    throw Error(ErrorKind::usage, subject + " " + checked.problem);
  }
  if (const auto found = values_->find(known.name); found != values_->end() && source < found->second.source)
    return;
  own_values()[std::string(known.name)] = {std::move(checked.text), source, std::move(origin)};
}

void Settings::set_in_use(std::string_view key, std::string text, std::string workspace) {
  own_values()[std::string(known_key(key).name)] = {std::move(text), Source::workspace, std::move(workspace)};
}

Settings::Values& Settings::own_values() {
  if (values_.use_count() > 1) values_ = std::make_shared<Values>(*values_);
  return *values_;
}

}  // namespace cai
