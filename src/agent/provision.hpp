#pragma once

#include <string>

#include "agent/box.hpp"
#include "agent/credentials.hpp"
#include "cai/agent/purpose.hpp"

namespace cai {

/// What came of one step of setting a box up.
struct StepOutcome {
  enum class Status { success, skipped, failed, partial };
  Status status = Status::success;
  std::string detail{};
  std::string error{};

  static StepOutcome success(std::string detail) { return {Status::success, std::move(detail), {}}; }
  static StepOutcome skipped(std::string why) { return {Status::skipped, std::move(why), {}}; }
  static StepOutcome failed(std::string why, std::string error = {}) {
    return {Status::failed, std::move(why), std::move(error)};
  }
};

/// A file of text that goes into a box.
struct InsideFile {
  std::string path;  ///< below the home
  std::string content;
  std::string_view mode = "644";
};

/// A box that is being made and set up.
struct Provision {
  Call& call;
  Box box{};
  const Purpose* purpose = nullptr;
  bool clean = false;    ///< purpose=clean: no credentials, no dotfiles
  bool service = false;  ///< the image's own program runs
  ChosenImage image{};
  std::string home{};
  std::string shell{};
  Variables variables{};           ///< go in by stream: passed through, tokens, secrets of `env`
  Variables explicit_variables{};  ///< `env`
  bool workdir_mounted = false;    ///< then it is the host's, and keeps its owner
  Variables passed{};              ///< of the host
  StepOutcome gh{};                ///< what came of asking the host for a token
  std::string blanked{};           ///< of a snapshot: names that it holds blank values of

  /// As the mapped user, with its variables, in its home.
  [[nodiscard]] InsideResult run(const std::string& command, const std::vector<std::string>& words = {},
                                 const std::string& input = {},
                                 std::chrono::milliseconds limit = std::chrono::seconds(300)) const;
  /// Writes files by stream, with their directories, in one exec. Throws Error(failed).
  void write_files(const std::vector<InsideFile>& files) const;
};

/// Finds out which variables go in, before anything is written inside.
void collect_variables(Provision& provision);
/// What every command sources, but for the home and the shell.
std::string variables_file(const Provision& provision);
/// Writes the private variables as the user.
void write_variables(const Provision& provision);
/// Brings a repository to `target` inside: a URL is cloned there, a path on the host goes in as an archive
/// and is cloned from that. nullopt: done; else what went wrong.
std::optional<std::string> clone_inside(const Provision& provision, const std::string& repository,
                                        const std::string& branch, const std::string& target, bool shallow);

StepOutcome dotfiles_step(Provision& provision);

/// Runs all steps in the order of the guide and returns the report.
Json run_steps(Provision& provision);

}  // namespace cai
