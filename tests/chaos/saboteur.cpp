#include "chaos/saboteur.hpp"

#include <chrono>
#include <csignal>
#include <exception>
#include <thread>

namespace cai::chaos {
namespace {

std::string refusal(const char* status) {
  const std::string body = R"({"message":"sabotage"})";
  return std::string("HTTP/1.1 ") + status +
         "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\nConnection: close\r\n\r\n" + body;
}

}  // namespace

std::string_view to_string(Fault fault) {
  switch (fault) {
    case Fault::killed:
      return "killed";
    case Fault::not_found:
      return "404";
    case Fault::conflict:
      return "409";
    case Fault::error:
      return "500";
    case Fault::unavailable:
      return "503";
    case Fault::cut:
      return "cut";
    case Fault::lost:
      return "lost";
    case Fault::truncated:
      return "truncated";
    case Fault::repeated:
      return "repeated";
    case Fault::delayed:
      return "delayed";
    case Fault::held:
      return "held";
    case Fault::restarted:
      return "restarted";
    case Fault::midway:
      return "midway";
  }
  return "?";
}

Saboteur::Saboteur(e2e::World& world, PrivateEngine& engine)
    : world_(world), engine_(engine), socket_(world.root() / "proxy.sock"), proxy_(socket_, engine.socket()) {
  proxy_.on_request = [this](int number, const std::string&) { return answer_instead(number); };
  proxy_.on_deed = [this](int number, const std::string&) { return deed(number); };
}

std::string Saboteur::answer_instead(int number) const {
  if (number != point_) return "";
  switch (fault_) {
    case Fault::not_found:
      return refusal("404 Not Found");
    case Fault::conflict:
      return refusal("409 Conflict");
    case Fault::error:
      return refusal("500 Internal Server Error");
    case Fault::unavailable:
      return refusal("503 Service Unavailable");
    default:
      return "";
  }
}

e2e::Proxy::Deed Saboteur::deed(int number) {
  using Deed = e2e::Proxy::Deed;
  if (number != point_) return Deed::pass;
  switch (fault_) {
    case Fault::killed:
      while (victim_ < 0) std::this_thread::yield();
      kill(victim_, SIGKILL);
      return Deed::cut;
    case Fault::cut:
      return Deed::cut;
    case Fault::lost:
      return Deed::lose_answer;
    case Fault::truncated:
      return Deed::cut_answer;
    case Fault::repeated:
      return Deed::repeat;
    case Fault::held:
      return Deed::hold;
    case Fault::delayed:
      std::this_thread::sleep_for(std::chrono::seconds(1));
      return Deed::pass;
    case Fault::restarted:
      restart_engine();
      return Deed::cut;
    case Fault::midway:
      // Some requests take a millisecond and some a second, so the moment is another one at each of them.
      midway_ = std::jthread([this, number] {
        std::this_thread::sleep_for(std::chrono::milliseconds(number * 17 % 61));
        restart_engine();
      });
      return Deed::pass;
    default:
      return Deed::pass;
  }
}

void Saboteur::restart_engine() {
  try {
    engine_.kill_and_restart();
  } catch (const std::exception&) {
    failure_ = std::current_exception();
  }
}

e2e::Result Saboteur::run(const std::filesystem::path& directory, const e2e::Words& arguments, Fault fault,
                          int point) {
  proxy_.reset();
  fault_ = fault;
  point_ = point;
  victim_ = -1;
  const auto before = world_.environment;
  world_.environment["DOCKER_HOST"] = "unix://" + socket_;
  // cai gives up after ten seconds, a minute, ten minutes, as its users want it; here they pass faster.
  if (fault == Fault::held) e2e::set_clock(world_.environment, "+0 x20");
  e2e::Words argv = {e2e::cai_binary()};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  e2e::Result result;
  if (fault == Fault::killed && point > 0) {
    victim_ = world_.spawn(argv, directory);
    result = e2e::World::wait(victim_);
  } else {
    result = e2e::run(argv, world_.environment, directory, "", 300);
  }
  world_.environment = before;
  point_ = 0;
  if (midway_.joinable()) midway_.join();
  if (failure_) std::rethrow_exception(failure_);
  return result;
}

}  // namespace cai::chaos
