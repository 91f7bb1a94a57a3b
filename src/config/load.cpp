#include <fmt/format.h>

#include <algorithm>

#include "cai/base/error.hpp"
#include "cai/base/filesystem.hpp"
#include "cai/base/text.hpp"
#include "cai/config/settings.hpp"
#include "config/check_text.hpp"
#include "config/keys.hpp"
#include "config/toml_reader.hpp"
#include "config/validate.hpp"

namespace cai {
namespace {

constexpr std::size_t user_file_limit = 1U << 20U;
constexpr std::size_t most_problems = 20;

struct FileValue {
  const SettingKey* key;
  std::string text;
};

std::string_view words_for(TomlKind kind) {
  switch (kind) {
    case TomlKind::string:
      return "a string";
    case TomlKind::integer:
      return "an integer";
    case TomlKind::number:
      return "a number";
    case TomlKind::boolean:
      return "a boolean";
    case TomlKind::strings:
      return "an array";
    case TomlKind::other:
      break;
  }
  return "something else";
}

/// What the file should hold for a key of that type; empty when it does.
std::string_view wanted_instead(const SettingKey& key, TomlKind kind) {
  const bool integer = kind == TomlKind::integer;
  if (key.type == "size") return kind == TomlKind::string || integer ? "" : "a size such as \"4g\"";
  if (key.type == "number") return kind == TomlKind::number || integer ? "" : "a number";
  if (key.type == "integer") return integer ? "" : "an integer";
  if (key.type == "boolean") return kind == TomlKind::boolean ? "" : "true or false";
  if (key.type == "list" || key.type == "words")
    return kind == TomlKind::strings ? "" : "an array of strings";
  return kind == TomlKind::string ? "" : "a string";
}

std::string unknown_or_table(std::string_view name) {
  if (!is_key_table(name)) return unknown_key_problem(name);
  std::vector<std::string> inside;
  for (const SettingKey& key : setting_keys()) {
    if (key.name.starts_with(fmt::format("{}.", name))) inside.emplace_back(key.name);
  }
  return fmt::format("\"{}\" is a table, not a value; it holds {}", name, join(inside, ", "));
}

/// What is wrong with one entry, or empty; then `value` is filled.
std::string entry_problem(const TomlEntry& entry, bool from_repository, FileValue& value) {
  const SettingKey* key = find_key(entry.key);
  if (key == nullptr) return unknown_or_table(entry.key);
  if (from_repository && !key->repository_may_set) {
    return fmt::format("{}: {}", key->name, *repository_objection(*key, ""));
  }
  if (const auto wanted = wanted_instead(*key, entry.kind); !wanted.empty()) {
    return fmt::format("{} must be {}, not {}", key->name, wanted,
                       entry.kind == TomlKind::other ? entry.text : words_for(entry.kind));
  }
  Checked checked = check_value(*key, entry.text);
  if (!checked.problem.empty()) return fmt::format("{} {}", key->name, checked.problem);
  if (from_repository) {
    if (const auto objection = repository_objection(*key, checked.text))
      return fmt::format("{}: {}", key->name, *objection);
  }
  value = {key, std::move(checked.text)};
  return {};
}

std::vector<FileValue> read_values(const std::filesystem::path& path, std::string_view content,
                                   bool from_repository, std::vector<std::string>& problems) {
  const std::string name = escape_for_terminal(path.native());
  const auto report = [&](const TomlEntry& place, std::string_view problem) {
    problems.push_back(fmt::format("{}:{}:{}: {}", name, place.line, place.column, problem));
  };
  std::vector<FileValue> values;
  const TomlFile file = read_toml(content, is_key_table);
  if (file.problem) report(*file.problem, escape_for_terminal(file.problem->text));
  for (const TomlEntry& entry : file.entries) {
    FileValue value{};
    const std::string problem = entry_problem(entry, from_repository, value);
    if (problem.empty()) {
      values.push_back(std::move(value));
    } else {
      report(entry, problem);
    }
  }
  return values;
}

void set_from_environment(Settings& settings, const Environment& environment,
                          std::vector<std::string>& problems) {
  for (const SettingKey& key : setting_keys()) {
    if (key.variable.empty()) continue;
    const std::string variable(key.variable);
    const auto text = environment.get(variable);
    if (!text || text->empty()) continue;  // an empty variable counts as not set, as in most programs
    try {
      settings.set(key.name, *text, Source::environment, variable);
    } catch (const Error& error) {
      problems.emplace_back(error.what());
    }
  }
}

void throw_if_any(std::vector<std::string> problems) {
  if (problems.empty()) return;
  if (problems.size() > most_problems) {
    const std::size_t more = problems.size() - most_problems;
    problems.resize(most_problems);
    problems.push_back(fmt::format("... and {} more", more));
  }
  throw Error(ErrorKind::usage, join(problems, "\n"));
}

std::string with_source(const SettingValue& value) {
  return value.origin.empty() ? value.text
                              : fmt::format("{} from {}", value.text, escape_for_terminal(value.origin));
}

void check_port_range(const Settings& settings) {
  if (settings.integer("ssh.port_range_start") <= settings.integer("ssh.port_range_end")) return;
  throw Error(ErrorKind::usage,
              fmt::format("ssh.port_range_start ({}) is greater than ssh.port_range_end ({})",
                          with_source(settings.get("ssh.port_range_start")),
                          with_source(settings.get("ssh.port_range_end"))));
}

Settings built_in_settings() {
  Settings settings;
  for (const SettingKey& key : setting_keys())
    settings.set(key.name, std::string(key.fallback), Source::built_in, "");
  return settings;
}

}  // namespace

void check_text(const SettingsText& text) {
  std::vector<std::string> problems;
  Settings settings = built_in_settings();
  for (FileValue& value : read_values(text.path, text.content, text.from_repository, problems)) {
    settings.set(value.key->name, std::move(value.text), Source::user_file, text.path.string());
  }
  throw_if_any(std::move(problems));
  check_port_range(settings);
}

Settings load_settings(const std::filesystem::path& user_file,
                       const std::optional<RepositoryFile>& repository, const Environment& environment) {
  Settings settings = built_in_settings();
  std::vector<std::string> problems;
  if (const auto content = read_file(user_file, user_file_limit)) {
    for (FileValue& value : read_values(user_file, *content, false, problems)) {
      settings.set(value.key->name, std::move(value.text), Source::user_file, user_file.string());
    }
  }
  if (repository) {
    for (FileValue& value : read_values(repository->path, repository->content, true, problems)) {
      settings.set(value.key->name, std::move(value.text), Source::repository_file,
                   repository->path.string());
    }
  }
  set_from_environment(settings, environment, problems);
  throw_if_any(std::move(problems));
  check_port_range(settings);
  return settings;
}

std::vector<std::string> describe_repository_file(const RepositoryFile& file) {
  std::vector<std::string> problems;
  const auto values = read_values(file.path, file.content, true, problems);
  throw_if_any(std::move(problems));
  std::vector<std::string> lines;
  for (const FileValue& value : values) {
    lines.push_back(fmt::format("{} = {}", value.key->name, escape_for_terminal(value.text)));
  }
  return lines;
}

}  // namespace cai
