#include "cai/data/import.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <deque>

#include "cai/base/error.hpp"
#include "cai/base/text.hpp"
#include "cai/data/volume_layout.hpp"
#include "data/archive_reader.hpp"
#include "data/codec.hpp"
#include "data/entry_checker.hpp"
#include "data/hash_set.hpp"
#include "data/manifest_check.hpp"

namespace cai {
namespace {

constexpr int set_id_bits = 06000;
/// The volume's root belongs to root and anybody may make entries, as in an image (src/image/runtime/setup).
constexpr int root_mode = 01777;
/// Larger files are passed on as they are.
constexpr std::int64_t most_rewritten = 4 << 20;

bool is_written(const TarEntry& entry) {
  return !entry.path.empty() && entry.path != lock_in_volume && entry.path != manifest_name;
}

void throw_if_stopped(const ImportHooks& hooks) {
  if (hooks.should_stop()) throw Error(ErrorKind::interrupted, "interrupted");
}

void count(std::string_view content, ArchiveSummary& summary) {
  summary.bytes += static_cast<std::int64_t>(content.size());
  summary.crc = crc32(summary.crc, content);
}

class Limiter {
 public:
  Limiter(int file, const ArchiveLimits& limits, const ImportHooks& hooks) : limits_(limits), hooks_(hooks) {
    struct stat status = {};
    if (fstat(file, &status) == 0) packed_ = std::max<std::int64_t>(status.st_size, 1);
  }

  void check(std::int64_t entries, std::int64_t bytes) {
    if (lifted_) return;
    if (entries > limits_.entries) ask(fmt::format("the archive has more than {} entries", limits_.entries));
    if (bytes > limits_.bytes) ask("the archive unpacks to more than " + format_size(limits_.bytes));
    if (bytes > limits_.ratio_counts_from && bytes / packed_ > limits_.ratio) {
      ask(fmt::format("the archive has {} and unpacks to {} or more", format_size(packed_),
                      format_size(bytes)));
    }
  }

 private:
  void ask(const std::string& finding) {
    if (lifted_) return;
    if (!hooks_.go_on(finding)) {
      throw Error(ErrorKind::refused, finding + "; nothing was changed")
          .hint("`--yes` imports it all the same");
    }
    lifted_ = true;
  }

  const ArchiveLimits& limits_;
  const ImportHooks& hooks_;
  std::int64_t packed_ = 1;
  bool lifted_ = false;
};

}  // namespace

ArchiveSummary check_archive(int file, const ArchiveLimits& limits, const ImportHooks& hooks) {
  ArchiveReader reader(file);
  EntryChecker checker;
  Limiter limiter(file, limits, hooks);
  ManifestCheck manifest;
  ArchiveSummary summary;
  bool has_manifest = false;
  bool anything = false;
  while (const auto found = reader.next()) {
    throw_if_stopped(hooks);
    anything = true;
    const auto entry = checker.check(*found);
    const bool is_manifest = entry.path == manifest_name && entry.type == TarEntry::Type::file;
    if (is_manifest) has_manifest = true;
    if (is_written(entry)) {
      ++summary.entries;
      limiter.check(summary.entries, summary.bytes + entry.size);
      if (hooks.on_entry) hooks.on_entry(entry);
    }
    std::uint32_t crc = 0;
    for (auto piece = reader.read(); !piece.empty(); piece = reader.read()) {
      if (is_manifest) manifest.feed(piece);
      crc = crc32(crc, piece);
      if (is_written(entry)) count(piece, summary);
      throw_if_stopped(hooks);
      hooks.on_progress(summary);
    }
    if (entry.type == TarEntry::Type::file && !is_manifest) manifest.add_file(entry.path, crc);
  }
  if (!anything) throw Error(ErrorKind::refused, "the archive is empty").hint("nothing was changed");
  if (has_manifest) manifest.finish(summary);
  return summary;
}

struct ImportStream::State {
  enum class Part { root, header, content, padding, end, done };

  State(int file, const ArchiveSummary& what, const ImportOwner& whose, const ImportHooks& hooks_given,
        const ArchiveLayout* layout_given)
      : reader(file), checked(what), owner(whose), hooks(hooks_given), layout(layout_given) {}

  /// Directories that the archive does not mention belong to the workspace's user.
  void add_missing_parents(const std::string& path) {
    for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
      const auto parent = path.substr(0, slash);
      if (directories.contains(parent)) continue;
      directories.insert(parent);
      TarEntry made;
      made.type = TarEntry::Type::directory;
      made.path = parent;
      made.mode = parent == home_in_volume ? 0700 : 0755;
      made.uid = owner.uid;
      made.gid = owner.gid;
      made.modified = entry.modified;
      piece += tar_header(made);
    }
  }

  void map_owner() {
    const bool keeps = checked.from_cai;
    if (!keeps || entry.uid == checked.uid) entry.uid = owner.uid;
    if (!keeps || entry.gid == checked.gid) entry.gid = owner.gid;
    if (entry.type == TarEntry::Type::file && entry.uid != owner.uid) entry.mode &= ~set_id_bits;
  }

  /// The entry as it goes into the volume; nullopt: it does not.
  std::optional<TarEntry> accept(TarEntry found) {
    if (!layout) found = checker.check(std::move(found));
    found.path = plain_path(found.path);
    if (!is_written(found)) return std::nullopt;
    ++written.entries;
    if (!layout) return found;
    auto placed = layout->place(std::move(found));
    if (placed) return checker.check(std::move(*placed));
    for (auto bytes = reader.read(); !bytes.empty(); bytes = reader.read()) count(bytes, written);
    return std::nullopt;
  }

  /// A file that is rewritten has another size than the archive says, so it is read before its header goes.
  void rewrite_content() {
    std::string content;
    for (auto bytes = reader.read(); !bytes.empty(); bytes = reader.read()) content += bytes;
    count(content, written);
    content = layout->rewritten(std::move(content));
    entry.size = static_cast<std::int64_t>(content.size());
    piece += tar_header(entry) + content + std::string(tar_end().substr(0, tar_padding(entry.size)));
    part = Part::header;
  }

  void begin_entry() {
    piece.clear();
    while (auto found = reader.next()) {
      throw_if_stopped(hooks);
      auto accepted = accept(std::move(*found));
      if (!accepted) continue;
      entry = std::move(*accepted);
      add_missing_parents(entry.path);
      if (entry.type == TarEntry::Type::directory) directories.insert(entry.path);
      map_owner();
      const bool is_file = entry.type == TarEntry::Type::file;
      if (is_file && layout && entry.size <= most_rewritten && layout->rewrites(entry)) {
        rewrite_content();
        return;
      }
      piece += tar_header(entry);
      part = is_file ? Part::content : Part::header;
      return;
    }
    if (written.entries != checked.entries || written.bytes != checked.bytes || written.crc != checked.crc) {
      throw Error(ErrorKind::refused, "the archive changed while it was read; nothing was imported");
    }
    part = Part::end;
  }

  ArchiveReader reader;
  EntryChecker checker;
  ArchiveSummary checked;
  ArchiveSummary written;
  ImportOwner owner;
  const ImportHooks& hooks;
  const ArchiveLayout* layout;
  HashSet directories;
  TarEntry entry;
  std::string piece;
  Part part = Part::root;
};

ImportStream::ImportStream(int file, const ArchiveSummary& checked, const ImportOwner& owner,
                           const ImportHooks& hooks, const ArchiveLayout* layout)
    : state_(std::make_unique<State>(file, checked, owner, hooks, layout)) {}

ImportStream::~ImportStream() = default;

std::string_view ImportStream::next() {
  auto& state = *state_;
  using Part = State::Part;
  while (true) {
    switch (state.part) {
      case Part::root: {
        TarEntry root;
        root.type = TarEntry::Type::directory;
        root.mode = root_mode;
        state.piece = tar_header(root);
        state.part = Part::header;
        return state.piece;
      }
      case Part::header:
        state.begin_entry();
        if (state.part != Part::end) return state.piece;
        break;
      case Part::content: {
        const auto bytes = state.reader.read();
        state.hooks.on_progress(state.written);
        if (!bytes.empty()) {
          count(bytes, state.written);
          return bytes;
        }
        state.part = Part::header;
        if (const auto padding = tar_padding(state.entry.size); padding > 0)
          return tar_end().substr(0, padding);
        break;
      }
      case Part::end:
        state.part = Part::done;
        return tar_end();
      default:
        return {};
    }
  }
}

}  // namespace cai
