#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cai/collect/findings.hpp"
#include "cai/json/json.hpp"

namespace cai {

/// The largest unit, rounded: "35s", "12m", "4h", "12d". "-" when not known.
std::string short_age(const std::optional<std::chrono::nanoseconds>& age);
/// "unknown" when the engine does not say.
std::string size_text(const std::optional<std::int64_t>& bytes);

/// Of what is known; `is_complete` is false when something is not.
struct TotalSize {
  std::int64_t bytes = 0;
  bool is_complete = true;
};
TotalSize total_size(const std::vector<Item>& items);
std::string total_text(const TotalSize& total);

/// One table: what, why, how old, how large.
std::string gc_text(const Findings& findings);
/// One group for each kind, and the total.
std::string clean_text(const Findings& findings);
/// "7 protected (3 running, 2 kept, 2 too young)"; "" when nothing is.
std::string protected_text(const Findings& findings);
/// Each protected thing with its reason, a line each.
std::string protected_list(const Findings& findings);

Json findings_json(const Findings& findings);

/// "1 resource", "3 resources".
std::string count_text(std::size_t count, std::string_view noun);
/// "container", "image", ... as a person calls it: "run test-bot".
std::string item_text(const Item& item);

}  // namespace cai
