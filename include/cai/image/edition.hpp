#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cai/base/environment.hpp"
#include "cai/image/template.hpp"

namespace cai {

/// One file of a template as it was when an image was built from it.
struct EditionFile {
  std::string path;
  std::string kind;                 ///< file | program | link
  std::string sha256;               ///< of the content
  std::optional<std::string> text;  ///< when it is text, and not long

  friend bool operator==(const EditionFile&, const EditionFile&) = default;
};

/// What a template was when an image was built from it. Kept beside the store, so that `cai template diff`
/// can say what changed since; the image itself does not have it.
struct TemplateEdition {
  std::string base;     ///< what ${BASE_IMAGE} was; empty: not used
  std::string runtime;  ///< SHA-256 over cai's own layer
  std::vector<EditionFile> files;

  friend bool operator==(const TemplateEdition&, const TemplateEdition&) = default;
};
TemplateEdition edition_of(const Template& chosen);

std::string to_text(const TemplateEdition& edition);
/// nullopt: no such text, or one of another version.
std::optional<TemplateEdition> parse_edition(std::string_view text);

/// Where editions are remembered.
std::filesystem::path editions_folder(const Paths& paths);
/// Remembers the template's edition in `folder`, unless it is known there; of a hundred the oldest is
/// forgotten. Throws Error(failed).
void remember_edition(const std::filesystem::path& folder, const Template& chosen);
/// The edition with that template hash; nullopt: not known here.
std::optional<TemplateEdition> recall_edition(const std::filesystem::path& folder, const std::string& hash);

struct FileChange {
  enum class Kind { added, removed, changed };
  std::string path;
  Kind kind = Kind::changed;
  std::string difference;  ///< unified_diff; empty where it says nothing, or the text is not known
};
/// What became of the files, by path.
std::vector<FileChange> changed_files(const TemplateEdition& former, const TemplateEdition& now);

}  // namespace cai
