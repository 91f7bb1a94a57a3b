#pragma once

#include <optional>
#include <string>

#include "cai/config/settings.hpp"
#include "cai/converge/options.hpp"
#include "cai/repo/repository.hpp"
#include "cli/app.hpp"

namespace cai {

/// A working tree with the settings that count there.
struct Subject {
  Location location;
  Settings settings;        ///< the repository's file included once it is approved
  TemplateFolders folders;  ///< the repository's folder included once it is approved
  bool repository_template = false;
};

/// Whether the user may be asked to approve what a repository's own files ask for.
enum class Approval { ask, ignore_unapproved };

/// Finds the working tree around `path` and reads its settings. A repository's configuration and template act
/// only after the user approved exactly their content, once; before that they are named in a notice and left
/// out.
Subject make_subject(App& app, const std::filesystem::path& path, Approval approval);
/// The same for a workspace that the store knows; its directory may be gone.
Subject make_subject(App& app, const WorkspaceRow& row);
/// The same for who has looked already whether the directory is there.
Subject make_subject(App& app, const WorkspaceRow& row, bool directory_exists);

/// The configuration file of the repository around `path`, if the user approved what it says now.
struct ApprovedFile {
  std::string root;
  RepositoryFile file;
  std::string template_hash;  ///< what was approved with it
};
std::optional<ApprovedFile> find_approved_file(App& app, const std::filesystem::path& path);
/// Replaces it, and approves the new content: the change is the user's own.
void replace_approved_file(App& app, const ApprovedFile& former, const std::string& content);

/// Flags given now, over the environment, over what the workspace remembers, over files.
WorkspaceOptions resolve_options(App& app, const Subject& subject, const Choices& remembered,
                                 const Choices& flags = {});

/// The flags of attach, run and shell that a workspace remembers. Throws Error(usage).
Choices choices_from_flags(const Invocation& invocation);
/// `flags` over `remembered`; environment variables are merged by name.
Choices merge_choices(const Choices& remembered, const Choices& flags);

/// PATH on the command line, else where the user is. Throws Error(failed) when that directory is gone.
std::filesystem::path subject_path(App& app);

/// The row that a reading command means: --container N, else the workspace around the working directory.
/// nullopt: there is none.
std::optional<WorkspaceRow> find_row(App& app, const std::optional<std::string>& name);
Error no_workspace(App& app, const std::optional<std::string>& name);

}  // namespace cai
