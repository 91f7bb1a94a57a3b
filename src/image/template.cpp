#include "cai/image/template.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

#include "cai/base/error.hpp"
#include "cai/base/filesystem.hpp"
#include "cai/base/text.hpp"
#include "cai/model/names.hpp"
#include "image/context.hpp"
#include "image/dockerfile.hpp"
#include "image/runtime_folder.hpp"

namespace cai {

using EmbeddedText = std::pair<std::string_view, std::string_view>;
std::span<const EmbeddedText> embedded_default_template();  // generated from src/image/default
std::span<const EmbeddedText> embedded_runtime();           // generated from src/image/runtime
std::span<const EmbeddedText> embedded_starter();           // generated from src/image/starter

namespace {

namespace fs = std::filesystem;

constexpr std::string_view repository_name = "repository";

/// What every template's Dockerfile ends with. `RUN [...]` because a template may have changed SHELL.
constexpr std::string_view runtime_layer = R"(
USER root
COPY {}/ /usr/local/lib/containai/
RUN ["/usr/local/lib/containai/setup"{}]
{}
CMD []
)";
constexpr std::string_view init_entry = R"(ENTRYPOINT ["/usr/local/lib/containai/init"])";
constexpr std::string_view systemd_entry = "ENTRYPOINT [\"/sbin/init\"]\nSTOPSIGNAL SIGRTMIN+3";

std::vector<ContextFile> context_files(std::span<const EmbeddedText> texts, const std::string& prefix) {
  std::vector<ContextFile> files;
  for (const auto& [name, content] : texts) {
    files.push_back(
        {prefix + std::string(name), content.starts_with("#!") ? 0755 : 0644, false, std::string(content)});
  }
  return files;
}

bool is_template(const fs::path& folder) {
  std::error_code ignored;  // what cannot be looked at is not found
  return !folder.empty() && fs::is_directory(folder, ignored);
}

/// The folder that `name` means; nullopt: the built-in template. Throws Error(not_found).
std::optional<fs::path> find_folder(const std::string& name, const TemplateFolders& folders) {
  if (name == repository_name && is_template(folders.repository)) return folders.repository;
  if (name != repository_name && is_valid_template_name(name) && is_template(folders.user / name))
    return folders.user / name;
  if (name == "default") return std::nullopt;
  const std::vector<std::string> known = template_names(folders);
  Error error(ErrorKind::not_found, fmt::format("there is no template named {}", escape_for_terminal(name)));
  if (name == repository_name) {
    error.hint(
        "A repository's own template is .containai/template in it, and used only after you approved it.");
  }
  if (const auto near = did_you_mean(name, known)) error.hint(fmt::format("Did you mean {}?", *near));
  error.hint(fmt::format("Known templates: {}.", join(known, ", ")));
  throw error;
}

ContextFile& dockerfile_of(Template& chosen) {
  const auto found = std::ranges::find(chosen.files, "Dockerfile", &ContextFile::path);
  if (found == chosen.files.end() || found->symbolic_link) {
    const std::string_view what =
        found == chosen.files.end() ? "has no Dockerfile" : "has a Dockerfile that is a link";
    throw Error(ErrorKind::failed,
                fmt::format("the template folder {} {}", escape_for_terminal(chosen.origin), what))
        .hint("`cai template new NAME` makes a folder with a Dockerfile to start from.");
  }
  return *found;
}

void append_runtime_layer(Template& chosen) {
  for (const ContextFile& file : chosen.files) {
    if (is_of_runtime(file.path)) {
      throw Error(ErrorKind::failed,
                  fmt::format("the template {} has a file named {}, and cai needs that name for its own",
                              chosen.name, escape_for_terminal(file.path)))
          .hint("Rename it, or name it in the template's .dockerignore.");
    }
  }
  dockerfile_of(chosen).content +=
      fmt::format(runtime_layer, runtime_folder, chosen.systemd ? ", \"systemd\"" : "",
                  chosen.systemd ? systemd_entry : init_entry);
  std::ranges::move(context_files(embedded_runtime(), std::string(runtime_folder) + '/'),
                    std::back_inserter(chosen.files));
  std::ranges::sort(chosen.files, {}, &ContextFile::path);
}

/// The digest of each content stands for the content, so that a large context is not copied; every part has a
/// length in front or a fixed one, so that no two contexts give the same text.
std::string context_hash(const std::vector<ContextFile>& files, const std::string& base_image) {
  std::string manifest = fmt::format("base {}:{}\n", base_image.size(), base_image);
  for (const ContextFile& file : files) {
    const std::string_view kind = file.symbolic_link ? "link" : (file.mode & 0111) != 0 ? "program" : "file";
    manifest += fmt::format("{} {}:{} {}\n", kind, file.path.size(), file.path, sha256_hex(file.content));
  }
  return sha256_hex(manifest);
}

Template read_template(const std::string& name, const TemplateFolders& folders) {
  Template chosen;
  chosen.name = name;
  const std::optional<fs::path> folder = find_folder(name, folders);
  chosen.origin = folder ? folder->string() : "built-in";
  chosen.files = folder ? read_context(*folder) : default_template_files();
  return chosen;
}

}  // namespace

Template load_template(const std::string& name, const TemplateFolders& folders,
                       const std::string& base_image) {
  Template chosen = read_template(name, folders);
  const std::string doing = fmt::format("loading the template {}", escape_for_terminal(name));
  try {
    const DockerfileFacts facts = read_dockerfile(dockerfile_of(chosen).content);
    if (!facts.has_stage) throw Error(ErrorKind::failed, "its Dockerfile has no FROM");
    if (facts.ends_in_the_middle) {
      throw Error(ErrorKind::failed,
                  "the last line of its Dockerfile ends in a line continuation, and nothing follows");
    }
    chosen.systemd = facts.systemd;
    // `default` is what others start from; its own ${BASE_IMAGE}, if it has one, is the configured base
    // image.
    chosen.needs_default_image = facts.from_base_image && name != "default";
    append_runtime_layer(chosen);
    chosen.base = facts.from_base_image ? base_image : "";
    if (chosen.needs_default_image) chosen.base = load_template("default", folders, base_image).image;
    chosen.hash = context_hash(chosen.files, chosen.base);
  } catch (Error& error) {
    throw std::move(error.during(doing));
  }
  chosen.image = fmt::format("containai:{}-{}", name, chosen.hash.substr(0, 12));
  return chosen;
}

std::vector<std::string> template_names(const TemplateFolders& folders) {
  std::set<std::string> names = {"default"};
  std::error_code error;
  for (fs::directory_iterator entry(folders.user, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name != repository_name && is_valid_template_name(name) && is_template(entry->path()))
      names.insert(name);
  }
  if (is_template(folders.repository)) names.emplace(repository_name);
  return {names.begin(), names.end()};
}

fs::path make_template(const std::string& name, const fs::path& user_folder) {
  if (!is_valid_template_name(name) || name == repository_name) {
    throw Error(ErrorKind::usage, fmt::format("\"{}\" is no name for a template", escape_for_terminal(name)))
        .hint("a name has letters a-z, digits, dots, dashes and underscores; `repository` is taken");
  }
  ensure_directory(user_folder);
  const fs::path folder = user_folder / name;
  std::error_code error;
  if (!fs::create_directory(folder, error)) {
    if (error) {
      throw Error(ErrorKind::failed,
                  fmt::format("cannot make {}: {}", escape_for_terminal(folder.string()), error.message()));
    }
    throw Error(ErrorKind::refused, fmt::format("there is a template {} already, in {}", name,
                                                escape_for_terminal(folder.string())))
        .hint("choose another name, or change that one");
  }
  // `default` stands in for the built-in one, which all others start from, so it begins as that.
  const auto texts = name == "default" ? embedded_default_template() : embedded_starter();
  try {
    for (const auto& [file, content] : texts) write_file_atomically(folder / file, content, 0644);
  } catch (const Error&) {
    fs::remove_all(folder, error);  // made above, by us
    throw;
  }
  return folder / "Dockerfile";
}

std::vector<ContextFile> default_template_files() {
  return context_files(embedded_default_template(), "");
}

}  // namespace cai
