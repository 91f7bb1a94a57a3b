// Archives from boxes are a stranger's: they may not write outside their destination, and may not crash us.
#include "agent/host_tree.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <random>
#include <sstream>

#include "cai/base/error.hpp"
#include "support/temporary_directory.hpp"

namespace cai {
namespace {

namespace fs = std::filesystem;

std::string archive_of(const fs::path& source, const std::string& name) {
  HostTreeArchive writer(source, name, 1000, 1000);
  std::string text;
  for (auto piece = writer.next(); !piece.empty(); piece = writer.next()) text += piece;
  return text;
}

void write_text(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

std::string read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Damage beyond the checksums, which a stranger would set right too.
void repair_checksums(std::string& archive) {
  for (std::size_t at = 0; at + 512 <= archive.size(); at += 512) {
    if (archive.compare(at + 257, 5, "ustar") != 0) continue;
    archive.replace(at + 148, 8, 8, ' ');
    unsigned sum = 0;
    for (std::size_t i = at; i < at + 512; ++i) sum += static_cast<unsigned char>(archive[i]);
    archive.replace(at + 148, 8, fmt::format("{:06o}", sum) + '\0' + ' ');
  }
}

class HostTree : public testing::Test {
 protected:
  TemporaryDirectory directory_;
  fs::path root_ = directory_.path();
};

TEST_F(HostTree, RoundTripInPiecesOfAnySize) {
  const auto source = root_ / "source";
  const std::string long_name(180, 'n');
  write_text(source / long_name / long_name / "file", std::string(3000, 'x'));
  write_text(source / "empty", "");
  fs::permissions(source / "empty", fs::perms(0751));
  fs::create_symlink(long_name + long_name, source / "link");
  const auto archive = archive_of(source, "source");
  EXPECT_EQ(archive.size() % 512, 0U);
  for (const std::size_t piece : {1UL, 7UL, 512UL, 100000UL}) {
    const auto target = root_ / ("target" + std::to_string(piece));
    HostTreeUnpacker reader(target);
    for (std::size_t at = 0; at < archive.size(); at += piece) {
      reader.feed(std::string_view(archive).substr(at, piece));
    }
    reader.finish();
    EXPECT_EQ(read_text(target / long_name / long_name / "file"), std::string(3000, 'x'));
    EXPECT_EQ(fs::read_symlink(target / "link"), long_name + long_name);
    EXPECT_EQ(fs::status(target / "empty").permissions(), fs::perms(0751));
  }
}

TEST_F(HostTree, NothingLeavesTheDestination) {
  const auto source = root_ / "source";
  write_text(source / "evil", "evil");
  const auto victim = root_ / "victim";
  fs::create_directories(victim);
  {
    HostTreeUnpacker reader(root_ / "a");
    EXPECT_THROW(reader.feed(archive_of(source / "evil", "x/../../victim/evil")), Error);
  }
  {  // A link that the archive made, and then a file through it.
    fs::create_directories(root_ / "stage");
    fs::create_symlink(victim, root_ / "stage/dir");
    auto link = archive_of(root_ / "stage", "stage");
    link.resize(link.size() - 1024);
    HostTreeUnpacker reader(root_ / "b");
    reader.feed(link);
    EXPECT_THROW(reader.feed(archive_of(source / "evil", "stage/dir/evil")), Error);
  }
  {  // A link in place of a file is replaced, not written through.
    write_text(victim / "file", "kept");
    fs::create_directories(root_ / "c");
    fs::create_symlink(victim / "file", root_ / "c/evil");
    HostTreeUnpacker reader(root_ / "c");
    reader.feed(archive_of(source, "source"));
    reader.finish();
    EXPECT_EQ(read_text(victim / "file"), "kept");
    EXPECT_EQ(read_text(root_ / "c/evil"), "evil");
    fs::remove(victim / "file");
  }
  EXPECT_TRUE(fs::is_empty(victim));
}

/// A box that has a part of a path mounted may put a link there after the path was checked.
TEST_F(HostTree, WhatBecameALinkIsNotRead) {
  write_text(root_ / "source/sub/file", "harmless");
  write_text(root_ / "victim/file", "private");
  HostTreeArchive writer(root_ / "source", "source", 1000, 1000);
  fs::rename(root_ / "source/sub", root_ / "source/before");
  fs::create_symlink(root_ / "victim", root_ / "source/sub");
  std::string text;
  const auto read_all = [&] {
    for (auto piece = writer.next(); !piece.empty(); piece = writer.next()) text += piece;
  };
  EXPECT_THROW(read_all(), Error);
  EXPECT_EQ(text.find("private"), std::string::npos);
  fs::create_symlink(root_ / "victim", root_ / "link");
  EXPECT_THROW(HostTreeArchive(root_ / "link/file", "file", 0, 0), Error);
}

TEST_F(HostTree, WhatBecomesALinkAboveIsNotWrittenThrough) {
  write_text(root_ / "source/file", "from the box");
  fs::create_directories(root_ / "victim");
  fs::create_directories(root_ / "out");
  HostTreeUnpacker reader(root_ / "out/made/target");
  fs::rename(root_ / "out", root_ / "before");
  fs::create_symlink(root_ / "victim", root_ / "out");
  reader.feed(archive_of(root_ / "source", "source"));
  reader.finish();
  EXPECT_TRUE(fs::is_empty(root_ / "victim"));
  EXPECT_EQ(read_text(root_ / "before/made/target/file"), "from the box");
  EXPECT_THROW(HostTreeUnpacker(root_ / "out/target"), Error);
}

std::string tar_of(const std::vector<std::pair<TarEntry, std::string>>& entries) {
  std::string archive;
  for (auto [entry, content] : entries) {
    entry.size = static_cast<std::int64_t>(content.size());
    archive += tar_header(entry) + content + std::string(tar_padding(entry.size), '\0');
  }
  return archive + std::string(tar_end());
}

TEST_F(HostTree, HardLinksStayLinksAndReachNothingElse) {
  using Type = TarEntry::Type;
  const auto target = root_ / "tree";
  fs::create_directories(target);
  write_text(root_ / "victim", "victim");
  write_text(target / "own", "the caller's own");
  const auto file = [](Type type, const std::string& path, const std::string& link = "") {
    TarEntry entry;
    entry.type = type;
    entry.path = path;
    entry.link = link;
    entry.mode = 0644;
    return entry;
  };
  HostTreeUnpacker reader(target);
  reader.feed(tar_of({{file(Type::file, "tree/first"), "content"},
                      {file(Type::hard_link, "tree/second", "tree/first"), ""},
                      {file(Type::hard_link, "tree/third", "tree/own"), ""},
                      {file(Type::hard_link, "tree/fourth", "../victim"), ""}}));
  reader.finish();
  EXPECT_EQ(fs::hard_link_count(target / "first"), 2U);
  EXPECT_EQ(read_text(target / "second"), "content");
  EXPECT_EQ(reader.left_out(), (std::vector<std::string>{"tree/third", "tree/fourth"}));
  EXPECT_EQ(fs::hard_link_count(target / "own"), 1U);
  EXPECT_EQ(fs::hard_link_count(root_ / "victim"), 1U);
}

TEST_F(HostTree, ACutArchiveIsAnError) {
  const auto source = root_ / "source";
  write_text(source, std::string(2000, 'x'));
  const auto archive = archive_of(source, "source");
  for (std::size_t size = 0; size + 1024 < archive.size(); size += 100) {
    HostTreeUnpacker reader(root_ / "cut");
    reader.feed(std::string_view(archive).substr(0, size));
    EXPECT_THROW(reader.finish(), Error) << size;
  }
}

TEST_F(HostTree, DamagedArchivesNeverCrash) {
  const auto source = root_ / "source";
  write_text(source / std::string(150, 'n'), "content");
  const auto archive = archive_of(source, "source");
  std::mt19937 random(7);  // NOLINT: the same bytes each time
  for (int round = 0; round < 2000; ++round) {
    auto damaged = archive;
    for (int i = 0; i < 3; ++i) damaged[random() % damaged.size()] = static_cast<char>(random());
    if (round % 2 == 0) repair_checksums(damaged);
    const auto target = root_ / "fuzz/target";
    fs::create_directories(target.parent_path());
    try {
      HostTreeUnpacker reader(target);
      reader.feed(damaged);
      reader.finish();
    } catch (const Error&) {
      continue;
    }
  }
  std::size_t beside = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator(root_)) ++beside;
  EXPECT_EQ(beside, 2U) << "source and fuzz, nothing else";
}

}  // namespace
}  // namespace cai
