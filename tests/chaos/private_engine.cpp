#include "chaos/private_engine.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace cai::chaos {
namespace {

namespace fs = std::filesystem;

/// The words of the reason come from the shell; nothing in them is anybody's input.
void must(const std::string& command) {
  if (std::system(command.c_str()) != 0) throw std::runtime_error("this failed: " + command);
}

fs::path new_directory() {
  std::string pattern = (fs::temp_directory_path() / "cai-chaos-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make " + pattern);
  return pattern;
}

}  // namespace

PrivateEngine::PrivateEngine(const std::string& source, const std::vector<std::string>& images) {
  if (geteuid() != 0) throw std::runtime_error("an engine of our own needs root");
  if (unshare(CLONE_NEWNET) != 0) throw std::runtime_error("no network namespace can be made here");
  must("ip link set lo up");
  directory_ = new_directory();
  try {
    start();
    take_images(source, images);
  } catch (...) {
    end(SIGTERM);
    throw;
  }
}

PrivateEngine::~PrivateEngine() {
  end(SIGTERM);
}

void PrivateEngine::start() {
  const auto at = [&](const char* name) { return (directory_ / name).string(); };
  // A namespace of its own for containerd as well: on some machines all engines share one containerd.
  std::vector<std::string> words = {"dockerd",
                                    "--data-root=" + at("data"),
                                    "--exec-root=" + at("exec"),
                                    "--pidfile=" + at("pid"),
                                    "--host=" + host(),
                                    "--containerd-namespace=cai-chaos",
                                    "--containerd-plugins-namespace=cai-chaos-plugins"};
  fs::remove(at("pid"));
  pid_ = fork();
  if (pid_ == 0) {
    setsid();
    const int log = open(at("log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(log, 1);
    dup2(log, 2);
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    execvp("dockerd", arguments.data());
    _exit(127);
  }
  for (int tries = 0; tries < 300; ++tries) {
    if (std::system(("docker --host " + host() + " version >/dev/null 2>&1").c_str()) == 0) return;
    if (waitpid(pid_, nullptr, WNOHANG) == pid_) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  must("tail -n 20 " + at("log") + " >&2");
  throw std::runtime_error("the engine of our own does not start");
}

void PrivateEngine::take_images(const std::string& source, const std::vector<std::string>& images) {
  std::string names;
  for (const auto& image : images) names += " " + image;
  must("docker --host " + source + " save" + names + " | docker --host " + host() + " load >/dev/null");
}

void PrivateEngine::kill_and_restart() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  end_containerd();
  start();
}

/// It dies with its engine, but where nobody reaps it the next engine takes it for alive.
void PrivateEngine::end_containerd() {
  const auto path = directory_ / "exec/containerd/containerd.pid";
  std::ifstream file(path);
  if (pid_t containerd = 0; file >> containerd) kill(containerd, SIGKILL);
  fs::remove(path);
}

void PrivateEngine::end(int signal) {
  if (pid_ > 0) {
    must("docker --host " + host() + " ps -q | xargs -r docker --host " + host() + " kill >/dev/null");
    kill(pid_, signal);
    waitpid(pid_, nullptr, 0);
  }
  pid_ = -1;
  end_containerd();
  // What a killed engine left running: the guardians of containers, and what they guard.
  must("pgrep -f '[c]ontainerd-shim.* -address " + directory_.string() +
       "/' | while read -r shim; do pkill -KILL -P $shim; kill -KILL $shim; done; true");
  // What it left mounted, innermost first.
  must("awk '{print $2}' /proc/mounts | grep '^" + directory_.string() + "/' | sort -r | xargs -r umount -l");
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

fs::path PrivateEngine::volume(const std::string& name) const {
  return directory_ / "data/volumes" / name / "_data";
}

}  // namespace cai::chaos
