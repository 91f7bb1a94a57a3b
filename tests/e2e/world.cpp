#include "e2e/world.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>

namespace cai::e2e {
namespace {

namespace fs = std::filesystem;

struct Pipe {
  int read = -1;
  int write = -1;
  Pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
    read = ends[0];
    write = ends[1];
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_end(read);
    close_end(write);
  }
  static void close_end(int& end) {
    if (end >= 0) close(end);
    end = -1;
  }
};

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> result;
  for (auto& word : words) result.push_back(word.data());
  result.push_back(nullptr);
  return result;
}

pid_t start(Words argv, const std::map<std::string, std::string>& environment, const fs::path& directory,
            int in, int out, int err) {
  Words variables;
  for (const auto& [name, value] : environment) variables.push_back(name + "=" + value);
  auto arguments = pointers(argv);
  auto environment_pointers = pointers(variables);
  const pid_t pid = fork();
  if (pid < 0) throw std::runtime_error("fork");
  if (pid > 0) return pid;
  setpgid(0, 0);
  if (in >= 0) dup2(in, 0);
  if (out >= 0) dup2(out, 1);
  if (err >= 0) dup2(err, 2);
  if (chdir(directory.c_str()) != 0) _exit(126);
  execvpe(arguments[0], arguments.data(), environment_pointers.data());
  dprintf(2, "cannot start %s: errno %d\n", arguments[0], errno);
  _exit(127);
}

int code_of(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

bool drain(int& fd, std::string& into) {
  char buffer[65536];
  const auto count = read(fd, buffer, sizeof buffer);
  if (count > 0) {
    into.append(buffer, static_cast<std::size_t>(count));
    return true;
  }
  Pipe::close_end(fd);
  return false;
}

void feed(int& fd, const std::string& input, std::size_t& sent) {
  if (sent < input.size()) {
    const auto count = write(fd, input.data() + sent, input.size() - sent);
    if (count > 0) sent += static_cast<std::size_t>(count);
    if (count < 0 && errno != EAGAIN) sent = input.size();
  }
  if (sent >= input.size()) Pipe::close_end(fd);
}

}  // namespace

Result run(const Words& argv, const std::map<std::string, std::string>& environment,
           const fs::path& directory, const std::string& input, int limit_seconds) {
  Pipe in;
  Pipe out;
  Pipe err;
  std::signal(SIGPIPE, SIG_IGN);
  const pid_t pid = start(argv, environment, directory, in.read, out.write, err.write);
  Pipe::close_end(in.read);
  Pipe::close_end(out.write);
  Pipe::close_end(err.write);
  fcntl(in.write, F_SETFL, O_NONBLOCK);
  Result result;
  std::size_t sent = 0;
  if (input.empty()) Pipe::close_end(in.write);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(limit_seconds);
  while (out.read >= 0 || err.read >= 0) {
    if (std::chrono::steady_clock::now() > deadline) {
      kill(-pid, SIGKILL);
      ADD_FAILURE() << argv[0] << " did not end within " << limit_seconds << " s; so far: " << result.out
                    << result.err;
      break;
    }
    pollfd fds[3] = {{out.read, POLLIN, 0}, {err.read, POLLIN, 0}, {in.write, POLLOUT, 0}};
    poll(fds, 3, 200);
    if (fds[0].revents != 0) drain(out.read, result.out);
    if (fds[1].revents != 0) drain(err.read, result.err);
    if (in.write >= 0 && fds[2].revents != 0) feed(in.write, input, sent);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  result.code = code_of(status);
  return result;
}

void set_clock(std::map<std::string, std::string>& environment, const std::string& clock) {
  const fs::path library = CAI_FAKETIME_LIBRARY;
  if (!fs::exists(library)) throw std::runtime_error("libfaketime is not installed");
  environment["LD_PRELOAD"] = library.string();
  environment["FAKETIME"] = clock;
}

std::string cai_binary() {
  return CAI_BINARY;
}

std::string trimmed(std::string text) {
  while (!text.empty() && (std::isspace(static_cast<unsigned char>(text.back())) != 0)) text.pop_back();
  return text;
}

World::World() {
  std::string pattern = (fs::temp_directory_path() / "cai-e2e-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
  root_ = pattern;
  fs::create_directories(home());
  environment = {{"HOME", home().string()},
                 {"PATH", getenv("PATH")},
                 {"GIT_CONFIG_GLOBAL", "/dev/null"},
                 {"GIT_CONFIG_NOSYSTEM", "1"},
                 {"GIT_AUTHOR_NAME", "n"},
                 {"GIT_AUTHOR_EMAIL", "n@example.org"},
                 {"GIT_COMMITTER_NAME", "n"},
                 {"GIT_COMMITTER_EMAIL", "n@example.org"},
                 {"DOCKER_CONFIG", (root_ / "docker").string()}};
  // Users have a machine of their own, tests share one: the port of a stopped workspace must not be taken
  // meanwhile by another test's.
  constexpr int ports_of_a_world = 40;
  const int first_port = 3000 + getpid() % 200 * ports_of_a_world;
  environment["CONTAINAI_PORT_RANGE_START"] = std::to_string(first_port);
  environment["CONTAINAI_PORT_RANGE_END"] = std::to_string(first_port + ports_of_a_world - 1);
  for (const char* name : {"DOCKER_HOST", "CAI_BASE_IMAGE", "CONTAINAI_BASE_IMAGE"}) {
    if (const char* value = getenv(name)) environment[name] = value;
  }
}

World::~World() {
  std::ifstream file(home() / ".config/containai/instance");
  std::string instance;
  if (file >> instance) {
    const auto filter = "label=containai.instance=" + instance;
    std::istringstream containers(docker({"ps", "-aq", "--no-trunc", "--filter", filter}).out);
    for (std::string id; containers >> id;) docker({"rm", "-f", id});
    std::istringstream volumes(docker({"volume", "ls", "-q", "--filter", filter}).out);
    for (std::string name; volumes >> name;) docker({"volume", "rm", name});
    const auto objects = [&](const Words& list) {
      std::vector<std::string> names;
      std::istringstream text(docker(list).out);
      for (std::string name; text >> name;) names.push_back(name);
      return names;
    };
    for (const auto& id : objects({"network", "ls", "-q", "--filter", filter})) docker({"network", "rm", id});
    for (const auto& id :
         objects({"images", "-q", "--filter", filter, "--filter", "label=containai.image-role"}))
      docker({"rmi", id});
    // The images of the built-in template and of purposes serve every test, as they serve every installation.
    for (const auto& tag : objects({"images", "--filter", filter, "--format", "{{.Repository}}:{{.Tag}}"}))
      if (!tag.starts_with("containai:default-") && !tag.starts_with("containai:purpose-"))
        docker({"rmi", tag});
    const auto snapshots = "containai:snap-" + instance.substr(0, 8) + "-*";
    for (const auto& tag : objects({"images", "--format", "{{.Repository}}:{{.Tag}}", snapshots}))
      docker({"rmi", tag});
  }
  run({"pkill", "-f", "ssh.*" + root_.string()}, environment, "/");
  std::error_code ignored;
  fs::remove_all(root_, ignored);
}

void World::stop_being_root(EngineAccess access) {
  if (geteuid() != 0) return;
  // ssh wants an account; every system has nobody.
  const auto* account = getpwuid(1000);
  if (account == nullptr) account = getpwnam("nobody");
  uid_ = account->pw_uid;
  gid_ = account->pw_gid;
  struct stat socket = {};
  std::string path = "/var/run/docker.sock";
  if (const char* host = getenv("DOCKER_HOST"))
    path = std::string(host).substr(std::string(host).find('/') + 2);
  stat(path.c_str(), &socket);
  const bool granted = access == EngineAccess::granted;
  prefix_ = {"setpriv", "--reuid=" + std::to_string(uid_), "--regid=" + std::to_string(gid_),
             granted ? "--groups=" + std::to_string(socket.st_gid) : "--clear-groups", "--"};
  for (const auto& path_below : {root_, home()}) {
    if (chown(path_below.c_str(), uid_, gid_) != 0) throw std::runtime_error("chown " + path_below.string());
  }
}

Words World::as_user(const std::string& program, const Words& arguments) const {
  Words argv = prefix_;
  argv.push_back(program);
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return argv;
}

std::string World::unique(const std::string& prefix) {
  static std::random_device random;
  std::ostringstream text;
  text << prefix << std::hex << (random() & 0xffffffU);
  return text.str();
}

fs::path World::repository(const std::string& name, const std::string& branch) {
  const auto path = root_ / name;
  fs::create_directories(path);
  if (!prefix_.empty() && chown(path.c_str(), uid_, gid_) != 0)
    throw std::runtime_error("chown " + path.string());
  git(path, {"init", "-q", "-b", "main", "."});
  git(path, {"commit", "-q", "--allow-empty", "-m", "first"});
  if (branch != "main") git(path, {"checkout", "-q", "-b", branch});
  return path;
}

Result World::cai(const fs::path& directory, const Words& arguments, const std::string& input) {
  return run(as_user(cai_binary(), arguments), environment, directory, input);
}

Result World::git(const fs::path& directory, const Words& arguments) {
  return run(as_user("git", arguments), environment, directory);
}

Result World::docker(const Words& arguments) {
  Words argv = {"docker"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  // The independent eye looks past any proxy that the test has put before cai.
  auto own = environment;
  own.erase("DOCKER_HOST");
  if (const char* host = getenv("DOCKER_HOST")) own["DOCKER_HOST"] = host;
  return run(argv, own, "/");
}

Result World::ssh(const Words& arguments, const std::string& input) {
  Words words = {"-F", (home() / ".ssh/config").string()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return run(as_user("ssh", words), environment, root_, input);
}

std::string World::inspect(const std::string& name, const std::string& format) {
  return trimmed(docker({"inspect", "-f", format, name}).out);
}

bool World::volume_exists(const std::string& name) {
  return docker({"volume", "inspect", name}).code == 0;
}

pid_t World::spawn(const Words& argv, const fs::path& directory) {
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  Words words = prefix_;
  words.insert(words.end(), argv.begin(), argv.end());
  const pid_t pid = start(words, environment, directory, null, null, null);
  close(null);
  return pid;
}

Result World::wait(pid_t pid) {
  int status = 0;
  waitpid(pid, &status, 0);
  return {code_of(status), "", ""};
}

}  // namespace cai::e2e
