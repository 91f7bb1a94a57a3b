#include "archives.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <vector>

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
  // Volumes go only when all is measured: ext4 does not give the inode of a file that was just removed to a
  // new one, and looks at each of them anew for each file that is made, which made a copy four times as slow.
  std::vector<std::string> volumes;
  const auto rival = world.name() + "-rival";
  const Side copy{
      "`docker cp` of the unpacked tree",
      [&] {
        volumes.push_back(fmt::format("{}-{}", rival, volumes.size()));
        must({"docker", "create", "--name", rival, "-v", volumes.back() + ":/mnt/agent-data", image});
      },
      [=] {
        return must({"docker", "cp", "tree/.", rival + ":/mnt/agent-data"});
      },
      [=] {
        must({"docker", "rm", rival});
      }};
  must(world.cai({"stop", "--force"}));
  const Side ours{"", [] {},
                  [&] {
                    const Run result = must(world.cai({"import", "ours.tgz", "--yes"}));
                    volumes.push_back(output_of(world.cai({"config", "get", "data_volume"})));
                    return result;
                  },
                  [] {}};
  table.race("`cai import`, .tgz, " + mib + " MiB", ours, copy, 1.0, 3);
  const auto size = [](const char* file) { return static_cast<double>(fs::file_size(file)) / (1 << 20); };
  fmt::print("\nSizes: `tar czf` {:.1f} MiB, .tgz {:.1f} MiB, .tar.zst {:.1f} MiB.\n", size("rival.tgz"),
             size("ours.tgz"), size("ours.tar.zst"));
  must(world.cai({"destroy", world.container(), "--force"}));
  for (const auto& each : volumes) must({"docker", "volume", "rm", each});
}

}  // namespace cai::bench
