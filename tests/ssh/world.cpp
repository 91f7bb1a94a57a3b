#include "world.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "cai/base/error.hpp"
#include "cai/base/filesystem.hpp"
#include "cai/base/process.hpp"
#include "cai/base/text.hpp"

namespace cai::test {

namespace fs = std::filesystem;

std::string contents(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

void write(const fs::path& file, const std::string& content) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << content;
}

mode_t mode_of(const fs::path& file) {
  struct stat status {};
  EXPECT_EQ(::stat(file.c_str(), &status), 0) << file;
  return status.st_mode & 07777U;
}

int free_port() {
  const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  EXPECT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  return ntohs(address.sin_port);
}

std::map<std::string, std::string> effective_options(const fs::path& file, const std::string& host) {
  const auto result = run_process({"ssh", "-G", "-F", file.native(), host});
  EXPECT_EQ(result.exit_code, 0) << result.standard_error;
  std::map<std::string, std::string> options;
  for (const auto& line : split(result.standard_output, '\n')) {
    const auto space = line.find(' ');
    if (space == std::string::npos) continue;
    auto& value = options[line.substr(0, space)];
    value += (value.empty() ? "" : "\n") + line.substr(space + 1);
  }
  return options;
}

World::World() {
  std::string pattern = fs::temp_directory_path() / "cai ssh %h \xc3\xa9 \"q\" XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
  home = pattern;
  paths = {home / ".config/containai", home / "state", home / "run", home / ".ssh"};
}

World::~World() {
  std::error_code ignored;
  fs::remove_all(home, ignored);
}

SshTarget World::target() const {
  SshTarget made;
  made.name = "myapp-main";
  made.id = id;
  made.port = 2301;
  return made;
}

ServerWorld::ServerWorld() : files(paths) {
  server = target();
  server.port = free_port();
  files.prepare_keys(id);
  files.write_entry(server);
}

ServerWorld::~ServerWorld() {
  release_shared_connection(files, server);
  stop_server();
  std::error_code ignored;
  fs::remove_all(server_directory_, ignored);
}

void ServerWorld::start_server() {
  // By a name without quotes and percent signs: how sshd_config(5) would say them is not the matter here.
  std::string plain = fs::temp_directory_path() / "cai-sshd-XXXXXX";
  ASSERT_NE(::mkdtemp(plain.data()), nullptr);
  server_directory_ = plain;
  fs::create_directory_symlink(files.host_directory(id), server_directory_ / "keys");
  const std::string keys = server_directory_ / "keys/";
  write(home / "sshd_config",
        "ListenAddress 127.0.0.1\nPort " + std::to_string(server.port) + "\nHostKey " + keys +
            "ssh_host_ed25519_key\nAuthorizedKeysFile " + keys +
            "authorized_keys\nUsePAM no\nStrictModes no\nAcceptEnv *\nPidFile none\n"
            "PermitRootLogin yes\nPasswordAuthentication no\nPrintMotd no\nPrintLastLog no\n");
  if (::geteuid() == 0) ::mkdir("/run/sshd", 0755);  // a root sshd wants it; on most machines it is there
  server_process_ = ::fork();
  if (server_process_ == 0) {
    ::setenv("LD_PRELOAD", CAI_TEST_ACCOUNT, 1);
    ::setenv("CAI_TEST_HOME", home.c_str(), 1);
    const std::string config = home / "sshd_config";
    const std::string log = home / "sshd.log";
    ::execl("/usr/sbin/sshd", "/usr/sbin/sshd", "-D", "-f", config.c_str(), "-E", log.c_str(), nullptr);
    ::_exit(127);
  }
  const auto ended = [&] { return ::waitpid(server_process_, nullptr, WNOHANG) != 0; };
  const bool ready = await_ssh_banner(server.port, Deadline::in(std::chrono::seconds(20)), ended);
  ASSERT_TRUE(ready) << contents(home / "sshd.log");
}

void ServerWorld::stop_server() {
  if (server_process_ <= 0) return;
  ::kill(server_process_, SIGTERM);
  ::waitpid(server_process_, nullptr, 0);
  server_process_ = -1;
}

Session ServerWorld::run(const std::string& command) const {
  return run(asking(command));
}

SessionRequest ServerWorld::asking(const std::string& command) const {
  SessionRequest request;
  request.target = server;
  request.remote_command = command;
  return request;
}

namespace {

std::string read_to_end(int fd) {
  std::string text;
  std::array<char, 4096> buffer{};
  while (true) {
    const ssize_t count = ::read(fd, buffer.data(), buffer.size());
    if (count <= 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

[[noreturn]] void run_in_child(const SshFiles& files, const SessionRequest& request, int output, int report) {
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  std::string text;
  try {
    const auto result = run_session(files, request);
    text = std::to_string(result.exit_code) + ' ' + std::to_string(static_cast<int>(result.failure)) + ' ' +
           result.message;
  } catch (const Error& error) {
    text = std::string("-1 0 ") + error.what();
  }
  const ssize_t written = ::write(report, text.data(), text.size());
  ::_exit(written == static_cast<ssize_t>(text.size()) ? 0 : 1);
}

}  // namespace

Session ServerWorld::run(const SessionRequest& request) const {
  std::array<int, 2> output{};
  std::array<int, 2> report{};
  if (::pipe2(output.data(), O_CLOEXEC) != 0 || ::pipe2(report.data(), O_CLOEXEC) != 0)
    throw std::runtime_error("pipe");
  const pid_t child = ::fork();
  if (child == 0) run_in_child(files, request, output[1], report[1]);
  ::close(output[1]);
  ::close(report[1]);
  Session session;
  const auto start = std::chrono::steady_clock::now();
  session.output = read_to_end(output[0]);
  session.seconds_until_end_of_output =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  std::istringstream text(read_to_end(report[0]));
  int failure = 0;
  text >> session.result.exit_code >> failure;
  text.get();
  std::getline(text, session.result.message, '\0');
  session.result.failure = static_cast<SessionResult::Failure>(failure);
  ::close(output[0]);
  ::close(report[0]);
  ::waitpid(child, nullptr, 0);
  return session;
}

}  // namespace cai::test
