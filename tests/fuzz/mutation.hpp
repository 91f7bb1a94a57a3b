#pragma once

#include <random>
#include <string>
#include <vector>

namespace cai::fuzz {

/// Changes that break readers: bits, lengths, cuts, repetitions, pieces and words of other inputs. The same
/// seed gives the same inputs.
class Mutator {
 public:
  Mutator(std::vector<std::string> corpus, unsigned seed);
  std::string next();
  /// Another input to begin with.
  void keep(std::string input);

 private:
  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : random_() % limit; }
  std::string change(std::string input);
  const std::string& any_input() { return corpus_[below(corpus_.size())]; }
  std::string any_piece();

  std::vector<std::string> corpus_;
  std::vector<std::string> words_;
  std::mt19937 random_;
};

}  // namespace cai::fuzz
