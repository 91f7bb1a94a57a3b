#include "cai/image/edition.hpp"

#include "cai/base/filesystem.hpp"
#include "image/template_folder.hpp"

namespace cai {
namespace {

class Edition : public TemplateFolder {
 protected:
  Edition() { write("mine/Dockerfile", "ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\n"); }
  TemplateEdition now() const { return edition_of(load("mine")); }
};

TEST_F(Edition, SurvivesItsText) {
  write("mine/a b\nc", "text with 3:\n");
  write("mine/binary", std::string("\0\1", 2));
  write("mine/long", std::string(100'000, 'x'), 0755);
  link("mine/link", "Dockerfile");
  const auto edition = now();
  const auto read = parse_edition(to_text(edition));
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, edition);
  ASSERT_EQ(edition.files.size(), 5U);
  for (const auto& file : edition.files)
    EXPECT_EQ(file.text.has_value(), file.path != "binary" && file.path != "long") << file.path;
}

TEST_F(Edition, WhatIsNoEditionIsNone) {
  const auto text = to_text(now());
  EXPECT_FALSE(parse_edition(""));
  EXPECT_FALSE(parse_edition("cai template edition 2\n"));
  for (std::size_t size = 0; size < text.size(); ++size) {
    const auto part = parse_edition(text.substr(0, size));
    EXPECT_TRUE(!part || part->files.size() < 1) << size;
  }
  EXPECT_FALSE(parse_edition("cai template edition 1\n99999999999999999999999:x\n"));
  EXPECT_FALSE(parse_edition("cai template edition 1\n18446744073709551615:x\n"));
}

TEST_F(Edition, SaysWhatBecameOfTheFiles) {
  write("mine/gone", "x");
  write("mine/tool", "x");
  const auto former = now();
  std::filesystem::remove(folders.user / "mine/gone");
  write("mine/tool", "x", 0755);
  write("mine/fresh", "y");
  write("mine/Dockerfile", "ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nRUN true\n");
  const auto changes = changed_files(former, now());
  ASSERT_EQ(changes.size(), 4U);
  EXPECT_EQ(changes[0].path, "Dockerfile");
  EXPECT_TRUE(changes[0].difference.find("\n+RUN true\n") != std::string::npos) << changes[0].difference;
  EXPECT_EQ(changes[1].path, "fresh");
  EXPECT_EQ(changes[1].kind, FileChange::Kind::added);
  EXPECT_EQ(changes[2].path, "gone");
  EXPECT_EQ(changes[2].kind, FileChange::Kind::removed);
  EXPECT_EQ(changes[3].path, "tool");
  EXPECT_EQ(changes[3].kind, FileChange::Kind::changed);
  EXPECT_EQ(changes[3].difference, "");
  EXPECT_TRUE(changed_files(now(), now()).empty());
}

TEST_F(Edition, IsRememberedByItsHash) {
  const auto memory = root / "memory";
  const auto chosen = load("mine");
  remember_edition(memory, chosen);
  remember_edition(memory, chosen);
  EXPECT_EQ(recall_edition(memory, chosen.hash), edition_of(chosen));
  EXPECT_FALSE(recall_edition(memory, std::string(64, '0')));
  EXPECT_FALSE(recall_edition(memory, "../../etc/passwd"));
}

TEST_F(Edition, OnlyTheNewestHundredAreRemembered) {
  const auto memory = root / "memory";
  auto chosen = load("mine");
  for (int number = 0; number < 110; ++number) {
    chosen.hash.replace(0, 3, std::to_string(100 + number));
    remember_edition(memory, chosen);
  }
  const std::filesystem::directory_iterator files(memory);
  EXPECT_EQ(std::distance(files, {}), 100);
  EXPECT_TRUE(recall_edition(memory, chosen.hash));
}

TEST_F(Edition, ANewTemplateLoadsAndIsNeverMadeTwice) {
  const auto file = make_template("fresh", folders.user);
  EXPECT_EQ(file, folders.user / "fresh/Dockerfile");
  EXPECT_TRUE(load("fresh").needs_default_image);
  const auto text = read_file(file);
  EXPECT_THROW(make_template("fresh", folders.user), Error);
  EXPECT_THROW(make_template("mine", folders.user), Error);
  EXPECT_THROW(make_template("repository", folders.user), Error);
  EXPECT_THROW(make_template("../x", folders.user), Error);
  EXPECT_EQ(read_file(file), text);

  const auto built_in = load("default").hash;
  make_template("default", folders.user);
  EXPECT_EQ(load("default").hash, built_in) << "it begins as the built-in one";
  EXPECT_NE(load("default").origin, "built-in");
}

}  // namespace
}  // namespace cai
