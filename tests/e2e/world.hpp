#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace cai::e2e {

struct Result {
  int code = 0;  ///< 128 + signal when a signal ended it
  std::string out;
  std::string err;
};

using Words = std::vector<std::string>;

/// Runs a program to its end with exactly this environment. Kills it after `limit_seconds` and fails the
/// test.
Result run(const Words& argv, const std::map<std::string, std::string>& environment,
           const std::filesystem::path& directory, const std::string& input = "", int limit_seconds = 120);

/// Programs with this environment have another clock: "+365d" and "-365d" ahead and behind, "+0 x20" twenty
/// times as fast, steady clock and time limits too. The kernel and the engine keep theirs. Throws
/// std::runtime_error without libfaketime.
void set_clock(std::map<std::string, std::string>& environment, const std::string& clock);

/// One user with a home of their own and repositories below a temporary directory. Everything that this
/// user's cai made on the engine (by its instance label) goes with the object; nothing else is touched. The
/// engine's own client is the independent eye: cai itself never starts it.
class World {
 public:
  World();
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  [[nodiscard]] std::filesystem::path home() const { return root_ / "home"; }
  [[nodiscard]] std::filesystem::path root() const { return root_; }
  /// A repository with one commit on `branch`. Names on the engine derive from both, and tests run at once:
  /// the default name carries a random part. Returns its path.
  std::filesystem::path repository(const std::string& name, const std::string& branch = "feature/auth");
  /// From here on this user's programs are not root's: with a tester who is root they run as an ordinary user
  /// who has all that is below root(), with or without the group that may use the engine. Anybody else stays
  /// who they are. To be called before anything else.
  enum class EngineAccess { granted, denied };
  void stop_being_root(EngineAccess access);
  [[nodiscard]] uid_t uid() const { return uid_; }
  [[nodiscard]] gid_t gid() const { return gid_; }
  /// A repository name that no other test uses: "<prefix><6 hex>".
  static std::string unique(const std::string& prefix = "r");

  Result cai(const std::filesystem::path& directory, const Words& arguments, const std::string& input = "");
  Result git(const std::filesystem::path& directory, const Words& arguments);
  Result docker(const Words& arguments);
  /// The user's own ssh with the user's own configuration (ssh takes the home from the password database, not
  /// from HOME).
  Result ssh(const Words& arguments, const std::string& input = "");
  /// `docker inspect -f FORMAT NAME`, trimmed; "" when there is no such object.
  std::string inspect(const std::string& name, const std::string& format);
  bool volume_exists(const std::string& name);
  /// Starts a program without waiting for it.
  pid_t spawn(const Words& argv, const std::filesystem::path& directory);
  static Result wait(pid_t pid);

  std::map<std::string, std::string> environment;

 private:
  [[nodiscard]] Words as_user(const std::string& program, const Words& arguments) const;

  std::filesystem::path root_;
  uid_t uid_ = getuid();
  gid_t gid_ = getgid();
  Words prefix_;  ///< what starts a program as this user
};

/// Path of the binary under test.
std::string cai_binary();

std::string trimmed(std::string text);

}  // namespace cai::e2e
