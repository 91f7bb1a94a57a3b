#include "world.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstdlib>
#include <stdexcept>
#include <system_error>
#include <vector>

#include "cai/base/environment.hpp"
#include "cai/base/error.hpp"
#include "cai/base/filesystem.hpp"
#include "cai/engine/endpoint.hpp"
#include "host_process.hpp"
#include "support/descriptor.hpp"
#include "support/fake_engine.hpp"

namespace cai {
namespace {

struct Listener {
  UniqueFd socket;
  int port = 0;
};

Listener listen_somewhere() {
  Listener listener{UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), 0};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener.socket.get(), generic, length) != 0 || ::listen(listener.socket.get(), 1) != 0 ||
      ::getsockname(listener.socket.get(), generic, &length) != 0) {
    throw std::system_error(errno, std::generic_category(), "listening on 127.0.0.1");
  }
  listener.port = ntohs(address.sin_port);
  return listener;
}

/// The container's own command, run to its end on this machine; `sleep` is what keeps a container running.
std::optional<ExecResult> run_main_program(const FakeContainer& container) {
  const auto& command = container.request.command;
  if (command.front() == "sleep") return std::nullopt;
  const ExecResult result = capture_on_host({command, container.request.environment, "", ""});
  if (result.exit_code == 126) throw Error(ErrorKind::failed, "exec: " + command.front() + ": not found");
  return result;
}

class FakeWorldOfThisMachine final : public World {
 public:
  explicit FakeWorldOfThisMachine(const std::string& image) {
    engine_.add_image(image);
    engine_.main_program = run_main_program;
    engine_.attached_program = [](const FakeContainer& container,
                                  const std::string& input) -> std::optional<ExecResult> {
      if (container.request.command.front() == "sleep") return std::nullopt;
      return capture_on_host({container.request.command, container.request.environment, "", ""}, input);
    };
    engine_.exec_handler = [](const FakeContainer&, const ExecRequest& request, const std::string&) {
      return capture_on_host(request);
    };
    engine_.stream_handler = [](const FakeContainer&, const ExecRequest& request, const ExecStreams& streams,
                                const std::function<bool()>& should_stop) {
      return run_on_host(request, streams, should_stop);
    };
  }

  Engine& engine() override { return engine_; }
  void pause(const ContainerId& id) override { engine_.pause(id.value); }
  int occupy_port() override {
    const int port = free_port();
    engine_.world.busy_ports.insert(port);
    return port;
  }

 private:
  FakeEngine engine_;
};

UniqueFd connect_to(const Endpoint& endpoint) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (endpoint.kind != Endpoint::Kind::unix_socket || endpoint.address.size() >= sizeof address.sun_path) {
    throw std::runtime_error("the contract suite needs an engine on a Unix socket, not " + endpoint.url());
  }
  endpoint.address.copy(address.sun_path, endpoint.address.size());
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::system_error(errno, std::generic_category(), "connecting to " + endpoint.url());
  }
  return socket;
}

class RealWorld final : public World {
 public:
  explicit RealWorld(const Endpoint& endpoint) : endpoint_(endpoint), engine_(make_docker_engine(endpoint)) {}

  Engine& engine() override { return *engine_; }

  // Pausing is not in the port, because cai never pauses; people do.
  void pause(const ContainerId& id) override {
    const UniqueFd socket = connect_to(endpoint_);
    write_whole(socket.get(),
                "POST /containers/" + id.value + "/pause HTTP/1.0\r\nContent-Length: 0\r\n\r\n");
    const std::string answer = read_to_end(socket.get());
    if (answer.find(" 204 ") == std::string::npos) throw std::runtime_error("pausing: " + answer);
  }

  int occupy_port() override {
    listeners_.push_back(listen_somewhere());
    return listeners_.back().port;
  }

 private:
  Endpoint endpoint_;
  std::unique_ptr<Engine> engine_;
  std::vector<Listener> listeners_;
};

}  // namespace

std::string test_image() {
  return Environment::of_this_process().get("CAI_TEST_IMAGE").value_or("debian:bookworm-slim");
}

int free_port() {
  return listen_somewhere().port;
}

std::unique_ptr<World> make_fake_world(const std::string& image) {
  return std::make_unique<FakeWorldOfThisMachine>(image);
}

std::unique_ptr<World> make_real_world(const std::string& image) {
  try {
    auto world = std::make_unique<RealWorld>(choose_endpoint(Environment::of_this_process(), std::nullopt));
    if (world->engine().inspect_image(image)) return world;
  } catch (const Error& error) {
    throw std::runtime_error(std::string("No container engine answers (") + error.what() +
                             "). Run `./dev engine` to start one.");
  }
  throw std::runtime_error("The engine does not have the test image " + image +
                           ". Run `./dev engine` to load it, or name another one in CAI_TEST_IMAGE.");
}

}  // namespace cai
