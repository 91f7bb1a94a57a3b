#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "cai/base/filesystem.hpp"
#include "cai/data/export.hpp"

namespace cai {

/// The list of files for the manifest: one JSON object a line, in a file without a name, because there may be
/// millions.
class FileList {
 public:
  explicit FileList(const std::filesystem::path& directory);
  void add(const std::string& path, std::int64_t size, std::uint32_t crc);
  [[nodiscard]] std::uint64_t size();
  void read(const std::function<void(std::string_view)>& sink);

 private:
  void flush();
  std::filesystem::path directory_;
  UniqueFd file_;
  std::string pending_;
  std::uint64_t written_ = 0;
  bool empty_ = true;
};

/// What stands before and after the list of files.
std::string manifest_beginning(const ExportDescription& description, const ExportReport& report);
std::string manifest_ending();

}  // namespace cai
