#pragma once

#include "e2e/world.hpp"

namespace cai::e2e {

/// git and make for dotfiles; everything that the purposes would install counts as installed, and what they
/// would download is a script. Built once and kept, because a build needs a Debian mirror.
inline constexpr const char* tools_image = "cai-e2e-tools:1";

void need_tools_image(World& world);
/// The settings of this user: every purpose starts from `image`.
void use_for_purposes(World& world, const std::string& image);

}  // namespace cai::e2e
