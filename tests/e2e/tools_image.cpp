#include "e2e/tools_image.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace cai::e2e {
void need_tools_image(World& world) {
  if (world.docker({"image", "inspect", tools_image}).code == 0) return;
  const auto context = std::string(CAI_SOURCE_DIRECTORY) + "/tests/e2e/tools";
  const auto built =
      run({"docker", "build", "-q", "-t", tools_image, context}, world.environment, "/", "", 280);
  ASSERT_EQ(built.code, 0) << built.out << built.err;
}

void use_for_purposes(World& world, const std::string& image) {
  const auto directory = world.home() / ".config/containai";
  std::filesystem::create_directories(directory);
  std::ofstream file(directory / "config.toml");
  file << "[box.images]\n";
  for (const char* purpose : {"python", "node", "rust", "go", "general", "amplifier", "clean"}) {
    file << purpose << " = \"" << image << "\"\n";
  }
}

}  // namespace cai::e2e
