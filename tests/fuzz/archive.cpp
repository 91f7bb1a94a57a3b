// Archives that `cai import` is given: what passes the check can be written, and what is written passes
// again.
#include <sys/mman.h>
#include <unistd.h>

#include "cai/base/filesystem.hpp"
#include "cai/data/import.hpp"
#include "cai/home/original_archive.hpp"
#include "fuzz/tar_checksums.hpp"
#include "fuzz/target.hpp"

using namespace cai;
using namespace cai::fuzz;

namespace {

constexpr std::int64_t most_bytes = 8 << 20;

UniqueFd file_with(std::string_view content) {
  UniqueFd file(memfd_create("archive", MFD_CLOEXEC));
  require(write(file.get(), content.data(), content.size()) == static_cast<ssize_t>(content.size()),
          "the archive can be written");
  return file;
}

std::string stream_of(int archive, const ArchiveSummary& summary, const ImportHooks& hooks,
                      const ArchiveLayout* layout) {
  std::string written;
  ImportStream stream(archive, summary, {1000, 1000}, hooks, layout);
  for (auto piece = stream.next(); !piece.empty(); piece = stream.next()) written += piece;
  return written;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ImportHooks hooks{.should_stop = [] { return false; },
                          .on_progress = [](const ArchiveSummary&) {},
                          .go_on = [](const std::string&) { return false; },
                          .on_entry = {}};
  const ArchiveLimits limits{
      .entries = 1000, .bytes = most_bytes, .ratio = 200, .ratio_counts_from = 1 << 20};
  const UniqueFd archive = file_with(with_right_checksums(text_of(data, size)));
  ArchiveSummary summary;
  if (!accepted([&] { summary = check_archive(archive.get(), limits, hooks); })) return 0;
  const auto written = stream_of(archive.get(), summary, hooks, nullptr);
  const auto again = check_archive(file_with(written).get(), limits, hooks);
  require(again.bytes == summary.bytes, "an import writes what was checked");

  // The same as if it came from the original: all of it goes into the home.
  const OriginalArchive original;
  std::string placed;
  if (!accepted([&] { placed = stream_of(archive.get(), summary, hooks, &original); })) return 0;
  auto in_home = hooks;
  in_home.on_entry = [](const TarEntry& entry) {
    require(entry.path == "home" || entry.path.starts_with("home/"), "the original's files go into the home");
  };
  check_archive(file_with(placed).get(), limits, in_home);
  return 0;
}
