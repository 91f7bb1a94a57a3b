#include "data/manifest.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "cai/base/text.hpp"
#include "cai/data/archive_file.hpp"
#include "cai/json/json.hpp"
#include "data/system_failure.hpp"

namespace cai {
namespace {

constexpr std::size_t buffer_size = 256U << 10U;
constexpr int manifest_format = 1;

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return text;
}

}  // namespace

FileList::FileList(const std::filesystem::path& directory)
    : directory_(directory), file_(make_nameless_file(directory)) {}

void FileList::add(const std::string& path, std::int64_t size, std::uint32_t crc) {
  Json line = Json::object();
  // JSON is UTF-8, names are bytes.
  is_utf8(path) ? line["path"] = path : line["path_hex"] = hex(path);
  line["size"] = size;
  line["crc32"] = fmt::format("{:08x}", crc);
  pending_ += empty_ ? "\n    " : ",\n    ";
  pending_ += dump_json(line);
  empty_ = false;
  if (pending_.size() >= buffer_size) flush();
}

void FileList::flush() {
  std::string_view rest = pending_;
  while (!rest.empty()) {
    const auto count = write(file_.get(), rest.data(), rest.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0)
      throw system_failure(errno,
                           "keep the list of files in " + (directory_.empty() ? "." : directory_.string()));
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
  written_ += pending_.size();
  pending_.clear();
}

std::uint64_t FileList::size() {
  flush();
  return written_;
}

void FileList::read(const std::function<void(std::string_view)>& sink) {
  flush();
  std::string buffer(buffer_size, '\0');
  std::uint64_t at = 0;
  while (at < written_) {
    const auto count = pread(file_.get(), buffer.data(), buffer.size(), static_cast<off_t>(at));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) throw system_failure(count == 0 ? EIO : errno, "read the list of files");
    sink({buffer.data(), static_cast<std::size_t>(count)});
    at += static_cast<std::uint64_t>(count);
  }
}

std::string manifest_beginning(const ExportDescription& description, const ExportReport& report) {
  Json json = {{"format", manifest_format},
               {"cai", CAI_VERSION},
               {"created_at", description.created_at},
               {"workspace", description.workspace},
               {"branch", description.branch},
               {"template", description.template_name},
               {"volume", description.volume},
               {"uid", description.uid},
               {"gid", description.gid},
               {"running", description.running},
               {"credentials", description.credentials},
               {"settings", description.settings},
               {"exclude", description.exclude},
               {"entries", report.entries},
               {"bytes", report.bytes},
               {"checksum", "crc32"}};
  auto text = dump_json(json, 2);
  text.resize(text.rfind('\n'));  // the list of files goes before the closing brace
  return text + ",\n  \"files\": [";
}

std::string manifest_ending() {
  return "\n  ]\n}\n";
}

}  // namespace cai
