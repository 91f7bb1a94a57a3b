#include "cai/image/edition.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "cai/base/error.hpp"
#include "cai/base/filesystem.hpp"
#include "cai/base/text.hpp"
#include "cai/base/text_diff.hpp"
#include "image/runtime_folder.hpp"

namespace cai {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view first_line = "cai template edition 1\n";
constexpr std::size_t longest_text = 64U << 10U;
constexpr std::size_t most_text = 512U << 10U;  ///< of one edition
constexpr std::size_t most_editions = 100;

bool is_text(std::string_view content) {
  return content.size() <= longest_text && content.find('\0') == content.npos && is_utf8(content);
}

std::string_view kind_of(const ContextFile& file) {
  return file.symbolic_link ? "link" : (file.mode & 0111) != 0 ? "program" : "file";
}

/// Every part with its length in front, so that any bytes can be in it.
void append(std::string& text, std::string_view part) {
  text += fmt::format("{}:{}\n", part.size(), part);
}

/// What append wrote; nullopt: something else.
std::optional<std::string> take(std::string_view& text) {
  std::size_t size = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (problem != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (!text.starts_with(':') || size > text.size() - 1 || !text.substr(1 + size).starts_with('\n'))
    return std::nullopt;
  std::string part(text.substr(1, size));
  text.remove_prefix(size + 2);
  return part;
}

fs::path file_of(const fs::path& folder, const std::string& hash) {
  return folder / (hash + ".edition");
}

void forget_oldest(const fs::path& folder) {
  std::multimap<fs::file_time_type, fs::path> by_age;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".edition") by_age.emplace(entry.last_write_time(), entry.path());
  }
  while (by_age.size() >= most_editions) {
    remove_file(by_age.begin()->second);
    by_age.erase(by_age.begin());
  }
}

FileChange change_of(const EditionFile& former, const EditionFile& now) {
  FileChange change{now.path, FileChange::Kind::changed, {}};
  if (former.text && now.text) change.difference = unified_diff(*former.text, *now.text);
  return change;
}

}  // namespace

TemplateEdition edition_of(const Template& chosen) {
  TemplateEdition edition{chosen.base, {}, {}};
  std::string runtime;
  std::size_t total = 0;
  for (const ContextFile& file : chosen.files) {
    if (is_of_runtime(file.path)) {
      runtime += sha256_hex(file.content);
      continue;
    }
    EditionFile entry{file.path, std::string(kind_of(file)), sha256_hex(file.content), {}};
    if (is_text(file.content) && total + file.content.size() <= most_text) {
      total += file.content.size();
      entry.text = file.content;
    }
    edition.files.push_back(std::move(entry));
  }
  edition.runtime = sha256_hex(runtime);
  return edition;
}

std::string to_text(const TemplateEdition& edition) {
  std::string text(first_line);
  append(text, edition.base);
  append(text, edition.runtime);
  for (const EditionFile& file : edition.files) {
    append(text, file.path);
    append(text, file.kind);
    append(text, file.sha256);
    append(text, file.text ? "text" : "");
    if (file.text) append(text, *file.text);
  }
  return text;
}

std::optional<TemplateEdition> parse_edition(std::string_view text) {
  if (!text.starts_with(first_line)) return std::nullopt;
  text.remove_prefix(first_line.size());
  const auto base = take(text);
  const auto runtime = base ? take(text) : std::nullopt;
  if (!runtime) return std::nullopt;
  TemplateEdition edition{*base, *runtime, {}};
  while (!text.empty()) {
    const auto path = take(text);
    const auto kind = path ? take(text) : std::nullopt;
    const auto sha256 = kind ? take(text) : std::nullopt;
    const auto has_text = sha256 ? take(text) : std::nullopt;
    if (!has_text) return std::nullopt;
    edition.files.push_back({*path, *kind, *sha256, {}});
    if (has_text->empty()) continue;
    edition.files.back().text = take(text);
    if (!edition.files.back().text) return std::nullopt;
  }
  return edition;
}

fs::path editions_folder(const Paths& paths) {
  return paths.state / "templates";
}

void remember_edition(const fs::path& folder, const Template& chosen) {
  const auto file = file_of(folder, chosen.hash);
  std::error_code ignored;  // what cannot be looked at is written, and that fails with a reason
  if (fs::exists(file, ignored)) return;
  ensure_directory(folder);
  try {
    forget_oldest(folder);
  } catch (const fs::filesystem_error&) {
    // Another cai forgets them at the same time.
  }
  write_file_atomically(file, to_text(edition_of(chosen)), 0600);
}

std::optional<TemplateEdition> recall_edition(const fs::path& folder, const std::string& hash) {
  const bool is_hash = hash.size() == 64 && hash.find_first_not_of("0123456789abcdef") == hash.npos;
  if (!is_hash) return std::nullopt;  // a label is anybody's text, and this is about to be a path
  const auto content = read_file(file_of(folder, hash));
  return content ? parse_edition(*content) : std::nullopt;
}

std::vector<FileChange> changed_files(const TemplateEdition& former, const TemplateEdition& now) {
  std::map<std::string, const EditionFile*> old;
  for (const EditionFile& file : former.files) old[file.path] = &file;
  std::vector<FileChange> changes;
  for (const EditionFile& file : now.files) {
    const auto at = old.find(file.path);
    if (at == old.end()) {
      changes.push_back({file.path, FileChange::Kind::added, {}});
      continue;
    }
    const EditionFile& was = *at->second;
    old.erase(at);
    if (was.kind != file.kind || was.sha256 != file.sha256) changes.push_back(change_of(was, file));
  }
  for (const auto& [path, file] : old) changes.push_back({path, FileChange::Kind::removed, {}});
  std::ranges::sort(changes, {}, &FileChange::path);
  return changes;
}

}  // namespace cai
