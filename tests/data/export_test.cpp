// What an export leaves out and writes, read back by the system's own tools.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive_fixture.hpp"
#include "cai/data/archive_file.hpp"
#include "cai/data/block_writer.hpp"
#include "cai/data/export.hpp"
#include "cai/data/filling.hpp"
#include "cai/data/volume_helper.hpp"
#include "support/fake_engine.hpp"

namespace cai::test {
namespace {

std::string noise(std::size_t size) {
  std::string text;
  std::uint32_t state = 1;
  while (text.size() < size) {
    state = state * 1664525 + 1013904223;
    text += static_cast<char>('a' + (state >> 28U));
  }
  return text;
}

TEST_F(Archives, BlocksAreReadByTheSystemsTools) {
  const auto content = noise(5'300'000);
  for (const auto& [compression, tool, name] :
       {std::tuple{Compression::gzip, "gzip", "f.gz"}, {Compression::zstd, "zstd", "f.zst"}}) {
    std::string packed;
    BlockWriter writer(
        compression, [&](std::string_view bytes) { packed += bytes; }, 3);
    for (std::size_t at = 0; at < content.size(); at += 70'001) {
      writer.write(std::string_view(content).substr(at, 70'001));
    }
    writer.finish();
    EXPECT_EQ(writer.bytes_in(), content.size());
    EXPECT_EQ(writer.bytes_out(), packed.size());
    EXPECT_EQ(writer.blocks().size(), content.size() / block_size_of(compression) + 1);
    const auto file = write(name, packed);
    const auto plain = write("plain", content);
    run({"sh", "-c", std::string(tool) + " -dc '" + file.string() + "' | cmp - '" + plain.string() + "'"});

    const UniqueFd descriptor(open(file.c_str(), O_RDWR | O_CLOEXEC));
    const auto never = [] { return false; };
    EXPECT_NO_THROW(verify_blocks(descriptor.get(), compression, writer.blocks(), never));
    auto others = writer.blocks();  // whole by itself, and not what was written
    others[2].ending ^= 1;
    EXPECT_THROW(verify_blocks(descriptor.get(), compression, others, never), Error) << tool;
    ASSERT_EQ(pwrite(descriptor.get(), "\x55", 1, static_cast<off_t>(packed.size() / 2)), 1);
    EXPECT_THROW(verify_blocks(descriptor.get(), compression, writer.blocks(), never), Error) << tool;
    ASSERT_EQ(pwrite(descriptor.get(), &packed[packed.size() / 2], 1, static_cast<off_t>(packed.size() / 2)),
              1);
    ASSERT_EQ(ftruncate(descriptor.get(), static_cast<off_t>(packed.size() - 1)), 0);
    EXPECT_THROW(verify_blocks(descriptor.get(), compression, writer.blocks(), never), Error) << tool;
  }
}

TEST_F(Archives, AWriterWhoseOutputFailsGoesWithoutHanging) {
  BlockWriter writer(
      Compression::gzip, [](std::string_view) { throw Error(ErrorKind::failed, "full"); }, 2);
  const auto content = noise(1 << 20);
  EXPECT_THROW(for (int i = 0; i < 20; ++i) writer.write(content), Error);
}

TEST(Rules, PatternsAndWhatIsAlwaysLeftOut) {
  const ExportRules rules({"*.log", "home/src/*/build", "~/big", "cache/"});
  for (const char* path : {"home/.cache", "home/.cache/x/y", ".containai.lock", "a.log", "home/x/a.log",
                           "home/src/a/build/x", "home/big/file", "home/x/cache/y"}) {
    EXPECT_TRUE(rules.excludes(path)) << path;
  }
  for (const char* path :
       {"home/.cachet", "home", "home/src/a/b/build", "big", "home/bigger", "home/.containai.lock"}) {
    EXPECT_FALSE(rules.excludes(path)) << path;
  }
  EXPECT_FALSE(rules.holds_back("home/.ssh/id_ed25519"));
}

TEST(Rules, CredentialsAreHeldBackWhenAsked) {
  const ExportRules rules({}, true);
  for (const char* path : {"home/.ssh/id_ed25519", "home/.ssh", "home/.claude/.credentials.json",
                           "home/.codex/auth.json", "home/.config/gh/hosts.yml", "home/.netrc"}) {
    EXPECT_TRUE(rules.holds_back(path)) << path;
  }
  for (const char* path :
       {"home/.claude/settings.json", "home/.sshrc", ".ssh/id", "home", "home/src/.netrc"}) {
    EXPECT_FALSE(rules.holds_back(path)) << path;
  }
}

class ArchiveFiles : public Archives {};

TEST_F(ArchiveFiles, AppearOnlyWhenPublishedAndReplaceAtOnce) {
  const auto target = write("out.tgz", "former");
  {
    ArchiveFile file(target);
    file.write("new");
    EXPECT_EQ(*read_file(target), "former");
  }
  EXPECT_EQ(*read_file(target), "former");
  ArchiveFile file(target);
  file.write("wrong start");
  file.restart();
  file.write("new");
  file.flush();
  file.publish();
  EXPECT_EQ(*read_file(target), "new");
  struct stat status = {};
  ASSERT_EQ(stat(target.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory_.path()), {}), 1)
      << "nothing beside it";
}

TEST_F(ArchiveFiles, AreNotPutInThePlaceOfOtherThings) {
  EXPECT_THROW(ArchiveFile(directory_.path()), Error);
  EXPECT_THROW(ArchiveFile("/dev/null"), Error);
  EXPECT_THROW(ArchiveFile(directory_.path() / "missing" / "x.tgz"), Error);
  const auto link = directory_.path() / "link.tgz";
  std::filesystem::create_symlink("elsewhere", link);
  EXPECT_THROW(ArchiveFile{link}, Error);
}

class HelperTest : public Archives {
 protected:
  HelperTest() {
    engine_.add_image("base");
    engine_.create_volume("vol", {{"nonce", "x"}});
  }
  VolumeLock lock() {
    return VolumeLock::acquire(directory_.path(), "vol", [] {});
  }
  static void make_old(const std::filesystem::path& mark) {
    std::filesystem::last_write_time(mark,
                                     std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
  }
  FakeEngine engine_;
  const InstanceId instance_{"0123456789abcdef"};
};

TEST_F(HelperTest, AnExportOfTheFakesVolumeAndItsManifest) {
  engine_.world.contents["vol"] = {
      {"home/a", "hello"}, {"home/.cache/x", "cached"}, {"home/.netrc", "secret"}};
  const auto held = lock();
  std::string packed;
  BlockWriter writer(
      Compression::gzip, [&](std::string_view bytes) { packed += bytes; }, 1);
  {
    const VolumeHelper helper(engine_, instance_, "base", held, VolumeHelper::Use::read);
    EXPECT_TRUE(engine_.world.containers.begin()->second.request.mounts[0].read_only);
    ExportDescription description;
    description.workspace = "shop-main";
    description.uid = 1000;
    description.credentials = false;
    const auto report =
        export_volume(engine_, helper.id(), ExportRules({}, true), description, directory_.path(), writer,
                      {.should_stop = [] { return false; }, .on_progress = [](const ExportReport&) {}});
    ASSERT_TRUE(report.has_value());
    EXPECT_EQ(report->entries, 1);
    EXPECT_EQ(report->bytes, 5);
    EXPECT_EQ(report->left_out, 1);
    EXPECT_EQ(report->credentials_left_out, 1);
    writer.finish();
  }
  EXPECT_TRUE(engine_.world.containers.empty()) << "the helper goes with the object";
  for (const auto& line : engine_.change_log()) EXPECT_EQ(line.find("start"), std::string::npos) << line;

  const auto file = write("out.tgz", packed);
  EXPECT_EQ(run({"tar", "-tzf", file.string()}), "./home/a\n./.containai-export.json\n");
  const auto verdict = check(file);
  ASSERT_TRUE(verdict.accepted) << verdict.message;
  EXPECT_TRUE(verdict.summary.from_cai);
  EXPECT_EQ(verdict.summary.workspace, "shop-main");
  EXPECT_EQ(verdict.summary.uid, 1000);
  EXPECT_EQ(verdict.summary.entries, 1);

  // The same files under other content: the manifest tells.
  const auto tree = directory_.path() / "tree";
  std::filesystem::create_directory(tree);
  run({"tar", "-C", tree.string(), "-xzf", file.string()});
  std::ofstream(tree / "home/a") << "HELLO";
  run({"tar", "-C", tree.string(), "-cf", (directory_.path() / "forged.tar").string(), "./home/a",
       "./.containai-export.json"});
  const auto forged = check(directory_.path() / "forged.tar");
  EXPECT_FALSE(forged.accepted);
  EXPECT_NE(forged.message.find("home/a"), std::string::npos) << forged.message;
}

TEST_F(HelperTest, LeftoversGoButNotThoseOfOthersAtWork) {
  const auto leave = [&](const VolumeLock& held) {
    auto* helper = new VolumeHelper(engine_, instance_, "base", held, VolumeHelper::Use::read);
    engine_.fail_at_change(engine_.change_count() + 1, Fault::error_before);
    delete helper;  // its removal fails, as if we had been killed before it
  };
  engine_.create_volume("wol", {{"nonce", "y"}});
  const auto held = lock();
  leave(held);
  std::optional<VolumeLock> other = VolumeLock::acquire(directory_.path(), "wol", [] {});
  leave(*other);
  ASSERT_EQ(engine_.world.containers.size(), 2U);
  remove_leftover_helpers(engine_, InstanceId{"somebody else"}, held);
  EXPECT_EQ(engine_.world.containers.size(), 2U);
  remove_leftover_helpers(engine_, instance_, held);
  EXPECT_EQ(engine_.world.containers.size(), 1U) << "the other one's command is alive";
  other.reset();
  remove_leftover_helpers(engine_, instance_, held);
  EXPECT_TRUE(engine_.world.containers.empty());
}

TEST_F(HelperTest, HalfFilledVolumesGoAndNothingElse) {
  const auto marks = directory_.path() / "filling";
  std::filesystem::create_directory(marks);
  const auto never = [](const std::string&) { return false; };
  {
    FillingVolume filling(engine_, marks, "half", {{label::managed, "true"}});
    EXPECT_TRUE(engine_.inspect_volume("half"));
    EXPECT_TRUE(remove_half_filled(engine_, marks, never).empty()) << "its import is alive";
    EXPECT_TRUE(engine_.inspect_volume("half"));
  }
  EXPECT_FALSE(engine_.inspect_volume("half")) << "what was not put in service goes with the object";
  {
    FillingVolume filling(engine_, marks, "used", {});
    filling.in_service();
  }
  EXPECT_TRUE(engine_.inspect_volume("used"));
  EXPECT_TRUE(std::filesystem::is_empty(marks));

  // Killed: volume and mark stay.
  engine_.create_volume("killed", {{label::volume_id, "aa"}});
  engine_.create_volume("taken", {{label::volume_id, "bb"}});
  engine_.create_volume("recreated", {{label::volume_id, "other"}});
  for (const char* mark : {"killed@aa", "taken@bb", "recreated@cc", "gone@dd"})
    std::ofstream(marks / mark) << "";
  const auto removed =
      remove_half_filled(engine_, marks, [](const std::string& volume) { return volume == "taken"; });
  EXPECT_EQ(removed, std::vector<std::string>{"killed"});
  EXPECT_FALSE(engine_.inspect_volume("killed"));
  EXPECT_TRUE(engine_.inspect_volume("taken"));
  EXPECT_TRUE(engine_.inspect_volume("recreated"));

  // An engine that is slow may still be about to make what it was asked for.
  EXPECT_TRUE(has_abandoned_marks(marks));
  EXPECT_TRUE(std::filesystem::exists(marks / "gone@dd"));
  make_old(marks / "gone@dd");
  EXPECT_TRUE(remove_half_filled(engine_, marks, never).empty());
  EXPECT_TRUE(std::filesystem::is_empty(marks));
  EXPECT_FALSE(has_abandoned_marks(marks));
}

TEST_F(HelperTest, MarksTellWhichHelpersAreNobodys) {
  const auto marks = helper_marks(directory_.path());
  const auto clear = [&] { return remove_marked_helpers(engine_, instance_, directory_.path()); };
  EXPECT_TRUE(clear());
  EXPECT_FALSE(has_abandoned_marks(marks)) << "there is not even a directory";
  const auto held = lock();
  {
    const VolumeHelper alive(engine_, instance_, "base", held, VolumeHelper::Use::read);
    EXPECT_FALSE(has_abandoned_marks(marks));
    EXPECT_TRUE(clear());
    EXPECT_EQ(engine_.world.containers.size(), 1U);
  }
  EXPECT_TRUE(std::filesystem::is_empty(marks));
  {
    const VolumeHelper killed(engine_, instance_, "base", held, VolumeHelper::Use::read);
    engine_.fail_at_change(engine_.change_count() + 1, Fault::error_before);
  }
  EXPECT_TRUE(has_abandoned_marks(marks));
  EXPECT_TRUE(clear());
  EXPECT_TRUE(engine_.world.containers.empty());
  EXPECT_TRUE(std::filesystem::is_empty(marks));

  // A container of that name which is not ours, and one that is not there yet.
  ContainerRequest foreign;
  foreign.image = "base";
  engine_.create_container("foreign", foreign);
  for (const char* mark : {"foreign", "late"}) std::ofstream(marks / mark) << "";
  EXPECT_FALSE(clear()) << "it may still come, with its volume";
  EXPECT_EQ(engine_.world.containers.size(), 1U);
  EXPECT_FALSE(std::filesystem::exists(marks / "foreign"));
  EXPECT_TRUE(std::filesystem::exists(marks / "late"));
  make_old(marks / "late");
  EXPECT_TRUE(clear());
  EXPECT_TRUE(std::filesystem::is_empty(marks));
}

}  // namespace
}  // namespace cai::test
