#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "cai/base/error.hpp"
#include "cai/base/process.hpp"
#include "world.hpp"

namespace cai::test {
namespace {

namespace fs = std::filesystem;

class KeysTest : public World {
 protected:
  KeysTest() : files(paths), client(paths.keys() / "id_ed25519"), host(files.host_directory(id)) {}

  /// What ssh-keygen reads from the private half, without the comment.
  static std::string derived(const fs::path& key) {
    const auto result = run_process({"ssh-keygen", "-y", "-f", key.native()});
    EXPECT_EQ(result.exit_code, 0) << result.standard_error;
    return result.standard_output.substr(0, 80);
  }

  SshFiles files;
  fs::path client;
  fs::path host;
};

TEST_F(KeysTest, PairsMatchAndArePrivate) {
  EXPECT_FALSE(files.keys_present(id));
  files.prepare_keys(id);
  EXPECT_TRUE(files.keys_present(id));
  EXPECT_EQ(mode_of(paths.keys()), 0700U);
  EXPECT_EQ(mode_of(host), 0700U);
  EXPECT_EQ(mode_of(client), 0600U);
  EXPECT_EQ(mode_of(host / "ssh_host_ed25519_key"), 0600U);
  EXPECT_EQ(mode_of(host / "authorized_keys"), 0600U);
  EXPECT_EQ(contents(client.native() + ".pub").substr(0, 80), derived(client));
  EXPECT_EQ(contents(host / "ssh_host_ed25519_key.pub").substr(0, 80),
            derived(host / "ssh_host_ed25519_key"));
  EXPECT_EQ(contents(host / "authorized_keys"), contents(client.native() + ".pub"));
}

TEST_F(KeysTest, ExistingKeysStay) {
  files.prepare_keys(id);
  const auto before = contents(client) + contents(host / "ssh_host_ed25519_key");
  files.prepare_keys(id);
  EXPECT_EQ(contents(client) + contents(host / "ssh_host_ed25519_key"), before);
}

TEST_F(KeysTest, DamageIsRepaired) {
  files.prepare_keys(id);
  const auto key = contents(client);
  const auto repaired = [&] {
    EXPECT_FALSE(files.keys_present(id));
    files.prepare_keys(id);
    return files.keys_present(id);
  };
  fs::remove(client.native() + ".pub");
  EXPECT_TRUE(repaired());
  write(host / "authorized_keys", "ssh-ed25519 AAAA somebody\n");
  EXPECT_TRUE(repaired());
  fs::permissions(client, fs::perms(0644));
  EXPECT_TRUE(repaired());
  EXPECT_EQ(contents(client), key);
  write(host / "ssh_host_ed25519_key", "");
  EXPECT_TRUE(repaired());
  EXPECT_EQ(contents(host / "ssh_host_ed25519_key.pub").substr(0, 80),
            derived(host / "ssh_host_ed25519_key"));
  fs::remove(client);
  EXPECT_TRUE(repaired());
  EXPECT_EQ(contents(host / "authorized_keys").substr(0, 80), derived(client));
}

TEST_F(KeysTest, ManyAtOnceEndWithOnePair) {
  std::vector<pid_t> children;
  for (int number = 0; number < 8; ++number) {
    const pid_t child = ::fork();
    if (child == 0) {
      try {
        files.prepare_keys(WorkspaceId{"000000000000000" + std::to_string(number / 2)});
        ::_exit(0);
      } catch (...) {
        ::_exit(1);
      }
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 1;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  for (int number = 0; number < 4; ++number)
    EXPECT_TRUE(files.keys_present(WorkspaceId{"000000000000000" + std::to_string(number)}));
  EXPECT_EQ(contents(client.native() + ".pub").substr(0, 80), derived(client));
  for (const auto& entry : fs::recursive_directory_iterator(paths.keys()))
    EXPECT_FALSE(entry.path().filename().native().starts_with(".")) << "left behind: " << entry.path();
}

TEST_F(KeysTest, RemovalTakesTheHostKeysOnly) {
  files.prepare_keys(id);
  files.remove_keys(id);
  EXPECT_FALSE(fs::exists(host));
  EXPECT_TRUE(fs::exists(client));
  files.remove_keys(id);  // nothing there is no error
}

TEST_F(KeysTest, MissingProgramIsAnErrorAndNothingIsMade) {
  const std::string path = ::getenv("PATH");
  ::setenv("PATH", "/nowhere", 1);
  try {
    files.prepare_keys(id);
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::ssh_setup);
    EXPECT_FALSE(error.hints().empty());
  }
  ::setenv("PATH", path.c_str(), 1);
  EXPECT_FALSE(fs::exists(paths.config));
}

}  // namespace
}  // namespace cai::test
