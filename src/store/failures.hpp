#pragma once

#include <SQLiteCpp/Exception.h>

#include <filesystem>
#include <string_view>

#include "cai/base/error.hpp"

namespace cai {

/// The store's file as this room speaks of it to people.
std::string describe_store(const std::filesystem::path& file);

/// What SQLite's exception means for a person. `system_error` is the errno behind it, 0 when unknown.
Error to_error(const SQLite::Exception& exception, const std::filesystem::path& file, int system_error);

/// The content of the file cannot be what cai wrote.
Error damaged_store(const std::filesystem::path& file, std::string_view what);
Error newer_store(const std::filesystem::path& file, int version, int newest_known);
Error foreign_store(const std::filesystem::path& file);

}  // namespace cai
