#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <random>
#include <string_view>
#include <vector>

namespace cai {

/// A set of names of which only 64-bit hashes are kept, nine bytes for each of many. A false "yes" has a
/// chance of one in 10^13 for each question to a million names; a false "no" cannot be.
class HashSet {
 public:
  void insert(std::string_view name) {
    const auto value = hash(name);
    auto& group = groups_[value >> group_shift];
    // Little room to spare, and never twice all of it at once: a table that doubles would have both.
    if (group.size() == group.capacity()) group.reserve(group.size() + group.size() / 8 + 4);
    const auto at = std::ranges::lower_bound(group, value);
    if (at == group.end() || *at != value) group.insert(at, value);
  }
  [[nodiscard]] bool contains(std::string_view name) const {
    const auto value = hash(name);
    return std::ranges::binary_search(groups_[value >> group_shift], value);
  }

 private:
  static constexpr unsigned group_bits = 12;
  static constexpr unsigned group_shift = 64 - group_bits;

  /// Nobody can choose names that all fall into one group.
  [[nodiscard]] std::uint64_t hash(std::string_view name) const {
    return std::hash<std::string_view>()(name) * multiplier_;
  }
  static std::uint64_t random_odd() {
    std::random_device random;
    return (std::uint64_t{random()} << 32U) | random() | 1U;
  }

  std::uint64_t multiplier_ = random_odd();
  std::vector<std::vector<std::uint64_t>> groups_ =  ///< each sorted
      std::vector<std::vector<std::uint64_t>>(std::size_t{1} << group_bits);
};

}  // namespace cai
