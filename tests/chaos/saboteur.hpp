#pragma once

#include <array>
#include <atomic>
#include <exception>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

#include "chaos/private_engine.hpp"
#include "e2e/proxy.hpp"
#include "e2e/world.hpp"

namespace cai::chaos {

/// What goes wrong at one request of a command.
enum class Fault {
  killed,       ///< cai is killed just before it
  not_found,    ///< 404, though the engine was never asked
  conflict,     ///< 409, likewise
  error,        ///< 500, likewise
  unavailable,  ///< 503, likewise
  cut,          ///< the connection ends before the engine sees it
  lost,         ///< the engine does it, and its answer is lost
  truncated,    ///< half of the answer arrives
  repeated,     ///< the engine is asked twice
  delayed,      ///< a second passes before it
  held,         ///< no answer ever
  restarted,    ///< the engine is killed before it sees it, and comes back
  midway,       ///< the engine is killed while it does it, and comes back
};
inline constexpr std::array all_faults = {
    Fault::killed, Fault::not_found, Fault::conflict,  Fault::error,    Fault::unavailable,
    Fault::cut,    Fault::lost,      Fault::truncated, Fault::repeated, Fault::delayed,
    Fault::held,   Fault::restarted, Fault::midway};
std::string_view to_string(Fault fault);

/// Runs cai with one thing going wrong.
class Saboteur {
 public:
  Saboteur(e2e::World& world, PrivateEngine& engine);

  /// `point`: the number of the request, from 1; 0: nothing goes wrong.
  e2e::Result run(const std::filesystem::path& directory, const e2e::Words& arguments, Fault fault,
                  int point);
  /// How many requests the last run made.
  [[nodiscard]] int requests() const { return static_cast<int>(proxy_.requests().size()); }

 private:
  [[nodiscard]] std::string answer_instead(int number) const;
  e2e::Proxy::Deed deed(int number);
  void restart_engine();

  e2e::World& world_;
  PrivateEngine& engine_;
  std::string socket_;
  e2e::Proxy proxy_;
  Fault fault_ = Fault::killed;
  int point_ = 0;
  std::atomic<pid_t> victim_ = -1;
  std::jthread midway_;         ///< kills the engine while a request is under way
  std::exception_ptr failure_;  ///< of the engine's restart, in another thread
};

}  // namespace cai::chaos
