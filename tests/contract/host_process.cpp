#include "host_process.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <system_error>

#include "cai/base/filesystem.hpp"
#include "support/descriptor.hpp"

namespace cai {
namespace {

constexpr int cannot_start = 126;

[[noreturn]] void become(const ExecRequest& request, const ExecStreams& streams) {
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  ::dup2(streams.input < 0 ? null : streams.input, STDIN_FILENO);
  ::dup2(streams.output < 0 ? null : streams.output, STDOUT_FILENO);
  ::dup2(streams.error < 0 ? null : streams.error, STDERR_FILENO);
  if (!request.working_directory.empty() && ::chdir(request.working_directory.c_str()) != 0)
    ::_exit(cannot_start);
  for (const auto& variable : request.environment) {
    const auto equals = variable.find('=');
    ::setenv(variable.substr(0, equals).c_str(), variable.substr(equals + 1).c_str(), 1);
  }
  std::vector<char*> argv;
  for (const auto& word : request.command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  ::execvp(argv.front(), argv.data());
  ::_exit(cannot_start);
}

UniqueFd memory_file(const char* name) {
  UniqueFd file(::memfd_create(name, MFD_CLOEXEC));
  if (!file.valid()) throw std::system_error(errno, std::generic_category(), "memfd_create");
  return file;
}

std::string content_of(const UniqueFd& file) {
  ::lseek(file.get(), 0, SEEK_SET);
  return read_to_end(file.get());
}

}  // namespace

int run_on_host(const ExecRequest& request, const ExecStreams& streams,
                const std::function<bool()>& should_stop) {
  const pid_t child = ::fork();
  if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (child == 0) become(request, streams);
  int status = 0;
  while (::waitpid(child, &status, WNOHANG) == 0) {
    if (should_stop && should_stop()) ::kill(child, SIGKILL);
    ::usleep(1000);
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

ExecResult capture_on_host(const ExecRequest& request, const std::string& input) {
  const UniqueFd given = memory_file("input");
  write_whole(given.get(), input);
  ::lseek(given.get(), 0, SEEK_SET);
  const UniqueFd output = memory_file("output");
  const UniqueFd error = memory_file("error");
  const int code = run_on_host(request, {given.get(), output.get(), error.get()}, nullptr);
  return {code, content_of(output), content_of(error)};
}

}  // namespace cai
