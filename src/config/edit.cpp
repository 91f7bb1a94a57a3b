#include "cai/config/edit.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include "cai/base/error.hpp"
#include "cai/base/filesystem.hpp"
#include "cai/base/text.hpp"
#include "config/check_text.hpp"
#include "config/keys.hpp"
#include "config/toml_edit.hpp"
#include "config/toml_reader.hpp"
#include "config/validate.hpp"

namespace cai {
namespace fs = std::filesystem;
namespace {

constexpr int turn_milliseconds = 10'000;
constexpr std::size_t file_limit = 1U << 20U;
constexpr mode_t private_mode = 0600;
constexpr int most_links = 40;  // as the kernel

TomlFile require_toml(const SettingsText& text) {
  auto file = read_toml(text.content, is_key_table);
  if (file.problem) check_text(text);
  return file;
}

Error no_place(const SettingsText& text, const SettingKey& key) {
  return Error(ErrorKind::refused, fmt::format("{} is written in {} in a way that only an editor can change",
                                               key.name, escape_for_terminal(text.path.native())))
      .hint("change it by hand; nothing was written");
}

std::string canonical_value(const SettingsText& text, const SettingKey& key, std::string_view value) {
  auto checked = check_value(key, value);
  if (!checked.problem.empty()) {
    throw Error(ErrorKind::usage, fmt::format("{} {}", key.name, checked.problem))
        .hint(std::string(key.description));
  }
  if (text.from_repository) {
    if (const auto objection = repository_objection(key, checked.text))
      throw Error(ErrorKind::usage, fmt::format("{}: {}", key.name, *objection));
  }
  return std::move(checked.text);
}

/// Where the bytes are: links are followed, also one that leads to nothing yet.
fs::path behind_links(fs::path file) {
  for (int links = 0; fs::is_symlink(fs::symlink_status(file)); ++links) {
    if (links == most_links) {
      throw Error(ErrorKind::failed,
                  fmt::format("too many links behind {}", escape_for_terminal(file.native())));
    }
    file = file.parent_path() / fs::read_symlink(file);
  }
  return file;
}

mode_t mode_of(const fs::path& file) {
  struct stat status {};
  return stat(file.c_str(), &status) == 0 ? status.st_mode & 0777U : private_mode;
}

}  // namespace

std::optional<std::string> value_in(const SettingsText& text, const SettingKey& key) {
  for (const TomlEntry& entry : require_toml(text).entries) {
    if (find_key(entry.key) == &key) return entry.text;
  }
  return std::nullopt;
}

std::string with_setting(const SettingsText& text, const SettingKey& key, std::string_view value) {
  const auto canonical = canonical_value(text, key, value);
  const auto literal = toml_literal(key, canonical);
  if (literal.empty()) {
    throw Error(ErrorKind::usage, fmt::format("{} cannot be empty in a file", key.name))
        .hint(fmt::format("`cai config unset {}` takes it out", key.name));
  }
  static_cast<void>(require_toml(text));
  auto content = set_in_toml(text.content, key, literal);
  if (!content) throw no_place(text, key);
  check_text({text.path, *content, text.from_repository});
  return *std::move(content);
}

std::string without_setting(const SettingsText& text, const SettingKey& key) {
  if (!value_in(text, key)) return text.content;
  auto content = unset_in_toml(text.content, key);
  if (!content) throw no_place(text, key);
  check_text({text.path, *content, text.from_repository});
  return *std::move(content);
}

bool change_user_file(const fs::path& file, const fs::path& lock_file,
                      const std::function<std::string(const std::string& content)>& change) {
  const auto lock = FileLock::acquire(lock_file, turn_milliseconds, [] {});
  const auto target = behind_links(file);
  const auto former = read_file(target, file_limit);
  const auto content = change(former.value_or(""));
  if (content == former.value_or("")) return false;
  write_file_atomically(target, content, mode_of(target));
  return true;
}

}  // namespace cai
