#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <vector>

#include "cai/base/environment.hpp"
#include "cai/cli/run.hpp"

int main(int argc, char** argv) {
  // A closed standard stream would hand its number to the next file that is opened, and output would go
  // there.
  while (true) {
    const int fd = open("/dev/null", O_RDWR);
    if (fd < 0) return 1;
    if (fd > 2) {
      close(fd);
      break;
    }
  }
  std::signal(SIGPIPE, SIG_IGN);
  return cai::run({argv + (argc > 0 ? 1 : 0), argv + argc}, cai::Environment::of_this_process());
}
