// A home directory with anything in it: what an import sends is a tar that import itself takes, and nothing
// from outside of that home is in it.
#include <sys/mman.h>
#include <unistd.h>

#include <set>

#include "cai/base/filesystem.hpp"
#include "cai/data/import.hpp"
#include "cai/home/difference.hpp"
#include "cai/home/scan.hpp"
#include "cai/home/stream.hpp"
#include "fuzz/target.hpp"
#include "fuzz/tree.hpp"

using namespace cai;
using namespace cai::fuzz;

namespace {

constexpr std::string_view outside = "what lies outside of the home";

void check_record(std::string_view text) {
  const auto record = parse_home_record(text);
  const auto again = parse_home_record(to_text(record));
  require(again.files == record.files && again.volume == record.volume && again.pending == record.pending,
          "a record is read as it was written");
}

std::string tar_of(HomeStream& stream) {
  std::string tar;
  for (auto piece = stream.next(); !piece.empty(); piece = stream.next()) tar += piece;
  return tar;
}

void check_tar(const std::string& tar) {
  const UniqueFd file(memfd_create("home", MFD_CLOEXEC));
  require(write(file.get(), tar.data(), tar.size()) == static_cast<ssize_t>(tar.size()), "a tar can be kept");
  const auto in_home = [](const TarEntry& entry) {
    require(entry.path == "home" || entry.path.starts_with("home/"), "all of it goes into the home");
  };
  const auto summary = check_archive(file.get(), {},
                                     {.should_stop = [] { return false; },
                                      .on_progress = [](const ArchiveSummary&) {},
                                      .go_on = [](const std::string&) { return true; },
                                      .on_entry = in_home});
  require(summary.entries > 0, "there is at least the home");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = text_of(data, size);
  check_record(input);
  // git(1) reads its own configuration, wherever that says: another matter.
  if (input.find("gitconfig") != std::string_view::npos ||
      input.find(".config/git") != std::string_view::npos)
    return 0;
  Tree world;
  world.grow("d home\n%%\nf outside/file\n" + std::string(outside));
  world.grow(input);
  HomeSelection selection;
  selection.additional = {"~/more", "~/.config/more"};
  selection.secrets = size % 2 == 0;
  const auto source = world.root() / "home";
  const auto scan = scan_home(source, selection);
  std::set<std::string> paths;
  std::vector<const HomeFile*> files;
  for (const auto& file : scan.files) {
    require(paths.insert(file.path).second, "each path comes once");
    files.push_back(&file);
  }
  for (const auto& finding : scan.findings) require(!finding.why.empty(), "a finding says why");
  HomeStream stream({.source = source,
                     .files = files,
                     .below = "home",
                     .uid = 1000,
                     .gid = 1000,
                     .inside = {},
                     .on_progress = {}});
  const auto tar = tar_of(stream);
  require(tar.find(outside) == std::string::npos, "nothing from outside is sent");
  check_tar(tar);
  return 0;
}
