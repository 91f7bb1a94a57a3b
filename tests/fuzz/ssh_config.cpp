// The editor of ~/.ssh/config: one line on top, once, and every byte that was there stays.
#include "cai/ssh/ssh.hpp"
#include "fuzz/target.hpp"

using namespace cai;
using namespace cai::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string config(text_of(data, size));
  const auto once = with_include_line(config);
  require(once.ends_with(config), "every byte stays");
  require(with_include_line(once) == once, "the line is added once");
  return 0;
}
