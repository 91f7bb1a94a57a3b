#include "fuzz/harvest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>

#include "fuzz/coverage.hpp"

namespace cai::fuzz {
namespace {

using Places = std::set<std::size_t>;
using Run = std::function<void(const std::string&)>;

Places places_of(const std::string& input, const Run& run) {
  Coverage::forget();
  run(input);
  const auto places = Coverage::places();
  return {places.begin(), places.end()};
}

Places without(const Places& from, const Places& these) {
  Places rest;
  std::ranges::set_difference(from, these, std::inserter(rest, rest.end()));
  return rest;
}

/// The pieces that can go, from halves down to single bytes.
std::string shortened(std::string input, const Places& must_reach, const Run& run) {
  for (auto piece = input.size() / 2; piece > 0; piece /= 2) {
    // Each piece takes a run: byte by byte only what is short by then.
    if (input.size() / piece > 64) break;
    for (std::size_t at = 0; at < input.size();) {
      const auto shorter = std::string(input).erase(at, piece);
      if (std::ranges::includes(places_of(shorter, run), must_reach)) {
        input = shorter;
      } else {
        at += piece;
      }
    }
  }
  return input;
}

}  // namespace

std::size_t harvest(const std::vector<std::string>& corpus, std::vector<std::string> found,
                    const std::filesystem::path& folder, const Run& run) {
  Places reached;
  for (const auto& input : corpus) reached.merge(places_of(input, run));
  std::ranges::sort(found, {}, &std::string::size);
  std::size_t count = 0;
  for (const auto& input : found) {
    auto fresh = without(places_of(input, run), reached);
    // What time and chance make of an input is not what the input does.
    fresh = without(fresh, without(fresh, places_of(input, run)));
    if (fresh.empty()) continue;
    const auto kept = shortened(input, fresh, run);
    reached.merge(places_of(kept, run));
    std::filesystem::create_directories(folder);
    const auto file = folder / fmt::format("reaches-{:016x}", std::hash<std::string>()(kept));
    std::ofstream(file, std::ios::binary) << kept;
    ++count;
  }
  return count;
}

}  // namespace cai::fuzz
