#pragma once

#include <memory>

#include "data/byte_source.hpp"

struct archive;

namespace cai {

/// What is in a file that libarchive's filters know (zstd, xz, bzip2), or the file as it is.
class FilteredFile final : public ByteSource {
 public:
  /// `file`: a regular file, borrowed; read from its beginning.
  explicit FilteredFile(int file);

  std::size_t fill(std::span<char> room) override;

 private:
  struct Free {
    void operator()(archive* reader) const;
  };
  std::unique_ptr<archive, Free> reader_;
  bool empty_ = false;
};

}  // namespace cai
