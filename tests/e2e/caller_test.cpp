// The caller is an ordinary user, as most are: what the container may do, and whose the files are.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include "e2e/world.hpp"

namespace cai::e2e {
namespace {

namespace fs = std::filesystem;

class OrdinaryCaller : public testing::Test {
 protected:
  void SetUp() override {
    world_.stop_being_root(World::EngineAccess::granted);
    ids_ = std::to_string(world_.uid()) + ":" + std::to_string(world_.gid());
    repository_ = world_.repository(name_);
    const auto made = world_.cai(repository_, {"-d"});
    ASSERT_EQ(made.code, 0) << made.err;
    ASSERT_EQ(made.out, container_ + "\n");
  }
  Result inside(const std::string& script) {
    return world_.cai(repository_, {"exec", "--", "sh", "-c", script});
  }
  static std::string owner(const fs::path& path) {
    struct stat status = {};
    if (lstat(path.c_str(), &status) != 0) return "nobody made " + path.string();
    return std::to_string(status.st_uid) + ":" + std::to_string(status.st_gid);
  }

  World world_;
  std::string name_ = World::unique();
  std::string container_ = name_ + "-auth";
  std::string ids_;
  fs::path repository_;
};

TEST_F(OrdinaryCaller, TheContainerHasNoPrivileges) {
  EXPECT_EQ(world_.inspect(container_, "{{.Config.User}}"), ids_);
  EXPECT_EQ(world_.inspect(container_, "{{.HostConfig.CapDrop}}"), "[ALL]");
  EXPECT_EQ(world_.inspect(container_, "{{len .HostConfig.CapAdd}}"), "0");
  EXPECT_EQ(world_.inspect(container_, "{{.HostConfig.ReadonlyRootfs}}"), "true");
  EXPECT_EQ(world_.inspect(container_, "{{.HostConfig.SecurityOpt}}"), "[no-new-privileges]");
  EXPECT_EQ(world_.inspect(container_, "{{.HostConfig.Privileged}}"), "false");
  // The kernel's word for it, for a session over the engine and for one over ssh.
  const std::string status = "grep -E '^(CapEff|CapBnd|NoNewPrivs):' /proc/self/status | tr -s '\\t\\n' '  '";
  const std::string nothing = "CapBnd: 0000000000000000 NoNewPrivs: 1";
  EXPECT_EQ(trimmed(inside(status).out), "CapEff: 0000000000000000 " + nothing);
  EXPECT_EQ(trimmed(world_.ssh({container_, status}).out), "CapEff: 0000000000000000 " + nothing);
  EXPECT_NE(inside("touch /usr/new").code, 0);
  EXPECT_NE(inside("sudo -n true").code, 0);
}

TEST_F(OrdinaryCaller, EverybodyIsTheCaller) {
  const std::string who = "echo $(id -u):$(id -g) $(id -un) $(id -gn) $HOME";
  const auto expected = ids_ + " agent agent /mnt/agent-data/home\n";
  EXPECT_EQ(inside(who).out, expected);
  EXPECT_EQ(world_.cai(repository_, {"--", "sh", "-c", who}).out, expected);
  const auto over_ssh = world_.ssh({container_, who});
  EXPECT_EQ(over_ssh.out, expected) << over_ssh.err;
  EXPECT_EQ(inside("echo kept > ~/file && cat ~/file").out, "kept\n");
}

TEST_F(OrdinaryCaller, FilesMadeInsideBelongToTheCallerOutside) {
  ASSERT_EQ(inside("touch by-exec && mkdir by-exec.d").code, 0);
  ASSERT_EQ(world_.ssh({container_, "cd /workspace && touch by-ssh"}).code, 0);
  for (const char* name : {"by-exec", "by-exec.d", "by-ssh"}) EXPECT_EQ(owner(repository_ / name), ids_);
  // And the other way round.
  std::ofstream(repository_ / "by-exec") << "outside";
  EXPECT_EQ(inside("cat by-exec && rm by-exec").out, "outside");
  // Nothing of cai's own belongs to anybody else.
  for (const auto& entry : fs::recursive_directory_iterator(world_.home())) {
    EXPECT_EQ(owner(entry.path()), ids_) << entry.path();
  }
}

TEST_F(OrdinaryCaller, GitWorksInside) {
  for (const char* command : {"git status --short", "git log --oneline -1",
                              "git -c user.name=n -c user.email=n@e commit -q --allow-empty -m inside"}) {
    const auto result = inside(command);
    EXPECT_EQ(result.code, 0) << command << result.err;
    EXPECT_EQ(result.err, "") << command;
  }
  const auto log = world_.git(repository_, {"log", "--format=%s", "-1"});
  EXPECT_EQ(log.out, "inside\n") << log.err;
}

TEST_F(OrdinaryCaller, StoppedStartedAndMadeAnew) {
  ASSERT_EQ(inside("echo kept > ~/file").code, 0);
  ASSERT_EQ(world_.cai(repository_, {"stop"}).code, 0);
  ASSERT_EQ(world_.cai(repository_, {"-d"}).code, 0);
  EXPECT_EQ(inside("cat ~/file").out, "kept\n");
  const auto fresh = world_.cai(repository_, {"--fresh", "-d"});
  ASSERT_EQ(fresh.code, 0) << fresh.err;
  EXPECT_EQ(world_.ssh({container_, "cat ~/file"}).out, "kept\n");
  const auto removed = world_.cai(repository_, {"stop", "--remove", "--force"});
  EXPECT_EQ(removed.code, 0) << removed.err;
  EXPECT_EQ(world_.inspect(container_, "{{.Id}}"), "");
}

TEST(CallerWithoutPermission, IsToldSoOnce) {
  World world;
  world.stop_being_root(World::EngineAccess::denied);
  const auto repository = world.repository(World::unique());
  const auto socket_path = (world.root() / "closed.sock").string();
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, socket_path.c_str(), sizeof address.sun_path - 1);
  ASSERT_EQ(bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(listen(listener, 8), 0);
  ASSERT_EQ(chmod(socket_path.c_str(), 0), 0);
  std::vector<std::string> hosts = {"unix://" + socket_path};
  // With a tester who is root, the engine's own socket is closed to this caller too.
  if (geteuid() == 0) hosts.emplace_back("");
  for (const auto& host : hosts) {
    if (host.empty()) {
      world.environment.erase("DOCKER_HOST");
    } else {
      world.environment["DOCKER_HOST"] = host;
    }
    for (const Words& words : {Words{"-d"}, Words{"--", "true"}, Words{"list"}}) {
      const auto result = world.cai(repository, words);
      EXPECT_EQ(result.code, 20) << result.err;
      EXPECT_EQ(result.err.find("error: permission denied for the container engine at unix://"), 0U)
          << result.err;
      EXPECT_NE(result.err.find("\n  hint: Add yourself to the docker group"), std::string::npos)
          << result.err;
      EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 2)
          << "one error, one hint: " << result.err;
      EXPECT_EQ(result.out, "");
    }
    EXPECT_FALSE(fs::exists(world.home() / ".ssh")) << "nothing was set up for what cannot be";
  }
  close(listener);
}

}  // namespace
}  // namespace cai::e2e
