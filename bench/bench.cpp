// Whole processes beside their rivals, in turns, in a HOME and repository of its own. Prints Markdown.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include "boxes.hpp"
#include "crowd.hpp"
#include "process.hpp"
#include "request_counter.hpp"
#include "table.hpp"

namespace cai::bench {
namespace {

namespace fs = std::filesystem;
/// How the container of a workspace was asked for, as arguments of `docker run`, one on each line.
constexpr const char* run_arguments = R"({{range .HostConfig.Mounts}}{{if eq .Type "bind"}}--mount
type=bind,source={{.Source}},target={{.Target}}{{if .ReadOnly}},readonly{{end}}
{{end}}{{end}}{{range $k,$v := .HostConfig.Tmpfs}}--tmpfs
{{$k}}:{{$v}}
{{end}}{{range .HostConfig.CapDrop}}--cap-drop={{.}}
{{end}}{{range .HostConfig.CapAdd}}--cap-add={{.}}
{{end}}{{range .HostConfig.SecurityOpt}}--security-opt={{.}}
{{end}}{{range .HostConfig.Ulimits}}--ulimit={{.Name}}={{.Soft}}:{{.Hard}}
{{end}}{{range .Config.Env}}--env={{.}}
{{end}}{{if .HostConfig.ReadonlyRootfs}}--read-only
{{end}}--user={{.Config.User}}
--workdir={{.Config.WorkingDir}}
--memory={{.HostConfig.Memory}}
--memory-swap={{.HostConfig.MemorySwap}}
--pids-limit={{.HostConfig.PidsLimit}})";

/// One user's world; what it made on the engine goes with it.
class World {
 public:
  explicit World(std::string cai) : cai_(std::move(cai)) {
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
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World() {
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

  void make_repository(const std::string& name) const {
    fs::create_directories(root_ / name);
    fs::current_path(root_ / name);
    must({"git", "init", "-q", "-b", "feature/auth"});
    must({"git", "-c", "user.name=Bench", "-c", "user.email=bench@localhost", "commit", "-q", "--allow-empty",
          "-m", "a sample"});
  }
  void enter(const std::string& repository) const { fs::current_path(root_ / repository); }

  [[nodiscard]] Argv cai(std::initializer_list<std::string> words) const {
    Argv argv{cai_};
    argv.insert(argv.end(), words);
    return argv;
  }
  [[nodiscard]] Argv plain_ssh(const std::string& port) const {
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
  void close_shared() const {
    const auto sockets = root_ / "run" / "containai";
    if (!fs::is_directory(sockets)) return;  // before the first session
    for (const auto& entry : fs::directory_iterator(sockets)) {
      if (entry.is_socket())
        run({"ssh", "-F", "/dev/null", "-S", entry.path().string(), "-O", "exit", "any"});
    }
  }
  [[nodiscard]] const std::string& program() const { return cai_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::string container() const { return name_ + "-auth"; }
  [[nodiscard]] std::string port() const {
    return output_of(
        {"docker", "inspect", "--format", "{{index .Config.Labels \"containai.ssh-port\"}}", container()});
  }
  [[nodiscard]] std::string relay() const { return (root_ / "relay").string(); }

 private:
  std::string cai_;
  fs::path root_;
  std::string name_;
};

/// docker-proxy accepts before sshd listens: only a banner is an answer.
bool banner_at(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string text(4, '\0');
  const bool answers = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                       ::recv(fd, text.data(), text.size(), MSG_WAITALL) == 4 && text == "SSH-";
  ::close(fd);
  return answers;
}

double wait_for_banner(int port) {
  timespec begin{};
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &begin);
  const auto passed = [&] {
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<double>(now.tv_sec - begin.tv_sec) * 1e3 +
           static_cast<double>(now.tv_nsec - begin.tv_nsec) / 1e6;
  };
  while (!banner_at(port)) {
    if (passed() > 20'000) throw std::runtime_error("the rival's sshd does not answer");
    ::usleep(2000);
  }
  return passed();
}

Argv rival_run(const World& world, const std::string& port) {
  Argv argv{"docker", "run", "-d", "--name", world.name() + "-rival", "-p", "127.0.0.1:" + port + ":2222"};
  std::istringstream lines(output_of({"docker", "inspect", "--format", run_arguments, world.container()}));
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty()) argv.push_back(line);
  }
  argv.insert(argv.end(),
              {"--mount", "type=volume,source=" + world.name() + "-rival-data,target=/mnt/agent-data",
               output_of({"docker", "inspect", "--format", "{{.Config.Image}}", world.container()})});
  return argv;
}

int free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ::bind(fd, reinterpret_cast<sockaddr*>(&address), size);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(fd);
  return ntohs(address.sin_port);
}

void race_create(Table& table, const World& world) {
  const int port = free_port();
  const auto argv = rival_run(world, std::to_string(port));
  const auto fresh = world.name() + "new";
  world.make_repository(fresh);
  const Side ours = side(
      "", world.cai({"-d"}), [] {},
      [&] {
        must(world.cai({"destroy", fresh + "-auth", "--volumes", "--force"}));
      });
  const Side theirs{"`docker run -d` until sshd answers", [] {},
                    [&] {
                      Run result = must(argv);
                      result.wall_ms += wait_for_banner(port);
                      return result;
                    },
                    [&] {
                      must({"docker", "stop", world.name() + "-rival"});
                      must({"docker", "rm", world.name() + "-rival"});
                      must({"docker", "volume", "rm", world.name() + "-rival-data"});
                    }};
  table.race("`cai -d`, new workspace, image present", ours, theirs, 1.2, 10);
  world.enter(world.name());
}

void race_start_and_stop(Table& table, const World& world) {
  const auto container = world.container();
  const auto port = world.port();
  const auto stop = [&] { must(world.cai({"stop", "--force"})); };
  const Side theirs{"`docker start`, then plain `ssh true`", stop,
                    [&] {
                      Run result = must({"docker", "start", container});
                      result.wall_ms += wait_for_banner(std::stoi(port));
                      result.wall_ms += must(world.plain_ssh(port)).wall_ms;
                      return result;
                    },
                    [] {}};
  table.race("`cai -- true`, stopped workspace", side("", world.cai({"--", "true"}), stop), theirs, 1.1, 10);
  const auto up = [&] { must(world.cai({"-d"})); };
  table.race("`cai stop`", side("", world.cai({"stop"}), up),
             side("`docker stop`", {"docker", "stop", container}, up), 1.05, 10);
  up();
}

std::string engine_socket() {
  return std::string(std::getenv("DOCKER_HOST")).substr(std::string("unix://").size());
}

/// What looking costs when there is much to look at.
void race_crowd(Table& table, const World& world) {
  constexpr int many = 1000;
  const auto instance = output_of({"docker", "inspect", "--format",
                                   "{{index .Config.Labels \"containai.instance\"}}", world.container()});
  const Crowd crowd(engine_socket(), world.name() + "-crowd", instance, many);
  const Side raw{"one raw listing request", [] {}, [&] { return crowd.raw_listing(); }, [] {}};
  table.race("`cai gc --dry-run --no-disk`, 1,000 stopped",
             side("", world.cai({"gc", "--dry-run", "--no-disk"})), raw, 1.3, 20);
  table.race("`cai status --all --no-disk`, 1,000 stopped",
             side("", world.cai({"status", "--all", "--no-disk"})), raw, 1.3, 20);
  table.race("`cai list`, 1,000 stopped", side("", world.cai({"list"})), raw, 1.3, 20);
  table.race("`cai list`, 1,000 stopped", side("", world.cai({"list"})),
             side("`docker ps -a`", {"docker", "ps", "-a"}), 1.0, 20);
}

std::int64_t archive_mebibytes() {
  const char* text = std::getenv("CAI_BENCH_ARCHIVE_MIB");
  return text == nullptr ? 256 : std::atoll(text);
}

/// Programs, libraries and texts, as they are on a system: what compresses and what does not.
void furnish(const World& world, std::int64_t mebibytes) {
  must(world.cai(
      {"exec", "--", "sh", "-c",
       fmt::format("mkdir -p ~/mixed; n=0; while [ $(du -sm ~/mixed | cut -f1) -lt {} ]; do n=$((n+1)); "
                   "mkdir ~/mixed/$n; cp -r /usr/bin /usr/lib /usr/share ~/mixed/$n/; done",
                   mebibytes)}));
}

/// Export and import of one volume, beside tar in a container and `docker cp`.
void race_archives(Table& table, const World& world) {
  furnish(world, archive_mebibytes());
  const auto volume = output_of(world.cai({"config", "get", "data_volume"}));
  const auto image = output_of({"docker", "inspect", "--format", "{{.Config.Image}}", world.container()});
  const auto mib = output_of(world.cai({"exec", "--", "sh", "-c", "du -sm /mnt/agent-data | cut -f1"}));
  const auto tar = side(
      "`docker run --rm -v V:/d IMG tar czf - -C /d .`",
      {"sh", "-c",
       "docker run --rm --entrypoint tar -v " + volume + ":/d:ro " + image + " czf - -C /d . > rival.tgz"});
  table.race("`cai export`, .tgz, " + mib + " MiB", side("", world.cai({"export", "-o", "ours.tgz"})), tar,
             0.22, 3);
  table.race("`cai export`, .tar.zst, " + mib + " MiB", side("", world.cai({"export", "-o", "ours.tar.zst"})),
             tar, 0.13, 3);

  fs::create_directory("tree");
  must({"tar", "-xzf", "ours.tgz", "-C", "tree"});
  const auto rival = world.name() + "-rival";
  const Side copy{"`docker cp` of the unpacked tree",
                  [=] {
                    must({"docker", "create", "--name", rival, "-v", rival + "-data:/mnt/agent-data", image});
                  },
                  [=] {
                    return must({"docker", "cp", "tree/.", rival + ":/mnt/agent-data"});
                  },
                  [=] {
                    must({"docker", "rm", rival});
                    must({"docker", "volume", "rm", rival + "-data"});
                  }};
  must(world.cai({"stop", "--force"}));
  std::string imported;
  const Side ours{"", [] {},
                  [&] {
                    const auto former = imported;
                    const Run result = must(world.cai({"import", "ours.tgz", "--yes"}));
                    imported = output_of(world.cai({"config", "get", "data_volume"}));
                    // Not our container's any more, so that the disk does not fill with former volumes.
                    if (!former.empty()) must({"docker", "volume", "rm", former});
                    return result;
                  },
                  [] {}};
  table.race("`cai import`, .tgz, " + mib + " MiB", ours, copy, 1.0, 3);
  const auto size = [](const char* file) { return static_cast<double>(fs::file_size(file)) / (1 << 20); };
  fmt::print("\nSizes: `tar czf` {:.1f} MiB, .tgz {:.1f} MiB, .tar.zst {:.1f} MiB.\n", size("rival.tgz"),
             size("ours.tgz"), size("ours.tar.zst"));
  must(world.cai({"destroy", world.container(), "--force"}));
  if (!imported.empty()) must({"docker", "volume", "rm", imported});
}

void print_requests(const World& world) {
  const std::string engine = engine_socket();
  fmt::print("\n| command | engine requests |\n|---|---|\n");
  const auto count = [&](const char* title, const Argv& argv) {
    fmt::print("| `{}` | {} |\n", title, count_requests(engine, world.relay(), argv));
  };
  // The first call by way of the relay gets to know it as an engine; that is no part of the everyday count.
  count_requests(engine, world.relay(), world.cai({"-d", "--fresh"}));
  world.close_shared();
  count("cai exec -- true (none shared)", world.cai({"exec", "--", "true"}));
  count("cai -- true", world.cai({"--", "true"}));
  count("cai exec -- true (connection shared)", world.cai({"exec", "--", "true"}));
  count("cai status", world.cai({"status"}));
  count("cai list", world.cai({"list"}));
  count("cai --fresh -d", world.cai({"-d", "--fresh"}));
  count("cai stop", world.cai({"stop"}));
  count("cai -d (stopped)", world.cai({"-d"}));
  count("cai run --rm --image I -- true",
        world.cai({"run", "--rm", "--image", "debian:bookworm-slim", "--", "true"}));
  count("cai version", world.cai({"version"}));
  count("docker ps", {"docker", "ps"});
  count("docker exec C true", {"docker", "exec", world.container(), "true"});
}

void race_everything(const World& world) {
  Table table;
  const Argv exec{"docker", "exec", world.container(), "true"};
  const auto shared = [&] { world.close_shared(); };
  const Argv attach = world.cai({"--", "true"});
  const Argv execute = world.cai({"exec", "--", "true"});
  const auto rival_exec = side("`docker exec C true`", exec);
  const auto ps = side("`docker ps`", {"docker", "ps"});
  table.race("`cai -- true`, first session", side("", attach, shared),
             side("plain `ssh true`", world.plain_ssh(world.port())), 0.8, 20);
  table.race("`cai -- true`, connection shared", side("", attach), rival_exec, 0.5, 20);
  table.race("`cai exec -- true`, connection shared", side("", execute), rival_exec, 0.5, 20);
  world.close_shared();
  table.race("`cai exec -- true`, none shared", side("", execute), rival_exec, 0.8, 20);
  table.race("`cai status`", side("", world.cai({"status"})), ps, 0.7, 20);
  table.race("`cai list`", side("", world.cai({"list"})), ps, 0.7, 20);
  table.race("`cai version`", side("", world.cai({"version"})),
             side("`docker --version`", {"docker", "--version"}), 0.4, 20);
  table.race("`cai run --rm IMG true`",
             side("", world.cai({"run", "--rm", "--image", "debian:bookworm-slim", "--", "true"})),
             side("`docker run --rm IMG true`", {"docker", "run", "--rm", "debian:bookworm-slim", "true"}),
             0.9, 20);
  table.memory(world.cai({"status"}), {"docker", "ps"});
  race_create(table, world);
  race_start_and_stop(table, world);
  race_crowd(table, world);
  race_boxes(table, world.program(), engine_socket(), world.name());
  table.alone("`cai --fresh -d`", world.cai({"--fresh", "-d"}), 5);
  print_requests(world);
}

}  // namespace
}  // namespace cai::bench

/// `cai_bench archives`: only what moves much data, and therefore takes long. `cai_bench boxes`: only boxes.
int main(int argc, char** argv) {
  using namespace cai::bench;
  try {
    const auto cai = (std::filesystem::read_symlink("/proc/self/exe").parent_path() / "cai").string();
    const std::string_view part = argc > 1 ? argv[1] : "";
    const World world(cai);
    fmt::print("{}; {} cores; Engine {}; {}\n\n", output_of({"uname", "-srm"}),
               ::sysconf(_SC_NPROCESSORS_ONLN),
               output_of({"docker", "version", "--format", "{{.Server.Version}}"}),
               output_of({"date", "-u", "+%F"}));
    if (part != "boxes") must(world.cai({"-d"}));
    if (part == "archives") {
      Table table;
      race_archives(table, world);
    } else if (part == "boxes") {
      Table table;
      race_boxes(table, cai, engine_socket(), world.name());
    } else {
      race_everything(world);
    }
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "cai_bench: {}\n", error.what());
    return 1;
  }
}
