#include "cli/doctor/view.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cai/base/text.hpp"
#include "cli/table.hpp"

namespace cai {
namespace {

auto count(const std::vector<Check>& checks, Health health) {
  return std::ranges::count(checks, health, &Check::health);
}

}  // namespace

std::string doctor_text(const std::vector<Check>& checks) {
  Table table;
  for (const Check& check : checks) {
    table.add_row({std::string(to_string(check.health)), check.name, escape_for_terminal(check.seen)});
    if (!check.fix.empty()) table.add_row({"", "", "fix: " + escape_for_terminal(check.fix)});
  }
  return table.render() + fmt::format("\n{} ok, {} warning, {} failed, {} skipped\n",
                                      count(checks, Health::ok), count(checks, Health::warning),
                                      count(checks, Health::failed), count(checks, Health::skipped));
}

Json doctor_json(const std::vector<Check>& checks) {
  Json list = Json::array();
  for (const Check& check : checks) {
    list.push_back({{"name", check.name},
                    {"status", std::string(to_string(check.health))},
                    {"seen", check.seen},
                    {"fix", check.fix.empty() ? Json(nullptr) : Json(check.fix)}});
  }
  return {{"healthy", is_healthy(checks)}, {"checks", list}};
}

}  // namespace cai
