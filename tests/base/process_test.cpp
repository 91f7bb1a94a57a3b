#include "cai/base/process.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "cai/base/error.hpp"
#include "cai/base/filesystem.hpp"
#include "cai/base/text.hpp"
#include "cai/base/time.hpp"
#include "support/temporary_directory.hpp"

namespace cai {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

ProcessResult run_shell(const std::string& script, std::chrono::milliseconds limit = 60s) {
  return run_process({"sh", "-c", script}, limit);
}

std::ptrdiff_t open_descriptors() {
  return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator());
}

/// Pipes that whoever started this test leaves open for all of its descendants.
std::ptrdiff_t inherited_pipes() {
  std::ptrdiff_t count = 0;
  for (int fd = 3; fd < 1024; ++fd) {
    struct stat status {};
    const int flags = fcntl(fd, F_GETFD);
    if (flags >= 0 && (flags & FD_CLOEXEC) == 0 && fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode))
      ++count;
  }
  return count;
}

/// Gone, or a zombie that whoever adopted it has not reaped.
bool is_dead(const std::string& pid) {
  const auto status = read_file("/proc/" + pid + "/stat");
  return !status || status->find(") Z ") != std::string::npos;
}

TEST(RunProcess, CapturesBothStreamsAndTheExitCode) {
  const ProcessResult result = run_shell("printf out; printf err >&2; exit 7");
  EXPECT_EQ(result.exit_code, 7);
  EXPECT_EQ(result.standard_output, "out");
  EXPECT_EQ(result.standard_error, "err");
}

TEST(RunProcess, PassesArgumentsUntouched) {
  const ProcessResult result = run_process({"printf", "%s|", "a b", "", "$x", "'", "\n"});
  EXPECT_EQ(result.standard_output, "a b||$x|'|\n|");
}

TEST(RunProcess, ReportsSignalsAsShellsDo) {
  EXPECT_EQ(run_shell("kill -TERM $$").exit_code, 128 + SIGTERM);
}

TEST(RunProcess, GivesAnEmptyInputAndNoTerminal) {
  EXPECT_EQ(run_shell("cat; echo end").standard_output, "end\n");
  EXPECT_NE(run_shell("exec 3</dev/tty").exit_code, 0);
}

TEST(RunProcess, DoesNotPassIgnoredSignalsOn) {
  const auto before = signal(SIGPIPE, SIG_IGN);
  const ProcessResult result = run_shell("kill -PIPE $$; echo survived");
  signal(SIGPIPE, before);
  EXPECT_EQ(result.exit_code, 128 + SIGPIPE);
}

TEST(RunProcess, ReadsOnBeyondWhatItKeeps) {
  const ProcessResult result = run_shell("head -c 3000000 /dev/zero; head -c 2000000 /dev/zero >&2; exit 3");
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(result.standard_output.size(), 1U << 20U);
  EXPECT_EQ(result.standard_error.size(), 1U << 20U);
}

TEST(RunProcess, WaitsForAProgramThatClosedItsStreams) {
  EXPECT_EQ(run_shell("exec >&- 2>&-; sleep 0.1; exit 5").exit_code, 5);
}

TEST(RunProcess, DoesNotWaitForGrandchildren) {
  const auto start = std::chrono::steady_clock::now();
  const ProcessResult result = run_shell("sleep 300 & echo $!");
  EXPECT_LT(std::chrono::steady_clock::now() - start, 30s);
  const auto grandchild = parse_integer(trim(result.standard_output));
  ASSERT_TRUE(grandchild);
  EXPECT_EQ(kill(static_cast<pid_t>(*grandchild), SIGKILL), 0);
}

TEST(RunProcess, KillsTheWholeGroupWhenTheTimeIsUp) {
  const TemporaryDirectory directory;
  const fs::path pids = directory.path() / "pids";
  const std::string script = "sleep 300 & echo $! $$ > " + shell_quote(pids.string()) + "; wait";
  EXPECT_THROW(run_shell(script, 500ms), Error);
  const auto text = read_file(pids);
  ASSERT_TRUE(text);
  for (const std::string& pid : split(trim(*text), ' ')) {
    const Deadline deadline = Deadline::in(30s);
    while (!is_dead(pid) && !deadline.expired()) std::this_thread::sleep_for(1ms);
    EXPECT_TRUE(is_dead(pid)) << pid;
  }
}

TEST(RunProcess, SaysWhatCouldNotBeStarted) {
  const TemporaryDirectory directory;
  const fs::path no_program = directory.path() / "text";
  std::ofstream(no_program) << "not a program";
  for (const std::string& program : {std::string("cai-no-such-program"), no_program.string()}) {
    try {
      (void)run_process({program, "secret"});
      FAIL() << "started " << program;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::failed);
      EXPECT_NE(std::string(error.what()).find(program), std::string::npos);
      EXPECT_EQ(std::string(error.what()).find("secret"), std::string::npos);
    }
  }
  EXPECT_THROW(run_process({}), Error);
}

TEST(RunProcess, LeaksNoDescriptors) {
  (void)run_shell("true");
  const auto before = open_descriptors();
  for (int i = 0; i < 5; ++i) (void)run_shell("echo x");
  EXPECT_THROW(run_process({"cai-no-such-program"}), Error);
  EXPECT_THROW(run_shell("sleep 300", 10ms), Error);
  EXPECT_EQ(open_descriptors(), before);
}

TEST(RunProcess, GivesItsProgramNothingButTheThreeStreams) {
  const TemporaryDirectory directory;
  const UniqueFd ours(open(directory.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const ProcessResult result = run_shell("for fd in /proc/$$/fd/*; do readlink $fd; done");
  const auto lines = split(trim(result.standard_output), '\n');
  EXPECT_EQ(lines.front(), "/dev/null");
  EXPECT_EQ(std::count_if(lines.begin(), lines.end(), [](const auto& to) { return to.starts_with("pipe:"); }),
            2 + inherited_pipes());
  EXPECT_EQ(result.standard_output.find(directory.path().string()), std::string::npos);
}

TEST(ProgramExists, LooksForExecutableFilesInPath) {
  const TemporaryDirectory directory;
  const fs::path file = directory.path() / "cai-test-program";
  std::ofstream(file) << "#!/bin/sh\n";
  EXPECT_TRUE(program_exists("sh"));
  EXPECT_FALSE(program_exists("cai-no-such-program"));
  EXPECT_FALSE(program_exists(""));
  EXPECT_FALSE(program_exists(file.string()));
  EXPECT_FALSE(program_exists(directory.path().string()));
  fs::permissions(file, fs::perms(0700));
  EXPECT_TRUE(program_exists(file.string()));
  const char* const path = getenv("PATH");
  ASSERT_NE(path, nullptr);
  const std::string before = path;
  setenv("PATH", ("/nonexistent:" + directory.path().string()).c_str(), 1);
  EXPECT_TRUE(program_exists("cai-test-program"));
  EXPECT_EQ(find_program("cai-test-program"), file.string());
  setenv("PATH", before.c_str(), 1);
}

TEST(FindProgram, PassesOverRelativeDirectories) {
  const TemporaryDirectory directory;
  const fs::path file = directory.path() / "cai-test-program";
  std::ofstream(file) << "#!/bin/sh\n";
  fs::permissions(file, fs::perms(0700));
  const std::string before = getenv("PATH");
  const auto here = fs::current_path();
  fs::current_path(directory.path());
  for (const char* path : {".", "", "./", "../"}) {
    setenv("PATH", (std::string(path) + ":" + before + ":").c_str(), 1);
    EXPECT_EQ(find_program("cai-test-program"), std::nullopt) << path;
    EXPECT_THROW(run_process({"cai-test-program"}), Error) << path;
  }
  fs::current_path(here);
  setenv("PATH", before.c_str(), 1);
}

}  // namespace
}  // namespace cai
