#include "agent/inside.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "cai/base/error.hpp"
#include "cai/base/filesystem.hpp"
#include "cai/base/text.hpp"

namespace cai {
namespace {

/// What is kept of each stream: the beginning and the end, where compilers and tests say what matters.
constexpr std::size_t kept_at_each_end = 128U << 10U;
/// Its own words, its own shell: quoting cannot break out of them.
constexpr const char* wrapper = R"sh(c=$1; shift; exec /bin/sh -c "$c" cai "$@")sh";
constexpr const char* wrapper_with_variables =
    R"sh([ ! -r /run/cai/env ] || . /run/cai/env; c=$1; shift; exec /bin/sh -c "$c" cai "$@")sh";
/// Twice: a process may fork while the first pass looks elsewhere. Only the same user may look and kill.
constexpr const char* killer = R"sh(
for pass in 1 2 3; do
  for p in /proc/[0-9]*; do
    if grep -q "CAI_EXEC=$1" "$p/environ" 2>/dev/null; then kill -KILL "${p#/proc/}" 2>/dev/null; fi
  done
done
true)sh";

class BoundedText {
 public:
  void add(std::string_view piece) {
    total_ += piece.size();
    const auto room = kept_at_each_end - std::min(head_.size(), kept_at_each_end);
    head_ += piece.substr(0, room);
    tail_ += piece.substr(std::min(room, piece.size()));
    if (tail_.size() > 2 * kept_at_each_end) tail_.erase(0, tail_.size() - kept_at_each_end);
  }
  [[nodiscard]] bool cut() const { return total_ > 2 * kept_at_each_end; }
  [[nodiscard]] std::string text() const {
    if (!cut()) return head_ + tail_;
    return fmt::format("{}\n[... {} bytes left out by cai ...]\n{}", head_, total_ - 2 * kept_at_each_end,
                       tail_.substr(tail_.size() - kept_at_each_end));
  }

 private:
  std::string head_;
  std::string tail_;
  std::size_t total_ = 0;
};

struct Pipe {
  UniqueFd read_end;
  UniqueFd write_end;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw Error(ErrorKind::failed, "cannot make a pipe");
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

/// Reads both pipes to their ends on a thread of its own, because the engine port writes until the command
/// ends.
class Collector {
 public:
  Collector() : thread_([this] { collect(); }) {}
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;
  ~Collector() { finish(); }

  [[nodiscard]] ExecStreams streams(int input) const {
    return {input, output_.write_end.get(), error_.write_end.get()};
  }
  void finish() {
    output_.write_end.reset();
    error_.write_end.reset();
    if (thread_.joinable()) thread_.join();
  }
  BoundedText output;
  BoundedText error;

 private:
  static void take(UniqueFd& fd, short events, BoundedText& text) {
    if (events == 0) return;
    std::array<char, 65536> buffer;  // NOLINT: read fills it
    const ssize_t count = ::read(fd.get(), buffer.data(), buffer.size());
    if (count > 0) text.add({buffer.data(), static_cast<std::size_t>(count)});
    if (count == 0 || (count < 0 && errno != EINTR)) fd.reset();
  }
  void collect() {
    while (output_.read_end.valid() || error_.read_end.valid()) {
      std::array<pollfd, 2> watched{
          {{output_.read_end.get(), POLLIN, 0}, {error_.read_end.get(), POLLIN, 0}}};
      if (::poll(watched.data(), watched.size(), -1) < 0) continue;
      take(output_.read_end, watched[0].revents, output);
      take(error_.read_end, watched[1].revents, error);
    }
  }

  Pipe output_ = make_pipe();
  Pipe error_ = make_pipe();
  std::thread thread_;
};

}  // namespace

std::string InsideResult::tail() const {
  std::string text(trim(error.empty() ? output : output + "\n" + error));
  constexpr std::size_t most = 2000;
  if (text.size() > most) text = "..." + text.substr(text.size() - most);
  return text;
}

UniqueFd as_descriptor(const std::string& text) {
  UniqueFd fd(memfd_create("cai-input", MFD_CLOEXEC));
  if (!fd.valid()) throw Error(ErrorKind::failed, "cannot set up the input of a command");
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t count = ::write(fd.get(), text.data() + written, text.size() - written);
    if (count < 0) throw Error(ErrorKind::failed, "cannot set up the input of a command");
    written += static_cast<std::size_t>(count);
  }
  lseek(fd.get(), 0, SEEK_SET);
  return fd;
}

void kill_marked(Engine& engine, const ContainerId& id, const std::string& user, const std::string& mark) {
  const ExecRequest request{{"/bin/sh", "-c", killer, "cai", mark}, {}, user, "/"};
  try {
    engine.execute(id, request, Deadline::in(std::chrono::seconds(20)));
  } catch (const Error&) {
    // The box may be going away at the same moment; its processes go with it.
    return;
  }
}

ExecRequest inside_exec(const InsideRequest& request) {
  ExecRequest exec;
  exec.command = {"/bin/sh", "-c", request.with_variables ? wrapper_with_variables : wrapper, "cai",
                  request.command};
  exec.command.insert(exec.command.end(), request.words.begin(), request.words.end());
  exec.environment = {"CAI_EXEC=" + (request.mark.empty() ? random_hex(8) : request.mark)};
  exec.user = request.user;
  exec.working_directory = request.directory;
  return exec;
}

std::optional<InsideResult> run_inside(Engine& engine, const ContainerId& id, const InsideRequest& request,
                                       const std::function<bool()>& cancelled) {
  const ExecRequest exec = inside_exec(request);
  const std::string mark = exec.environment.front().substr(std::string_view("CAI_EXEC=").size());
  const UniqueFd input = request.input.empty() ? UniqueFd() : as_descriptor(request.input);
  const auto deadline = Deadline::in(request.limit);
  InsideResult result;
  Collector collector;
  const auto code = engine.execute_streaming(id, exec, collector.streams(input.get()), [&] {
    result.cancelled = result.cancelled || (cancelled && cancelled());
    result.timed_out = result.timed_out || deadline.expired();
    return result.cancelled || result.timed_out;
  });
  collector.finish();
  if (!code) return std::nullopt;
  result.code = *code;
  result.output = collector.output.text();
  result.error = collector.error.text();
  result.output_cut = collector.output.cut();
  result.error_cut = collector.error.cut();
  if (result.cancelled || result.timed_out) {
    kill_marked(engine, id, request.user, mark);
    result.code = result.timed_out ? 124 : 130;
  }
  return result;
}

}  // namespace cai
