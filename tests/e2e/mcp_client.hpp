#pragma once

#include <sys/types.h>

#include <nlohmann/json.hpp>
#include <string>

#include "e2e/world.hpp"

namespace cai::e2e {

using Json = nlohmann::json;

/// A plain client of `cai mcp`: lines out, lines in. Every line that comes must be JSON.
class McpClient {
 public:
  McpClient(World& world, const std::filesystem::path& directory, const Words& options = {},
            const Json& capabilities = Json::object());
  ~McpClient();
  McpClient(const McpClient&) = delete;
  McpClient& operator=(const McpClient&) = delete;

  void send_text(const std::string& line);
  void send(const Json& message) { send_text(message.dump()); }
  /// The next message; fails the test after `seconds`.
  Json receive(int seconds = 60);
  /// The answer to request `id`; other messages are kept in `others`.
  Json answer_to(const Json& id, int seconds = 60);
  Json request(const std::string& method, const Json& parameters = Json::object());
  /// tools/call of `containers`: its result.
  Json call(const Json& arguments);
  int start_call(const Json& arguments, const Json& meta = Json::object());
  void close_input();
  void signal(int number) const;
  /// Waits for the server's end; its exit code.
  int wait();

  std::vector<Json> others;
  Json initialized;  ///< the result of initialize

 private:
  pid_t pid_ = -1;
  int in_ = -1;
  int out_ = -1;
  int next_id_ = 0;
  std::string pending_;
};

}  // namespace cai::e2e
