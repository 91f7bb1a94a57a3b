#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace cai {

/// A snapshot of what the process was started with. Nothing else in the program reads getenv, getcwd or
/// getuid, so that a test can build any world it likes.
struct Environment {
  std::map<std::string, std::string> variables;
  std::filesystem::path working_directory;  ///< absolute; empty when the current directory no longer exists
  uid_t uid = 0;
  gid_t gid = 0;

  [[nodiscard]] std::optional<std::string> get(const std::string& name) const;
  /// $HOME, else the password database's home of `uid`. Throws Error(failed) with a hint when there is
  /// neither, or when it is not an absolute path.
  [[nodiscard]] std::filesystem::path home() const;

  static Environment of_this_process();
};

/// Where cai keeps things (XDG Base Directory Specification). Computed, not created.
struct Paths {
  std::filesystem::path config;  ///< $XDG_CONFIG_HOME/containai: config.toml, keys/, templates/, instance
  std::filesystem::path state;   ///< $XDG_STATE_HOME/containai: the store, locks
  std::filesystem::path
      runtime;                ///< $XDG_RUNTIME_DIR/containai, else state/run: control sockets (short paths)
  std::filesystem::path ssh;  ///< ~/.ssh

  [[nodiscard]] std::filesystem::path keys() const { return config / "keys"; }
  [[nodiscard]] std::filesystem::path templates() const { return config / "templates"; }
  [[nodiscard]] std::filesystem::path locks() const { return state / "locks"; }

  static Paths of(const Environment& environment);
};

}  // namespace cai
