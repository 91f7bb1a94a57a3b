#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cai/data/archive_layout.hpp"
#include "cai/data/tar.hpp"

namespace cai {

/// What an archive holds, after all of it was read and checked.
struct ArchiveSummary {
  std::int64_t entries = 0;  ///< that an import writes
  std::int64_t bytes = 0;    ///< of content
  std::uint32_t crc = 0;     ///< CRC-32 of all content, in order: the same when the archive is read again
  bool from_cai = false;     ///< has the manifest of an export, and is what that says
  std::string workspace;     ///< of the export
  std::int64_t uid = 0;      ///< whom the export's user files belong to
  std::int64_t gid = 0;
};

/// Beyond these the user is asked.
struct ArchiveLimits {
  std::int64_t entries = 2'000'000;
  std::int64_t bytes = std::int64_t{64} << 30;
  /// An archive of a few MiB that unpacks to gigabytes is a mistake or a trap.
  std::int64_t ratio = 200;
  std::int64_t ratio_counts_from = std::int64_t{2} << 30;
};

struct ImportHooks {
  std::function<bool()> should_stop;  ///< true ends the work with Error(interrupted)
  std::function<void(const ArchiveSummary&)> on_progress;
  /// "The archive unpacks to more than 2.0 GB": true goes on without limits.
  std::function<bool(const std::string& finding)> go_on;
  std::function<void(const TarEntry&)> on_entry;  ///< each entry that an import writes; may be empty
};

/// Reads all of a tar, plain or compressed by gzip (any number of members), zstd, xz or bzip2, and checks it;
/// nothing is written anywhere. Refused with Error(refused), naming the entry: absolute names and names with
/// "..", entries below a symbolic link or below a file, a link where something is already, hard links to what
/// is not an earlier file of the archive, devices, FIFOs and sockets, names too long for a file system, a
/// damaged or cut archive, one that differs from its own manifest, and what `go_on` says no to. Symbolic
/// links are kept as they are, wherever they point: they are never followed, and inside they lead only
/// inside.
ArchiveSummary check_archive(int file, const ArchiveLimits& limits, const ImportHooks& hooks);

/// Whom the files shall belong to.
struct ImportOwner {
  std::int64_t uid = 0;
  std::int64_t gid = 0;
};

/// The same archive as a plain tar that fills an empty volume: every check made again, owners mapped (an
/// export keeps what belonged to others than its user, anything else belongs to `owner` altogether), missing
/// directories added, the lock of the volume and the manifest left out, set-id bits only on the owner's own
/// files. `next` gives the pieces, "" at the end; Error(refused) when the archive is not the one that was
/// checked.
class ImportStream {
 public:
  /// `layout`, borrowed: of an archive whose entries have to go to other places; nullptr: they stay.
  ImportStream(int file, const ArchiveSummary& checked, const ImportOwner& owner, const ImportHooks& hooks,
               const ArchiveLayout* layout = nullptr);
  ImportStream(const ImportStream&) = delete;
  ImportStream& operator=(const ImportStream&) = delete;
  ~ImportStream();
  std::string_view next();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cai
