#pragma once

#include <cstddef>
#include <vector>

namespace cai::fuzz {

/// What code the inputs reached so far: places, how often (in powers of two), and how near comparisons came
/// to equality. Only programs that are built with CAI_COVERAGE tell; in others nothing is ever new.
class Coverage {
 public:
  Coverage();

  /// Before an input.
  static void forget();
  /// True: the input reached something that none had before it.
  bool take_new();
  /// The places alone, as numbers: what an input is worth keeping in the corpus for.
  [[nodiscard]] static std::vector<std::size_t> places();

 private:
  std::vector<unsigned char> seen_;
};

}  // namespace cai::fuzz
