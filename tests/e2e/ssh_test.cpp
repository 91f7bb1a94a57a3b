// Row 76: what a person does with their own ssh client and the configuration that cai wrote.
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <thread>

#include "e2e/world.hpp"
#include "support/eventually.hpp"

namespace cai::e2e {
namespace {

namespace fs = std::filesystem;

std::string content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Every byte there is, no line structure, larger than any buffer on the way.
std::string many_bytes() {
  std::string bytes;
  for (std::uint32_t i = 0; i < 3'000'001; ++i) bytes += static_cast<char>((i * 2654435761U) >> 24U);
  return bytes;
}

/// What `ss -ltnH` says of local addresses with this port, one a line.
std::string listeners(const World& world, const std::string& port) {
  return run({"ss", "-ltnH", "sport = :" + port}, world.environment, "/").out;
}

/// A port on which nobody listens now, below those that the system hands out by itself.
std::string unused_port(const World& world) {
  for (int port = 21000 + getpid() % 1000;; ++port) {
    if (listeners(world, std::to_string(port)).empty()) return std::to_string(port);
  }
}

/// A person's ssh-agent with one throw-away key.
class Agent {
 public:
  explicit Agent(World& world) : socket_(world.root() / "agent.sock") {
    pid_ = world.spawn({"ssh-agent", "-D", "-a", socket_.string()}, "/");
    const auto key = (world.root() / "agent-key").string();
    run({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", key}, world.environment, "/");
    world.environment["SSH_AUTH_SOCK"] = socket_.string();
    EXPECT_TRUE(eventually([&] { return fs::exists(socket_); }));
    EXPECT_EQ(run({"ssh-add", "-q", key}, world.environment, "/").code, 0);
  }
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;
  ~Agent() {
    kill(pid_, SIGTERM);
    World::wait(pid_);
  }
  static constexpr const char* comment = "throw-away-key";

 private:
  fs::path socket_;
  pid_t pid_;
};

class OwnSsh : public testing::Test {
 protected:
  void SetUp() override {
    repository_ = world_.repository(name_);
    const auto made = world_.cai(repository_, {"-d"});
    ASSERT_EQ(made.code, 0) << made.err;
  }
  /// A program of OpenSSH other than ssh itself.
  Result client(const std::string& program, const Words& arguments, const std::string& input = "") {
    Words argv = {program, "-q", "-F", (world_.home() / ".ssh/config").string()};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    return run(argv, world_.environment, world_.root(), input);
  }
  std::string label(const std::string& name) {
    return world_.inspect(container_, "{{index .Config.Labels \"" + name + "\"}}");
  }

  World world_;
  std::string name_ = World::unique();
  std::string container_ = name_ + "-auth";
  fs::path repository_;
};

TEST_F(OwnSsh, Row76TheConfigurationReadsBackAsWritten) {
  const auto printed = world_.ssh({"-G", container_});
  ASSERT_EQ(printed.code, 0) << printed.err;
  std::map<std::string, std::string> options;
  std::istringstream lines(printed.out);
  for (std::string line; std::getline(lines, line);) {
    const auto space = line.find(' ');
    options.emplace(line.substr(0, space), space == std::string::npos ? "" : line.substr(space + 1));
  }
  const auto keys = fs::canonical(world_.home()) / ".config/containai/keys";
  const auto id = label("containai.workspace-id");
  EXPECT_EQ(options["hostname"], "127.0.0.1");
  EXPECT_EQ(options["port"], label("containai.ssh-port"));
  EXPECT_EQ(options["user"], "agent");
  EXPECT_EQ(options["identityfile"], (keys / "id_ed25519").string());
  EXPECT_EQ(options["identitiesonly"], "yes");
  EXPECT_EQ(options["stricthostkeychecking"], "true");
  EXPECT_EQ(options["userknownhostsfile"], (keys / "known_hosts" / id).string());
  EXPECT_EQ(options["forwardagent"], "no");
  EXPECT_EQ(options["passwordauthentication"], "no");
  // A name that is nobody's workspace is not touched by what we wrote.
  EXPECT_NE(world_.ssh({"-G", "somewhere.example"}).out.find("hostname somewhere.example\n"),
            std::string::npos);
}

TEST_F(OwnSsh, Row76OnlyTheLoopbackAddressListens) {
  const auto port = label("containai.ssh-port");
  std::istringstream lines(listeners(world_, port));
  int found = 0;
  for (std::string line; std::getline(lines, line); ++found) {
    EXPECT_NE(line.find(" 127.0.0.1:" + port + " "), std::string::npos) << line;
  }
  EXPECT_EQ(found, 1);
}

TEST_F(OwnSsh, Row76NoHostKeyComplaintAfterFresh) {
  ASSERT_EQ(world_.ssh({container_, "true"}).code, 0);
  for (const char* flag : {"--fresh", "--reset"}) {
    ASSERT_EQ(world_.cai(repository_, {flag, "-d"}).code, 0);
    // Not over a connection that was open before.
    const auto after = world_.ssh({"-o", "ControlPath=none", "-o", "LogLevel=INFO", container_, "true"});
    EXPECT_EQ(after.code, 0) << flag << after.err;
    EXPECT_EQ(after.err, "") << flag;
    EXPECT_EQ(world_.ssh({container_, "hostname"}).out, container_ + "\n") << flag;
  }
}

TEST_F(OwnSsh, Row76APortIsForwardedToAListenerInside) {
  const auto port = unused_port(world_);
  const std::string serve =
      "exec perl -MIO::Socket::INET -e '"
      "$| = 1; $s = IO::Socket::INET->new(LocalAddr => q(127.0.0.1), LocalPort => 8080, Listen => 5,"
      " ReuseAddr => 1) or die; print qq(ready\\n); while ($c = $s->accept) { print $c"
      " qq(HTTP/1.0 200 OK\\r\\n\\r\\nfrom-the-inside\\n); close $c }'";
  ASSERT_EQ(world_.cai(repository_, {"exec", "--", "sh", "-c", "(" + serve + ") >/tmp/log 2>&1 &"}).code, 0);
  ASSERT_TRUE(eventually([&] {
    return world_.cai(repository_, {"exec", "--", "cat", "/tmp/log"}).out == "ready\n";
  })) << world_.cai(repository_, {"exec", "--", "cat", "/tmp/log"}).out;

  const auto tunnel = world_.spawn({"ssh", "-F", (world_.home() / ".ssh/config").string(), "-N", "-L",
                                    port + ":localhost:8080", container_},
                                   "/");
  EXPECT_TRUE(eventually([&] { return !listeners(world_, port).empty(); }));
  const auto page =
      run({"curl", "-sS", "--max-time", "10", "http://127.0.0.1:" + port + "/"}, world_.environment, "/");
  EXPECT_EQ(page.out, "from-the-inside\n") << page.err;
  kill(tunnel, SIGTERM);
  World::wait(tunnel);
}

TEST_F(OwnSsh, Row76APortOfTheConfigurationIsForwarded) {
  const auto port = unused_port(world_);
  std::ofstream(world_.home() / ".config/containai/config.toml")
      << "[ssh]\nlocal_forward = [\"" << port << ":localhost:2222\"]\n";
  ASSERT_EQ(world_.cai(repository_, {"-d"}).code, 0);
  const auto session =
      world_.spawn({"ssh", "-F", (world_.home() / ".ssh/config").string(), container_, "sleep 60"}, "/");
  EXPECT_TRUE(
      eventually([&] { return listeners(world_, port).find(" 127.0.0.1:" + port) != std::string::npos; }));
  // sshd itself is the listener inside.
  const auto key =
      run({"ssh-keyscan", "-T", "10", "-t", "ed25519", "-p", port, "127.0.0.1"}, world_.environment, "/");
  EXPECT_NE(key.out.find("ssh-ed25519"), std::string::npos) << key.err;
  kill(session, SIGTERM);
  World::wait(session);
}

TEST_F(OwnSsh, Row76TheAgentIsLentOnlyWhenAskedFor) {
  const Agent agent(world_);
  const Words list = {container_, "ssh-add", "-l"};
  EXPECT_NE(world_.ssh(list).code, 0) << "not asked for";
  // Also a minute after a session without it, when ssh would share that session's connection.
  const auto lent = world_.ssh({"-A", container_, "ssh-add", "-l"});
  EXPECT_EQ(lent.code, 0) << lent.err;
  EXPECT_NE(lent.out.find(Agent::comment), std::string::npos) << lent.out;
  EXPECT_NE(world_.ssh(list).code, 0) << "what one session was lent is not the next one's";
  EXPECT_NE(world_.cai(repository_, {"--", "ssh-add", "-l"}).code, 0);
}

TEST_F(OwnSsh, Row76TheAgentIsLentByConfiguration) {
  const Agent agent(world_);
  EXPECT_NE(world_.ssh({container_, "ssh-add", "-l"}).code, 0);
  std::ofstream(world_.home() / ".config/containai/config.toml") << "[ssh]\nforward_agent = true\n";
  const auto id = world_.inspect(container_, "{{.Id}}");
  ASSERT_EQ(world_.cai(repository_, {"-d"}).code, 0);
  EXPECT_EQ(world_.inspect(container_, "{{.Id}}"), id) << "no new container for an SSH option";
  for (const auto& result :
       {world_.ssh({container_, "ssh-add", "-l"}), world_.cai(repository_, {"--", "ssh-add", "-l"})}) {
    EXPECT_EQ(result.code, 0) << result.err;
    EXPECT_NE(result.out.find(Agent::comment), std::string::npos) << result.out;
  }
}

TEST_F(OwnSsh, Row76FilesAreCopiedByteForByte) {
  const auto bytes = many_bytes();
  const auto there = world_.root() / "there and back";
  std::ofstream(there, std::ios::binary) << bytes;
  const auto up = client("scp", {there.string(), container_ + ":copied"});
  ASSERT_EQ(up.code, 0) << up.err;
  EXPECT_EQ(world_.ssh({container_, "cat copied"}).out, bytes);
  const auto down = client("scp", {container_ + ":copied", (world_.root() / "back").string()});
  ASSERT_EQ(down.code, 0) << down.err;
  EXPECT_EQ(content_of(world_.root() / "back"), bytes);
  // The protocol that scp spoke before it spoke sftp; it runs the scp inside.
  ASSERT_EQ(client("scp", {"-O", container_ + ":copied", (world_.root() / "old").string()}).code, 0);
  EXPECT_EQ(content_of(world_.root() / "old"), bytes);
}

TEST_F(OwnSsh, Row76Sftp) {
  const auto bytes = many_bytes();
  std::ofstream(world_.root() / "sent", std::ios::binary) << bytes;
  const auto session = client("sftp", {"-b", "-", container_},
                              "put sent received\nget received returned\nrename received other\nls\n");
  EXPECT_EQ(session.code, 0) << session.err;
  EXPECT_NE(session.out.find("other"), std::string::npos) << session.out;
  EXPECT_EQ(content_of(world_.root() / "returned"), bytes);
}

}  // namespace
}  // namespace cai::e2e
