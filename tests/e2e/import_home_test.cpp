// Rows 80, 92 and 98 of the acceptance list: what comes from a person's home, on a real engine.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "e2e/world.hpp"

namespace cai::e2e {
namespace {

namespace fs = std::filesystem;

class HomeImport : public testing::Test {
 protected:
  void write(const std::string& path, const std::string& content, mode_t mode = 0644) {
    write_at(world.home() / path, content, mode);
  }
  static void write_at(const fs::path& path, const std::string& content, mode_t mode = 0644) {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << content;
    ASSERT_EQ(chmod(path.c_str(), mode), 0);
  }
  void configure(const std::string& text) {
    fs::create_directories(world.home() / ".config/containai");
    std::ofstream(world.home() / ".config/containai/config.toml") << text;
  }
  /// Settings of every kind, and two logins.
  void furnish() {
    write(".gitconfig",
          "[user]\n\tname = Me\n\tsigningkey = ABCDEF\n[alias]\n\tst = status "
          "--short\n[credential]\n\thelper = store\n"
          "[include]\n\tpath = ~/more.inc\n[commit]\n\tgpgsign = true\n");
    write("more.inc", "[alias]\n\tco = checkout\n");
    write(".bash_aliases", "alias greet='echo hello from outside'\n");
    write(".bashrc.d/part.bash", "alias part='echo of bashrc.d'\n");
    write(".claude/settings.json", "{\"theme\": \"dark\"}");
    write(".claude/hooks/run.sh", "#!/bin/sh\n", 0755);
    write(".claude/.credentials.json", "claude-login", 0644);
    write(".config/gh/hosts.yml", "gh-login", 0600);
    write(".vim/odd\nname \xc3\xbc \xff", "x");
    write(".ssh/id_ed25519", "never", 0600);
    write("documents/letter", "never");
  }
  std::string inside(const std::string& script) {
    const auto result = world.cai(repository, {"exec", "--", "sh", "-c", "cd ~; " + script});
    return result.out + result.err;
  }
  std::string volume() { return trimmed(world.cai(repository, {"config", "get", "data_volume"}).out); }
  /// Everything in the home inside, by an independent eye, with the time of the last change of any kind.
  std::string listing(const std::string& format = "%P %m %U:%G %s %T@ %C@ %i -> %l\\0") {
    const auto result =
        world.docker({"run", "--rm", "--entrypoint", "sh", "-v", volume() + ":/v:ro", "debian:bookworm-slim",
                      "-c", "cd /v && find . -printf '" + format + "' | sort -z | tr '\\0' '\\n'"});
    EXPECT_EQ(result.code, 0) << result.err;
    return result.out;
  }
  std::string helpers() {
    std::ifstream file(world.home() / ".config/containai/instance");
    std::string instance;
    file >> instance;
    return world
        .docker({"ps", "-aq", "--filter", "label=containai.kind=helper", "--filter",
                 "label=containai.instance=" + instance})
        .out;
  }

  /// The tars that lie beside keys for as long as a container has not answered.
  int archives_on_the_way() {
    int count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(world.home() / ".config/containai/keys")) {
      if (entry.path().filename() == "home.tar") ++count;
    }
    return count;
  }

  World world;
  fs::path repository = world.repository(World::unique());
};

TEST_F(HomeImport, Row92SettingsComeWithANewWorkspaceAndLoginsWithImport) {
  furnish();
  const auto made = world.cai(repository, {"-d"});
  ASSERT_EQ(made.code, 0) << made.err;
  EXPECT_NE(made.err.find("came along"), std::string::npos) << made.err;
  EXPECT_EQ(archives_on_the_way(), 0);
  EXPECT_EQ(inside("cat .claude/settings.json"), "{\"theme\": \"dark\"}");
  EXPECT_EQ(
      inside("git config --global alias.st; git config --global alias.co; git config --global user.name"),
      "status --short\ncheckout\nMe\n");
  EXPECT_EQ(inside("grep -ciE 'signingkey|gpgsign|credential|include|helper' .gitconfig"), "0\n");
  EXPECT_EQ(inside("bash -ic 'greet; part' 2>/dev/null"), "hello from outside\nof bashrc.d\n");
  EXPECT_EQ(inside("stat -c '%a %u' .claude/hooks/run.sh"), "755 " + std::to_string(getuid()) + "\n");
  EXPECT_EQ(inside("stat -c %a ."), "700\n");
  EXPECT_EQ(inside("cat .vim/odd*"), "x");
  EXPECT_EQ(inside("ls .claude/.credentials.json .config/gh/hosts.yml .ssh documents 2>/dev/null"), "");

  // The dry run lists what is missing, and changes nothing.
  const auto before = listing();
  const auto listed = world.cai(repository, {"import", "--dry-run"});
  EXPECT_EQ(listed.code, 0) << listed.err;
  EXPECT_EQ(listed.out, ".claude/.credentials.json\n.config/gh/hosts.yml\n");
  EXPECT_EQ(world.cai(repository, {"import", "--dry-run", "--no-secrets"}).out, "");
  EXPECT_EQ(world.cai(repository, {"import", "--no-secrets"}).code, 0);
  EXPECT_EQ(listing(), before);

  const auto imported = world.cai(repository, {"import"});
  EXPECT_EQ(imported.code, 0) << imported.err;
  EXPECT_EQ(imported.out, volume() + "\n");
  EXPECT_NE(imported.err.find("2 files"), std::string::npos) << imported.err;
  EXPECT_EQ(inside("cat .claude/.credentials.json .config/gh/hosts.yml"), "claude-logingh-login");
  EXPECT_EQ(inside("stat -c '%a %u' .claude/.credentials.json .config/gh/hosts.yml"),
            "600 " + std::to_string(getuid()) + "\n600 " + std::to_string(getuid()) + "\n");

  // Unchanged: nothing is sent, and not even looked at inside.
  const auto after = listing();
  const auto again = world.cai(repository, {"import"});
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_NE(again.err.find("nothing to import"), std::string::npos) << again.err;
  EXPECT_EQ(listing(), after);
  // One file changed: that one is sent.
  write(".claude/settings.json", "{\"theme\": \"light\"}");
  EXPECT_EQ(world.cai(repository, {"import", "--dry-run"}).out, ".claude/settings.json\n");
  EXPECT_EQ(world.cai(repository, {"import"}).code, 0);
  EXPECT_EQ(inside("cat .claude/settings.json"), "{\"theme\": \"light\"}");
  EXPECT_EQ(helpers(), "");
  EXPECT_EQ(inside("ls -A /mnt/agent-data"), ".containai.lock\nhome\n");
  // Neither names of files nor their content are where others can read them.
  const auto name = repository.filename().string() + "-auth";
  EXPECT_EQ(world.docker({"inspect", name}).out.find("claude-login"), std::string::npos);
}

TEST_F(HomeImport, Row92IntoAWorkspaceThatIsNewAndOneThatIsStopped) {
  furnish();
  const auto listed = world.cai(repository, {"import", "--dry-run"});
  EXPECT_EQ(listed.code, 0) << listed.err;
  EXPECT_NE(listed.out.find(".gitconfig\n"), std::string::npos);
  EXPECT_EQ(world.cai(repository, {"list"}).out.find(repository.filename().string()), std::string::npos)
      << "a dry run makes nothing";
  ASSERT_EQ(world.cai(repository, {"import"}).code, 0);
  EXPECT_NE(listing("%P\\0").find("home/.config/gh/hosts.yml"), std::string::npos);
  ASSERT_EQ(world.cai(repository, {"-d"}).code, 0);
  EXPECT_EQ(inside("cat .claude/.credentials.json; echo more >> .claude/.credentials.json"), "claude-login");
  ASSERT_EQ(world.cai(repository, {"stop"}).code, 0);
  write(".inputrc", "set bell-style none\n");
  EXPECT_EQ(world.cai(repository, {"import"}).code, 0);
  ASSERT_EQ(world.cai(repository, {"-d"}).code, 0);
  EXPECT_EQ(inside("cat .inputrc .claude/.credentials.json"), "set bell-style none\nclaude-loginmore\n");
  EXPECT_EQ(helpers(), "");
}

TEST_F(HomeImport, ConfigurationSaysWhatComesAlong) {
  furnish();
  write(".config/mine/x", "mine");
  write(".vim/plugged/y", "large");
  configure(
      "[import]\nsecrets_on_create = true\nadditional_paths = [\"~/.config/mine\", \"~/gone\"]\n"
      "exclude = [\"~/.vim/plugged\"]\n");
  ASSERT_EQ(world.cai(repository, {"-d"}).code, 0);
  EXPECT_EQ(inside("cat .claude/.credentials.json .config/mine/x; ls .vim | grep -c plugged"),
            "claude-loginmine0\n");

  const auto second = world.repository(World::unique());
  configure("[import]\non_create = false\n");
  const auto made = world.cai(second, {"-d"});
  ASSERT_EQ(made.code, 0) << made.err;
  EXPECT_EQ(made.err.find("came along"), std::string::npos) << made.err;
  EXPECT_EQ(world.cai(second, {"exec", "--", "sh", "-c", "ls ~/.gitconfig 2>/dev/null"}).out, "");

  configure("[import]\nadditional_paths = [\"~/ok\", \"/etc/passwd\"]\n");
  const auto refused = world.cai(second, {"import"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_NE(refused.err.find("config.toml:2:"), std::string::npos) << refused.err;
  EXPECT_NE(refused.err.find("/etc/passwd"), std::string::npos) << refused.err;
  for (const char* path : {"~/../x", "~", "~/", "~/a/../b", "relative"}) {
    configure("[import]\nadditional_paths = [\"" + std::string(path) + "\"]\n");
    EXPECT_EQ(world.cai(second, {"import"}).code, 2) << path;
  }
}

TEST_F(HomeImport, WhatWasChangedInsideStaysUnlessAskedFor) {
  furnish();
  ASSERT_EQ(world.cai(repository, {"-d"}).code, 0);
  inside(
      "echo inner > .claude/settings.json; rm .bash_aliases; rm -r .claude/hooks; ln -s /etc .claude/hooks; "
      "echo inner-login > .claude/.credentials.json");
  EXPECT_EQ(world.cai(repository, {"import", "--no-secrets"}).code, 0) << "nothing changed outside";
  EXPECT_EQ(inside("cat .claude/settings.json; ls .bash_aliases 2>/dev/null"), "inner\n");
  write(".claude/settings.json", "outer");
  write(".claude/hooks/run.sh", "outer", 0755);
  const auto kept = world.cai(repository, {"import"});
  EXPECT_EQ(kept.code, 4) << kept.err;
  for (const char* path :
       {"~/.claude/settings.json", "~/.claude/hooks/run.sh", "~/.claude/.credentials.json"}) {
    EXPECT_NE(kept.err.find(std::string("kept ") + path), std::string::npos) << path << kept.err;
  }
  EXPECT_EQ(inside("cat .claude/settings.json .claude/.credentials.json .config/gh/hosts.yml"),
            "inner\ninner-login\ngh-login");
  EXPECT_EQ(world.cai(repository, {"import", "--overwrite", "--dry-run"}).out,
            ".claude/.credentials.json\n.claude/settings.json\n");
  EXPECT_EQ(world.cai(repository, {"import", "--overwrite"}).code, 4)
      << "a link in the place of a directory stays";
  EXPECT_EQ(inside("cat .claude/settings.json .claude/.credentials.json; readlink .claude/hooks"),
            "outerclaude-login/etc\n");

  // Who lost the store, or made the container anew, loses nothing of this.
  inside("echo inner again > .claude/settings.json");
  fs::remove_all(world.home() / ".local/state/containai");
  ASSERT_EQ(world.cai(repository, {"--fresh", "-d"}).code, 0);
  EXPECT_EQ(inside("cat .claude/settings.json"), "inner again\n");
  const auto after = world.cai(repository, {"import", "--dry-run"});
  EXPECT_EQ(after.code, 4) << after.err;
  EXPECT_EQ(after.out, ".bash_aliases\n") << "what is the same inside is recognised";
}

TEST_F(HomeImport, AnotherDirectoryAndWhatLeadsOutOfIt) {
  const auto from = world.root() / "from";
  write_at(from / ".vimrc", "set nu\n");
  write_at(from / ".gitconfig", "[user]\n\tname = Other\n[include]\n\tpath = ~/inc\n");
  write_at(from / "inc", "[alias]\n\tx = y\n");
  write_at(world.root() / "secret", "secret");
  fs::create_symlink(world.root() / "secret", from / ".bash_aliases");
  fs::create_symlink("gone", from / ".inputrc");
  ASSERT_EQ(mkfifo((from / ".zshrc").c_str(), 0600), 0);
  ASSERT_EQ(world.cai(repository, {"-d"}).code, 0);
  const auto imported = world.cai(repository, {"import", "--from", from.string()});
  EXPECT_EQ(imported.code, 1) << imported.err;
  EXPECT_NE(imported.err.find("not imported: ~/.bash_aliases: leads out of"), std::string::npos)
      << imported.err;
  EXPECT_NE(imported.err.find("left out ~/.zshrc: is a FIFO"), std::string::npos) << imported.err;
  EXPECT_NE(imported.err.find("left out ~/.inputrc: is a link that leads nowhere"), std::string::npos)
      << imported.err;
  EXPECT_EQ(
      inside("cat .vimrc; git config --global user.name; git config --global alias.x; cat .bash_aliases "
             "2>/dev/null"),
      "set nu\nOther\ny\n");
  EXPECT_EQ(world.cai(repository, {"import", "--from", "nosuch"}).code, 10);
  EXPECT_EQ(world.cai(repository, {"import", "--from", ""}).code, 2);
  EXPECT_EQ(world.cai(repository, {"import", "x.tgz", "--from", from.string()}).code, 2);
  EXPECT_EQ(world.cai(repository, {"import", "x.tgz", "--no-secrets"}).code, 2);
}

TEST_F(HomeImport, UnreadableFilesAreNamedAndTheRestGoesOn) {
  world.stop_being_root(World::EngineAccess::granted);
  write(".vimrc", "x", 0000);
  write(".bash_aliases", "alias a=b\n");
  write(".claude/skills/x/SKILL.md", "x");
  fs::create_directories(world.home() / ".vim/closed");
  for (const auto& entry : fs::recursive_directory_iterator(world.home())) {
    if (lchown(entry.path().c_str(), world.uid(), world.gid()) != 0) FAIL() << entry.path();
  }
  chmod((world.home() / ".vim/closed").c_str(), 0);
  const auto made = world.cai(repository, {"-d"});
  EXPECT_EQ(made.code, 0) << "never a failed creation: " << made.err;
  EXPECT_NE(made.err.find("2 more could not be read"), std::string::npos) << made.err;
  EXPECT_EQ(inside("cat .bash_aliases; stat -c %u .claude/skills/x/SKILL.md"),
            "alias a=b\n" + std::to_string(world.uid()) + "\n");
  write(".inputrc", "y");
  const auto imported = world.cai(repository, {"import"});
  EXPECT_EQ(imported.code, 1) << imported.err;
  EXPECT_NE(imported.err.find("~/.vimrc: Permission denied"), std::string::npos) << imported.err;
  EXPECT_NE(imported.err.find("~/.vim/closed: Permission denied"), std::string::npos) << imported.err;
  EXPECT_EQ(inside("cat .inputrc; stat -c %u .inputrc"), "y" + std::to_string(world.uid()) + "\n");
  chmod((world.home() / ".vim/closed").c_str(), 0700);
}

/// Where init is root, what comes along is the person's all the same.
TEST_F(HomeImport, ItBelongsToThePersonInTheSudoProfileToo) {
  world.stop_being_root(World::EngineAccess::granted);
  furnish();
  for (const auto& entry : fs::recursive_directory_iterator(world.home())) {
    if (lchown(entry.path().c_str(), world.uid(), world.gid()) != 0) FAIL() << entry.path();
  }
  const auto made = world.cai(repository, {"-d", "--profile", "sudo"});
  ASSERT_EQ(made.code, 0) << made.err;
  ASSERT_EQ(world.cai(repository, {"import"}).code, 0);
  const auto owner = std::to_string(world.uid()) + ":" + std::to_string(world.gid()) + "\n";
  EXPECT_EQ(inside("find . ! -user " + std::to_string(world.uid()) +
                   "; stat -c %u:%g . .claude .claude/settings.json "
                   ".claude/.credentials.json"),
            owner + owner + owner + owner);
  EXPECT_EQ(
      inside("stat -c %a .claude/.credentials.json; echo more >> .claude/settings.json && echo written"),
      "600\nwritten\n");
}

TEST_F(HomeImport, VariablesTravelWithTheSessionAndAreNowhereElse) {
  configure("[env]\nimport = [\"MY_TOKEN\", \"ABSENT\", \"OTHER\"]\n");
  world.environment["MY_TOKEN"] = "tell-nobody \"quoted\" $HOME\nsecond line";
  world.environment["OTHER"] = "from outside";
  world.environment["UNNAMED"] = "never";
  const auto name = trimmed(world.cai(repository, {"-d", "-e", "OTHER=from -e"}).out);
  const Words show = {"--", "sh", "-c",
                      "printf '%s|%s|%s|%s' \"$MY_TOKEN\" \"$OTHER\" \"${ABSENT-none}\" \"${UNNAMED-none}\""};
  auto exec = show;
  exec.insert(exec.begin(), "exec");
  const auto wanted = world.environment["MY_TOKEN"] + "|from -e|none|none";
  EXPECT_EQ(world.cai(repository, exec).out, wanted) << "through the engine";
  EXPECT_EQ(world.cai(repository, show).out, wanted) << "over SSH";
  EXPECT_EQ(world.cai(repository, exec).out, wanted) << "over the shared connection";
  EXPECT_EQ(world.docker({"inspect", name}).out.find("tell-nobody"), std::string::npos);
  const auto found = run({"grep", "-rl", "tell-nobody", world.home().string()}, world.environment, "/");
  EXPECT_EQ(found.out, "");
  EXPECT_EQ(inside("grep -rl tell-nobody /mnt/agent-data /run/containai 2>/dev/null"), "");
  world.environment["MY_TOKEN"] = "no \xff UTF-8";
  EXPECT_TRUE(world.cai(repository, exec).out.starts_with("no \xff UTF-8|"));
  world.environment["MY_TOKEN"] = "another";
  EXPECT_TRUE(world.cai(repository, exec).out.starts_with("another|"));
  for (const char* bad : {"PATH", "A*", "1X", "A B"}) {
    configure("[env]\nimport = [\"" + std::string(bad) + "\"]\n");
    EXPECT_EQ(world.cai(repository, {"exec", "--", "true"}).code, 2) << bad;
  }
}

/// Killed at many moments: files inside are old or new and never half of one, and the next import leaves no
/// residue.
TEST_F(HomeImport, Row80KilledImports) {
  const std::string old_content(3'000'000, 'o');
  const std::string new_content(3'000'000, 'n');
  for (const char* path : {".vim/a", ".vim/b", ".vim/c"}) write(path, old_content);
  ASSERT_EQ(world.cai(repository, {"-d"}).code, 0);
  const auto contents = [&] { return inside("for f in .vim/?; do sha256sum < $f; done | sort -u | wc -l"); };
  EXPECT_EQ(contents(), "1\n");
  for (const char* path : {".vim/a", ".vim/b", ".vim/c"}) write(path, new_content);
  for (const int after : {10, 60, 120, 180, 240, 300, 360, 420, 500}) {
    const auto pid = world.spawn({cai_binary(), "import"}, repository);
    std::this_thread::sleep_for(std::chrono::milliseconds(after));
    kill(pid, SIGKILL);
    World::wait(pid);
    const auto sums = inside(
        "cat .vim/? | tr -d 'on' | wc -c; cat .vim/? | wc -c; for f in .vim/?; do head -c 1 $f; "
        "tail -c 1 $f; done");
    ASSERT_TRUE(sums.starts_with("0\n9000000\n")) << "after " << after << " ms: " << sums;
    for (std::size_t at = 10; at + 1 < sums.size(); at += 2) EXPECT_EQ(sums[at], sums[at + 1]) << sums;
  }
  ASSERT_EQ(world.cai(repository, {"import"}).code, 0);
  EXPECT_EQ(inside("cat .vim/? | tr -d n | wc -c"), "0\n");
  EXPECT_EQ(inside("ls -A /mnt/agent-data"), ".containai.lock\nhome\n");
  EXPECT_EQ(helpers(), "");
}

/// Creations killed before their container ran: the next command brings along what is still to come.
TEST_F(HomeImport, Row80KilledCreations) {
  furnish();
  for (const int after : {40, 80, 120, 180, 260, 400}) {
    const auto other = world.repository(World::unique());
    const auto pid = world.spawn({cai_binary(), "-d"}, other);
    std::this_thread::sleep_for(std::chrono::milliseconds(after));
    kill(pid, SIGKILL);
    World::wait(pid);
    ASSERT_EQ(world.cai(other, {"-d"}).code, 0) << after;
    EXPECT_EQ(world.cai(other, {"exec", "--", "sh", "-c", "cat ~/.claude/settings.json"}).out,
              "{\"theme\": \"dark\"}")
        << "killed after " << after << " ms";
    EXPECT_EQ(archives_on_the_way(), 0) << after;
  }
}

/// A template without tar, say: the workspace works, and says what is missing.
TEST_F(HomeImport, WhatCannotComeAlongIsAWarning) {
  furnish();
  fs::create_directories(world.home() / ".config/containai/templates/bare");
  std::ofstream(world.home() / ".config/containai/templates/bare/Dockerfile")
      << "ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nRUN mv /bin/tar /bin/not-tar\n";
  const auto made = world.cai(repository, {"-d", "--template", "bare"});
  ASSERT_EQ(made.code, 0) << made.err;
  EXPECT_NE(made.err.find("not all of your home came along; `cai import`"), std::string::npos) << made.err;
  EXPECT_EQ(archives_on_the_way(), 0);
  const auto refused = world.cai(repository, {"import"});
  EXPECT_EQ(refused.code, 1) << refused.err;
  EXPECT_NE(refused.err.find("the image needs tar"), std::string::npos) << refused.err;
  EXPECT_EQ(inside("ls -A /mnt/agent-data; ls .gitconfig 2>/dev/null"), ".containai.lock\nhome\n");
  EXPECT_EQ(helpers(), "");
  const auto name = trimmed(made.out);
  const auto image = world.inspect(name, "{{.Config.Image}}");
  EXPECT_EQ(world.cai(repository, {"destroy", name, "--volumes", "--force"}).code, 0);
  EXPECT_EQ(world.docker({"rmi", image}).code, 0) << image;
}

TEST_F(HomeImport, Row98WithoutAnEngineThereIsOneClearError) {
  furnish();
  world.environment["DOCKER_HOST"] = "unix:///nonexistent.sock";
  for (const Words& arguments : {Words{"import"}, Words{"import", "--dry-run"}}) {
    const auto result = world.cai(repository, arguments);
    EXPECT_EQ(result.code, 20) << result.err;
    EXPECT_EQ(result.err.find("error: "), result.err.rfind("error: ")) << result.err;
  }
  world.environment.erase("DOCKER_HOST");
}

}  // namespace
}  // namespace cai::e2e
