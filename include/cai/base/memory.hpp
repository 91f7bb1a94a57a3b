#pragma once

#include <cstddef>

namespace cai {

/// Memory given back is faulted in anew, page by page, by whoever asks next. A command lives for
/// milliseconds: over a thousand containers that was a third of its time. Blocks beyond 16 MiB still go back
/// at once. Threads share one arena: what one parses the other keeps. Once, before there are threads.
void keep_freed_memory();

/// Makes the kernel's part of the next `bytes` that are allocated happen now, all at once: for who waits
/// anyway and will need them. Does nothing where the kernel cannot (before Linux 5.14). madvise(2),
/// MADV_POPULATE_WRITE and MADV_HUGEPAGE.
void ready_memory(std::size_t bytes);

}  // namespace cai
