#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <system_error>

#include "cai/base/error.hpp"
#include "cai/base/filesystem.hpp"
#include "cai/base/process.hpp"
#include "cai/base/text.hpp"
#include "cai/ssh/ssh.hpp"
#include "layout.hpp"

namespace cai {

namespace fs = std::filesystem;

namespace {

fs::path public_half(fs::path key) {
  return key += ".pub";
}

fs::path host_key_file(const SshFiles& files, const WorkspaceId& id) {
  return files.host_directory(id) / "ssh_host_ed25519_key";
}

Error cannot(const std::string& doing, const fs::path& path) {
  return {ErrorKind::ssh_setup, fmt::format("cannot {} {}: {}", doing, escape_for_terminal(path.native()),
                                            std::generic_category().message(errno))};
}

/// ssh and sshd refuse a private key that others may read.
bool is_private_key(const fs::path& file) {
  struct stat status {};
  return ::stat(file.c_str(), &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0 &&
         (status.st_mode & 0777U) == 0600;
}

/// nullopt when the file is missing or holds no key of our kind.
std::optional<std::string> read_public_key(const fs::path& file) {
  auto text = read_file(file);
  if (text && text->starts_with("ssh-ed25519 ") && text->ends_with('\n')) return text;
  return std::nullopt;
}

std::string run_ssh_keygen(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "ssh-keygen");
  const auto result = run_process(arguments);
  if (result.exit_code == 0) return result.standard_output;
  throw Error(ErrorKind::ssh_setup,
              fmt::format("ssh-keygen ended with exit code {}: {}", result.exit_code,
                          escape_for_terminal(trim(result.standard_error + result.standard_output))));
}

/// A fresh key pair under a name of its own; whatever was not moved away goes with it.
class TemporaryKeyPair {
 public:
  TemporaryKeyPair(const fs::path& directory, const std::string& comment)
      : file_(directory / fmt::format(".new-{}", random_hex(8))) {
    try {
      run_ssh_keygen({"-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", file_.native()});
      sync();
    } catch (...) {
      remove();
      throw;
    }
  }
  TemporaryKeyPair(const TemporaryKeyPair&) = delete;
  TemporaryKeyPair& operator=(const TemporaryKeyPair&) = delete;
  ~TemporaryKeyPair() { remove(); }

  /// Gives the pair its final name, unless somebody else was faster: link(2) lets exactly one process win.
  void publish(const fs::path& key) const {
    if (::link(file_.c_str(), key.c_str()) != 0) {
      if (errno == EEXIST) return;
      throw cannot("make the key", key);
    }
    if (::rename(public_half(file_).c_str(), public_half(key).c_str()) != 0)
      throw cannot("make", public_half(key));
  }

 private:
  /// Otherwise a crash of the machine could leave an empty key under the final name.
  void sync() const {
    const UniqueFd fd(::open(file_.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd.valid() || ::fsync(fd.get()) != 0) throw cannot("write", file_);
  }
  void remove() const {
    ::unlink(file_.c_str());
    ::unlink(public_half(file_).c_str());
  }

  fs::path file_;
};

/// True unless there is a key. An empty file is what a full disk leaves of one, and of no use to anybody.
bool key_is_missing(const fs::path& key) {
  struct stat status {};
  if (::stat(key.c_str(), &status) != 0) return true;
  if (!S_ISREG(status.st_mode) || status.st_size > 0) return false;
  remove_file(key);
  return true;
}

/// Makes the pair, or only the half that is missing, and returns the public half.
std::string ensure_key_pair(const fs::path& key, const std::string& comment) {
  if (key_is_missing(key)) TemporaryKeyPair(key.parent_path(), comment).publish(key);
  if (!is_private_key(key) && ::chmod(key.c_str(), 0600) != 0) throw cannot("change the mode of", key);
  if (auto text = read_public_key(public_half(key))) return *text;
  const std::string derived = run_ssh_keygen({"-y", "-P", "", "-f", key.native()});
  write_file_atomically(public_half(key), derived, 0644);
  return derived;
}

std::string installation_hint() {
  return "Install the OpenSSH client (package openssh-client), then try again.";
}

}  // namespace

bool SshFiles::keys_present(const WorkspaceId& id) const {
  return as_ssh_setup_step("looking for the workspace's keys", [&] {
    const fs::path client = client_key_file(*this, id);
    const fs::path host = host_key_file(*this, id);
    if (!is_private_key(client) || !is_private_key(host) || !read_public_key(public_half(host))) return false;
    const auto client_public = read_public_key(public_half(client));
    return client_public && read_file(host_directory(id) / "authorized_keys") == client_public;
  });
}

void SshFiles::prepare_keys(const WorkspaceId& id) const {
  require_valid_id(id);
  if (!program_exists("ssh-keygen"))
    throw Error(ErrorKind::ssh_setup, "the program ssh-keygen was not found").hint(installation_hint());
  as_ssh_setup_step("preparing the workspace's SSH keys", [&] {
    ensure_directory(paths_.keys());
    ensure_directory(paths_.keys() / "hosts");
    ensure_directory(host_directory(id));
    const std::string client_public = ensure_key_pair(client_key_file(*this, id), "cai");
    ensure_key_pair(host_key_file(*this, id), "cai-" + id.value);
    const fs::path authorized_keys = host_directory(id) / "authorized_keys";
    if (read_file(authorized_keys) != client_public)
      write_file_atomically(authorized_keys, client_public, 0600);
  });
}

void SshFiles::remove_keys(const WorkspaceId& id) const {
  require_valid_id(id);
  std::error_code failure;
  fs::remove_all(host_directory(id), failure);
  if (!failure) return;
  throw Error(ErrorKind::ssh_setup,
              fmt::format("cannot remove {}: {}", escape_for_terminal(host_directory(id).native()),
                          failure.message()));
}

}  // namespace cai
