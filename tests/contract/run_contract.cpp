// A container's own program: its streams, its end, signals to it.
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <system_error>

#include "cai/base/filesystem.hpp"
#include "contract.hpp"
#include "support/descriptor.hpp"

namespace cai {
namespace {

/// What the tap of an attachment saw.
struct Seen {
  std::string output;
  std::string error;

  OutputTap tap() {
    return [this](OutputStream stream, std::string_view piece) {
      (stream == OutputStream::output ? output : error) += piece;
    };
  }
};

TEST_P(EngineContract, NothingOfAShortRunIsLost) {
  auto wanted = request();
  wanted.command = {"sh", "-c", "echo to-out; echo to-err >&2; exit 42"};
  const ContainerId id = create("short", wanted);
  Pipe output;
  Pipe error;
  Seen seen;
  const auto stream = engine().attach_container(
      id, {.streams = {-1, output.writing.get(), error.writing.get()}, .terminal = false, .tap = seen.tap()});
  ASSERT_TRUE(stream);
  EXPECT_EQ(engine().start_container(id).outcome, Outcome::done);
  EXPECT_TRUE(stream->pump(go_on));
  EXPECT_EQ(engine().wait_container(id), 42);
  output.writing.reset();
  error.writing.reset();
  EXPECT_EQ(read_to_end(output.reading.get()), "to-out\n");
  EXPECT_EQ(read_to_end(error.reading.get()), "to-err\n");
  EXPECT_EQ(seen.output, "to-out\n");
  EXPECT_EQ(seen.error, "to-err\n");
}

TEST_P(EngineContract, TheRunsInputIsHalfClosedAtItsEnd) {
  auto wanted = request();
  wanted.command = {"sh", "-c", "wc -c; exit 5"};
  wanted.open_input = true;
  const ContainerId id = create("input", wanted);
  Pipe input;
  write_whole(input.writing.get(), "12345");
  input.writing.reset();
  Seen seen;
  const auto stream = engine().attach_container(
      id, {.streams = {input.reading.get(), -1, -1}, .terminal = false, .tap = seen.tap()});
  ASSERT_TRUE(stream);
  engine().start_container(id);
  EXPECT_TRUE(stream->pump(go_on));
  EXPECT_EQ(seen.output, "5\n");
  EXPECT_EQ(engine().wait_container(id), 5);
}

TEST_P(EngineContract, APumpStopsWhenAskedAndGoesOnAfterASignal) {
  const ContainerId id = create("signal");
  const auto stream = engine().attach_container(id, {.streams = {}, .terminal = false, .tap = {}});
  ASSERT_TRUE(stream);
  engine().start_container(id);
  EXPECT_FALSE(stream->pump([] { return true; }));
  EXPECT_EQ(engine().kill_container(id, "TERM"), Outcome::done);
  EXPECT_TRUE(stream->pump(go_on));
  EXPECT_EQ(engine().wait_container(id), 143);
  EXPECT_EQ(engine().kill_container(id, "TERM"), Outcome::conflict) << "it does not run any more";
  EXPECT_EQ(engine().remove_container(id), Outcome::done);
  EXPECT_EQ(engine().wait_container(id), std::nullopt);
  EXPECT_EQ(engine().kill_container(id, "KILL"), Outcome::missing);
}

TEST_P(EngineContract, WaitingCanBeInterrupted) {
  const ContainerId id = run("waited");
  int asked = 0;
  engine().bound_calls({.interrupted = [&] { return ++asked > 1; }});
  EXPECT_EQ(error_of([&] { engine().wait_container(id); }).kind(), ErrorKind::interrupted);
  engine().bound_calls({});
}

TEST_P(EngineContract, NobodyHasNoStreamsAndCannotBeSignalled) {
  EXPECT_EQ(engine().attach_container(nobody(), {}), nullptr);
  EXPECT_EQ(engine().wait_container(nobody()), std::nullopt);
  EXPECT_EQ(engine().kill_container(nobody(), "TERM"), Outcome::missing);
  EXPECT_EQ(engine().resize_container(nobody(), 24, 80), Outcome::missing);
}

TEST_P(EngineContract, LogsKeepTheStreamsApartAndFollowToTheEnd) {
  auto wanted = request();
  wanted.command = {"sh", "-c", "echo one; echo two >&2"};
  const ContainerId id = run("logs", wanted);
  wait_until_exited(id);
  Seen seen;
  engine().read_logs(id, {.lines = {}, .since = {}, .follow = true}, seen.tap());
  EXPECT_EQ(seen.output, "one\n");
  EXPECT_EQ(seen.error, "two\n");
  EXPECT_EQ(error_of([&] { engine().read_logs(nobody(), {}, seen.tap()); }).kind(), ErrorKind::failed);
}

}  // namespace
}  // namespace cai
