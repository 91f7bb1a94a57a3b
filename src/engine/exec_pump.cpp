#include "engine/exec_pump.hpp"

#include <poll.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>

#include "engine/failures.hpp"

namespace cai {
namespace {

constexpr int stop_interval_milliseconds = 200;
/// poll(2) promises room for this much in a pipe; more could block us while the other side waits for our
/// input.
constexpr std::size_t safe_write = 4096;

/// Keeps a write to a pipe without reader from ending the process, without changing its signal dispositions.
class BrokenPipeGuard {
 public:
  BrokenPipeGuard() {
    sigemptyset(&signal_);
    sigaddset(&signal_, SIGPIPE);
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &signal_, &before_);
  }
  ~BrokenPipeGuard() {
    const timespec now{};
    if (!was_pending_) {
      while (sigtimedwait(&signal_, nullptr, &now) < 0 && errno == EINTR) continue;
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  BrokenPipeGuard(const BrokenPipeGuard&) = delete;
  BrokenPipeGuard& operator=(const BrokenPipeGuard&) = delete;

 private:
  sigset_t signal_{};
  sigset_t before_{};
  bool was_pending_ = false;
};

/// Writes a piece; a sink whose reader is gone is closed, and what comes for it from then on is dropped.
void drain(ExecSink& sink) {
  const std::size_t size = std::min(sink.pending.size() - sink.written, safe_write);
  const ssize_t count = ::write(sink.descriptor, sink.pending.data() + sink.written, size);
  if (count >= 0) {
    sink.written += static_cast<std::size_t>(count);
    if (sink.written == sink.pending.size()) sink.clear();
  } else if (errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK) {
    sink.descriptor = -1;
    sink.clear();
  }
}

pollfd watch(int fd, short events, bool wanted) {
  return {wanted ? fd : -1, events, 0};
}

}  // namespace

void ExecPump::end_input() {
  input_ = -1;
  stream_.connection.half_close();
}

void ExecPump::read_input() {
  std::array<char, 32U << 10U> buffer;  // NOLINT: read fills it
  const ssize_t count = ::read(input_, buffer.data(), buffer.size());
  if (count > 0) {
    to_send_.assign(buffer.data(), static_cast<std::size_t>(count));
    send_input();
  } else if (count == 0 || (errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK)) {
    end_input();
  }
}

void ExecPump::send_input() {
  const Transfer sent = stream_.connection.send(to_send_);
  if (sent.status == TransferStatus::moved) {
    to_send_.erase(0, sent.bytes);
  } else if (sent.status != TransferStatus::again) {
    to_send_.clear();  // the command is gone; what it wrote may still be on its way to us
    input_ = -1;
  }
}

void ExecPump::decode(std::string_view bytes) {
  if (!form_.framed) {
    if (!bytes.empty()) accept(OutputStream::output, bytes);
    return;
  }
  decoder_.feed(bytes, [this](auto stream, auto piece) { accept(stream, piece); });
}

void ExecPump::accept(FrameDecoder::Stream stream, std::string_view bytes) {
  if (form_.tap) form_.tap(stream, bytes);
  ExecSink& sink = stream == FrameDecoder::Stream::output ? output_ : error_;
  if (sink.capture != nullptr) {
    const std::size_t room = sink.capture_limit - std::min(sink.capture->size(), sink.capture_limit);
    sink.capture->append(bytes.substr(0, room));
  } else if (sink.descriptor >= 0) {
    sink.pending += bytes;
  }
}

void ExecPump::receive(const Endpoint& endpoint) {
  std::array<char, 64U << 10U> buffer;  // NOLINT: recv fills it
  const Transfer got = stream_.connection.receive(buffer);
  if (got.status == TransferStatus::moved) {
    decode({buffer.data(), got.bytes});
  } else if (got.status != TransferStatus::again) {
    if (!decoder_.at_boundary()) throw answer_cut(endpoint);
    ended_ = true;
  }
}

/// Waits for an event and serves what is ready.
void ExecPump::step(int timeout, const Endpoint& endpoint) {
  // While a reader of ours is slow nothing more is taken from the engine: that is the back-pressure.
  const bool receiving = !ended_ && !is_blocked();
  const bool sending = !ended_ && !to_send_.empty();
  const short stream_events = static_cast<short>((receiving ? POLLIN : 0) | (sending ? POLLOUT : 0));
  std::array<pollfd, 4> watched{
      watch(stream_.connection.descriptor(), stream_events, receiving || sending),
      watch(input_, POLLIN, input_ >= 0 && to_send_.empty() && !ended_),
      watch(output_.descriptor, POLLOUT, !output_.pending.empty()),
      watch(error_.descriptor, POLLOUT, !error_.pending.empty()),
  };
  if (::poll(watched.data(), watched.size(), timeout) <= 0) return;
  if (watched[2].revents != 0) drain(output_);
  if (watched[3].revents != 0) drain(error_);
  if (sending && watched[0].revents != 0) send_input();
  if (watched[1].revents != 0) read_input();
  if (receiving && (watched[0].revents & ~POLLOUT) != 0) receive(endpoint);
}

PumpResult ExecPump::run(const std::function<bool()>& should_stop, Deadline deadline,
                         const Endpoint& endpoint) {
  const BrokenPipeGuard guard;
  decode(std::exchange(stream_.first_bytes, {}));
  while (!ended_ || is_blocked()) {
    if (should_stop && should_stop()) return PumpResult::stopped;
    if (deadline.expired()) return PumpResult::timed_out;
    const auto left =
        std::min<std::chrono::milliseconds::rep>(deadline.remaining().count(), stop_interval_milliseconds);
    step(static_cast<int>(std::max<std::chrono::milliseconds::rep>(left, 1)), endpoint);
  }
  return PumpResult::ended;
}

}  // namespace cai
