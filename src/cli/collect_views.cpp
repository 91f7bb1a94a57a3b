#include "cli/collect_views.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "cai/base/text.hpp"
#include "cli/table.hpp"

namespace cai {
namespace {

using std::chrono::duration_cast;
using std::chrono::seconds;

/// An image id says enough with the 12 digits that other tools show.
std::string shown_name(const Item& item) {
  if (item.kind == ItemKind::image && item.name.starts_with("sha256:")) return item.name.substr(7, 12);
  return escape_for_terminal(item.name);
}

struct Group {
  ItemKind kind;
  std::string_view title;
};
constexpr std::array groups = {
    Group{ItemKind::workspace, "Stopped workspaces"},
    Group{ItemKind::run, "Ended runs"},
    Group{ItemKind::box, "Ended boxes"},
    Group{ItemKind::container, "Other stopped containers"},
    Group{ItemKind::image, "Unused images"},
    Group{ItemKind::volume, "Former volumes"},
    Group{ItemKind::network, "Networks without members"},
    Group{ItemKind::record, "Old output of runs"},
};

std::map<std::string, int> reasons_of(const Findings& findings) {
  std::map<std::string, int> reasons;
  for (const auto& spared : findings.spared) ++reasons[spared.why];
  return reasons;
}

}  // namespace

std::string short_age(const std::optional<std::chrono::nanoseconds>& age) {
  if (!age) return "-";
  const auto total = std::max<std::int64_t>(duration_cast<seconds>(*age).count(), 0);
  constexpr std::int64_t minute = 60;
  constexpr std::int64_t hour = 60 * minute;
  constexpr std::int64_t day = 24 * hour;
  if (total < minute) return fmt::format("{}s", total);
  if (total < hour) return fmt::format("{}m", total / minute);
  if (total < 2 * day) return fmt::format("{}h", (total + hour / 2) / hour);
  return fmt::format("{}d", (total + hour) / day);
}

std::string size_text(const std::optional<std::int64_t>& bytes) {
  return bytes ? format_size(*bytes) : "unknown";
}

TotalSize total_size(const std::vector<Item>& items) {
  TotalSize total;
  for (const auto& item : items) {
    total.bytes += item.size_bytes.value_or(0);
    total.is_complete = total.is_complete && item.size_bytes.has_value();
  }
  return total;
}

std::string total_text(const TotalSize& total) {
  if (total.is_complete) return format_size(total.bytes);
  return total.bytes == 0 ? "size unknown" : "at least " + format_size(total.bytes);
}

std::string gc_text(const Findings& findings) {
  Table table({"KIND", "NAME", "WHY", "AGE", "SIZE"});
  for (const auto& item : findings.items) {
    table.add_row({std::string(to_string(item.kind)), shown_name(item), escape_for_terminal(item.why),
                   short_age(item.age), size_text(item.size_bytes)});
  }
  return table.render();
}

std::string clean_text(const Findings& findings) {
  std::string text;
  for (const auto& group : groups) {
    Table table;
    std::size_t count = 0;
    for (const auto& item : findings.items) {
      if (item.kind != group.kind) continue;
      ++count;
      table.add_row({"  " + shown_name(item), escape_for_terminal(item.why), short_age(item.age),
                     size_text(item.size_bytes)});
    }
    if (count > 0) text += fmt::format("{} ({}):\n{}\n", group.title, count, table.render());
  }
  return text + fmt::format("Total: {}, {}\n", count_text(findings.items.size(), "resource"),
                            total_text(total_size(findings.items)));
}

std::string protected_text(const Findings& findings) {
  if (findings.spared.empty()) return "";
  std::vector<std::string> reasons;
  for (const auto& [why, count] : reasons_of(findings))
    reasons.push_back(fmt::format("{} {}", count, escape_for_terminal(why)));
  return fmt::format("{} protected ({})", findings.spared.size(), join(reasons, ", "));
}

std::string protected_list(const Findings& findings) {
  Table table({"PROTECTED", "NAME", "WHY"});
  for (const auto& spared : findings.spared) {
    table.add_row({std::string(to_string(spared.kind)), escape_for_terminal(spared.name),
                   escape_for_terminal(spared.why)});
  }
  return table.render();
}

Json findings_json(const Findings& findings) {
  Json json;
  json["items"] = Json::array();
  for (const auto& item : findings.items) {
    json["items"].push_back(
        {{"kind", std::string(to_string(item.kind))},
         {"name", item.name},
         {"id", item.id},
         {"why", item.why},
         {"age_seconds", item.age ? Json(duration_cast<seconds>(*item.age).count()) : Json(nullptr)},
         {"size_bytes", item.size_bytes ? Json(*item.size_bytes) : Json(nullptr)}});
  }
  json["protected"] = Json::array();
  for (const auto& spared : findings.spared) {
    json["protected"].push_back(
        {{"kind", std::string(to_string(spared.kind))}, {"name", spared.name}, {"why", spared.why}});
  }
  const auto total = total_size(findings.items);
  json["total_bytes"] = total.bytes;
  json["total_is_complete"] = total.is_complete;
  return json;
}

std::string count_text(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string item_text(const Item& item) {
  return fmt::format("{} {}", to_string(item.kind), shown_name(item));
}

}  // namespace cai
