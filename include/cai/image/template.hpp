#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace cai {

/// One file of a build context.
struct ContextFile {
  std::string path;  ///< relative, '/' separated
  int mode = 0644;   ///< permission bits; only the executable bit matters for the hash
  bool symbolic_link = false;
  std::string content;  ///< or the link's target
};

/// A template ready to be built: its own files, then the runtime layer that every workspace image gets (init,
/// sshd configuration, user mapping), appended to its Dockerfile.
struct Template {
  std::string name;
  std::string hash;   ///< SHA-256 over the whole context, build arguments included; 64 hex digits
  std::string image;  ///< "containai:<name>-<first 12 of hash>"
  std::string base;   ///< what ${BASE_IMAGE} becomes; empty: its Dockerfile does not ask
  std::vector<ContextFile> files;    ///< sorted by path; contains "Dockerfile"
  bool needs_default_image = false;  ///< its Dockerfile starts from ${BASE_IMAGE}: build `default` first
  bool systemd = false;              ///< the Dockerfile has the line `LABEL containai.init=systemd`
  std::string origin;                ///< folder, or "built-in"
};

/// Where templates are looked for, in this order.
struct TemplateFolders {
  std::filesystem::path
      repository;  ///< <root>/.containai/template, used for the name "repository"; empty: not approved
  std::filesystem::path user;  ///< ~/.config/containai/templates
};

/// Loads `name`: the user's folder of that name, else the built-in `default`. The name "repository" means the
/// repository's folder. `base_image` is what the built-in template starts from. `.dockerignore` is honoured.
/// Throws Error(not_found) listing the known names, Error(failed) for a folder without Dockerfile, links that
/// leave the folder, special files, more than 10,000 files or 256 MiB.
Template load_template(const std::string& name, const TemplateFolders& folders,
                       const std::string& base_image);

/// Names that load_template would find, sorted; "default" is always among them.
std::vector<std::string> template_names(const TemplateFolders& folders);

/// Makes a folder in the user's templates with a commented Dockerfile to start from; returns the Dockerfile's
/// path. Throws Error(usage) for a name that is none, Error(refused) when there is something of that name.
std::filesystem::path make_template(const std::string& name, const std::filesystem::path& user_folder);

/// The context as an uncompressed POSIX tar (ustar with pax headers for long names), the same bytes for the
/// same files.
std::string context_tar(const Template& chosen);

/// Files of the built-in default template, for `cai template show`.
std::vector<ContextFile> default_template_files();

}  // namespace cai
