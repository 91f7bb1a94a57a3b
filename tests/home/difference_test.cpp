// What changed, and what may be written over what lies inside.
#include "cai/home/difference.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

namespace cai {
namespace {

HomeFile file(const std::string& path, std::int64_t size, std::int64_t modified, int mode = 0644) {
  HomeFile made;
  made.path = path;
  made.mode = mode;
  made.size = size;
  made.modified = modified;
  made.signature = fmt::format("f {} {} {:o}", size, modified, mode);
  return made;
}

InnerFile inner(std::int64_t size, std::int64_t modified, unsigned mode = 0644) {
  return {S_IFREG | mode, size, modified};
}

std::string names(const std::vector<const HomeFile*>& files) {
  std::string text;
  for (const auto* one : files) text += one->path + " ";
  return text;
}

std::string decision(const HomeFile& outside, const HomeRecord& record, const InnerFiles& inside,
                     bool overwrite = false) {
  HomeScan scan;
  scan.files = {outside};
  const auto choice = choose_home_files(changed_outside(scan, record), record, inside, overwrite);
  if (!choice.send.empty()) return "send";
  if (!choice.there.empty()) return "there";
  return choice.kept.empty() ? "unchanged" : "kept";
}

HomeRecord given(const HomeFile& earlier) {
  HomeRecord record;
  record.remember(earlier);
  return record;
}

TEST(Difference, OnlyWhatChangedOutsideCounts) {
  HomeScan scan;
  scan.files = {file("a", 1, 10), file("b", 2, 20), file("c", 3, 30)};
  HomeRecord record;
  record.remember(scan.files[0]);
  record.remember(file("b", 2, 19));
  EXPECT_EQ(names(changed_outside(scan, record)), "b c ");
  EXPECT_EQ(names(changed_outside(scan, {})), "a b c ");
}

TEST(Difference, TheRuleForWhatLiesInside) {
  const auto now = file("a/b", 5, 50);
  const auto then = file("a/b", 4, 40);
  EXPECT_EQ(decision(now, {}, {}), "send") << "new";
  EXPECT_EQ(decision(now, given(then), {{"a/b", inner(4, 40)}}), "send") << "inside as it came";
  EXPECT_EQ(decision(now, given(then), {{"a/b", inner(9, 45)}}), "kept") << "changed on both sides";
  EXPECT_EQ(decision(now, given(then), {{"a/b", inner(9, 45)}}, true), "send") << "--overwrite";
  EXPECT_EQ(decision(now, given(now), {{"a/b", inner(9, 99)}}, true), "unchanged") << "changed inside only";
  EXPECT_EQ(decision(now, given(now), {}), "unchanged") << "removed inside";
  EXPECT_EQ(decision(now, {}, {{"a/b", inner(5, 50)}}), "there") << "the record was lost";
  EXPECT_EQ(decision(now, {}, {{"a/b", inner(5, 51)}}), "kept") << "made inside";
  EXPECT_EQ(decision(file("a/b", 4, 40, 0755), given(then), {{"a/b", inner(4, 40)}}), "send")
      << "another mode";
}

TEST(Difference, TwoContentsOfOneSizeAndOneSecond) {
  auto then = file("a/b", 5, 50);
  auto now = then;
  then.signature += " .1";
  now.signature += " .9";
  EXPECT_EQ(decision(now, given(then), {{"a/b", inner(5, 50)}}), "send");
}

TEST(Difference, WhatStandsInTheWayStaysEvenThen) {
  const auto now = file("a/b", 5, 50);
  EXPECT_EQ(decision(now, {}, {{"a", {S_IFDIR | 0755, 0, 0}}}), "send");
  EXPECT_EQ(decision(now, {}, {{"a", {S_IFLNK | 0777, 3, 0}}}, true), "kept");
  EXPECT_EQ(decision(now, {}, {{"a", inner(1, 1)}}, true), "kept");
  EXPECT_EQ(decision(now, {}, {{"a/b", {S_IFDIR | 0755, 0, 0}}}, true), "kept");
  EXPECT_EQ(decision(now, {}, {{"a/b", {S_IFLNK | 0777, 5, 50}}}), "kept");
  EXPECT_EQ(decision(now, {}, {{"a/b", {S_IFLNK | 0777, 5, 50}}}, true), "send");
  auto directory = file("a/b", 0, 0);
  directory.kind = HomeFile::Kind::directory;
  EXPECT_EQ(decision(directory, {}, {{"a/b", {S_IFDIR | 0700, 0, 9}}}), "there");
  EXPECT_EQ(decision(directory, {}, {{"a/b", inner(0, 0)}}, true), "kept");
}

TEST(Difference, OfWhatIsMadeTheTimeSaysNothing) {
  auto made = file(".gitconfig", 5, 50);
  made.made = true;
  EXPECT_EQ(decision(made, {}, {{".gitconfig", inner(5, 50)}}), "kept");
  auto earlier = made;
  earlier.signature = "m other";
  EXPECT_EQ(decision(made, given(earlier), {{".gitconfig", inner(5, 50)}}), "send");
}

TEST(Difference, AsksForFilesAndWhatIsAboveThem) {
  const auto one = file("a/b/c", 1, 1);
  const auto two = file("a/d", 1, 1);
  EXPECT_EQ(paths_to_ask({&one, &two}), (std::set<std::string>{"a", "a/b", "a/b/c", "a/d"}));
}

TEST(Record, IsReadBackWhateverTheNames) {
  HomeRecord record;
  record.volume = "0123456789abcdef";
  record.pending = true;
  record.files["new\nline \xff"] = {"f 1 2.000000003 644", 1, 2};
  record.files["a"] = {"l ../b c", -1, -5};
  const auto read = parse_home_record(to_text(record));
  EXPECT_EQ(read.volume, record.volume);
  EXPECT_TRUE(read.pending);
  EXPECT_EQ(read.files, record.files);
}

TEST(Record, DamageReadsAsAnEmptyOne) {
  HomeRecord record;
  record.volume = "v";
  record.files["a"] = {"s", 1, 2};
  auto text = to_text(record);
  EXPECT_EQ(parse_home_record("rubbish").volume, "");
  EXPECT_EQ(parse_home_record("").volume, "");
  EXPECT_TRUE(parse_home_record(text.substr(0, text.size() - 3)).files.empty());
  text[text.find("\0001\0", 0, 3) + 1] = 'x';
  EXPECT_TRUE(parse_home_record(text).files.empty());
}

}  // namespace
}  // namespace cai
