#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "cai/agent/agent.hpp"

namespace cai {

/// The protocol, message by message: JSON-RPC 2.0 and the methods of MCP that a server with one tool needs.
/// Each tools/call runs on a thread of its own, so that ping and cancellation are answered meanwhile.
class McpServer {
 public:
  McpServer(BoxSession& session, int output, std::string version)
      : session_(session), output_(output), version_(std::move(version)) {}
  McpServer(const McpServer&) = delete;
  McpServer& operator=(const McpServer&) = delete;
  ~McpServer() {
    for (auto& each : running_) {
      if (each->thread.joinable()) each->thread.join();
    }
  }

  /// One line of the client.
  void line(std::string_view text);
  /// A line was longer than 16 MiB and thrown away.
  void line_too_long();
  /// Lets calls that are nearly done finish, then cancels what runs and waits for it, a while.
  void farewell(std::chrono::milliseconds patience);

 private:
  /// One tools/call on its way.
  struct Running {
    Json id;
    std::atomic<bool> cancelled = false;
    std::atomic<bool> answered = false;  ///< or about to be: the id is the client's to use again
    std::atomic<bool> done = false;      ///< the thread can be joined
    std::thread thread;
  };

  void message(const Json& value);
  void request(const Json& id, const std::string& method, const Json& parameters);
  void notification(const std::string& method, const Json& parameters);
  void answer_arrived(const Json& value);
  Json initialize(const Json& parameters);
  void start_call(const Json& id, const Json& parameters);
  void run_call(Running& running, const Json& arguments, const Json& progress_token);
  std::optional<bool> ask(const std::string& question, const Running& running);
  void forget_finished();

  void send(const Json& value);
  void send_result(const Json& id, Json result) {
    send({{"jsonrpc", "2.0"}, {"id", id}, {"result", std::move(result)}});
  }
  void send_error(const Json& id, int code, const std::string& text) {
    send({{"jsonrpc", "2.0"}, {"id", id}, {"error", {{"code", code}, {"message", text}}}});
  }

  BoxSession& session_;
  int output_;
  std::string version_;
  std::mutex output_mutex_;
  bool output_closed_ = false;
  std::vector<std::unique_ptr<Running>> running_;
  std::mutex answers_mutex_;
  std::condition_variable answered_;
  std::map<std::string, Json> answers_;  ///< to our own requests
  int questions_ = 0;
  std::atomic<bool> client_can_be_asked_ = false;
  std::atomic<bool> ending_ = false;
};

}  // namespace cai
