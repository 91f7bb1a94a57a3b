#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cai/data/import.hpp"

namespace cai {

/// Compares what was read of an archive with the manifest at its end, which comes in pieces.
class ManifestCheck {
 public:
  void add_file(std::string_view path, std::uint32_t crc);
  void feed(std::string_view bytes);
  /// Fills in what the manifest says of the export. Throws Error(refused) when it cannot be read, is of a
  /// newer format, or does not fit.
  void finish(ArchiveSummary& summary);

 private:
  struct File {
    std::size_t path_hash;
    std::uint32_t crc;
  };
  void line_done();

  std::vector<File> files_;
  std::size_t next_ = 0;
  std::string line_;
  std::string head_;
  bool in_files_ = false;
  bool ended_ = false;
};

}  // namespace cai
