#include "engine/failures.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "cai/base/text.hpp"

namespace cai {
namespace {

std::string shown(const Endpoint& endpoint) {
  return escape_for_terminal(endpoint.url());
}

Error unreachable(std::string message) {
  return {ErrorKind::engine_unreachable, std::move(message)};
}

}  // namespace

Error connect_failure(const Endpoint& endpoint, int error_number, std::chrono::milliseconds limit) {
  if (error_number == ETIMEDOUT) return no_answer_within(endpoint, limit);
  if (error_number == EACCES || error_number == EPERM) {
    return unreachable(fmt::format("permission denied for the container engine at {}", shown(endpoint)))
        .hint(
            "Add yourself to the docker group (sudo usermod -aG docker \"$USER\") and log in again, or use a "
            "rootless engine.");
  }
  if (error_number == ENOENT || error_number == ENOTDIR) {
    return unreachable(fmt::format("no container engine at {}: the socket does not exist", shown(endpoint)))
        .hint("Is the daemon running? Start it, or choose another engine with --context or DOCKER_HOST.");
  }
  if (error_number == ECONNREFUSED) {
    return unreachable(fmt::format("the container engine at {} refused the connection", shown(endpoint)))
        .hint("Is the daemon running? Start it, or choose another engine with --context or DOCKER_HOST.");
  }
  return unreachable(fmt::format("cannot reach the container engine at {}: {}", shown(endpoint),
                                 std::strerror(error_number)))
      .hint("Choose another engine with --context or DOCKER_HOST.");
}

Error lookup_failure(const Endpoint& endpoint, std::string_view reason) {
  return unreachable(fmt::format("cannot look up the container engine at {}: {}", shown(endpoint), reason))
      .hint("Choose another engine with --context or DOCKER_HOST.");
}

Error no_answer_within(const Endpoint& endpoint, std::chrono::milliseconds limit) {
  const double seconds = static_cast<double>(limit.count()) / 1000.0;
  return unreachable(
             fmt::format("the container engine at {} did not answer within {:g} s", shown(endpoint), seconds))
      .hint("It may be overloaded or stuck; try again, and look at its log if that does not help.");
}

Error answer_cut(const Endpoint& endpoint) {
  return unreachable(fmt::format("the container engine at {} closed the connection before it had answered",
                                 shown(endpoint)))
      .hint("It may have been stopped or restarted; try again.");
}

Error answer_rubbish(const Endpoint& endpoint, std::string_view what) {
  return unreachable(fmt::format("cannot understand the container engine at {}: its answer {}",
                                 shown(endpoint), what))
      .hint("Does something else listen there?");
}

Error answer_rubbish(std::string_view what) {
  return unreachable(fmt::format("cannot understand the container engine: its answer {}", what));
}

}  // namespace cai
