#pragma once

#include <functional>
#include <string>

#include "cai/base/time.hpp"
#include "engine/http.hpp"
#include "engine/streams.hpp"

namespace cai {

/// Where one stream of an exec goes: to a borrowed descriptor, or into a string up to a limit.
struct ExecSink {
  int descriptor = -1;
  std::string* capture = nullptr;
  std::size_t capture_limit = 0;
  std::string pending = {};  ///< for the descriptor
  std::size_t written = 0;   ///< of `pending`

  void clear() {
    pending.clear();
    written = 0;
  }
};

enum class PumpResult { ended, stopped, timed_out };

/// What comes over a hijacked stream.
struct StreamForm {
  bool framed = true;  ///< false: with a terminal, one stream of output without frames
  OutputTap tap = {};  ///< sees the output first
};

/// Moves bytes between a hijacked stream and our descriptors until the engine ends the stream.
class ExecPump {
 public:
  /// `input` < 0: none. Descriptors are not changed (they may be shared with other processes), so only as
  /// much is written at once as poll(2) promised.
  ExecPump(UpgradedStream stream, int input, ExecSink output, ExecSink error, StreamForm form = {})
      : stream_(std::move(stream)),
        input_(input),
        output_(std::move(output)),
        error_(std::move(error)),
        form_(std::move(form)) {}

  /// `should_stop` is asked at least every 200 ms; who stopped may run it again. Throws
  /// Error(engine_unreachable) when the stream is no stream of frames or is cut in the middle of one;
  /// `endpoint` is for that message.
  PumpResult run(const std::function<bool()>& should_stop, Deadline deadline, const Endpoint& endpoint);

 private:
  void step(int timeout, const Endpoint& endpoint);
  void read_input();
  void send_input();
  void receive(const Endpoint& endpoint);
  void decode(std::string_view bytes);
  void accept(FrameDecoder::Stream stream, std::string_view bytes);
  void end_input();
  [[nodiscard]] bool is_blocked() const { return !output_.pending.empty() || !error_.pending.empty(); }

  UpgradedStream stream_;
  int input_;
  ExecSink output_;
  ExecSink error_;
  StreamForm form_;
  FrameDecoder decoder_;
  std::string to_send_;
  bool ended_ = false;
};

}  // namespace cai
