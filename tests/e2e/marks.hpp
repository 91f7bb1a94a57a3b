#pragma once

#include <string>

#include "e2e/world.hpp"

namespace cai::e2e {

/// As if the minute had passed in which a mark of what was never made is believed.
void let_marks_age(const World& world);

/// The marks that killed transfers left, one on each line; "" when there are none.
std::string marks_left(const World& world);

}  // namespace cai::e2e
