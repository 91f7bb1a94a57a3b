#include "tools.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace cai::bench {
namespace {

namespace fs = std::filesystem;

constexpr const char* image = "debian:bookworm-slim";

/// Another tool's way to the same: a container for a directory.
struct Tool {
  std::string name;
  Argv create;  ///< until commands can be run in it
  Argv enter;
  Prepare remove;
};

Tool devcontainers(const World& world) {
  const auto program = std::getenv("CAI_BENCH_DEVCONTAINER");
  const std::string cli = program == nullptr ? "devcontainer" : program;
  const auto folder = world.root() / "devcontainer";
  fs::create_directories(folder / ".devcontainer");
  std::ofstream(folder / ".devcontainer/devcontainer.json") << fmt::format("{{\"image\":\"{}\"}}\n", image);
  const auto label = "label=devcontainer.local_folder=" + folder.string();
  return {"devcontainer",
          {cli, "up", "--workspace-folder", folder},
          {cli, "exec", "--workspace-folder", folder, "true"},
          [label] {
            const auto id = output_of({"docker", "ps", "-aq", "--filter", label});
            if (!id.empty()) must({"docker", "rm", "-f", id});
          }};
}

Tool compose(const World& world) {
  const auto folder = world.root() / "compose";
  fs::create_directories(folder);
  const auto file = folder / "docker-compose.yml";
  std::ofstream(file) << fmt::format(
      "version: \"3.7\"\nservices:\n  dev:\n    image: {}\n    init: true\n    command: sleep infinity\n"
      "    volumes: [\".:/workspace\"]\n",
      image);
  const auto with = [&](std::initializer_list<std::string> words) {
    Argv argv = {"docker-compose", "-f", file, "-p", world.name() + "-compose"};
    argv.insert(argv.end(), words);
    return argv;
  };
  return {"docker-compose", with({"up", "-d"}), with({"exec", "-T", "dev", "true"}),
          [down = with({"down", "--volumes", "--timeout", "1"})] { run(down); }};
}

/// It refuses to run as root: then it runs as nobody, in the group of the engine's socket.
Argv ordinary_caller(const fs::path& home) {
  if (::geteuid() != 0) return {"env", "DBX_CONTAINER_MANAGER=docker"};
  struct stat socket {};
  const passwd* nobody = ::getpwnam("nobody");
  if (nobody == nullptr || ::stat(engine_socket().c_str(), &socket) != 0)
    throw std::runtime_error("there is no user nobody, or no socket of the engine");
  fs::permissions(home.parent_path(), fs::perms::others_exec, fs::perm_options::add);
  if (::chown(home.c_str(), nobody->pw_uid, nobody->pw_gid) != 0) throw std::runtime_error("cannot chown");
  return {"setpriv",
          "--reuid=nobody",
          fmt::format("--regid={}", socket.st_gid),
          "--clear-groups",
          "env",
          "HOME=" + home.string(),
          "USER=nobody",
          "SHELL=/bin/sh",
          "DBX_CONTAINER_MANAGER=docker"};
}

Tool distrobox(const World& world) {
  const auto home = world.root() / "distrobox";
  fs::create_directories(home);
  const auto name = world.name() + "-distrobox";
  const Argv caller = ordinary_caller(home);
  const auto with = [&](std::initializer_list<std::string> words) {
    Argv argv = caller;
    argv.insert(argv.end(), words);
    return argv;
  };
  const auto create = fmt::format(
      "distrobox create --yes --no-entry --name {0} --image {1} && distrobox enter --no-tty {0} -- true",
      name, image);
  return {"distrobox", with({"sh", "-c", create}),
          with({"distrobox", "enter", "--no-tty", name, "--", "true"}), [name] {
            run({"docker", "rm", "-f", name});
          }};
}

void race_tool(Table& table, const World& world, const Tool& tool) {
  const auto fresh = world.name() + "new";
  try {
    must(tool.create);
    must(tool.enter);
  } catch (const std::exception&) {
    tool.remove();
    table.note(fmt::format("{}: not run, it does not get a container to work here", tool.name));
    return;
  }
  world.enter(world.name());
  table.race("`cai -- true`, connection shared", side("", world.cai({"--", "true"})),
             side(fmt::format("`{} {}`", tool.name, tool.name == "distrobox" ? "enter" : "exec"), tool.enter),
             0.5, 10);
  tool.remove();
  world.enter(fresh);
  table.race("`cai -d`, new workspace, image present",
             side(
                 "", world.cai({"-d"}), [] {},
                 [&] {
                   must(world.cai({"destroy", fresh + "-auth", "--volumes", "--force"}));
                 }),
             side(
                 fmt::format("`{}`, until it runs a command", tool.name), tool.create, [] {}, tool.remove),
             1.0, 3);
  world.enter(world.name());
}

}  // namespace

void race_tools(Table& table, const World& world) {
  world.make_repository(world.name() + "new");
  race_tool(table, world, devcontainers(world));
  race_tool(table, world, compose(world));
  race_tool(table, world, distrobox(world));
}

}  // namespace cai::bench
