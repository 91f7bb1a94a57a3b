#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace cai {

/// The longest container name that cai makes.
inline constexpr std::size_t max_name_length = 24;

/// PRODUCT.md 1.2: `{repo}-{branch leaf}` from the directory name of the main working tree and the full
/// branch name. The result has 1 to 24 bytes of [a-z0-9-] and neither starts nor ends with a dash.
std::string workspace_name(std::string_view repository, std::string_view branch);

/// PRODUCT.md 1.3: `workspace_name`, or, while `is_taken` says so, that name shortened and ended with `-` and
/// 4, 6 and then 8 hex digits of SHA-256 of `workspace_key`. The last candidate is returned without asking.
std::string choose_workspace_name(std::string_view repository, std::string_view branch,
                                  std::string_view workspace_key,
                                  const std::function<bool(const std::string&)>& is_taken);

/// What `--container N` accepts: 1 to 63 bytes of [a-z0-9-], no dash at either end.
bool is_valid_container_name(std::string_view name);

/// Engine rule for volumes: 2 to 255 bytes, first [a-zA-Z0-9], then [a-zA-Z0-9_.-].
bool is_valid_volume_name(std::string_view name);

/// Template names: ^[a-z0-9][a-z0-9_.-]*$, at most 64 bytes.
bool is_valid_template_name(std::string_view name);

}  // namespace cai
