// Archives that a box sends for copy_out: nothing is written outside the destination.
#include <filesystem>

#include "agent/host_tree.hpp"
#include "fuzz/tar_checksums.hpp"
#include "fuzz/target.hpp"
#include "support/temporary_directory.hpp"

using namespace cai;
using namespace cai::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const TemporaryDirectory directory;
  const auto place = directory.path() / "place";
  std::filesystem::create_directory(place);
  std::filesystem::create_directory(directory.path() / "beside");
  accepted([&] {
    HostTreeUnpacker reader(place / "destination");
    // In pieces, as they come from the engine.
    const auto text = with_right_checksums(text_of(data, size));
    reader.feed(std::string_view(text).substr(0, size / 3));
    reader.feed(std::string_view(text).substr(size / 3));
    reader.finish();
  });
  for (const auto& entry : std::filesystem::directory_iterator(place))
    require(entry.path().filename() == "destination", "only the destination is made");
  require(std::filesystem::is_empty(directory.path() / "beside"), "nothing beside it is touched");
  const std::filesystem::directory_iterator all(directory.path());
  require(std::distance(all, {}) == 2, "nothing above it is made");
  return 0;
}
