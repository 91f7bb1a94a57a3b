// Whole processes beside their rivals, in turns, in a HOME and repository of its own. Prints Markdown.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <set>
#include <stdexcept>
#include <string_view>

#include "archives.hpp"
#include "boxes.hpp"
#include "counts.hpp"
#include "crowd.hpp"
#include "everyday.hpp"
#include "table.hpp"
#include "tools.hpp"
#include "world.hpp"

namespace cai::bench {
namespace {

struct Part {
  std::string_view name;
  bool everyday;  ///< false: only when it is named, because it takes long or needs programs of others
  std::function<void(Table&, const World&)> run;
};

/// In this order: counting begins with a new container, archives end the workspace.
const std::array<Part, 7>& parts() {
  static const std::array<Part, 7> all = {{
      {"sessions", true, race_sessions},
      {"lives", true, race_lives},
      {"crowd", true, race_crowd},
      {"boxes", true,
       [](Table& table, const World& world) {
         race_boxes(table, world.program(), engine_socket(), world.name());
       }},
      {"tools", false, race_tools},
      {"counts", true, [](Table&, const World& world) { print_counts(world); }},
      {"archives", false, race_archives},
  }};
  return all;
}

void measure(const std::set<std::string_view>& wanted) {
  const World world((std::filesystem::read_symlink("/proc/self/exe").parent_path() / "cai").string());
  fmt::print("{}; {} cores; Engine {}; {}\n\n", output_of({"uname", "-srm"}), ::sysconf(_SC_NPROCESSORS_ONLN),
             output_of({"docker", "version", "--format", "{{.Server.Version}}"}),
             output_of({"date", "-u", "+%F"}));
  must(world.cai({"-d"}));
  Table table;
  for (const auto& part : parts()) {
    if (wanted.empty() ? part.everyday : wanted.contains(part.name)) part.run(table, world);
  }
}

}  // namespace
}  // namespace cai::bench

/// `cai_bench [PART...]`: without a name, all parts that take minutes and need nothing else.
int main(int argc, char** argv) {
  using namespace cai::bench;
  try {
    const std::set<std::string_view> wanted(argv + 1, argv + argc);
    for (const auto& name : wanted) {
      const bool known = std::ranges::any_of(parts(), [&](const Part& part) { return part.name == name; });
      if (!known) throw std::runtime_error(fmt::format("there is no part \"{}\"", name));
    }
    measure(wanted);
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "cai_bench: {}\n", error.what());
    return 1;
  }
}
