#include "data/block_cutter.hpp"

#include <algorithm>

namespace cai {

bool BlockCutter::fits(int file) {
  const auto beginning = beginning_of_sized_block();
  return ReadAhead(file, 0, beginning.size()).ahead(beginning.size()) == beginning;
}

std::optional<BlockSizes> BlockCutter::cut(std::span<char> room) {
  const auto ahead = file_.ahead(most_packed).substr(0, most_packed);
  const auto sizes = first_sized_block(ahead);
  if (!sizes || sizes->content > archive_block) return std::nullopt;
  std::ranges::copy(ahead.substr(0, sizes->packed), room.begin());
  file_.skip(sizes->packed);
  return sizes;
}

}  // namespace cai
