#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

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
  void line_done();

  /// Of each file one checksum, over its content and then its name: four bytes are all that many files cost.
  std::deque<std::uint32_t> files_;
  std::size_t next_ = 0;
  std::string line_;
  std::string head_;
  bool in_files_ = false;
  bool ended_ = false;
};

}  // namespace cai
