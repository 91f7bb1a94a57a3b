#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "cai/base/error.hpp"
#include "cai/base/filesystem.hpp"

namespace cai {

/// What to do about a directory that is not there.
enum class Missing { is_an_error, is_made };

/// Opens a directory through its components, none of which may be a link. For paths that were canonical when
/// they were checked: a box that has a part of one mounted could put a link there afterwards, and what was
/// checked would not be what is opened. Throws Error(failed).
UniqueFd open_linkless(const std::filesystem::path& directory, Missing missing);
/// The same below a directory that is open.
UniqueFd open_linkless(int directory, std::span<const std::string> parts, Missing missing);

/// "cannot DOING NAME: what errno says"
Error file_trouble(const std::string& doing, const std::string& name);

}  // namespace cai
