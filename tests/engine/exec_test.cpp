#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <future>
#include <latch>

#include "engine/engine_fixture.hpp"
#include "engine/exec_pump.hpp"
#include "support/descriptor.hpp"

namespace cai {
namespace {

using namespace std::chrono_literals;
using test::answer;
using test::error_of;
using test::frame;
using test::hijack;
using test::id;
using test::id_text;
using test::refusal;
using test::ScriptedEngine;

const std::string exec_id(64, 'e');
const std::string exec_made = fmt::format(R"({{"Id":"{}"}})", exec_id);
const std::string upgraded = "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n";
const ExecRequest request{.command = {"prog"}, .environment = {}, .user = {}, .working_directory = {}};

test::Handler ended(int code) {
  return answer(200, fmt::format(R"({{"ID":"{}","Running":false,"ExitCode":{}}})", exec_id, code));
}

struct Pipe {
  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
    read.reset(ends[0]);
    write.reset(ends[1]);
  }
  UniqueFd read;
  UniqueFd write;
};

TEST(Exec, CapturesBothStreamsWithThreeRequests) {
  ScriptedEngine world(
      {answer(201, exec_made), hijack(frame(1, "out") + frame(2, "err") + frame(1, "put")), ended(7)});
  const auto result = world.engine.execute(id, request, Deadline::in(5s));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->exit_code, 7);
  EXPECT_EQ(result->standard_output, "output");
  EXPECT_EQ(result->standard_error, "err");
  EXPECT_EQ(world.line(0), fmt::format("POST /v1.41/containers/{}/exec", id_text));
  EXPECT_EQ(world.body(0),
            R"({"AttachStdin":false,"AttachStdout":true,"AttachStderr":true,"Tty":false,"Cmd":["prog"]})");
  EXPECT_EQ(world.line(1), fmt::format("POST /v1.41/exec/{}/start", exec_id));
  EXPECT_NE(world.server.requests()[1].find("Connection: Upgrade\r\nUpgrade: tcp\r\n"), std::string::npos);
  EXPECT_EQ(world.line(2), fmt::format("GET /v1.41/exec/{}/json", exec_id));
  EXPECT_EQ(world.server.connections(), 2U) << "one is kept, one becomes the stream";
}

TEST(Exec, AcceptsFramesSplitAtEveryByteAndA200Header) {
  const std::string text = "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n" +
                           frame(1, "hello") + frame(2, "") + frame(2, "world");
  std::vector<test::Handler> script;
  for (std::size_t at = 1; at < text.size(); ++at) {
    script.insert(script.end(), {answer(201, exec_made),
                                 test::pieces({text.substr(0, at), text.substr(at)}, false), ended(0)});
  }
  ScriptedEngine world(std::move(script));
  for (std::size_t at = 1; at < text.size(); ++at) {
    const auto result = world.engine.execute(id, request, Deadline::in(5s));
    ASSERT_TRUE(result) << at;
    EXPECT_EQ(result->standard_output + "|" + result->standard_error, "hello|world") << at;
  }
}

TEST(Exec, DecodesEveryByteByItself) {
  const std::string text = frame(1, "hello") + frame(3, "engine") + frame(0, "x");
  FrameDecoder decoder;
  std::string output;
  std::string error;
  for (const char c : text) {
    decoder.feed({&c, 1}, [&](auto stream, auto bytes) {
      (stream == FrameDecoder::Stream::output ? output : error) += bytes;
    });
  }
  EXPECT_TRUE(decoder.at_boundary());
  EXPECT_EQ(output, "hellox");
  EXPECT_EQ(error, "engine");
}

TEST(Exec, AStreamCutInsideAFrameOrWithoutFramesIsAnError) {
  const std::string whole = frame(1, "hello");
  for (std::size_t size = 1; size < whole.size(); ++size) {
    ScriptedEngine world({answer(201, exec_made), hijack(whole.substr(0, size)), ended(0)});
    error_of(ErrorKind::engine_unreachable, [&] { world.engine.execute(id, request, Deadline::in(5s)); });
  }
  ScriptedEngine rubbish({answer(201, exec_made), hijack("this is not a frame"), ended(0)});
  error_of(ErrorKind::engine_unreachable, [&] { rubbish.engine.execute(id, request, Deadline::in(5s)); });
}

TEST(Exec, CapturesAtMostAMebibyte) {
  const std::string big(3U << 20U, 'x');
  ScriptedEngine world({answer(201, exec_made), hijack(frame(1, big) + frame(2, "e")), ended(0)});
  const auto result = world.engine.execute(id, request, Deadline::in(10s));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->standard_output.size(), 1U << 20U);
  EXPECT_EQ(result->standard_error, "e");
}

TEST(Exec, AContainerThatIsNotRunningIsAValue) {
  ScriptedEngine world({refusal(404, "No such container"), refusal(409, "is not running"),
                        refusal(500, "container state improper"), answer(201, exec_made),
                        refusal(409, "is paused")});
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(world.engine.execute(id, request, Deadline::in(5s))) << i;
  EXPECT_EQ(world.server.requests().size(), 5U);
}

TEST(Exec, RefusalsAndWrongAnswersAreErrors) {
  ScriptedEngine world({refusal(500, "broken"), answer(201, "{}"), answer(201, exec_made), refusal(400, "no"),
                        answer(201, exec_made), hijack(""),
                        answer(200, R"({"Running":false,"ExitCode":null})")});
  error_of(ErrorKind::failed, [&] { world.engine.execute(id, request, Deadline::in(5s)); });
  error_of(ErrorKind::engine_unreachable, [&] { world.engine.execute(id, request, Deadline::in(5s)); });
  error_of(ErrorKind::failed, [&] { world.engine.execute(id, request, Deadline::in(5s)); });
  error_of(ErrorKind::engine_unreachable, [&] { world.engine.execute(id, request, Deadline::in(5s)); });
  ExecRequest latin = request;
  latin.command = {"caf\xe9"};
  error_of(ErrorKind::failed, [&] { world.engine.execute(id, latin, Deadline::in(5s)); });
}

TEST(Exec, WaitsForTheExitCode) {
  const auto running = answer(200, R"({"Running":true,"ExitCode":null})");
  ScriptedEngine world({answer(201, exec_made), hijack(""), running, running, ended(3)});
  EXPECT_EQ(world.engine.execute(id, request, Deadline::in(5s))->exit_code, 3);
}

auto says_a_word_and_hangs(std::latch& until) {
  return [&until](int fd) {
    test::send_text(fd, upgraded + frame(1, "x"));
    until.wait();
    return false;
  };
}

TEST(Exec, GivesUpAtTheDeadline) {
  std::latch done(1);
  ScriptedEngine world({answer(201, exec_made), says_a_word_and_hangs(done)});
  const Error error = error_of(ErrorKind::engine_unreachable,
                               [&] { world.engine.execute(id, request, Deadline::in(500ms)); });
  done.count_down();
  EXPECT_NE(std::string(error.what()).find("prog did not end"), std::string::npos) << error.what();
}

TEST(Exec, IsEndedByAnInterruption) {
  std::latch done(1);
  ScriptedEngine world({answer(201, exec_made), says_a_word_and_hangs(done)});
  int asked = 0;
  const BoundedCalls bounded(world.engine, {.interrupted = [&] { return ++asked > 1; }});
  error_of(ErrorKind::interrupted, [&] { world.engine.execute(id, request, Deadline::never()); });
  done.count_down();
}

/// Sends back what it gets, as frames, until the half-close.
bool echo(int fd) {
  test::send_text(fd, upgraded);
  std::array<char, 20000> buffer{};
  while (true) {
    const ssize_t count = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (count <= 0) return false;
    test::send_text(fd, frame(1, {buffer.data(), static_cast<std::size_t>(count)}));
  }
}

TEST(Exec, PumpsBothDirectionsAtOnceAndHalfCloses) {
  ScriptedEngine world({answer(201, exec_made), echo, ended(0)});
  Pipe input;
  Pipe output;
  std::string sent;
  for (int i = 0; sent.size() < (4U << 20U); ++i) sent += fmt::format("line {}\n", i);
  auto writer = std::async(std::launch::async, [&] {
    write_whole(input.write.get(), sent);
    input.write.reset();
  });
  auto reader = std::async(std::launch::async, [&] { return read_to_end(output.read.get()); });
  const auto code = world.engine.execute_streaming(
      id, request, {.input = input.read.get(), .output = output.write.get(), .error = -1},
      [] { return false; });
  output.write.reset();
  EXPECT_EQ(code, 0);
  EXPECT_TRUE(reader.get() == sent);
  EXPECT_NE(world.body(0).find(R"("AttachStdin":true)"), std::string::npos);
}

TEST(Exec, KeepsDrainingWhenNobodyReadsOurOutput) {
  std::string stream;
  for (int i = 0; i < 50; ++i) stream += frame(1, std::string(30000, 'x'));
  ScriptedEngine world({answer(201, exec_made), hijack(stream + frame(2, "end")), ended(5)});
  Pipe output;
  Pipe error;
  output.read.reset();
  const auto code = world.engine.execute_streaming(
      id, request, {.input = -1, .output = output.write.get(), .error = error.write.get()}, {});
  error.write.reset();
  EXPECT_EQ(code, 5) << "a SIGPIPE would have ended the test";
  EXPECT_EQ(read_to_end(error.read.get()), "end");
}

TEST(Exec, InputThatNobodyTakesDoesNotStopTheOutput) {
  const auto deaf = [](int fd) {
    test::send_text(fd, upgraded + frame(1, "bye"));
    return false;  // closes without reading
  };
  ScriptedEngine world({answer(201, exec_made), deaf, ended(1)});
  UniqueFd zeros(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
  Pipe output;
  EXPECT_EQ(world.engine.execute_streaming(
                id, request, {.input = zeros.get(), .output = output.write.get(), .error = -1}, {}),
            1);
  output.write.reset();
  EXPECT_EQ(read_to_end(output.read.get()), "bye");
}

TEST(Exec, StopsWhenAskedTo) {
  std::promise<void> closed;
  ScriptedEngine world({answer(201, exec_made), [&](int fd) {
                          test::send_text(fd, upgraded);
                          test::receive_all(fd);
                          closed.set_value();
                          return false;
                        }});
  std::atomic<int> asked = 0;
  const auto code = world.engine.execute_streaming(id, request, {.input = -1, .output = -1, .error = -1},
                                                   [&] { return ++asked > 2; });
  EXPECT_EQ(code, 130);
  EXPECT_EQ(closed.get_future().wait_for(5s), std::future_status::ready) << "the stream was left open";
}

TEST(Exec, StopsEvenWhileOurReaderIsStuck) {
  ScriptedEngine world({answer(201, exec_made), hijack(frame(1, std::string(1U << 20U, 'x'))), ended(0)});
  Pipe output;  // read by nobody
  const Deadline patience = Deadline::in(300ms);
  EXPECT_EQ(
      world.engine.execute_streaming(id, request, {.input = -1, .output = output.write.get(), .error = -1},
                                     [&] { return patience.expired(); }),
      130);
}

}  // namespace
}  // namespace cai
