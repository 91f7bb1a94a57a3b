#include <unistd.h>

#include "cai/base/error.hpp"
#include "world.hpp"

namespace cai::test {
namespace {

namespace fs = std::filesystem;

class EntryTest : public World {
 protected:
  EntryTest() : files(paths) {}

  std::map<std::string, std::string> options_of(const SshTarget& wanted) const {
    write(home / "entry", entry_text(wanted, files));
    fs::permissions(home / "entry", fs::perms(0600));
    return effective_options(home / "entry", wanted.name);
  }

  SshFiles files;
};

template <typename Call>
ErrorKind kind_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error.kind();
  }
  ADD_FAILURE() << "no error";
  return ErrorKind::interrupted;
}

TEST_F(EntryTest, SshReadsBackWhatWasMeant) {
  const auto options = options_of(target());
  const std::map<std::string, std::string> expected{
      {"hostname", "127.0.0.1"},
      {"port", "2301"},
      {"user", "agent"},
      {"identitiesonly", "yes"},
      {"hostkeyalias", "cai-0123456789abcdef"},
      {"stricthostkeychecking", "true"},
      {"preferredauthentications", "publickey"},
      {"pubkeyauthentication", "true"},
      {"passwordauthentication", "no"},
      {"gssapiauthentication", "no"},
      {"kexalgorithms", "curve25519-sha256"},
      {"ciphers", "aes128-gcm@openssh.com,chacha20-poly1305@openssh.com"},
      {"hostkeyalgorithms", "ssh-ed25519"},
      {"updatehostkeys", "false"},
      {"forwardagent", "no"},
      {"forwardx11", "no"},
      {"permitlocalcommand", "no"},
      {"addressfamily", "inet"},
      {"controlmaster", "false"},
      {"loglevel", "ERROR"},
      {"canonicalizehostname", "false"},
      {"connecttimeout", "10"},
      {"serveraliveinterval", "15"},
      {"serveralivecountmax", "4"},
  };
  for (const auto& [keyword, value] : expected) {
    ASSERT_TRUE(options.contains(keyword)) << keyword;
    EXPECT_EQ(options.at(keyword), value) << keyword;
  }
  EXPECT_FALSE(options.contains("setenv"));
  EXPECT_FALSE(options.contains("localforward"));
  EXPECT_FALSE(options.contains("proxycommand"));
}

TEST_F(EntryTest, FirstLineNamesCai) {
  EXPECT_TRUE(entry_text(target(), files).starts_with("# Written by cai"));
}

TEST_F(EntryTest, TheEntryWinsOverTheUsersOwnDefaults) {
  files.prepare_keys(id);
  write(paths.ssh / "config",
        "Host *\n  ProxyJump example.com\n  ForwardAgent yes\n  User me\n  Port 22\n  StrictHostKeyChecking "
        "no\n");
  fs::permissions(paths.ssh / "config", fs::perms(0600));
  files.write_entry(target());
  write(home / "both", contents(files.entry_file("myapp-main")) + contents(paths.ssh / "config"));
  const auto options = effective_options(home / "both", "myapp-main");
  EXPECT_FALSE(options.contains("proxyjump"));
  EXPECT_EQ(options.at("forwardagent"), "no");
  EXPECT_EQ(options.at("user"), "agent");
  EXPECT_EQ(options.at("port"), "2301");
  EXPECT_EQ(options.at("stricthostkeychecking"), "true");
}

TEST_F(EntryTest, ForwardsAndAgentAsConfigured) {
  auto wanted = target();
  wanted.forward_agent = true;
  wanted.local_forwards = {"8080:localhost:80", "5432:db.internal:5432", "9000:[::1]:9000"};
  const auto options = options_of(wanted);
  EXPECT_EQ(options.at("forwardagent"), "yes");
  EXPECT_EQ(
      options.at("localforward"),
      "[127.0.0.1]:8080 [localhost]:80\n[127.0.0.1]:5432 [db.internal]:5432\n[127.0.0.1]:9000 [::1]:9000");
}

TEST_F(EntryTest, BadForwardsAreUsageErrors) {
  for (const char* forward : {"", "8080", "8080:80", "0:localhost:80", "65536:localhost:80", "80:localhost:x",
                              "80::80", "80:a b:80", "80:-x:80", "+80:localhost:80", "80:host\nPort 1:80",
                              "80:h:", "80:a:b:80", "*:80:localhost:80"}) {
    auto wanted = target();
    wanted.local_forwards = {forward};
    EXPECT_EQ(kind_of([&] { entry_text(wanted, files); }), ErrorKind::usage) << forward;
  }
}

TEST_F(EntryTest, NamesOutsideTheAlphabetAreRefused) {
  for (const char* name :
       {"", "A", "a b", "a*", "../x", "-x", "a\nPort 1", "\xc3\xa9", "a.b", "a\"b", "!a"}) {
    auto wanted = target();
    wanted.name = name;
    EXPECT_EQ(kind_of([&] { entry_text(wanted, files); }), ErrorKind::ssh_setup) << name;
    EXPECT_EQ(kind_of([&] { files.remove_entry(name, id); }), ErrorKind::ssh_setup) << name;
  }
  EXPECT_EQ(kind_of([&] { files.remove_keys(WorkspaceId{".."}); }), ErrorKind::ssh_setup);
  EXPECT_EQ(kind_of([&] { files.remove_keys(WorkspaceId{}); }), ErrorKind::ssh_setup);
}

TEST_F(EntryTest, VariablesAreOnOneLineAndThoseThatDoNotFitStayOut) {
  auto wanted = target();
  wanted.environment = {{"A", "x y"},       {"B", R"(q"u'o\te)"}, {"C", "$HOME"},       {"D", "two\nlines"},
                        {"E", "100% sure"}, {"F", "${HOME}"},     {"G", "# no comment"}};
  EXPECT_EQ(options_of(wanted).at("setenv"), "A=x y\nB=q\"u'o\\te\nC=$HOME\nG=# no comment");
}

TEST_F(EntryTest, BadVariableNamesAreUsageErrors) {
  for (const char* name : {"", "1A", "A B", "A=B", "A-B", "A\nB", "*"}) {
    auto wanted = target();
    wanted.environment = {{name, "x"}};
    EXPECT_EQ(kind_of([&] { entry_text(wanted, files); }), ErrorKind::usage) << name;
  }
}

TEST_F(EntryTest, HomeThatCannotBeWrittenIsRefused) {
  paths.config = "/tmp/${HOME}";
  EXPECT_EQ(kind_of([&] { entry_text(target(), SshFiles(paths)); }), ErrorKind::ssh_setup);
  paths.config = "/tmp/a\nb";
  EXPECT_EQ(kind_of([&] { entry_text(target(), SshFiles(paths)); }), ErrorKind::ssh_setup);
}

TEST_F(EntryTest, ControlPathStaysShort) {
  EXPECT_EQ(files.control_path(id), paths.runtime / id.value);
  paths.runtime = "/" + std::string(120, 'x');
  const SshFiles other(paths);
  EXPECT_LT(other.control_path(id).native().size(), 90U);
  EXPECT_EQ(other.control_path(id), "/tmp/containai-" + std::to_string(::geteuid()) + "/" + id.value);
}

TEST_F(EntryTest, WriteThenCurrentThenStaleThenAbsent) {
  using State = SshFiles::EntryState;
  files.prepare_keys(id);
  EXPECT_EQ(files.entry_state(target()), State::absent);
  files.write_entry(target());
  EXPECT_EQ(files.entry_state(target()), State::current);
  EXPECT_EQ(mode_of(files.entry_file("myapp-main")), 0600U);
  EXPECT_EQ(mode_of(paths.ssh), 0700U);
  EXPECT_EQ(mode_of(paths.ssh / "containai.d"), 0700U);
  EXPECT_EQ(mode_of(files.known_hosts_file(id)), 0600U);

  auto other = target();
  other.port = 2302;
  EXPECT_EQ(files.entry_state(other), State::stale);
  for (const auto& file :
       {files.entry_file("myapp-main"), files.known_hosts_file(id), paths.ssh / "config"}) {
    write(file, "# tampered\n");
    EXPECT_EQ(files.entry_state(target()), State::stale) << file;
    files.write_entry(target());
    EXPECT_EQ(files.entry_state(target()), State::current) << file;
  }
  fs::permissions(files.entry_file("myapp-main"), fs::perms(0666));
  EXPECT_EQ(files.entry_state(target()), State::stale);
  files.write_entry(target());

  files.remove_entry("myapp-main", id);
  EXPECT_EQ(files.entry_state(target()), State::absent);
  EXPECT_FALSE(fs::exists(files.known_hosts_file(id)));
  EXPECT_TRUE(files.keys_present(id));
  files.remove_entry("myapp-main", id);  // nothing there is no error
}

TEST_F(EntryTest, KnownHostsPinTheWorkspacesOwnKey) {
  files.prepare_keys(id);
  files.write_entry(target());
  const std::string key = contents(files.host_directory(id) / "ssh_host_ed25519_key.pub");
  const std::string known = contents(files.known_hosts_file(id));
  ASSERT_TRUE(known.starts_with("cai-0123456789abcdef ssh-ed25519 AAAA"));
  EXPECT_TRUE(key.starts_with(known.substr(known.find(' ') + 1, known.size() - known.find(' ') - 2)));
}

TEST_F(EntryTest, WhatIsRightIsNotWrittenAgain) {
  files.prepare_keys(id);
  files.write_entry(target());
  std::map<fs::path, fs::file_time_type> before;
  for (const auto& file :
       {files.entry_file("myapp-main"), files.known_hosts_file(id), paths.ssh / "config"}) {
    fs::last_write_time(file, fs::file_time_type::clock::now() - std::chrono::hours(1));
    before[file] = fs::last_write_time(file);
  }
  files.write_entry(target());
  for (const auto& [file, time] : before) EXPECT_EQ(fs::last_write_time(file), time) << file;
}

TEST_F(EntryTest, EntryWithoutHostKeyIsRefused) {
  EXPECT_EQ(kind_of([&] { files.write_entry(target()); }), ErrorKind::ssh_setup);
  EXPECT_FALSE(fs::exists(files.entry_file("myapp-main")));
}

}  // namespace
}  // namespace cai::test
