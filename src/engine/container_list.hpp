#pragma once

#include <string>
#include <vector>

#include "cai/engine/engine.hpp"

namespace cai {

/// The answer of GET /containers/json. It is the only large one (a kilobyte a container, a megabyte where
/// there are a thousand), and what nearly every command waits for: read by a faster library than the rest, a
/// quarter of the time. Throws Error(engine_unreachable) when it is no JSON array, or an entry has no id;
/// what else is missing is empty.
///
/// Takes the answer itself, because the values are decoded in place.
std::vector<ObservedContainer> containers_from(std::string body);

}  // namespace cai
