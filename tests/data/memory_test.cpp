// What an export and an import keep in memory: of blocks on many processors, and of entries, of which there
// may be millions.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <random>

#include "cai/base/error.hpp"
#include "cai/data/block_writer.hpp"
#include "data/entry_checker.hpp"
#include "data/manifest_check.hpp"

namespace cai::test {
namespace {

constexpr std::size_t many = 300'000;

TarEntry file_number(std::size_t number) {
  TarEntry entry;
  entry.path = fmt::format("home/d{}/f{}", number / 1000, number);
  return entry;
}

std::size_t bytes_in_use() {
  const auto heap = mallinfo2();
  return heap.uordblks + heap.hblkhd;
}

/// Sixty-four are for everything.
TEST(Blocks, CostLessThanFortyMebibytesOnManyProcessors) {
  std::mt19937_64 random(1);
  std::string content(std::size_t{1} << 20U, '\0');
  std::ranges::generate(content, [&] { return static_cast<char>(random()); });
  for (const auto compression : {Compression::gzip, Compression::zstd}) {
    const auto before = bytes_in_use();
    std::size_t most = before;
    const auto output = [&](std::string_view) { most = std::max(most, bytes_in_use()); };
    BlockWriter writer(compression, output, 64);
    for (int i = 0; i < 48; ++i) writer.write(content);
    writer.finish();
    EXPECT_LT(most - before, std::size_t{40} << 20U);
    EXPECT_LT(bytes_in_use(), before + (std::size_t{1} << 20U)) << "given back at the end";
  }
}

/// With three million, and what any import needs, that is less than 64 MiB.
TEST(ManyEntries, CostFourteenBytesEach) {
  const auto before = bytes_in_use();
  EntryChecker checker;
  ManifestCheck manifest;
  for (std::size_t i = 0; i < many; ++i) {
    const auto entry = checker.check(file_number(i));
    manifest.add_file(entry.path, static_cast<std::uint32_t>(i));
  }
  // Beside them: the empty groups of three sets.
  EXPECT_LT(bytes_in_use() - before, 14 * many + (std::size_t{1} << 20U));
}

TEST(ManyEntries, NoneIsForgottenOrInvented) {
  HashSet names;
  for (std::size_t i = 0; i < many; i += 2) names.insert(file_number(i).path);
  for (std::size_t i = 0; i < many; i += 2) names.insert(file_number(i).path);
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < many; ++i) {
    if (names.contains(file_number(i).path) != (i % 2 == 0)) ++wrong;
  }
  EXPECT_EQ(wrong, 0U);
  EXPECT_FALSE(names.contains(""));
  names.insert("");
  EXPECT_TRUE(names.contains(""));
}

TEST(ManyEntries, TheFirstIsStillKnownAfterTheLast) {
  EntryChecker checker;
  for (std::size_t i = 0; i < many; ++i) checker.check(file_number(i));
  auto below = file_number(0);
  below.path += "/below";
  EXPECT_THROW(checker.check(below), Error);
  TarEntry link;
  link.type = TarEntry::Type::symbolic_link;
  link.path = "home/d1";
  link.link = "/etc";
  EXPECT_THROW(checker.check(link), Error) << "a directory because of what lies in it";
}

}  // namespace
}  // namespace cai::test
