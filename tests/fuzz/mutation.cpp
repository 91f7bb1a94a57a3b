#include "fuzz/mutation.hpp"

#include <algorithm>
#include <cctype>

namespace cai::fuzz {
namespace {

constexpr std::size_t longest_input = 64U << 10U;
constexpr int most_changes = 6;

/// Words and numbers of the corpus: what the reader knows.
std::vector<std::string> words_of(const std::vector<std::string>& corpus) {
  std::vector<std::string> words = {"",
                                    "0",
                                    "-1",
                                    "18446744073709551615",
                                    "9223372036854775808",
                                    "1e999",
                                    "NaN",
                                    "\"",
                                    "\\",
                                    "\n",
                                    "\r\n",
                                    "\xEF\xBB\xBF",
                                    "\x80",
                                    "..",
                                    "/",
                                    "{",
                                    "}",
                                    "[",
                                    "]",
                                    "=",
                                    ","};
  for (const auto& input : corpus) {
    std::string word;
    for (const char byte : input.substr(0, 4096)) {
      if (std::isalnum(static_cast<unsigned char>(byte)) != 0 || byte == '_' || byte == '-') {
        word += byte;
        continue;
      }
      if (word.size() > 1 && word.size() < 32) words.push_back(word);
      word.clear();
    }
  }
  std::ranges::sort(words);
  words.erase(std::ranges::unique(words).begin(), words.end());
  return words;
}

}  // namespace

Mutator::Mutator(std::vector<std::string> corpus, unsigned seed)
    : corpus_(std::move(corpus)), words_(words_of(corpus_)), random_(seed) {}

std::string Mutator::next() {
  std::string input = any_input();
  for (auto changes = 1 + below(most_changes); changes > 0; --changes) input = change(std::move(input));
  if (input.size() > longest_input) input.resize(longest_input);
  return input;
}

void Mutator::keep(std::string input) {
  corpus_.push_back(std::move(input));
}

std::string Mutator::any_piece() {
  const auto& input = any_input();
  const auto begin = below(input.size() + 1);
  return input.substr(begin, 1 + below(64));
}

std::string Mutator::change(std::string input) {
  const auto at = below(input.size() + 1);
  const auto length = std::min(1 + below(random_() % 8 == 0 ? 4096 : 16), input.size() - at);
  switch (below(9)) {
    case 0:  // one bit
      if (at < input.size()) input[at] = static_cast<char>(input[at] ^ (1 << below(8)));
      return input;
    case 1:  // one byte
      if (at < input.size()) input[at] = static_cast<char>(random_());
      return input;
    case 2:
      return input.erase(at, length);
    case 3:  // again
      return input.insert(at, input.substr(at, length));
    case 4:  // many times
      for (int times = 0; times < 20 && input.size() < longest_input; ++times)
        input.insert(at, input.substr(at, length));
      return input;
    case 5:
      return input.insert(at, words_[below(words_.size())]);
    case 6:
      return input.replace(at, length, words_[below(words_.size())]);
    case 7:
      return input.insert(at, any_piece());
    default:  // cut
      input.resize(at);
      return random_() % 4 == 0 ? input + any_piece() : input;
  }
}

}  // namespace cai::fuzz
