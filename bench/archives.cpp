#include "archives.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

namespace cai::bench {
namespace {

namespace fs = std::filesystem;

std::int64_t archive_mebibytes() {
  const char* text = std::getenv("CAI_BENCH_ARCHIVE_MIB");
  return text == nullptr ? 256 : std::atoll(text);
}

/// Programs, libraries and texts, as they are on a system: what compresses and what does not.
void furnish(const World& world, std::int64_t mebibytes) {
  must(world.cai(
      {"exec", "--", "sh", "-c",
       fmt::format("mkdir -p ~/mixed; n=0; while [ $(du -sm ~/mixed | cut -f1) -lt {} ]; do n=$((n+1)); "
                   "mkdir ~/mixed/$n; cp -r /usr/bin /usr/lib /usr/share ~/mixed/$n/; done",
                   mebibytes)}));
}

}  // namespace

void race_archives(Table& table, const World& world) {
  furnish(world, archive_mebibytes());
  const auto volume = output_of(world.cai({"config", "get", "data_volume"}));
  const auto image = output_of({"docker", "inspect", "--format", "{{.Config.Image}}", world.container()});
  const auto mib = output_of(world.cai({"exec", "--", "sh", "-c", "du -sm /mnt/agent-data | cut -f1"}));
  const auto tar = side(
      "`docker run --rm -v V:/d IMG tar czf - -C /d .`",
      {"sh", "-c",
       "docker run --rm --entrypoint tar -v " + volume + ":/d:ro " + image + " czf - -C /d . > rival.tgz"});
  table.race("`cai export`, .tgz, " + mib + " MiB", side("", world.cai({"export", "-o", "ours.tgz"})), tar,
             0.22, 3);
  table.race("`cai export`, .tar.zst, " + mib + " MiB", side("", world.cai({"export", "-o", "ours.tar.zst"})),
             tar, 0.125, 3);

  fs::create_directory("tree");
  must({"tar", "-xzf", "ours.tgz", "-C", "tree"});
  const auto rival = world.name() + "-rival";
  const Side copy{"`docker cp` of the unpacked tree",
                  [=] {
                    must({"docker", "create", "--name", rival, "-v", rival + "-data:/mnt/agent-data", image});
                  },
                  [=] {
                    return must({"docker", "cp", "tree/.", rival + ":/mnt/agent-data"});
                  },
                  [=] {
                    must({"docker", "rm", rival});
                    must({"docker", "volume", "rm", rival + "-data"});
                  }};
  must(world.cai({"stop", "--force"}));
  std::string imported;
  const Side ours{"", [] {},
                  [&] {
                    const auto former = imported;
                    const Run result = must(world.cai({"import", "ours.tgz", "--yes"}));
                    imported = output_of(world.cai({"config", "get", "data_volume"}));
                    // Not our container's any more, so that the disk does not fill with former volumes.
                    if (!former.empty()) must({"docker", "volume", "rm", former});
                    return result;
                  },
                  [] {}};
  table.race("`cai import`, .tgz, " + mib + " MiB", ours, copy, 1.0, 3);
  const auto size = [](const char* file) { return static_cast<double>(fs::file_size(file)) / (1 << 20); };
  fmt::print("\nSizes: `tar czf` {:.1f} MiB, .tgz {:.1f} MiB, .tar.zst {:.1f} MiB.\n", size("rival.tgz"),
             size("ours.tgz"), size("ours.tar.zst"));
  must(world.cai({"destroy", world.container(), "--force"}));
  if (!imported.empty()) must({"docker", "volume", "rm", imported});
}

}  // namespace cai::bench
