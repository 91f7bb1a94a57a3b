#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "cai/config/settings.hpp"

namespace cai {

/// The text of a configuration file, and whose it is: that decides what it may set.
struct SettingsText {
  std::filesystem::path path;  ///< for messages
  std::string content;
  bool from_repository = false;
};

/// The text's own value for the key; nullopt when it sets none. Throws Error(usage) for bad TOML.
std::optional<std::string> value_in(const SettingsText& text, const SettingKey& key);

/// The content with `key` set to `value`, which need not be canonical. Comments, order, and every byte but
/// the value's, or the new line's, are as before. Throws Error(usage) naming the place when the value is none
/// of the key, or when anything in the file would be a mistake afterwards; Error(refused) when the file has
/// no place for it.
std::string with_setting(const SettingsText& text, const SettingKey& key, std::string_view value);
/// The content without the key; the same content when it is not there. Throws as with_setting.
std::string without_setting(const SettingsText& text, const SettingKey& key);

/// Replaces the user's file by what `change` makes of it, at once or not at all; writers take turns by
/// `lock_file`. A link stays a link, and the mode stays; a new file gets 0600. False: `change` changed
/// nothing. Throws what `change` throws, then nothing was written, and Error(failed).
bool change_user_file(const std::filesystem::path& file, const std::filesystem::path& lock_file,
                      const std::function<std::string(const std::string& content)>& change);

/// Replaces the repository's file, which still must be what `former` says. What is behind the path is judged
/// as read_repository_file does. Throws Error(refused), Error(failed).
void replace_repository_file(const std::filesystem::path& root, const RepositoryFile& former,
                             std::string_view content);

}  // namespace cai
