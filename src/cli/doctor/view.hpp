#pragma once

#include <string>
#include <vector>

#include "cai/json/json.hpp"
#include "cli/doctor/judge.hpp"

namespace cai {

/// A line for each check, below it the fix, and a line that counts them.
std::string doctor_text(const std::vector<Check>& checks);
/// schema/doctor.schema.json.
Json doctor_json(const std::vector<Check>& checks);

}  // namespace cai
