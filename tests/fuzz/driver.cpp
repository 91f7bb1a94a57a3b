// PROGRAM CORPUS [RUNS [SEED]]: every file of the corpus, then RUNS mutations. The input in work stands in a
// file, so that it is there when the program is not any more.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <filesystem>

#include "cai/base/filesystem.hpp"
#include "fuzz/mutation.hpp"
#include "fuzz/target.hpp"

namespace cai::fuzz {
namespace {

constexpr unsigned most_seconds = 20;  // for one input; SIGALRM ends the program with it

std::vector<std::string> read_corpus(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) files.push_back(entry.path());
  std::ranges::sort(files);
  std::vector<std::string> corpus;
  for (const auto& file : files) corpus.push_back(read_file(file).value_or(""));
  return corpus;
}

unsigned number(const char* text) {
  unsigned value = 0;
  std::from_chars(text, text + std::strlen(text), value);
  return value;
}

/// The input in work, on disk.
class LastInput {
 public:
  explicit LastInput(std::filesystem::path path)
      : path_(std::move(path)), file_(open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) {}
  LastInput(const LastInput&) = delete;
  LastInput& operator=(const LastInput&) = delete;
  ~LastInput() { unlink(path_.c_str()); }

  void run(const std::string& input) const {
    require(ftruncate(file_.get(), 0) == 0 &&
                pwrite(file_.get(), input.data(), input.size(), 0) == static_cast<ssize_t>(input.size()),
            "the input can be written down");
    alarm(most_seconds);
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
    alarm(0);
  }

 private:
  std::filesystem::path path_;
  UniqueFd file_;
};

int fuzz(const std::filesystem::path& program, const char* corpus_folder, unsigned runs, unsigned seed) {
  const auto corpus = read_corpus(corpus_folder);
  require(!corpus.empty(), "there is a corpus");
  const auto place = std::filesystem::temp_directory_path() /
                     fmt::format("{}-{}.input", program.filename().string(), getpid());
  fmt::print(stderr, "{} inputs, {} mutations with seed {}; a finding stays in {}\n", corpus.size(), runs,
             seed, place.string());
  const LastInput last(place);
  for (const auto& input : corpus) last.run(input);
  Mutator mutator(corpus, seed);
  for (unsigned run = 0; run < runs; ++run) last.run(mutator.next());
  return 0;
}

}  // namespace
}  // namespace cai::fuzz

int main(int count, char** words) {
  if (count < 2) {
    fmt::print(stderr, "usage: {} CORPUS [RUNS [SEED]]\n", words[0]);
    return 2;
  }
  return cai::fuzz::fuzz(words[0], words[1], count > 2 ? cai::fuzz::number(words[2]) : 0,
                         count > 3 ? cai::fuzz::number(words[3]) : 1);
}
