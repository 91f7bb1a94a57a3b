#include "cai/base/memory.hpp"

#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>

namespace cai {

void keep_freed_memory() {
  constexpr int mebibyte = 1 << 20;
  mallopt(M_MMAP_THRESHOLD, 16 * mebibyte);
  mallopt(M_TRIM_THRESHOLD, 32 * mebibyte);
  mallopt(M_TOP_PAD, mebibyte);
  mallopt(M_ARENA_MAX, 1);
}

void ready_memory(std::size_t bytes) {
  const std::unique_ptr<void, decltype(&std::free)> block(std::malloc(bytes), &std::free);
  void* start = block.get();
  // Whole pages of it; the first and the last may be in use by others.
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  if (start == nullptr || std::align(page, page, start, bytes) == nullptr) return;
  const auto whole = bytes / page * page;
  // In large pages where the kernel has some: fewer to make, to look up and to take back at the end.
  madvise(start, whole, MADV_HUGEPAGE);
  madvise(start, whole, MADV_POPULATE_WRITE);
}

}  // namespace cai
