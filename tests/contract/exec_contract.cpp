// Commands in running containers.
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <future>
#include <system_error>

#include "cai/base/filesystem.hpp"
#include "contract.hpp"
#include "support/descriptor.hpp"
#include "support/temporary_directory.hpp"

namespace cai {
namespace {

/// Exactly `size` bytes, or what there was when the end or ten seconds came.
std::string read_some(int fd, std::size_t size) {
  std::string bytes;
  while (bytes.size() < size) {
    pollfd wait{fd, POLLIN, 0};
    if (::poll(&wait, 1, 10'000) != 1) break;
    std::array<char, 4096> buffer{};
    const ssize_t count = ::read(fd, buffer.data(), std::min(buffer.size(), size - bytes.size()));
    if (count <= 0) break;
    bytes.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return bytes;
}

std::string every_byte() {
  std::string bytes;
  for (int value = 0; value < 256; ++value) bytes.push_back(static_cast<char>(value));
  return bytes;
}

UniqueFd open_file(const std::filesystem::path& path, int flags) {
  UniqueFd file(::open(path.c_str(), flags | O_CLOEXEC, 0600));
  if (!file.valid()) throw std::system_error(errno, std::generic_category(), path.string());
  return file;
}

TEST_P(EngineContract, ExecGivesTheExitCodeAndKeepsTheStreamsApart) {
  const ContainerId id = run("exec");
  const ExecResult result = execute(id, {"sh", "-c", "echo to-out; echo to-err >&2; exit 42"});
  EXPECT_EQ(result.exit_code, 42);
  EXPECT_EQ(result.standard_output, "to-out\n");
  EXPECT_EQ(result.standard_error, "to-err\n");
  EXPECT_EQ(execute(id, {"true"}).exit_code, 0);
  EXPECT_EQ(execute(id, {"sh", "-c", "kill -9 $$"}).exit_code, 137) << "128 + signal";
}

TEST_P(EngineContract, ExecPassesArgumentsIntact) {
  const std::vector<std::string> words = {"plain",
                                          "two words",
                                          "",
                                          "\"double\" and 'single'",
                                          "line\nline\n",
                                          "$HOME",
                                          "back\\slash",
                                          "*",
                                          "-n",
                                          "\xc3\xa9\xe6\xbc\xa2\xf0\x9f\x9a\x80"};
  std::vector<std::string> command = {"printf", "%s\\0"};
  command.insert(command.end(), words.begin(), words.end());
  std::string expected;
  for (const auto& word : words) expected += word + '\0';
  EXPECT_EQ(execute(run("argv"), command).standard_output, expected);
}

TEST_P(EngineContract, ExecTakesEnvironmentAndWorkingDirectory) {
  const ContainerId id = run("place");
  const ExecRequest request{{"sh", "-c", "printf '%s|%s|' \"$GREETING\" \"$EMPTY\"; pwd"},
                            {"GREETING=a=b c", "EMPTY="},
                            "",
                            "/usr"};
  const auto result = engine().execute(id, request, Deadline::in(std::chrono::seconds(20)));
  EXPECT_EQ(result.value().standard_output, "a=b c||/usr\n");
}

TEST_P(EngineContract, ExecCapturesOneMebibyteAndNoMore) {
  const ContainerId id = run("much");
  const ExecResult whole = execute(id, {"sh", "-c", "head -c 1048576 /dev/zero | tr '\\000' x"});
  EXPECT_EQ(whole.exit_code, 0);
  EXPECT_TRUE(whole.standard_output == std::string(1 << 20, 'x')) << whole.standard_output.size();
  const ExecResult cut =
      execute(id, {"sh", "-c", "head -c 3000000 /dev/zero | tr '\\000' x; echo end >&2; exit 3"});
  EXPECT_EQ(cut.standard_output.size(), 1U << 20U);
  EXPECT_EQ(cut.standard_error, "end\n");
  EXPECT_EQ(cut.exit_code, 3) << "the command still ran to its end";
}

TEST_P(EngineContract, ExecHasNoInputUnlessGivenOne) {
  const ExecResult result = execute(run("inputless"), {"cat"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.standard_output, "");
}

TEST_P(EngineContract, ExecOfAnUnknownProgramIs126Or127) {
  const ExecResult result = execute(run("unknown"), {"no-such-program"});
  EXPECT_TRUE(result.exit_code == 126 || result.exit_code == 127) << result.exit_code;
}

TEST_P(EngineContract, ExecNeedsARunningContainer) {
  const ContainerId id = create("stopped");
  const ExecRequest request{{"true"}, {}, "", ""};
  const auto deadline = Deadline::in(std::chrono::seconds(20));
  EXPECT_FALSE(engine().execute(id, request, deadline).has_value());
  EXPECT_FALSE(engine().execute(nobody(), request, deadline).has_value());
  EXPECT_FALSE(engine().execute_streaming(id, request, {}, go_on).has_value());
  EXPECT_FALSE(engine().execute_streaming(nobody(), request, {}, go_on).has_value());
}

TEST_P(EngineContract, StreamsFlowBeforeTheInputEnds) {
  const ContainerId id = run("stream");
  Pipe input;
  Pipe output;
  auto code = std::async(std::launch::async, [&] {
    const ExecStreams streams{input.reading.get(), output.writing.get(), -1};
    return engine().execute_streaming(id, {{"cat"}, {}, "", ""}, streams, go_on);
  });
  write_whole(input.writing.get(), "question\n");
  EXPECT_EQ(read_some(output.reading.get(), 9), "question\n") << "while the input is still open";
  const std::string bytes = every_byte();
  write_whole(input.writing.get(), bytes);
  EXPECT_EQ(read_some(output.reading.get(), bytes.size()), bytes);
  input.writing.reset();
  EXPECT_EQ(code.get(), 0) << "cat ends when its input does";
  output.writing.reset();
  EXPECT_EQ(read_to_end(output.reading.get()), "");
}

TEST_P(EngineContract, OutputComesAfterTheInputWasHalfClosed) {
  const ContainerId id = run("half");
  Pipe input;
  Pipe output;
  Pipe error;
  write_whole(input.writing.get(), "12345");
  input.writing.reset();
  const ExecStreams streams{input.reading.get(), output.writing.get(), error.writing.get()};
  const ExecRequest request{{"sh", "-c", "cat | wc -c; echo done >&2; exit 5"}, {}, "", ""};
  EXPECT_EQ(engine().execute_streaming(id, request, streams, go_on), 5);
  output.writing.reset();
  error.writing.reset();
  EXPECT_EQ(read_to_end(output.reading.get()), "5\n");
  EXPECT_EQ(read_to_end(error.reading.get()), "done\n");
}

TEST_P(EngineContract, MegabytesPassBothWaysThroughFiles) {
  const ContainerId id = run("files");
  const TemporaryDirectory directory;
  std::string bytes;
  while (bytes.size() < 4U << 20U) bytes += every_byte() + std::to_string(bytes.size());
  write_whole(open_file(directory.path() / "in", O_WRONLY | O_CREAT).get(), bytes);
  const UniqueFd input = open_file(directory.path() / "in", O_RDONLY);
  const UniqueFd output = open_file(directory.path() / "out", O_WRONLY | O_CREAT);
  const ExecStreams streams{input.get(), output.get(), -1};
  EXPECT_EQ(engine().execute_streaming(id, {{"cat"}, {}, "", ""}, streams, go_on), 0);
  const std::string copied = read_to_end(open_file(directory.path() / "out", O_RDONLY).get());
  EXPECT_TRUE(copied == bytes) << copied.size() << " of " << bytes.size() << " bytes";
}

TEST_P(EngineContract, WhoAsksToStopIsNotKeptWaiting) {
  const ContainerId id = run("impatient");
  Pipe input;  // open, so that nothing else ends the command
  const auto begun = std::chrono::steady_clock::now();
  int polls = 0;
  const auto code = engine().execute_streaming(id, {{"cat"}, {}, "", ""}, {input.reading.get(), -1, -1},
                                               [&] { return ++polls > 3; });
  EXPECT_NE(code.value_or(0), 0);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(5));
}

TEST_P(EngineContract, StreamsThatAreNotGivenAreEmptyOrDropped) {
  const ContainerId id = run("streamless");
  const ExecRequest request{{"sh", "-c", "cat; echo out; echo err >&2; exit 6"}, {}, "", ""};
  EXPECT_EQ(engine().execute_streaming(id, request, {}, go_on), 6);
}

}  // namespace
}  // namespace cai
