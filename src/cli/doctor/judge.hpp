#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/doctor/facts.hpp"

namespace cai {

enum class Health { ok, warning, failed, skipped };
std::string_view to_string(Health health);

/// One judged fact.
struct Check {
  std::string name;  ///< stable: scripts look for it
  Health health = Health::ok;
  std::string seen;      ///< what was seen, one sentence or phrase
  std::string fix = {};  ///< a command or a step; always there when failed
};

/// Judges the facts; pure. Checks that depend on one that failed are skipped, not failed.
std::vector<Check> judge(const DoctorFacts& facts);

/// False when any check failed.
bool is_healthy(const std::vector<Check>& checks);

}  // namespace cai
