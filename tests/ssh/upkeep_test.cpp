#include "cai/ssh/upkeep.hpp"

#include "cai/base/filesystem.hpp"
#include "world.hpp"

namespace cai::test {
namespace {

namespace fs = std::filesystem;

class Upkeep : public World {
 protected:
  Upkeep() : files(paths) {
    files.prepare_keys(id);
    files.write_entry(target());
  }
  SshFiles files;
};

TEST_F(Upkeep, FindsTheEntryAndItsWorkspace) {
  const auto traces = find_traces(paths);
  ASSERT_EQ(traces.size(), 1U);
  EXPECT_EQ(traces[0].id, id);
  EXPECT_EQ(traces[0].name, target().name);
}

TEST_F(Upkeep, KeysAloneAreTracesToo) {
  fs::remove(files.entry_file(target().name));
  ASSERT_EQ(find_traces(paths).size(), 1U);
  EXPECT_EQ(find_traces(paths)[0].name, "");
  files.remove_known_hosts(id);
  files.remove_keys(id);
  EXPECT_TRUE(find_traces(paths).empty());
}

TEST_F(Upkeep, WhatOthersWroteIsNotOurs) {
  const auto directory = paths.ssh / "containai.d";
  const auto ours = contents(files.entry_file(target().name));
  write(directory / "by-hand.conf", "Host by-hand\n  Port 22\n");
  write(directory / "renamed.conf", ours);  // says Host of another name
  write(directory / "notes.txt", ours);
  fs::create_symlink(files.entry_file(target().name), directory / "link.conf");
  fs::create_directory(directory / "folder.conf");
  fs::create_directory(paths.keys() / "hosts" / "not-an-id");
  EXPECT_EQ(find_traces(paths).size(), 1U);

  // The same user's other installation has keys of its own, and so other paths in its entries.
  Paths other = paths;
  other.config = home / "other";
  EXPECT_TRUE(find_traces(other).empty());
}

TEST_F(Upkeep, ModesAsWrittenAreFine) {
  EXPECT_TRUE(loose_ssh_modes(paths).empty());
}

TEST_F(Upkeep, ModesThatLetOthersReadOrUsNotAreFound) {
  const auto client = paths.keys() / "id_ed25519";
  fs::permissions(client, fs::perms(0640));
  fs::permissions(files.host_directory(id), fs::perms(0755));
  fs::permissions(files.entry_file(target().name), fs::perms(0666));
  const auto loose = loose_ssh_modes(paths);
  ASSERT_EQ(loose.size(), 3U);
  EXPECT_EQ(loose[0].path, client);
  EXPECT_EQ(loose[0].is, 0640U);
  EXPECT_EQ(loose[0].wanted, 0600U);
  EXPECT_EQ(check_mode(client, 0640).size(), 0U);
  fs::permissions(client, fs::perms(0200));
  EXPECT_EQ(check_mode(client, 0600).size(), 1U);
  EXPECT_TRUE(check_mode(home / "nothing", 0600).empty());
}

TEST_F(Upkeep, ALinkIsNotFollowed) {
  write(home / "elsewhere", "x");
  fs::permissions(home / "elsewhere", fs::perms(0666));
  fs::create_symlink(home / "elsewhere", home / "link");
  EXPECT_TRUE(check_mode(home / "link", 0600).empty());
}

TEST(TemporaryNames, AreRecognised) {
  EXPECT_TRUE(is_temporary_key_name(".new-0123456789abcdef"));
  EXPECT_TRUE(is_temporary_key_name(".new-0123456789abcdef.pub"));
  for (const char* name :
       {".new-", ".new-0123456789abcdeg", "new-0123456789abcdef", ".new-0123456789abcdef0", ""})
    EXPECT_FALSE(is_temporary_key_name(name)) << name;
  EXPECT_TRUE(is_temporary_file_name(".containai-0123456789abcdef.tmp"));
  for (const char* name :
       {".containai-.tmp", ".containai-x.tmp", ".containai.tmp", "", ".containai-0123456789abcdef"})
    EXPECT_FALSE(is_temporary_file_name(name)) << name;
}

}  // namespace
}  // namespace cai::test
