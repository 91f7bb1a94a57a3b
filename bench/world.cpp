#include "world.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>

namespace cai::bench {

namespace fs = std::filesystem;

World::World(std::string cai) : cai_(std::move(cai)) {
  std::string directory = (fs::temp_directory_path() / "cai-bench-XXXXXX").string();
  if (::mkdtemp(directory.data()) == nullptr) throw std::runtime_error("no temporary directory");
  root_ = directory;
  name_ = fmt::format("caibench{}", ::getpid());
  fs::create_directories(root_ / "home");
  fs::create_directories(root_ / "run");
  fs::permissions(root_ / "run", fs::perms::owner_all);
  if (std::getenv("DOCKER_HOST") == nullptr) ::setenv("DOCKER_HOST", "unix:///var/run/docker.sock", 1);
  ::setenv("HOME", (root_ / "home").c_str(), 1);
  ::setenv("XDG_RUNTIME_DIR", (root_ / "run").c_str(), 1);
  for (const char* variable : {"XDG_CONFIG_HOME", "XDG_STATE_HOME", "DOCKER_CONTEXT"}) ::unsetenv(variable);
  make_repository(name_);
}

World::~World() {
  try {
    close_shared();
    for (const auto& repository : {name_, name_ + "new"}) {
      const auto container = repository + "-auth";
      for (const auto& victim : {container, name_ + "-rival"}) {
        run({"docker", "stop", victim});
        run({"docker", "rm", victim});
      }
      run({"docker", "volume", "rm", container + "-data"});
    }
    run({"docker", "volume", "rm", name_ + "-rival-data"});
    fs::remove_all(root_);
  } catch (const std::exception& error) {
    fmt::print(stderr, "cannot clean up {}: {}\n", root_.string(), error.what());
  }
}

void World::make_repository(const std::string& name) const {
  fs::create_directories(root_ / name);
  enter(name);
  must({"git", "init", "-q", "-b", "feature/auth"});
  must({"git", "-c", "user.name=Bench", "-c", "user.email=bench@localhost", "commit", "-q", "--allow-empty",
        "-m", "a sample"});
}

Argv World::cai(std::initializer_list<std::string> words) const {
  Argv argv{cai_};
  argv.insert(argv.end(), words);
  return argv;
}

Argv World::plain_ssh(const std::string& port) const {
  const auto keys = (root_ / "home/.config/containai/keys").string();
  return {"ssh",
          "-F",
          "/dev/null",
          "-i",
          keys + "/id_ed25519",
          "-p",
          port,
          "-o",
          "UserKnownHostsFile=" + keys + "/none",
          "-o",
          "StrictHostKeyChecking=no",
          "agent@127.0.0.1",
          "true"};
}

void World::close_shared() const {
  const auto sockets = root_ / "run" / "containai";
  if (!fs::is_directory(sockets)) return;  // before the first session
  for (const auto& entry : fs::directory_iterator(sockets)) {
    if (entry.is_socket()) run({"ssh", "-F", "/dev/null", "-S", entry.path().string(), "-O", "exit", "any"});
  }
}

std::string World::port() const {
  return output_of(
      {"docker", "inspect", "--format", "{{index .Config.Labels \"containai.ssh-port\"}}", container()});
}

std::string engine_socket() {
  return std::string(std::getenv("DOCKER_HOST")).substr(std::string("unix://").size());
}

}  // namespace cai::bench
