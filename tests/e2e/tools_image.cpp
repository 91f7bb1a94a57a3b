#include "e2e/tools_image.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace cai::e2e {
namespace {

constexpr const char* tools_dockerfile = R"sh(FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends git make ca-certificates && rm -rf /var/lib/apt/lists/*
RUN for p in curl build-essential pkg-config libssl-dev wget jq tree vim-tiny less; do \
      printf 'Package: %s\nStatus: install ok installed\nMaintainer: t\nArchitecture: all\nVersion: 1\nDescription: t\n\n' $p \
        >> /var/lib/dpkg/status; done
RUN printf '#!/bin/sh\n[ "$1" = venv ] && mkdir -p "$2/bin" && echo venv > "$2/pyvenv.cfg"; true\n' > /usr/local/bin/uv && \
    printf '#!/bin/sh\necho yarn > /usr/local/corepack-enabled\n' > /usr/local/bin/corepack && \
    printf '#!/bin/sh\ntrue\n' > /usr/local/bin/amplifier && chmod 755 /usr/local/bin/*
)sh";

}  // namespace

void need_tools_image(World& world) {
  if (world.docker({"image", "inspect", tools_image}).code == 0) return;
  const auto context = world.root() / "tools-image";
  std::filesystem::create_directories(context);
  std::ofstream(context / "Dockerfile") << tools_dockerfile;
  const auto built =
      run({"docker", "build", "-q", "-t", tools_image, context.string()}, world.environment, "/", "", 280);
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
