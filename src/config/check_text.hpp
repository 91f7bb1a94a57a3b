#pragma once

#include "cai/config/edit.hpp"

namespace cai {

/// Throws Error(usage) with every mistake in the text, as loading it would.
void check_text(const SettingsText& text);

}  // namespace cai
