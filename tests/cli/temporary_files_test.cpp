#include "cli/temporary_files.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "support/temporary_directory.hpp"

namespace cai {
namespace {

namespace fs = std::filesystem;

constexpr const char* temporary_name = ".containai-0123456789abcdef.tmp";

/// Where a killed command can leave one, as `./dev chaos kills` shows.
TEST(TemporaryFiles, AreFoundInEveryDirectoryThatCaiWritesTo) {
  const TemporaryDirectory root;
  const Paths paths{root.path() / "config", root.path() / "state", root.path() / "run", root.path() / "ssh"};
  for (const auto& directory :
       {paths.config, paths.state, paths.state / "home", paths.state / "templates", paths.runtime / "runs",
        paths.keys(), paths.keys() / "hosts", paths.keys() / "hosts/0123456789abcdef",
        paths.keys() / "known_hosts", paths.templates() / "mine", paths.ssh, paths.ssh / "containai.d"}) {
    fs::create_directories(directory);
    std::ofstream(directory / "kept") << "whatever";
    const auto left = directory / temporary_name;
    std::ofstream(left) << "half of it";
    const Timestamp now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    EXPECT_TRUE(dead_temporary_files(paths, now).empty()) << left;
    EXPECT_EQ(dead_temporary_files(paths, now + std::chrono::minutes(11)), std::vector<fs::path>{left});
    fs::remove(left);
  }
}

}  // namespace
}  // namespace cai
