#include "chaos/strace.hpp"

#include <fstream>

namespace cai::chaos {

namespace fs = std::filesystem;

Watched run_watched(e2e::World& world, const fs::path& directory, const e2e::Words& arguments,
                    const Watch& watch) {
  const auto trace = world.root() / "trace";
  e2e::Words argv = {"strace", "-qq", "-e", "signal=none", "-o", trace, "-e", "trace=" + watch.calls};
  if (watch.threads) argv.emplace_back("-f");
  if (!watch.injection.empty())
    argv.insert(argv.end(), {"-e", "inject=" + watch.calls + ":" + watch.injection});
  argv.push_back(e2e::cai_binary());
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  Watched watched{e2e::run(argv, world.environment, directory, "", 300), {}};
  std::ifstream file(trace);
  for (std::string line; std::getline(file, line);) watched.lines.push_back(line);
  return watched;
}

std::vector<fs::path> temporary_files(const fs::path& home) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::recursive_directory_iterator(home)) {
    const auto name = entry.path().filename().string();
    if (entry.is_regular_file() && (name.find(".tmp") != std::string::npos || name.starts_with(".new-")))
      found.push_back(entry.path());
  }
  return found;
}

}  // namespace cai::chaos
