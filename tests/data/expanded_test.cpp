// What comes out of compressed files: cai's own, other programs', cut and damaged ones.
#include <fcntl.h>
#include <libdeflate.h>

#include "archive_fixture.hpp"
#include "cai/data/block_writer.hpp"
#include "data/codec.hpp"
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

constexpr std::size_t said_at = 16;  ///< in a member of cai's: its packed size, four bytes
constexpr std::size_t least_member = 28;

/// A member as cai writes them, which says how long it is.
std::string own(const std::string& content) {
  return std::string(make_codec(Compression::gzip)->compress(content));
}

std::string with_said(std::string packed, std::size_t at, std::size_t said) {
  for (unsigned i = 0; i < 4; ++i) packed[at + said_at + i] = static_cast<char>(said >> 8 * i);
  return packed;
}

/// The same gzip file for everybody but cai: its fields have another name.
std::string saying_nothing(std::string packed) {
  for (auto at = packed.find("CA\x04"); at != std::string::npos; at = packed.find("CA\x04", at)) {
    packed[at] = 'X';
  }
  return packed;
}

/// What comes out of a file, and how that ends.
struct Outcome {
  std::string content;
  std::string message;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

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
  Outcome outcome(const std::string& packed) {
    const UniqueFd file(open(write("packed", packed).c_str(), O_RDONLY | O_CLOEXEC));
    ExpandedFile expanded(file.get());
    Outcome found;
    try {
      for (auto piece = expanded.next(); !piece.empty(); piece = expanded.next()) found.content += piece;
      EXPECT_TRUE(expanded.next().empty()) << "it stays at the end";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::refused);
      EXPECT_THROW(expanded.next(), Error) << "it stays there";
      found.message = error.what();
    }
    return found;
  }
  void expect_same_without_fields(const std::string& packed, const std::string& what) {
    const auto with = outcome(packed);
    const auto without = outcome(saying_nothing(packed));
    EXPECT_EQ(with.message, without.message) << what;
    EXPECT_TRUE(with.content == without.content) << what;
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

TEST_F(Expanded, MembersThatSayHowLongTheyAre) {
  EXPECT_TRUE(expand(own("")).empty());
  EXPECT_TRUE(expand(own(block_)) == block_);
  std::string packed;
  std::string content;
  for (std::uint32_t i = 0; i < 40; ++i) {
    const auto piece = text_of(i % 5 == 0 ? i % 2 : (i * 7919U) % archive_block + 1, i);
    packed += own(piece);
    content += piece;
  }
  const auto file = write("own.gz", packed).string();
  const auto plain = write("own", content).string();
  run({"sh", "-c", "gzip -dc '" + file + "' | cmp - '" + plain + "'"});
  EXPECT_NE(run({"gzip", "-lv", file}).find("defla"), std::string::npos);
  EXPECT_TRUE(expand(packed) == content);
  EXPECT_TRUE(expand(packed + own("") + own("")) == content);
  EXPECT_TRUE(expand(packed + std::string(10'000, '\0')) == content);
  EXPECT_TRUE(expand(packed + "rubbish") == content);
  EXPECT_TRUE(expand(packed + member(small_) + packed) == content + small_ + content);
  EXPECT_TRUE(expand(member(small_) + packed + member(large_)) == small_ + content + large_);
  expect_same_without_fields(packed + "\x1f\x8b rubbish", "what looks like a member");
}

TEST_F(Expanded, WhatAMemberSaysWronglyChangesNothing) {
  const auto first = own(small_);
  const auto second = own(text_of(50'000, 9));
  const auto content = small_ + text_of(50'000, 9) + small_;
  for (const auto& last : {own(small_), member(small_), own(small_) + "rubbish"}) {
    const auto packed = first + second + last;
    for (const std::size_t said : std::initializer_list<std::size_t>{
             0, 1, 27, 28, 29, second.size() / 2, second.size() - 8, second.size() - 1, second.size() + 1,
             second.size() + 4, second.size() + last.size(), second.size() + last.size() + 1, archive_block,
             2 * archive_block, 0x7fffffff, 0x80000000, 0xffffffff}) {
      EXPECT_TRUE(expand(with_said(packed, first.size(), said)) == content) << said;
      EXPECT_TRUE(expand(with_said(second, 0, said)) == text_of(50'000, 9)) << said;
    }
  }
  const auto large = own(large_);  // says the truth, and is more than a block
  EXPECT_TRUE(expand(first + large + second) == small_ + large_ + text_of(50'000, 9));
  // The size of the content is one more claim.
  auto wrong_end = first + second + first;
  wrong_end[first.size() + second.size() - 4] ^= 1;
  expect_same_without_fields(wrong_end, "wrong size of the content");
  wrong_end[first.size() + second.size() - 1] ^= 0x40;
  expect_same_without_fields(wrong_end, "1 GiB of content");
}

/// A member that says it ends where a whole member within it, stored and not compressed, does.
TEST_F(Expanded, AMemberWithinAMemberIsNone) {
  auto within = own(own(text_of(300, 5)));
  for (std::size_t said = least_member; said <= within.size(); ++said) {
    EXPECT_TRUE(expand(with_said(within + own(small_), 0, said)) == own(text_of(300, 5)) + small_) << said;
  }
}

TEST_F(Expanded, ACutAnywhereIsTheSameWithAndWithoutFields) {
  const std::vector<std::string> members = {own(text_of(300, 1)), own(""), own(text_of(150, 2)), own("end")};
  std::string packed;
  std::vector<std::size_t> ends = {0};
  for (const auto& one : members) ends.push_back((packed += one).size());
  for (std::size_t left = 2; left < packed.size(); ++left) {
    const auto cut = packed.substr(0, left);
    const auto found = outcome(cut);
    EXPECT_EQ(found, outcome(saying_nothing(cut))) << left;
    const auto end = std::ranges::lower_bound(ends, left);
    // One byte of a member is no member: gzip(1) ignores it, and so do we.
    const bool seen = *end != left && left - *std::prev(end) > 1;
    EXPECT_EQ(found.message, seen ? "the archive is damaged or cut off: truncated gzip input" : "") << left;
  }
}

TEST_F(Expanded, DamageAnywhereIsTheSameWithAndWithoutFields) {
  const auto packed = own(text_of(400, 1)) + own(text_of(90, 2)) + own("") + own(text_of(200, 3));
  std::uint32_t chance = 7;
  for (std::size_t at = 2; at < packed.size(); ++at) {
    auto damaged = packed;
    chance = chance * 1664525 + 1013904223;
    damaged[at] = static_cast<char>(damaged[at] ^ (1U << (chance >> 29U)));
    expect_same_without_fields(damaged, std::to_string(at));
  }
}

TEST_F(Expanded, WhatStandsBeforeADamagedMemberComesFirst) {
  std::string packed;
  for (int i = 0; i < 9; ++i) packed += own(block_);
  const auto size = packed.size() / 9;
  for (const std::size_t number : {0U, 1U, 4U, 8U}) {
    auto damaged = packed;
    damaged[number * size + size / 2] ^= 0x10;
    const auto found = outcome(damaged);
    EXPECT_NE(found.message, "");
    EXPECT_GE(found.content.size(), number * archive_block);
    EXPECT_LT(found.content.size(), (number + 1) * archive_block);
    expect_same_without_fields(damaged, std::to_string(number));
  }
}

TEST_F(Expanded, WhoStopsReadingOwnMembersIsNotWaitedFor) {
  std::string packed;
  for (int i = 0; i < 12; ++i) packed += own(small_);
  const auto wrong = with_said(packed, 2 * own(small_).size(), 77);
  for (const auto& bytes : {packed, wrong}) {
    const UniqueFd file(open(write("packed", bytes).c_str(), O_RDONLY | O_CLOEXEC));
    for (int pieces = 0; pieces < 40; ++pieces) {
      ExpandedFile expanded(file.get());
      for (int i = 0; i < pieces % 14; ++i) EXPECT_EQ(expanded.next().empty(), i >= 12);
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
  for (const auto compression : {Compression::gzip, Compression::zstd}) {
    const std::string content(block_size_of(compression) - tar_block, 'x');
    const auto tar = tar_of({raw_entry('0', "a", "", content), raw_entry('0', "b", "", content)});
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
