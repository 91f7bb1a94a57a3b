#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <string_view>

#include "cai/base/filesystem.hpp"
#include "cai/base/time.hpp"
#include "cai/engine/endpoint.hpp"

namespace cai {

enum class TransferStatus {
  moved,   ///< some bytes went through
  again,   ///< nothing can be moved now
  closed,  ///< the other side ended the stream in order
  broken,  ///< the other side is gone
};

struct Transfer {
  TransferStatus status = TransferStatus::again;
  std::size_t bytes = 0;
};

/// A byte stream to an engine. Nothing here blocks except `open` and `wait`, and these only until their
/// deadline.
class Connection {
 public:
  /// Throws Error(engine_unreachable) with a hint that fits the reason. `limit` bounds the attempt.
  static Connection open(const Endpoint& endpoint, std::chrono::milliseconds limit);

  Transfer receive(std::span<char> buffer);
  /// Never raises SIGPIPE.
  Transfer send(std::string_view bytes);
  /// The poll(2) events that came, or 0 at the deadline. Interrupted waits are continued.
  [[nodiscard]] short wait(short events, Deadline deadline) const;
  /// Tells the other side that no more bytes come from us; it can still send.
  void half_close();
  /// False when the other side hung up or sent something nobody asked for.
  [[nodiscard]] bool is_idle() const;
  [[nodiscard]] int descriptor() const { return fd_.get(); }

 private:
  explicit Connection(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace cai
