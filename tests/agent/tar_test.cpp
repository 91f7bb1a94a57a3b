// Archives from boxes are a stranger's: they may not write outside their destination, and may not crash us.
#include "agent/tar.hpp"

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
  TarWriter writer(source, name, 1000, 1000);
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

class TarTest : public testing::Test {
 protected:
  TemporaryDirectory directory_;
  fs::path root_ = directory_.path();
};

TEST_F(TarTest, RoundTripInPiecesOfAnySize) {
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
    TarReader reader(target);
    for (std::size_t at = 0; at < archive.size(); at += piece) {
      reader.feed(std::string_view(archive).substr(at, piece));
    }
    reader.finish();
    EXPECT_EQ(read_text(target / long_name / long_name / "file"), std::string(3000, 'x'));
    EXPECT_EQ(fs::read_symlink(target / "link"), long_name + long_name);
    EXPECT_EQ(fs::status(target / "empty").permissions(), fs::perms(0751));
  }
}

TEST_F(TarTest, NothingLeavesTheDestination) {
  const auto source = root_ / "source";
  write_text(source / "evil", "evil");
  const auto victim = root_ / "victim";
  fs::create_directories(victim);
  {
    TarReader reader(root_ / "a");
    EXPECT_THROW(reader.feed(archive_of(source / "evil", "x/../../victim/evil")), Error);
  }
  {  // A link that the archive made, and then a file through it.
    fs::create_directories(root_ / "stage");
    fs::create_symlink(victim, root_ / "stage/dir");
    auto link = archive_of(root_ / "stage", "stage");
    link.resize(link.size() - 1024);
    TarReader reader(root_ / "b");
    reader.feed(link);
    EXPECT_THROW(reader.feed(archive_of(source / "evil", "stage/dir/evil")), Error);
  }
  {  // A link in place of a file is replaced, not written through.
    write_text(victim / "file", "kept");
    fs::create_directories(root_ / "c");
    fs::create_symlink(victim / "file", root_ / "c/evil");
    TarReader reader(root_ / "c");
    reader.feed(archive_of(source, "source"));
    reader.finish();
    EXPECT_EQ(read_text(victim / "file"), "kept");
    EXPECT_EQ(read_text(root_ / "c/evil"), "evil");
    fs::remove(victim / "file");
  }
  EXPECT_TRUE(fs::is_empty(victim));
}

TEST_F(TarTest, ACutArchiveIsAnError) {
  const auto source = root_ / "source";
  write_text(source, std::string(2000, 'x'));
  const auto archive = archive_of(source, "source");
  for (std::size_t size = 0; size + 1024 < archive.size(); size += 100) {
    TarReader reader(root_ / "cut");
    reader.feed(std::string_view(archive).substr(0, size));
    EXPECT_THROW(reader.finish(), Error) << size;
  }
}

TEST_F(TarTest, DamagedArchivesNeverCrash) {
  const auto source = root_ / "source";
  write_text(source / std::string(150, 'n'), "content");
  const auto archive = archive_of(source, "source");
  std::mt19937 random(7);  // NOLINT: the same bytes each time
  for (int round = 0; round < 2000; ++round) {
    auto damaged = archive;
    for (int i = 0; i < 3; ++i) damaged[random() % damaged.size()] = static_cast<char>(random());
    const auto target = root_ / "fuzz/target";
    fs::create_directories(target.parent_path());
    try {
      TarReader reader(target);
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
