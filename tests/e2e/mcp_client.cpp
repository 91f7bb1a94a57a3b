#include "e2e/mcp_client.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <stdexcept>

namespace cai::e2e {

McpClient::McpClient(World& world, const std::filesystem::path& directory, const Words& options,
                     const Json& capabilities) {
  int to_server[2];
  int from_server[2];
  if (pipe2(to_server, O_CLOEXEC) != 0 || pipe2(from_server, O_CLOEXEC) != 0)
    throw std::runtime_error("pipe2");
  std::signal(SIGPIPE, SIG_IGN);
  Words words = {cai_binary(), "mcp"};
  words.insert(words.end(), options.begin(), options.end());
  Words variables;
  for (const auto& [name, value] : world.environment) variables.push_back(name + "=" + value);
  std::vector<char*> arguments;
  std::vector<char*> environment;
  for (auto& word : words) arguments.push_back(word.data());
  for (auto& word : variables) environment.push_back(word.data());
  arguments.push_back(nullptr);
  environment.push_back(nullptr);
  pid_ = fork();
  if (pid_ < 0) throw std::runtime_error("fork");
  if (pid_ == 0) {
    dup2(to_server[0], 0);
    dup2(from_server[1], 1);
    if (chdir(directory.c_str()) != 0) _exit(126);
    execve(arguments[0], arguments.data(), environment.data());
    _exit(127);
  }
  close(to_server[0]);
  close(from_server[1]);
  in_ = to_server[1];
  out_ = from_server[0];
  initialized = request("initialize", {{"protocolVersion", "2025-06-18"},
                                       {"capabilities", capabilities},
                                       {"clientInfo", {{"name", "test"}, {"version", "1"}}}})["result"];
  send({{"jsonrpc", "2.0"}, {"method", "notifications/initialized"}});
}

McpClient::~McpClient() {
  close_input();
  if (pid_ > 0) wait();
  close(out_);
}

void McpClient::send_text(const std::string& line) {
  const std::string text = line + "\n";
  std::size_t sent = 0;
  while (sent < text.size()) {
    const auto count = write(in_, text.data() + sent, text.size() - sent);
    if (count <= 0) throw std::runtime_error("the server reads no more");
    sent += static_cast<std::size_t>(count);
  }
}

Json McpClient::receive(int seconds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  while (pending_.find('\n') == std::string::npos) {
    pollfd readable{out_, POLLIN, 0};
    if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("no answer in time");
    if (poll(&readable, 1, 200) <= 0) continue;
    char buffer[65536];
    const auto count = read(out_, buffer, sizeof buffer);
    if (count <= 0) throw std::runtime_error("the server closed its output; so far: " + pending_);
    pending_.append(buffer, static_cast<std::size_t>(count));
  }
  const auto end = pending_.find('\n');
  const std::string line = pending_.substr(0, end);
  pending_.erase(0, end + 1);
  return Json::parse(line);
}

Json McpClient::answer_to(const Json& id, int seconds) {
  const auto is_answer = [&](const Json& message) {
    return !message.contains("method") && message["id"] == id;
  };
  const auto kept = std::find_if(others.begin(), others.end(), is_answer);
  if (kept != others.end()) {
    Json message = *kept;
    others.erase(kept);
    return message;
  }
  while (true) {
    Json message = receive(seconds);
    if (is_answer(message)) return message;
    others.push_back(std::move(message));
  }
}

Json McpClient::request(const std::string& method, const Json& parameters) {
  const int id = ++next_id_;
  send({{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", parameters}});
  return answer_to(id);
}

int McpClient::start_call(const Json& arguments, const Json& meta) {
  const int id = ++next_id_;
  Json parameters = {{"name", "containers"}, {"arguments", arguments}};
  if (!meta.empty()) parameters["_meta"] = meta;
  send({{"jsonrpc", "2.0"}, {"id", id}, {"method", "tools/call"}, {"params", parameters}});
  return id;
}

Json McpClient::call(const Json& arguments) {
  return answer_to(start_call(arguments), 300)["result"];
}

void McpClient::close_input() {
  if (in_ >= 0) close(in_);
  in_ = -1;
}

void McpClient::signal(int number) const {
  kill(pid_, number);
}

int McpClient::wait() {
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace cai::e2e
