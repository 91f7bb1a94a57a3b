// What is kept of a run's output.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include "cai/base/error.hpp"
#include "cai/base/text.hpp"
#include "cai/run/record.hpp"
#include "support/manual_clock.hpp"
#include "support/temporary_directory.hpp"

namespace cai {
namespace {

class Record : public testing::Test {
 protected:
  /// "o:text|e:text" of what the reader gives.
  static std::string read(OutputReader& reader, const LogRequest& request = {}) {
    std::string text;
    reader.read(request, [&](OutputStream stream, std::string_view piece) {
      text += (text.empty() ? "" : "|") + std::string(stream == OutputStream::output ? "o:" : "e:");
      text += piece;
    });
    return text;
  }
  std::string read(const LogRequest& request = {}) {
    OutputReader reader(directory);
    return read(reader, request);
  }

  TemporaryDirectory temporary;
  std::filesystem::path directory = temporary.path() / "runs" / "01234567";
  ManualClock clock;
};

TEST_F(Record, KeepsTheOrderOfTheStreams) {
  OutputRecorder recorder(directory, clock);
  recorder.add(OutputStream::output, "one\n");
  recorder.add(OutputStream::error, "two\n");
  recorder.add(OutputStream::output, "three\n");
  recorder.finish();
  EXPECT_EQ(read(), "o:one\n|e:two\n|o:three\n");
  struct stat status {};
  for (const char* name : {"stdout", "stderr", "timeline"}) {
    ASSERT_EQ(::stat((directory / name).c_str(), &status), 0) << name;
    EXPECT_EQ(status.st_mode & 0777, 0600U) << name;
  }
  ASSERT_EQ(::stat(directory.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700U);
}

TEST_F(Record, FilesAreThereWithoutAnyOutput) {
  const OutputRecorder recorder(directory, clock);
  OutputReader reader(directory);
  EXPECT_TRUE(reader.read({}, [](OutputStream, std::string_view) { FAIL(); }));
  OutputReader nobody(temporary.path() / "none");
  EXPECT_FALSE(nobody.read({}, [](OutputStream, std::string_view) { FAIL(); }));
}

TEST_F(Record, IsReadWhileItIsWrittenEachByteOnce) {
  OutputRecorder recorder(directory, clock);
  OutputReader reader(directory);
  recorder.add(OutputStream::output, "a");
  EXPECT_EQ(read(reader), "o:a") << "its time is not written yet";
  recorder.add(OutputStream::output, "b");
  recorder.add(OutputStream::error, "c");
  EXPECT_EQ(read(reader), "o:b|e:c");
  EXPECT_EQ(read(reader), "");
  recorder.finish();
  EXPECT_EQ(read(reader), "");
  EXPECT_EQ(read(), "o:ab|e:c");
}

TEST_F(Record, GivesTheLastLines) {
  OutputRecorder recorder(directory, clock);
  recorder.add(OutputStream::output, "1\n2\n");
  recorder.add(OutputStream::error, "3\n");
  recorder.add(OutputStream::output, "4\n5");
  recorder.finish();
  EXPECT_EQ(read({.lines = 1, .since = {}}), "o:5");
  EXPECT_EQ(read({.lines = 2, .since = {}}), "o:4\n5");
  EXPECT_EQ(read({.lines = 3, .since = {}}), "e:3\n|o:4\n5");
  EXPECT_EQ(read({.lines = 4, .since = {}}), "o:2\n|e:3\n|o:4\n5");
  EXPECT_EQ(read({.lines = 99, .since = {}}), "o:1\n2\n|e:3\n|o:4\n5");
}

TEST_F(Record, TheLastLineEndEndsTheLastLine) {
  OutputRecorder recorder(directory, clock);
  recorder.add(OutputStream::output, "1\n2\n3\n");
  recorder.finish();
  EXPECT_EQ(read({.lines = 1, .since = {}}), "o:3\n");
  EXPECT_EQ(read({.lines = 2, .since = {}}), "o:2\n3\n");
}

TEST_F(Record, GivesWhatCameSince) {
  OutputRecorder recorder(directory, clock);
  recorder.add(OutputStream::output, "early");
  clock.advance(std::chrono::seconds(60));
  const auto moment = clock.now();
  recorder.add(OutputStream::output, "late");
  recorder.finish();
  EXPECT_EQ(read({.lines = {}, .since = moment}), "o:late");
}

TEST_F(Record, StopsAtTheLimitAndSaysSo) {
  OutputRecorder recorder(directory, clock, 10);
  recorder.add(OutputStream::output, "123456");
  recorder.add(OutputStream::output, "7890abc");
  recorder.add(OutputStream::output, "more");
  recorder.add(OutputStream::error, "its own limit");
  recorder.finish();
  const auto text = read();
  EXPECT_NE(text.find("o:1234567890\n[cai kept the first 10 B of this stream]\n"), std::string::npos) << text;
  EXPECT_NE(text.find("e:its own li"), std::string::npos) << text;
  EXPECT_EQ(text.find("more"), std::string::npos);
  EXPECT_EQ(recorder.problem(), "");
}

TEST_F(Record, WithoutATimelineNothingIsLost) {
  OutputRecorder recorder(directory, clock);
  recorder.add(OutputStream::output, "out");
  recorder.add(OutputStream::error, "err");
  std::filesystem::remove(directory / "timeline");
  EXPECT_EQ(read(), "o:out|e:err");
}

TEST_F(Record, AFullDiskIsAProblemAndNoException) {
  const struct rlimit small = {4, RLIM_INFINITY};
  struct rlimit before {};
  ::getrlimit(RLIMIT_FSIZE, &before);
  ::signal(SIGXFSZ, SIG_IGN);
  OutputRecorder recorder(directory, clock);
  ::setrlimit(RLIMIT_FSIZE, &small);
  recorder.add(OutputStream::output, "12345678");
  ::setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_NE(recorder.problem(), "");
}

TEST_F(Record, IsRemovedWithItsRunOnly) {
  Environment environment;
  environment.variables["HOME"] = temporary.path().string();
  const auto paths = Paths::of(environment);
  { const OutputRecorder recorder(run_directory(paths, {"01234567"}), clock); }
  { const OutputRecorder recorder(run_directory(paths, {"89abcdef"}), clock); }
  remove_run_output(paths, {"01234567"});
  remove_run_output(paths, {"01234567"});
  EXPECT_FALSE(std::filesystem::exists(run_directory(paths, {"01234567"})));
  EXPECT_TRUE(std::filesystem::exists(run_directory(paths, {"89abcdef"})));
  EXPECT_THROW(remove_run_output(paths, {".."}), Error);
  EXPECT_THROW(remove_run_output(paths, {""}), Error);
}

}  // namespace
}  // namespace cai
