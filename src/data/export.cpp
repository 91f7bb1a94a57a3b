#include "cai/data/export.hpp"

#include <fmt/format.h>

#include <unordered_map>

#include "cai/base/error.hpp"
#include "cai/data/tar_filter.hpp"
#include "cai/data/volume_layout.hpp"
#include "data/codec.hpp"
#include "data/hash_set.hpp"
#include "data/manifest.hpp"

namespace cai {
namespace {

/// Decides on each entry of the engine's tar and counts what goes through.
class Selection final : public TarFilter::Target {
 public:
  Selection(const ExportRules& rules, BlockWriter& writer, FileList& files, ExportReport& report)
      : rules_(rules), writer_(writer), files_(files), report_(report) {}

  bool begin(const TarEntry& entry) override {
    if (entry.path == manifest_name) return false;  // of an earlier export that was unpacked here
    if (rules_.holds_back(entry.path) || (is_hard_link(entry) && withheld_.contains(entry.link))) {
      withheld_.insert(entry.path);
      ++report_.credentials_left_out;
      return false;
    }
    if (rules_.excludes(entry.path)) {
      if (entry.type == TarEntry::Type::file) left_out_.insert(entry.path);
      ++report_.left_out;
      return false;
    }
    if (entry.type == TarEntry::Type::other) {
      ++report_.special_files;
      return false;
    }
    if (is_hard_link(entry) && left_out_.contains(entry.link)) {
      stranded_.push_back(entry);
      return false;
    }
    crc_ = 0;
    return true;
  }

  void raw(std::string_view bytes) override { writer_.write(bytes); }

  void content(std::string_view bytes) override {
    crc_ = crc32(crc_, bytes);
    report_.bytes += static_cast<std::int64_t>(bytes.size());
  }

  void end(const TarEntry& entry) override {
    ++report_.entries;
    if (entry.type == TarEntry::Type::file) files_.add(entry.path, entry.size, crc_);
  }

  /// Hard links whose other name, the one that carries the content, was left out.
  [[nodiscard]] const std::vector<TarEntry>& stranded() const { return stranded_; }

 private:
  static bool is_hard_link(const TarEntry& entry) { return entry.type == TarEntry::Type::hard_link; }

  const ExportRules& rules_;
  BlockWriter& writer_;
  FileList& files_;
  ExportReport& report_;
  HashSet left_out_;
  HashSet withheld_;
  std::vector<TarEntry> stranded_;
  std::uint32_t crc_ = 0;
};

/// The tar of a single file becomes the entry of that file under its whole path.
class OneFile final : public TarFilter::Target {
 public:
  OneFile(std::string path, Selection& selection) : path_(std::move(path)), selection_(selection) {}

  bool begin(const TarEntry& entry) override {
    if (entry.type != TarEntry::Type::file || found_) return false;
    found_ = true;
    skip_ = true;
    TarEntry renamed = entry;
    renamed.path = path_;
    selection_.begin(renamed);
    selection_.raw(tar_header(renamed));
    return true;
  }
  void raw(std::string_view bytes) override {
    // The first piece is the header with the short name.
    if (!std::exchange(skip_, false)) selection_.raw(bytes);
  }
  void content(std::string_view bytes) override { selection_.content(bytes); }
  void end(const TarEntry& entry) override {
    TarEntry renamed = entry;
    renamed.path = path_;
    selection_.end(renamed);
  }
  [[nodiscard]] bool found() const { return found_; }

 private:
  std::string path_;
  Selection& selection_;
  bool found_ = false;
  bool skip_ = false;
};

class Export {
 public:
  Export(Engine& engine, const ContainerId& helper, const ExportRules& rules,
         const std::filesystem::path& scratch, BlockWriter& writer, const ExportHooks& hooks)
      : engine_(engine),
        helper_(helper),
        writer_(writer),
        hooks_(hooks),
        files_(scratch),
        selection_(rules, writer, files_, report_) {}

  std::optional<ExportReport> run(const ExportDescription& description) {
    if (!read(fmt::format("{}/.", volume_mount_point), selection_) || !bring_stranded()) return std::nullopt;
    append_manifest(description);
    writer_.write(tar_end());
    return report_;
  }

 private:
  /// False: the engine's tar has no end.
  bool read(const std::string& path, TarFilter::Target& target) {
    TarFilter filter(target);
    const ArchiveSink sink = [&](std::string_view bytes) {
      filter.feed(bytes);
      hooks_.on_progress(report_);
    };
    if (!engine_.read_archive(helper_, path, sink, hooks_.should_stop)) {
      throw Error(ErrorKind::failed,
                  "the container engine cannot find the data volume in the helper container");
    }
    return filter.is_complete();
  }

  bool bring_stranded() {
    std::unordered_map<std::string, std::string> brought;  // name that was left out -> name in the archive
    for (auto entry : selection_.stranded()) {
      if (const auto other = brought.find(entry.link); other != brought.end()) {
        entry.link = other->second;
        writer_.write(tar_header(entry));
        ++report_.entries;
        continue;
      }
      OneFile file(entry.path, selection_);
      if (!read(fmt::format("{}/{}", volume_mount_point, entry.path), file)) return false;
      if (file.found()) brought.emplace(entry.link, entry.path);
    }
    return true;
  }

  void append_manifest(const ExportDescription& description) {
    const auto beginning = manifest_beginning(description, report_);
    const auto ending = manifest_ending();
    TarEntry entry;
    entry.path = manifest_name;
    entry.size = static_cast<std::int64_t>(beginning.size() + files_.size() + ending.size());
    entry.mode = 0600;
    entry.uid = description.uid;
    entry.gid = description.gid;
    writer_.write(tar_header(entry));
    writer_.write(beginning);
    files_.read([&](std::string_view bytes) { writer_.write(bytes); });
    writer_.write(ending);
    writer_.write(tar_end().substr(0, tar_padding(entry.size)));
  }

  Engine& engine_;
  const ContainerId& helper_;
  BlockWriter& writer_;
  const ExportHooks& hooks_;
  ExportReport report_;
  FileList files_;
  Selection selection_;
};

}  // namespace

std::optional<ExportReport> export_volume(Engine& engine, const ContainerId& helper, const ExportRules& rules,
                                          const ExportDescription& description,
                                          const std::filesystem::path& scratch, BlockWriter& writer,
                                          const ExportHooks& hooks) {
  return Export(engine, helper, rules, scratch, writer, hooks).run(description);
}

}  // namespace cai
