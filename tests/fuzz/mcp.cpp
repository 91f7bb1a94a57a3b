// The JSON-RPC reader of `cai mcp`. The corpus has no operation that reads or writes files of the host.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <sstream>

#include "cai/agent/agent.hpp"
#include "cai/base/filesystem.hpp"
#include "fuzz/target.hpp"
#include "support/fake_engine.hpp"
#include "support/temporary_directory.hpp"

using namespace cai;
using namespace cai::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const TemporaryDirectory directory;
  const UniqueFd input(memfd_create("input", MFD_CLOEXEC));
  const UniqueFd output(memfd_create("output", MFD_CLOEXEC));
  require(write(input.get(), data, size) == static_cast<ssize_t>(size), "the input can be written");
  lseek(input.get(), 0, SEEK_SET);
  BoxHouse house;
  house.connect = []() -> std::unique_ptr<Engine> { return std::make_unique<FakeEngine>(); };
  house.environment.variables["HOME"] = directory.path().string();
  house.environment.working_directory = directory.path();
  house.instance = {"0123456789abcdef"};
  BoxSession session(std::move(house), {.agent = true, .allowed = {}});
  serve_mcp(session, input.get(), output.get(), -1, "test");

  std::istringstream lines(read_file("/proc/self/fd/" + std::to_string(output.get())).value_or(""));
  for (std::string line; std::getline(lines, line);)
    require(!parse_json(line).is_discarded(), "every line of the answer is JSON");
  return 0;
}
