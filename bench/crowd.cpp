#include "crowd.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "engine_request.hpp"

namespace cai::bench {
namespace {

/// Many stopped containers of one installation, made by bare requests; gone with the object.
class Crowd {
 public:
  Crowd(std::string socket, std::string name, const std::string& instance, int count);
  ~Crowd();
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  /// The request that nobody can do without, made by nothing but a socket.
  [[nodiscard]] Run raw_listing() const;

 private:
  void remove(int count) const;
  std::string socket_;
  std::string name_;
  int count_;
};

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
  return timed([this] {
    const auto answer = engine_request(socket_, "GET /v1.41/containers/json?all=1");
    if (answer.find(" 200 ") == std::string::npos) throw std::runtime_error("the engine does not list");
  });
}

}  // namespace

void race_crowd(Table& table, const World& world) {
  const auto instance = output_of({"docker", "inspect", "--format",
                                   "{{index .Config.Labels \"containai.instance\"}}", world.container()});
  const auto gc = side("", world.cai({"gc", "--dry-run", "--no-disk"}));
  const auto ps = side("`docker ps -a`", {"docker", "ps", "-a"});
  for (const int few : {10, 100}) {
    const Crowd crowd(engine_socket(), world.name() + "-crowd", instance, few);
    table.race(fmt::format("`cai gc --dry-run --no-disk`, {} stopped", few), gc, ps, 1.0, 20);
  }
  const Crowd crowd(engine_socket(), world.name() + "-crowd", instance, 1000);
  const Side raw{"one raw listing request", [] {}, [&] { return crowd.raw_listing(); }, [] {}};
  const auto list = side("", world.cai({"list"}));
  table.race("`cai gc --dry-run --no-disk`, 1,000 stopped", gc, raw, 1.3, 20);
  table.race("`cai status --all --no-disk`, 1,000 stopped",
             side("", world.cai({"status", "--all", "--no-disk"})), raw, 1.3, 20);
  table.race("`cai list`, 1,000 stopped", list, raw, 1.3, 20);
  table.race("`cai list`, 1,000 stopped", list, ps, 1.0, 20);
}

}  // namespace cai::bench
