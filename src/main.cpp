#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <string>
#include <vector>

#include "cai/base/environment.hpp"
#include "cai/base/memory.hpp"
#include "cai/cli/run.hpp"

int main(int argc, char** argv) {
  // A closed standard stream would hand its number to the next file that is opened, and output would go
  // there.
  while (true) {
    const int fd = open("/dev/null", O_RDWR);
    if (fd < 0) {
      std::perror("cai: cannot open /dev/null");
      return 1;
    }
    if (fd > 2) {
      close(fd);
      break;
    }
  }
  std::signal(SIGPIPE, SIG_IGN);
  cai::keep_freed_memory();
  return cai::run({argv + (argc > 0 ? 1 : 0), argv + argc}, cai::Environment::of_this_process());
}
