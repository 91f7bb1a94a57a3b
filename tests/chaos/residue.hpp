#pragma once

#include <filesystem>
#include <string>

#include "e2e/world.hpp"

namespace cai::chaos {

/// What killed commands left that neither is in service nor went by itself, asked of the engine and the files
/// and not of cai; "" when there is nothing. All that lies below the home is made an hour old first, because
/// what is young may belong to a command that is at work, and then one run and one plain command are given.
/// The workspace of `repository` is the only one of this user.
std::string residue(e2e::World& world, const std::filesystem::path& repository);

}  // namespace cai::chaos
