// The tar of a home's files, read back by the system's tar.
#include "cai/home/stream.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "cai/base/process.hpp"
#include "home_fixture.hpp"

namespace cai::test {
namespace {

class Stream : public Home {
 protected:
  HomeStream open(const HomeScan& scan, const std::string& below = "") {
    HomeStreamPlan plan;
    plan.source = home();
    for (const auto& file : scan.files) plan.files.push_back(&file);
    plan.below = below;
    plan.uid = getuid();
    plan.gid = getgid();
    return HomeStream(std::move(plan));
  }

  std::filesystem::path unpack(HomeStream& stream) {
    const auto archive = outside() / "x.tar";
    std::ofstream file(archive, std::ios::binary);
    for (auto piece = stream.next(); !piece.empty(); piece = stream.next()) file << piece;
    file.close();
    const auto into = outside() / "unpacked";
    std::filesystem::create_directories(into);
    const auto result = run_process({"tar", "-C", into.string(), "-xpf", archive.string()});
    EXPECT_EQ(result.exit_code, 0) << result.standard_error;
    return into;
  }

  static std::string content(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
};

TEST_F(Stream, CarriesFilesLinksAndModes) {
  write(".vim/a", std::string(5'000'001, 'x'), 0600);
  write(".vim/b c/new\nline", "small");
  link(".vim/l", "a");
  write(".gitconfig", "[user]\n\tname = Me\n");
  write(".claude/.credentials.json", "{}");
  chmod((home() / ".vim").c_str(), 0750);
  const auto scan = scan_home(home(), {});
  auto stream = open(scan, "home");
  const auto into = unpack(stream) / "home";
  EXPECT_EQ(content(into / ".vim/a").size(), 5'000'001U);
  EXPECT_EQ(content(into / ".vim/b c/new\nline"), "small");
  EXPECT_EQ(std::filesystem::read_symlink(into / ".vim/l"), "a");
  EXPECT_EQ(content(into / ".gitconfig"), "[user]\n\tname = \"Me\"\n");
  const auto mode = [&](const char* path) {
    struct stat status = {};
    EXPECT_EQ(lstat((into / path).c_str(), &status), 0) << path;
    return status.st_mode & 07777U;
  };
  EXPECT_EQ(mode(""), 0700U);
  EXPECT_EQ(mode(".vim"), 0750U);
  EXPECT_EQ(mode(".vim/a"), 0600U);
  EXPECT_EQ(mode(".claude/.credentials.json"), 0600U);
  EXPECT_EQ(stream.files(), 5);
  HomeRecord record;
  stream.remember(record);
  EXPECT_EQ(record.files.size(), 5U);
  EXPECT_TRUE(changed_outside(scan_home(home(), {}), record).empty());
}

TEST_F(Stream, WhatCannotBeReadAnyMoreIsNamedAndTheRestComes) {
  write(".vim/a", "x");
  write(".vim/b", "x");
  write(".vim/c", "x");
  const auto scan = scan_home(home(), {});
  std::filesystem::remove(home() / ".vim/b");
  write_at(outside() / "secret", "secret");
  std::filesystem::remove(home() / ".vim/c");
  link(".vim/c", (outside() / "secret").string());
  auto stream = open(scan);
  const auto into = unpack(stream);
  EXPECT_TRUE(std::filesystem::exists(into / ".vim/a"));
  EXPECT_FALSE(std::filesystem::exists(into / ".vim/b"));
  EXPECT_FALSE(std::filesystem::exists(into / ".vim/c")) << "it leads out of the source now";
  ASSERT_EQ(stream.problems().size(), 2U);
  EXPECT_EQ(stream.problems()[0].path, ".vim/b");
  HomeRecord record;
  stream.remember(record);
  EXPECT_EQ(record.files.size(), 1U);
}

TEST_F(Stream, ALargeFileThatShrinksMeanwhileComesOnceMore) {
  write(".vim/big", std::string(3'000'000, 'x'));
  const auto scan = scan_home(home(), {});
  auto stream = open(scan);
  const auto archive = outside() / "x.tar";
  std::ofstream file(archive, std::ios::binary);
  std::size_t pieces = 0;
  for (auto piece = stream.next(); !piece.empty(); piece = stream.next()) {
    file << piece;
    if (++pieces == 4) write(".vim/big", "short");
  }
  file.close();
  const auto result = run_process({"tar", "-C", outside().string(), "-xpf", archive.string()});
  EXPECT_EQ(result.exit_code, 0) << result.standard_error;
  EXPECT_EQ(content(outside() / ".vim/big"), "short");
  EXPECT_EQ(stream.files(), 1);
}

TEST_F(Stream, DirectoriesThatAreThereKeepTheirMode) {
  write(".vim/a", "x");
  const auto scan = scan_home(home(), {});
  HomeStreamPlan plan;
  plan.source = home();
  plan.files = {&scan.files.at(0)};
  plan.inside = {{".vim", {S_IFDIR | 0711, 0, 0}}};
  HomeStream stream(std::move(plan));
  const auto into = unpack(stream);
  struct stat status = {};
  ASSERT_EQ(lstat((into / ".vim").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0711U);
}

}  // namespace
}  // namespace cai::test
