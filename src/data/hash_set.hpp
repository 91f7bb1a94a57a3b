#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace cai {

/// A set of names of which only 64-bit hashes are kept: a million cost 16 MiB. A false "yes" has a chance of
/// one in 10^13 per million names; a false "no" cannot be.
class HashSet {
 public:
  void insert(std::string_view name) {
    if (2 * (count_ + 1) > slots_.size()) grow();
    if (place(hash(name))) ++count_;
  }
  [[nodiscard]] bool contains(std::string_view name) const {
    if (slots_.empty()) return false;
    const auto wanted = hash(name);
    for (auto i = wanted & (slots_.size() - 1);; i = (i + 1) & (slots_.size() - 1)) {
      if (slots_[i] == wanted) return true;
      if (slots_[i] == 0) return false;
    }
  }

 private:
  static std::uint64_t hash(std::string_view name) {
    const auto value = std::hash<std::string_view>()(name);
    return value == 0 ? 1 : value;  // 0 marks a free slot
  }
  bool place(std::uint64_t value) {
    for (auto i = value & (slots_.size() - 1);; i = (i + 1) & (slots_.size() - 1)) {
      if (slots_[i] == value) return false;
      if (slots_[i] == 0) {
        slots_[i] = value;
        return true;
      }
    }
  }
  void grow() {
    auto former = std::move(slots_);
    slots_.assign(former.empty() ? 64 : 2 * former.size(), 0);
    for (const auto value : former) {
      if (value != 0) place(value);
    }
  }

  std::vector<std::uint64_t> slots_;  ///< a power of two
  std::size_t count_ = 0;
};

}  // namespace cai
