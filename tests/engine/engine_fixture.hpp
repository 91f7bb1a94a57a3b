#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "cai/base/error.hpp"
#include "engine/docker_engine.hpp"
#include "engine/scripted_server.hpp"

namespace cai::test {

inline const std::string id_text(64, 'a');
inline const ContainerId id{id_text};

/// An adapter in front of a scripted server, with time limits that suit a test.
struct ScriptedEngine {
  explicit ScriptedEngine(std::vector<Handler> script, std::string version = "1.41")
      : server(std::move(script)),
        engine(server.endpoint(), {.api_version = std::move(version)}, short_deadlines()) {}

  static EngineDeadlines short_deadlines() {
    using namespace std::chrono_literals;
    return {.read = 5s, .change = 5s, .stream_silence = 5s, .statistics = 5s, .stop_extra = 5s};
  }
  /// The request line of request `number`, without the protocol.
  std::string line(std::size_t number) {
    const std::string request = server.requests().at(number);
    return request.substr(0, request.find(" HTTP/1.1"));
  }
  std::string body(std::size_t number) {
    const std::string request = server.requests().at(number);
    return request.substr(request.find("\r\n\r\n") + 4);
  }

  ScriptedServer server;
  DockerEngine engine;
};

/// What `action` throws, which must be an Error of this kind.
template <typename Action>
Error error_of(ErrorKind kind, Action action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    return error;
  }
  ADD_FAILURE() << "nothing was thrown";
  return {kind, "nothing was thrown"};
}

inline Handler refusal(int status, const std::string& message) {
  return answer(status, "{\"message\":\"" + message + "\"}");
}

}  // namespace cai::test
