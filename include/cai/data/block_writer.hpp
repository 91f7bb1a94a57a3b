#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "cai/data/archive_format.hpp"

namespace cai {

/// One compressed block of an archive: enough to find it again and to know what is in it.
struct BlockSummary {
  std::uint32_t packed_size = 0;
  std::uint32_t size = 0;
  /// Its last bytes, which hold the checksum of its content: the CRC-32 of RFC 1952 and the size, or the one
  /// of RFC 8878.
  std::uint64_t ending = 0;
};

/// Compresses a stream in independent blocks on several threads, and hands the result on in order, on the
/// caller's thread. Memory is bounded: a few MiB for each thread.
class BlockWriter {
 public:
  using Output = std::function<void(std::string_view)>;  ///< may throw: the writer is of no use then

  /// `threads` 0: as many as there are processors, up to a bound.
  BlockWriter(Compression compression, Output output, unsigned threads = 0);
  BlockWriter(const BlockWriter&) = delete;
  BlockWriter& operator=(const BlockWriter&) = delete;
  ~BlockWriter();  ///< what was not finished is thrown away

  void write(std::string_view bytes);
  /// Hands on the rest and gives its memory and its threads back; nothing can be written any more.
  void finish();
  [[nodiscard]] std::uint64_t bytes_in() const;
  [[nodiscard]] std::uint64_t bytes_out() const;
  [[nodiscard]] const std::vector<BlockSummary>& blocks() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Reads an archive back block by block, on several threads, and compares it with what was written. Throws
/// Error(failed) when the file does not hold exactly that.
void verify_blocks(int file, Compression compression, const std::vector<BlockSummary>& blocks,
                   const std::function<bool()>& should_stop);

}  // namespace cai
