// What comes out of compressed files: cai's own, other programs', cut and damaged ones.
#include <fcntl.h>
#include <libdeflate.h>

#include "archive_fixture.hpp"
#include "cai/data/block_writer.hpp"
#include "data/expanded_file.hpp"

namespace cai::test {
namespace {

/// Compresses to about a half, and no two pieces are the same.
std::string text_of(std::size_t size, std::uint32_t seed = 1) {
  std::string text;
  while (text.size() < size) {
    seed = seed * 1664525 + 1013904223;
    text += static_cast<char>('a' + (seed >> 28U));
  }
  return text;
}

std::string member(const std::string& content) {
  auto* compressor = libdeflate_alloc_compressor(5);
  std::string packed(libdeflate_gzip_compress_bound(compressor, content.size()), '\0');
  packed.resize(
      libdeflate_gzip_compress(compressor, content.data(), content.size(), packed.data(), packed.size()));
  libdeflate_free_compressor(compressor);
  return packed;
}

class Expanded : public Archives {
 protected:
  std::string expand(const std::string& packed) {
    const UniqueFd file(open(write("packed", packed).c_str(), O_RDONLY | O_CLOEXEC));
    ExpandedFile expanded(file.get());
    std::string content;
    for (auto piece = expanded.next(); !piece.empty(); piece = expanded.next()) content += piece;
    return content;
  }
  std::string message_of(const std::string& packed) {
    try {
      expand(packed);
      return "";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::refused);
      return error.what();
    }
  }
  std::string packed_by(const std::string& tool, const std::string& content) {
    const auto packed = directory_.path() / "by tool";
    run({"sh", "-c", tool + " -c < '" + write("plain", content).string() + "' > '" + packed.string() + "'"});
    return read_file(packed).value();
  }

  const std::string small_ = text_of(100'000, 2);
  const std::string block_ = text_of(archive_block, 3);
  const std::string large_ = text_of(7 * archive_block + 5, 4);
};

TEST_F(Expanded, MembersOfAnySizeAndNumber) {
  EXPECT_TRUE(expand(member("")).empty());
  EXPECT_TRUE(expand(member(small_)) == small_);
  EXPECT_TRUE(expand(member(block_) + member(small_) + member(block_)) == block_ + small_ + block_);
  EXPECT_TRUE(expand(member(large_)) == large_);
  EXPECT_TRUE(expand(member(small_) + member(large_) + member("") + member(block_)) ==
              small_ + large_ + block_)
      << "one that does not fit, in the middle";
  EXPECT_TRUE(expand(member("") + member("") + member(small_) + member("")) == small_);
  std::string blocks;
  std::string content;
  for (int i = 0; i < 300; ++i) {
    content += text_of(65'280, static_cast<std::uint32_t>(i));
    blocks += member(content.substr(content.size() - 65'280));
  }
  EXPECT_TRUE(expand(blocks) == content) << "as bgzip writes";
}

TEST_F(Expanded, NothingIsAMemberTooOften) {
  std::string empty;
  for (int i = 0; i < 200'000; ++i) empty += member("");
  EXPECT_TRUE(expand(empty + member(small_)) == small_);
}

TEST_F(Expanded, WhatOtherProgramsWrite) {
  const auto two = block_ + small_;
  for (const char* tool : {"gzip", "gzip -1", "gzip -n", "zstd -q", "xz -0", "bzip2"}) {
    EXPECT_TRUE(expand(packed_by(tool, two)) == two) << tool;
    EXPECT_TRUE(expand(packed_by(tool, "")).empty()) << tool;
  }
  EXPECT_TRUE(expand(packed_by("zstd -q", small_) + packed_by("zstd -q", two)) == small_ + two);
  EXPECT_TRUE(expand("\x1f").size() == 1) << "not gzip yet";
}

TEST_F(Expanded, WhatFollowsTheLastMember) {
  for (const auto& content : {small_, large_}) {
    EXPECT_TRUE(expand(member(content) + std::string(10'000, '\0')) == content);
    EXPECT_TRUE(expand(member(content) + "rubbish") == content);
    EXPECT_NE(message_of(member(content) + "\x1f\x8b rubbish"), "");
  }
}

TEST_F(Expanded, CutsAreSeen) {
  for (const auto& whole : {member(small_), member(large_), member(block_) + member(block_)}) {
    for (const std::size_t left : {whole.size() - 1, whole.size() - 8, whole.size() - 9, std::size_t{19},
                                   std::size_t{10}, std::size_t{3}, whole.size() / 3}) {
      const auto message = message_of(whole.substr(0, left));
      EXPECT_EQ(message, "the archive is damaged or cut off: truncated gzip input")
          << left << " of " << whole.size();
    }
  }
}

TEST_F(Expanded, DamageIsSeenWhereverItIs) {
  const auto first = member(block_);
  for (const auto& whole :
       {first + member(block_) + member(small_), first + member(large_), member(large_)}) {
    const auto end = whole.size();
    for (const std::size_t at : {std::size_t{5000}, end / 2, end - 20, end - 8, end - 1}) {
      auto damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
      EXPECT_TRUE(message_of(damaged).starts_with("the archive is damaged or cut off: "))
          << at << " of " << end;
    }
  }
}

TEST_F(Expanded, WhoStopsReadingIsNotWaitedFor) {
  const UniqueFd file(open(write("packed", member(large_) + member(large_)).c_str(), O_RDONLY | O_CLOEXEC));
  ExpandedFile untouched(file.get());
  ExpandedFile begun(file.get());
  EXPECT_EQ(begun.next().substr(0, 100), std::string_view(large_).substr(0, 100));
}

TEST_F(Expanded, AnArchiveCutBetweenTwoBlocksAndTwoEntriesIsNotWhole) {
  const std::string content(archive_block - tar_block, 'x');
  const auto tar = tar_of({raw_entry('0', "a", "", content), raw_entry('0', "b", "", content)});
  for (const auto compression : {Compression::gzip, Compression::zstd}) {
    std::string packed;
    BlockWriter writer(
        compression, [&](std::string_view bytes) { packed += bytes; }, 1);
    writer.write(tar);
    writer.finish();
    ASSERT_EQ(writer.blocks().size(), 3U);
    EXPECT_TRUE(check_bytes(packed).accepted);
    std::size_t end = 0;
    for (const auto& block : writer.blocks()) {
      end += block.packed_size;
      if (end == packed.size()) break;
      const auto verdict = check_bytes(packed.substr(0, end));
      EXPECT_FALSE(verdict.accepted);
      EXPECT_EQ(verdict.message, "the archive is damaged or cut off: it has no end marker");
    }
  }
}

TEST_F(Expanded, ChecksumsBehindTheEndMarkerCount) {
  auto packed =
      packed_by("gzip", tar_of({raw_entry('0', "a", "", small_)}) + std::string(3 * archive_block, '\0'));
  EXPECT_TRUE(check_bytes(packed).accepted);
  packed[packed.size() - 6] = static_cast<char>(packed[packed.size() - 6] ^ 1);
  EXPECT_FALSE(check_bytes(packed).accepted);
}

}  // namespace
}  // namespace cai::test
