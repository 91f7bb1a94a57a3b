#include "cai/collect/judge.hpp"

#include <algorithm>
#include <array>

#include "cai/base/text.hpp"

namespace cai {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

struct Unit {
  std::string_view word;
  seconds length;
  seconds slack;  ///< hours and what is made of them are rounded to the next hour, in either direction
};
constexpr std::array units = {
    Unit{"second", seconds(1), seconds(0)},   Unit{"minute", minutes(1), seconds(0)},
    Unit{"hour", hours(1), minutes(30)},      Unit{"day", hours(24), minutes(30)},
    Unit{"week", hours(24 * 7), minutes(30)}, Unit{"month", hours(24 * 30), minutes(30)},
    Unit{"year", hours(24 * 365), hours(1)},
};

/// More than any engine has been running; keeps the arithmetic in range whatever a number says.
constexpr std::int64_t most_units = 100;

std::optional<std::int64_t> count_of(std::string_view word) {
  if (word == "a" || word == "an") return 1;
  return parse_integer(word);
}

bool does_not_run(ContainerState state) {
  return state == ContainerState::created || state == ContainerState::exited || state == ContainerState::dead;
}

}  // namespace

AgeRange age_since(Timestamp since, Timestamp now) {
  const auto age = std::max(now - since, std::chrono::nanoseconds(0));
  return {age, age};
}

std::optional<AgeRange> age_from_status(std::string_view status_text) {
  constexpr std::string_view exited = "Exited (";
  constexpr std::string_view ago = " ago";
  const auto end_of_code = status_text.find(") ");
  if (!status_text.starts_with(exited) || end_of_code == std::string_view::npos) return std::nullopt;
  auto text = status_text.substr(end_of_code + 2);
  if (!text.ends_with(ago)) return std::nullopt;
  text.remove_suffix(ago.size());
  if (text == "Less than a second") return AgeRange{seconds(0), seconds(1)};
  constexpr std::string_view about = "About ";
  if (text.starts_with(about)) text.remove_prefix(about.size());

  const auto space = text.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const auto count = count_of(text.substr(0, space));
  auto word = text.substr(space + 1);
  if (word.ends_with('s')) word.remove_suffix(1);
  const auto unit = std::ranges::find(units, word, &Unit::word);
  if (!count || *count < 1 || *count > most_units || unit == units.end()) return std::nullopt;
  return AgeRange{unit->length * *count - unit->slack, unit->length * (*count + 1) + unit->slack};
}

Owner owner_of(const Labels& labels, const InstanceId& instance) {
  const auto& owner = label_or_empty(labels, label::instance);
  if (owner.empty()) return Owner::nobody;
  return owner == instance.value ? Owner::ours : Owner::other;
}

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::collect:
      return "may go";
    case Verdict::unmanaged:
      return "not managed by cai";
    case Verdict::other_installation:
      return "another installation's";
    case Verdict::running:
      return "running";
    case Verdict::paused:
      return "paused";
    case Verdict::in_transition:
      return "the engine is changing it";
    case Verdict::unknown_state:
      return "in a state that this cai does not know";
    case Verdict::attended:
      return "its cai is still at work";
    case Verdict::kept:
      return "kept";
    case Verdict::too_young:
      return "too young";
    case Verdict::age_unknown:
      return "age unknown";
  }
  return "unknown";
}

Verdict judge(const ContainerFacts& facts, std::chrono::seconds age) {
  if (!facts.managed) return Verdict::unmanaged;
  if (facts.owner == Owner::other) return Verdict::other_installation;
  if (facts.state == ContainerState::running) return Verdict::running;
  if (facts.state == ContainerState::paused) return Verdict::paused;
  if (facts.state == ContainerState::unknown) return Verdict::unknown_state;
  if (!does_not_run(facts.state)) return Verdict::in_transition;
  if (facts.attended) return Verdict::attended;
  if (facts.kept) return Verdict::kept;
  if (age <= seconds(0)) return Verdict::collect;
  if (!facts.age) return Verdict::age_unknown;
  if (facts.age->least >= age) return Verdict::collect;
  return facts.age->most < age ? Verdict::too_young : Verdict::age_unknown;
}

}  // namespace cai
