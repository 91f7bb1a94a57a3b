#include "crowd.hpp"

#include <fmt/format.h>

#include <chrono>
#include <stdexcept>

#include "engine_request.hpp"

namespace cai::bench {
Crowd::Crowd(std::string socket, std::string name, const std::string& instance, int count)
    : socket_(std::move(socket)), name_(std::move(name)), count_(count) {
  for (int i = 0; i < count; ++i) {
    const auto body = fmt::format(
        R"({{"Image":"debian:bookworm-slim","Cmd":["true"],"Labels":{{"containai.managed":"true",
"containai.kind":"workspace","containai.instance":"{}","containai.workspace":"/nowhere/{}","containai.branch":"main",
"containai.workspace-id":"{:016x}","containai.generation":"1","containai.ssh-port":"{}",
"containai.data-volume":"{}-data","containai.spec-hash":"none","containai.spec":"profile=strict\n"}}}})",
        instance, i, i, 10000 + i, name_);
    const auto answer =
        engine_request(socket_, fmt::format("POST /v1.41/containers/create?name={}-{}", name_, i), body);
    if (answer.find(" 201 ") == std::string::npos) {
      remove(i);
      throw std::runtime_error("the engine makes no container: " + answer);
    }
  }
}

Crowd::~Crowd() {
  try {
    remove(count_);
  } catch (const std::exception& error) {
    fmt::print(stderr, "cannot remove the crowd {}: {}\n", name_, error.what());
  }
}

void Crowd::remove(int count) const {
  for (int i = 0; i < count; ++i)
    engine_request(socket_, fmt::format("DELETE /v1.41/containers/{}-{}", name_, i));
}

Run Crowd::raw_listing() const {
  const auto begin = std::chrono::steady_clock::now();
  const auto answer = engine_request(socket_, "GET /v1.41/containers/json?all=1");
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
  if (answer.find(" 200 ") == std::string::npos) throw std::runtime_error("the engine does not list");
  return {.wall_ms = took.count(), .cpu_ms = 0, .peak_kib = 0, .status = 0};
}

}  // namespace cai::bench
