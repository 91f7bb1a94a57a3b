// PROGRAM CORPUS [RUNS [SEED [FOLDER]]]: every file of the corpus, then RUNS mutations; "90s" is as many as
// 90 seconds hold. The input in work stands in a file, so that it is there when the program is not any more.
// Where the program tells what code was reached (CAI_COVERAGE), inputs that reached more are mutated further,
// and the few that the corpus lacks are left in FOLDER.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstring>
#include <filesystem>

#include "cai/base/filesystem.hpp"
#include "fuzz/coverage.hpp"
#include "fuzz/harvest.hpp"
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

/// When to end: after so many mutations, or at a time.
struct Limit {
  unsigned runs = 0;
  std::chrono::seconds time{0};  ///< 0: runs count
};

unsigned number(const char* text) {
  unsigned value = 0;
  std::from_chars(text, text + std::strlen(text), value);
  return value;
}

Limit limit(const char* text) {
  if (std::string_view(text).ends_with('s')) return {0, std::chrono::seconds(number(text))};
  return {number(text), {}};
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

int fuzz(const std::filesystem::path& program, const char* corpus_folder, Limit limit, unsigned seed,
         const char* folder) {
  const auto corpus = read_corpus(corpus_folder);
  require(!corpus.empty(), "there is a corpus");
  const auto place = std::filesystem::temp_directory_path() /
                     fmt::format("{}-{}.input", program.filename().string(), getpid());
  fmt::print(stderr, "{} inputs, seed {}; a finding stays in {}\n", corpus.size(), seed, place.string());
  const LastInput last(place);
  const auto begin = std::chrono::steady_clock::now();
  const auto passed = [&] { return std::chrono::steady_clock::now() - begin; };
  Coverage coverage;
  const auto reaches_more = [&](const std::string& input) {
    Coverage::forget();
    last.run(input);
    return coverage.take_new();
  };
  for (const auto& input : corpus) reaches_more(input);
  Mutator mutator(corpus, seed);
  // Long inputs reach everything more often, and each takes the time of many short ones.
  const auto longest = std::ranges::max(corpus, {}, &std::string::size).size();
  std::vector<std::string> found;
  unsigned runs = 0;
  for (; limit.time.count() > 0 ? passed() < limit.time : runs < limit.runs; ++runs) {
    const auto input = mutator.next();
    if (!reaches_more(input) || input.size() > longest) continue;
    mutator.keep(input);
    found.push_back(input);
  }
  fmt::print(stderr, "{} mutations in {} seconds, {} of them reached more than those before\n", runs,
             std::chrono::duration_cast<std::chrono::seconds>(passed()).count(), found.size());
  if (folder != nullptr)
    fmt::print(stderr, "{} inputs reach what the corpus does not\n",
               harvest(corpus, found, folder, [&](const std::string& input) { last.run(input); }));
  return 0;
}

}  // namespace
}  // namespace cai::fuzz

int main(int count, char** words) {
  if (count < 2) {
    fmt::print(stderr, "usage: {} CORPUS [RUNS [SEED [FOLDER]]]\n", words[0]);
    return 2;
  }
  return cai::fuzz::fuzz(words[0], words[1], cai::fuzz::limit(count > 2 ? words[2] : "0"),
                         count > 3 ? cai::fuzz::number(words[3]) : 1, count > 4 ? words[4] : nullptr);
}
