#pragma once

#include <filesystem>
#include <string>

#include "cai/base/environment.hpp"
#include "cai/model/run.hpp"
#include "cai/run/run.hpp"

namespace cai {

/// Variables for one start of a container, in a file of 0600 that a shell inside reads. It is unlinked as
/// soon as the container has it mounted: the values are in no configuration, no record and soon in no
/// directory.
class EnvironmentFile {
 public:
  /// The variables and set-up of the request; without any there is no file. Throws Error(failed).
  /// `owner`: the cai that runs it, to_text of its identity.
  EnvironmentFile(const Paths& paths, const RunId& id, const std::string& owner, const RunRequest& request);
  EnvironmentFile(const EnvironmentFile&) = delete;
  EnvironmentFile& operator=(const EnvironmentFile&) = delete;
  ~EnvironmentFile() { remove(); }

  void remove();
  /// Empty: there is none.
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace cai
