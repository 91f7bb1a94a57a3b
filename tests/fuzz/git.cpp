// Files of git that a repository brings along: they say where one is, on which branch, and nothing more.
#include <algorithm>

#include "cai/repo/repository.hpp"
#include "fuzz/target.hpp"
#include "fuzz/tree.hpp"

using namespace cai;
using namespace cai::fuzz;

namespace {

bool is_plain(const std::string& text) {
  return !text.empty() && text.size() <= 4096 &&
         std::ranges::none_of(text, [](unsigned char byte) { return byte < 0x20 || byte == 0x7f; });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Tree world;
  world.grow("d tree/sub\n%%\nd main");
  world.grow(text_of(data, size));
  for (const auto* start : {"tree", "tree/sub"}) {
    const auto place = world.root() / start;
    Location found;
    if (!accepted([&] { found = locate(place); })) continue;
    require(is_plain(found.branch), "a branch is one plain word");
    require(found.branch.find("..") == std::string::npos, "a branch leads nowhere");
    require(place.native().starts_with(found.root.native()) &&
                found.root.native().starts_with(world.root().native()),
            "the working tree encloses the place");
    require(found.git_directory.empty() || std::filesystem::is_directory(found.git_directory),
            "what is mounted is a directory");
    require(found.git_directory.empty() || found.git_directory == canonical(found.git_directory),
            "what is mounted is really there");
    const auto again = locate(place);
    require(again.branch == found.branch && again.git_directory == found.git_directory,
            "it is so every time");
  }
  return 0;
}
