#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "cai/base/error.hpp"
#include "cai/base/process.hpp"
#include "cai/base/text.hpp"
#include "support/eventually.hpp"
#include "world.hpp"

namespace cai::test {
namespace {

using Failure = SessionResult::Failure;

class SessionTest : public ServerWorld {
 protected:
  SessionTest() { start_server(); }
};

TEST_F(SessionTest, RunsTheCommandAndGivesItsExitCodeAndStreams) {
  const auto session = run("echo out; echo err >&2; exit 7");
  EXPECT_EQ(session.result.failure, Failure::none) << session.result.message;
  EXPECT_EQ(session.result.exit_code, 7);
  EXPECT_NE(session.output.find("out\n"), std::string::npos);
  EXPECT_NE(session.output.find("err\n"), std::string::npos);
}

TEST_F(SessionTest, SharedConnectionDoesNotHoldOurOutputOpen) {
  EXPECT_FALSE(shared_connection_open(files, id));
  const auto session = run("true");
  EXPECT_EQ(session.result.exit_code, 0) << session.result.message;
  EXPECT_LT(session.seconds_until_end_of_output, 20);  // the shared connection lives for sixty
  EXPECT_TRUE(shared_connection_open(files, id));
  EXPECT_EQ(mode_of(files.control_path(id).parent_path()), 0700U);
}

TEST_F(SessionTest, ReleaseEndsTheSharedConnection) {
  ASSERT_EQ(run("true").result.exit_code, 0);
  ASSERT_TRUE(shared_connection_open(files, id));
  release_shared_connection(files, server);
  EXPECT_FALSE(shared_connection_open(files, id));
  EXPECT_EQ(run("exit 3").result.exit_code, 3);
}

TEST_F(SessionTest, AChangedEntryEndsTheSharedConnection) {
  ASSERT_EQ(run("true").result.exit_code, 0);
  files.write_entry(server);
  EXPECT_TRUE(shared_connection_open(files, id)) << "nothing changed";
  server.forward_agent = true;
  files.write_entry(server);
  EXPECT_FALSE(shared_connection_open(files, id)) << "it would not lend the agent";
}

TEST_F(SessionTest, RemoteExitCode255IsNotAFailureOfSsh) {
  for (int round = 0; round < 2; ++round) {
    const auto session = run("echo 'Permission denied (publickey).' >&2; exit 255");
    EXPECT_EQ(session.result.failure, Failure::none) << session.result.message;
    EXPECT_EQ(session.result.exit_code, 255);
  }
}

TEST_F(SessionTest, CommandThatLooksLikeAnOptionIsACommand) {
  const auto session = run("-V");  // as an option: ssh prints its version and ends well
  EXPECT_EQ(session.output.find("OpenSSH"), std::string::npos);
  EXPECT_NE(session.result.exit_code, 0);
  EXPECT_EQ(session.result.failure, Failure::none) << session.result.message;
}

const std::map<std::string, std::string>& odd_values() {
  static const std::map<std::string, std::string> values{{"PLAIN", "value"},
                                                         {"EMPTY", ""},
                                                         {"SPACES", "  a  b "},
                                                         {"QUOTES", R"(a"b'c\d\\e\"f)"},
                                                         {"DOLLAR", "$HOME `x`"},
                                                         {"HASH", "#a #b"},
                                                         {"UNICODE", "\xc3\xa9\xe2\x82\xac"},
                                                         {"TAB", "a\tb\t"}};
  return values;
}

std::string print_command(const std::map<std::string, std::string>& values) {
  std::string command;
  for (const auto& [name, value] : values) command += "printf '%s|' \"$" + name + "\";";
  return command;
}

std::string printed(const std::map<std::string, std::string>& values) {
  std::string text;
  for (const auto& [name, value] : values) text += value + '|';
  return text;
}

TEST_F(SessionTest, VariablesArriveByteForByte) {
  SessionRequest request = asking("");
  request.target.environment = odd_values();
  request.environment = {{"LINES_", "a\nb\n"}, {"PERCENT", "100% %h ${HOME}"}, {"PLAIN", "session wins"}};
  auto expected = odd_values();
  for (const auto& [name, value] : request.environment) expected[name] = value;
  request.remote_command = print_command(expected);
  EXPECT_EQ(run(request).output, printed(expected));
  EXPECT_EQ(run(request).output, printed(expected)) << "over the shared connection";
}

TEST_F(SessionTest, SharedConnectionCarriesEachSessionsOwnVariables) {
  SessionRequest request = asking("echo \"[$FIRST$SECOND]\"");
  request.environment = {{"FIRST", "one"}};
  EXPECT_EQ(run(request).output, "[one]\n");
  ASSERT_TRUE(shared_connection_open(files, id));
  request.environment = {{"SECOND", "two"}};
  EXPECT_EQ(run(request).output, "[two]\n");
}

TEST_F(SessionTest, OwnVariablesStayOutsideExceptLanguageAndColour) {
  ::setenv("CAI_TEST_SECRET", "canary", 1);
  ::setenv("COLORTERM", "truecolor", 1);
  const auto session = run("env");
  ::unsetenv("CAI_TEST_SECRET");
  ::unsetenv("COLORTERM");
  EXPECT_EQ(session.output.find("canary"), std::string::npos);
  EXPECT_NE(session.output.find("COLORTERM=truecolor"), std::string::npos);
}

TEST_F(SessionTest, VariablesThatWouldChangeSshItselfArriveAndDoNot) {
  SessionRequest request = asking("echo \"$LD_LIBRARY_PATH $LD_DEBUG $SSH_ASKPASS\"");
  request.environment = {
      {"LD_LIBRARY_PATH", "/nowhere"}, {"LD_DEBUG", "helpless"}, {"SSH_ASKPASS", "/bin/x"}};
  const auto session = run(request);
  EXPECT_EQ(session.result.exit_code, 0) << session.result.message;
  EXPECT_NE(session.output.find("/nowhere helpless /bin/x\n"), std::string::npos) << session.output;
  EXPECT_FALSE(shared_connection_open(files, id)) << "later sessions would inherit them";
}

TEST_F(SessionTest, ValuesAreInNobodysArguments) {
  SessionRequest request = asking("cat /proc/[0-9]*/cmdline | tr '\\0' ' '");
  request.environment = {{"TOKEN", "canary-4711"}};
  EXPECT_EQ(run(request).output.find("canary-4711"), std::string::npos);
}

TEST_F(SessionTest, BadVariableNameIsRefused) {
  SessionRequest request = asking("true");
  request.environment = {{"A B", "x"}};
  EXPECT_THROW(run_session(files, request), Error);
}

TEST_F(SessionTest, LostServerIsAConnectFailure) {
  stop_server();
  const auto session = run("true");
  EXPECT_EQ(session.result.failure, Failure::connect);
  EXPECT_NE(session.result.message.find("Connection refused"), std::string::npos) << session.result.message;
  EXPECT_EQ(session.output, "");
}

TEST_F(SessionTest, RefusedKeyIsAnAuthenticationFailure) {
  write(files.host_directory(id) / "authorized_keys", "");
  const auto session = run("true");
  EXPECT_EQ(session.result.failure, Failure::authentication) << session.result.message;
  EXPECT_EQ(session.output, "");
}

TEST_F(SessionTest, OtherOrUnknownHostKeyIsAHostKeyFailure) {
  write(files.known_hosts_file(id),
        "cai-" + id.value +
            " ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIqKNT2Cpjx7Xq5LXQ0GmzTDXLXnEo3nLI3yZ2Zk5o2l\n");
  EXPECT_EQ(run("true").result.failure, Failure::host_key);
  write(files.known_hosts_file(id), "");
  const auto session = run("true");
  EXPECT_EQ(session.result.failure, Failure::host_key) << session.result.message;
}

TEST_F(SessionTest, TerminationIsPassedOnAndReported) {
  const pid_t child = ::fork();
  if (child == 0) {
    const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    ::dup2(nothing, STDIN_FILENO);
    ::dup2(nothing, STDOUT_FILENO);
    const auto started = (home / "started").native();
    const auto request = asking("touch " + shell_quote(started) + "; sleep 10");
    ::_exit(run_session(files, request).exit_code);
  }
  ASSERT_TRUE(eventually([&] { return std::filesystem::exists(home / "started"); }));
  ::kill(child, SIGTERM);
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 128 + SIGTERM);
}

TEST_F(SessionTest, InterruptDoesNotEndUsWhileSshRuns) {
  const pid_t child = ::fork();
  if (child == 0) {
    const auto started = (home / "started").native();
    const auto go_on = (home / "go on").native();
    const auto request = asking("touch " + shell_quote(started) + "; while [ ! -e " + shell_quote(go_on) +
                                " ]; do sleep 0.02; done; exit 5");
    ::_exit(run_session(files, request).exit_code);
  }
  ASSERT_TRUE(eventually([&] { return std::filesystem::exists(home / "started"); }));
  ::kill(child, SIGINT);  // only us, as when a terminal is raw ssh would not get one
  write(home / "go on", "");
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 5);
}

TEST_F(SessionTest, TerminalInsideHasOurTypeAndInterruptsTheCommandOnly) {
  int terminal = -1;
  const pid_t child = ::forkpty(&terminal, nullptr, nullptr, nullptr);
  if (child == 0) {
    ::setenv("TERM", "xterm-test", 1);
    auto request = asking("tty; echo type=$TERM; trap 'exit 6' INT; echo ready; sleep 60 & wait");
    request.terminal = true;
    ::_exit(run_session(files, request).exit_code);
  }
  std::string seen;
  while (seen.find("ready") == std::string::npos) {
    char buffer[512];
    const ssize_t count = ::read(terminal, buffer, sizeof buffer);
    if (count <= 0) break;
    seen.append(buffer, static_cast<std::size_t>(count));
  }
  EXPECT_NE(seen.find("/dev/pts/"), std::string::npos) << seen;
  EXPECT_NE(seen.find("type=xterm-test"), std::string::npos) << seen;
  EXPECT_EQ(::write(terminal, "\x03", 1), 1);
  int status = 0;
  ::waitpid(child, &status, 0);
  ::close(terminal);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 6);
}

TEST_F(SessionTest, AgentIsForwardedOnlyWhenAsked) {
  const std::string socket = "/tmp/cai-agent-" + std::to_string(::getpid());
  const pid_t agent = ::fork();
  if (agent == 0) {
    ::execlp("ssh-agent", "ssh-agent", "-D", "-a", socket.c_str(), nullptr);
    ::_exit(127);
  }
  ASSERT_TRUE(eventually([&] { return std::filesystem::exists(socket); }));
  ::setenv("SSH_AUTH_SOCK", socket.c_str(), 1);
  EXPECT_EQ(run("echo \"[$SSH_AUTH_SOCK]\"").output, "[]\n");
  release_shared_connection(files, server);
  server.forward_agent = true;
  EXPECT_EQ(run("ssh-add -l").result.exit_code, 1) << "1: an agent without keys; 2: no agent";
  ::unsetenv("SSH_AUTH_SOCK");
  ::kill(agent, SIGTERM);
  ::waitpid(agent, nullptr, 0);
  std::filesystem::remove(socket);
}

TEST_F(SessionTest, MissingSshIsAnErrorWithAHint) {
  const std::string path = ::getenv("PATH");
  ::setenv("PATH", "/nowhere", 1);
  EXPECT_THROW(run_session(files, asking("true")), Error);
  ::setenv("PATH", path.c_str(), 1);
}

TEST_F(SessionTest, TheWrittenEntryWorksWithPlainSsh) {
  server.environment = odd_values();
  files.write_entry(server);
  for (int round = 0; round < 2; ++round) {
    const auto result =
        run_process({"ssh", "-F", files.entry_file(server.name), server.name, print_command(odd_values())});
    EXPECT_EQ(result.standard_output, printed(odd_values()));
    EXPECT_EQ(result.exit_code, 0) << result.standard_error;
  }
  server.environment = {{"PLAIN", "new"}};
  files.write_entry(server);
  const auto result =
      run_process({"ssh", "-F", files.entry_file(server.name), server.name, "echo $PLAIN$SPACES"});
  EXPECT_EQ(result.standard_output, "new\n");
}

}  // namespace
}  // namespace cai::test
