#pragma once

#include "cai/config/settings.hpp"
#include "cli/app.hpp"

namespace cai {

/// The settings that count where the user is, with what the workspace there remembers. Its own volume stands
/// over what configuration would give a new one, so that `data_volume` is the volume in use.
Settings settings_here(App& app);

}  // namespace cai
