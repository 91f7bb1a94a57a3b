#include "data/manifest_check.hpp"

#include <charconv>

#include "cai/base/error.hpp"
#include "cai/base/text.hpp"
#include "cai/json/json.hpp"
#include "data/codec.hpp"

namespace cai {
namespace {

constexpr std::size_t longest_line = 64U << 10U;
constexpr std::size_t longest_head = 1U << 20U;
constexpr int known_format = 1;

Error unreadable() {
  return Error(ErrorKind::refused, "the archive's own list of files cannot be read")
      .hint("remove .containai-export.json from the archive to import it as any other tar");
}

Error differs(const std::string& path) {
  return {ErrorKind::refused,
          "the archive is damaged: " + escape_for_terminal(path) + " is not as its own list of files says"};
}

std::string unhex(std::string_view text) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes += static_cast<char>(digit(text[i]) * 16 + digit(text[i + 1]));
  }
  return bytes;
}

template <typename Value>
Value value_or(const Json& json, const char* name, Value fallback) {
  const auto found = json.find(name);
  if (found == json.end()) return fallback;
  if constexpr (std::is_same_v<Value, std::string>) {
    return found->is_string() ? found->get<std::string>() : fallback;
  } else {
    return found->is_number_integer() ? found->get<Value>() : fallback;
  }
}

}  // namespace

void ManifestCheck::add_file(std::string_view path, std::uint32_t crc) {
  files_.push_back(crc32(crc, path));
}

void ManifestCheck::feed(std::string_view bytes) {
  for (const char c : bytes) {
    if (c == '\n') {
      line_done();
      line_.clear();
    } else {
      line_ += c;
      if (line_.size() > longest_line) throw unreadable();
    }
  }
}

void ManifestCheck::line_done() {
  if (!in_files_) {
    head_ += line_ + "\n";
    if (head_.size() > longest_head) throw unreadable();
    in_files_ = line_ == "  \"files\": [";
    return;
  }
  auto text = trim(line_);
  if (ended_ || text == "]") {
    ended_ = true;
    return;
  }
  if (text.ends_with(',')) text.remove_suffix(1);
  const auto json = parse_json(text);
  if (!json.is_object()) throw unreadable();
  auto path = value_or(json, "path", std::string());
  if (const auto encoded = value_or(json, "path_hex", std::string()); !encoded.empty()) path = unhex(encoded);
  const auto text_of_crc = value_or(json, "crc32", std::string());
  std::uint32_t crc = 0;
  const auto* end = text_of_crc.data() + text_of_crc.size();
  if (std::from_chars(text_of_crc.data(), end, crc, 16).ptr != end || text_of_crc.empty()) throw unreadable();
  if (next_ == files_.size() || files_[next_] != crc32(crc, path)) throw differs(path);
  ++next_;
}

void ManifestCheck::finish(ArchiveSummary& summary) {
  if (!ended_) throw unreadable();
  const auto json = parse_json(head_ + "]}");
  if (!json.is_object()) throw unreadable();
  if (value_or(json, "format", std::int64_t{0}) != known_format) {
    throw Error(ErrorKind::refused, "the archive was written by a newer cai").hint("update cai");
  }
  if (next_ != files_.size()) throw differs(".containai-export.json");
  summary.from_cai = true;
  summary.workspace = value_or(json, "workspace", std::string());
  summary.uid = value_or(json, "uid", std::int64_t{0});
  summary.gid = value_or(json, "gid", std::int64_t{0});
}

}  // namespace cai
