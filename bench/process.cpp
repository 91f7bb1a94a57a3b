#include "process.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <stdexcept>

namespace cai::bench {
namespace {

double now_ms() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

double milliseconds(const timeval& value) {
  return static_cast<double>(value.tv_sec) * 1e3 + static_cast<double>(value.tv_usec) / 1e3;
}

pid_t spawn(const Argv& argv, int output) {
  std::vector<char*> words;
  for (const auto& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  if (output >= 0) {
    ::posix_spawn_file_actions_adddup2(&actions, output, 1);
  } else {
    ::posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  }
  ::posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  const int error = ::posix_spawnp(&child, words[0], &actions, nullptr, words.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::runtime_error("cannot start " + argv[0]);
  return child;
}

std::runtime_error failure(const Argv& argv) {
  std::string text = "failed:";
  for (const auto& word : argv) text += ' ' + word;
  return std::runtime_error(text);
}

}  // namespace

Run run(const Argv& argv) {
  Run result;
  rusage usage{};
  const double begin = now_ms();
  const pid_t child = spawn(argv, -1);
  ::wait4(child, &result.status, 0, &usage);
  result.wall_ms = now_ms() - begin;
  result.cpu_ms = milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime);
  result.peak_kib = usage.ru_maxrss;
  return result;
}

Run must(const Argv& argv) {
  const Run result = run(argv);
  if (result.status != 0) throw failure(argv);
  return result;
}

std::string output_of(const Argv& argv) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  const pid_t child = spawn(argv, ends[1]);
  ::close(ends[1]);
  std::string text;
  std::array<char, 4096> buffer{};
  for (ssize_t count = 0; (count = ::read(ends[0], buffer.data(), buffer.size())) > 0;)
    text.append(buffer.data(), static_cast<std::size_t>(count));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (status != 0) throw failure(argv);
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

Run timed(const std::function<void()>& work) {
  const double begin = now_ms();
  work();
  Run result;
  result.wall_ms = now_ms() - begin;
  return result;
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  const auto half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

}  // namespace cai::bench
