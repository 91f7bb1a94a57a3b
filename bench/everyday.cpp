#include "everyday.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <ctime>
#include <sstream>
#include <stdexcept>

#include "engine_request.hpp"

namespace cai::bench {
namespace {

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

}  // namespace

void race_sessions(Table& table, const World& world) {
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
  const Side least{"three raw requests", [] {},
                   [&] { return timed([&] { exec_by_engine(engine_socket(), world.container()); }); }, [] {}};
  table.race("`cai exec -- true`, none shared", side("", execute), least, 1.3, 20);
  table.race("`cai status`", side("", world.cai({"status"})), ps, 0.7, 20);
  table.race("`cai list`", side("", world.cai({"list"})), ps, 0.7, 20);
  table.race("`cai version`", side("", world.cai({"version"})),
             side("`docker --version`", {"docker", "--version"}), 0.4, 20);
  table.race("`cai run --rm IMG true`",
             side("", world.cai({"run", "--rm", "--image", "debian:bookworm-slim", "--", "true"})),
             side("`docker run --rm IMG true`", {"docker", "run", "--rm", "debian:bookworm-slim", "true"}),
             0.9, 20);
  table.memory(world.cai({"status"}), {"docker", "ps"});
}

void race_lives(Table& table, const World& world) {
  race_create(table, world);
  race_start_and_stop(table, world);
  table.alone("`cai --fresh -d`", world.cai({"--fresh", "-d"}), 5);
}

}  // namespace cai::bench
