// Rows 10, 86, 90 and 91 of the acceptance list: archives out of and into data volumes, on a real engine.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <set>
#include <thread>

#include "e2e/marks.hpp"
#include "e2e/world.hpp"

namespace cai::e2e {
namespace {

namespace fs = std::filesystem;

/// What is in a volume, seen by find(1) and sha256sum(1) in a container of their own: type, mode, owner,
/// links, seconds of the last change, name, target of links; then the content.
std::string listing(World& world, const std::string& volume) {
  const auto result = world.docker(
      {"run", "--rm", "--entrypoint", "sh", "-v", volume + ":/v:ro", "debian:bookworm-slim", "-c",
       "cd /v && find . -mindepth 1 -not -path './home/.cache*' -not -name .containai.lock "
       "-printf '%y %m %U:%G %n %s %Ts %P -> %l\\0' | sed -z 's/^d \\([0-7]*\\) \\([0-9:]*\\) [0-9]* [0-9]* "
       "/d \\1 \\2 /' | sort -z | tr '\\0' '\\n'; "
       "find . -type f -not -path './home/.cache*' -not -name .containai.lock -print0 | sort -z | "
       "xargs -0 -r sha256sum"});
  EXPECT_EQ(result.code, 0) << result.err;
  return result.out;
}

std::string volume_of(World& world, const fs::path& repository) {
  return trimmed(world.cai(repository, {"config", "get", "data_volume"}).out);
}

std::string helpers(World& world) {
  std::ifstream file(world.home() / ".config/containai/instance");
  std::string instance;
  file >> instance;
  return world
      .docker({"ps", "-aq", "--filter", "label=containai.kind=helper", "--filter",
               "label=containai.instance=" + instance})
      .out;
}

std::string files_in(const fs::path& directory) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (entry.path().filename() != ".git") names.insert(entry.path().filename());
  }
  std::string text;
  for (const auto& name : names) text += name + "\n";
  return text;
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
  return text;
}

/// A home with everything that a file system has.
constexpr const char* furnish =
    "set -e; cd ~; mkdir -p a/b empty .cache 'with space'; echo kept > a/b/file; chmod 640 a/b/file; "
    "chmod 2750 a/b; echo '#!/bin/sh' > run.sh; chmod 755 run.sh; chmod 0 empty; "
    "ln -s a/b/file link; ln -s /nowhere dangling; ln a/b/file hard; "
    "echo odd > \"$(printf 'new\\nline \\303\\274 \\377')\"; "
    "echo long > $(printf '%0200d' 7); truncate -s 30M sparse; touch -d '2001-02-03 04:05:06' a/b/file; "
    "touch -d '1999-12-31 23:59:59' a; echo cached > .cache/x; ln .cache/x from-cache; ln .cache/x "
    "from-cache2; "
    "mkfifo pipe; rm -f pipe";

TEST(Export, Row10And90RoundTripIntoTheSameAndANewWorkspace) {
  World world;
  const auto repository = world.repository(World::unique());
  ASSERT_EQ(world.cai(repository, {"-d"}).code, 0);
  const auto furnished = world.cai(repository, {"exec", "--", "sh", "-c", furnish});
  ASSERT_EQ(furnished.code, 0) << furnished.err;
  const auto volume = volume_of(world, repository);
  // The third name of this file lies in the cache, which is left out.
  const auto before = replaced(listing(world, volume), " 3 7 ", " 2 7 ");
  ASSERT_NE(before.find("sparse"), std::string::npos);

  // Running, to a file of a given name.
  const auto exported = world.cai(repository, {"export", "--output", "out.tgz"});
  ASSERT_EQ(exported.code, 0) << exported.err;
  EXPECT_EQ(exported.out, "out.tgz\n");
  struct stat status = {};
  ASSERT_EQ(stat((repository / "out.tgz").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
  const auto names = run({"tar", "tzf", "out.tgz"}, world.environment, repository);
  EXPECT_EQ(names.code, 0) << names.err;
  EXPECT_NE(names.out.find("./home/a/b/file"), std::string::npos);
  EXPECT_EQ(names.out.find(".cache/"), std::string::npos);
  EXPECT_EQ(names.out.find(".containai.lock"), std::string::npos);
  EXPECT_EQ(replaced(listing(world, volume), " 3 7 ", " 2 7 "), before) << "the source is not touched";
  EXPECT_EQ(helpers(world), "");

  // Stopped, and to standard output; removed, as zstd.
  ASSERT_EQ(world.cai(repository, {"stop"}).code, 0);
  const auto piped = world.cai(repository, {"export", "--output", "-"});
  EXPECT_EQ(piped.code, 0) << piped.err;
  EXPECT_EQ(piped.out.substr(0, 2), "\x1f\x8b");
  ASSERT_EQ(world.cai(repository, {"stop", "--remove"}).code, 0);
  const auto as_zstd = world.cai(repository, {"export", "-o", "out.tar.zst"});
  ASSERT_EQ(as_zstd.code, 0) << as_zstd.err;
  EXPECT_EQ(run({"zstd", "-q", "-t", "out.tar.zst"}, world.environment, repository).code, 0);

  // Into the same workspace: what was done meanwhile is in the former volume.
  ASSERT_EQ(world.cai(repository, {"-d"}).code, 0);
  ASSERT_EQ(world.cai(repository, {"exec", "--", "sh", "-c", "echo changed > ~/a/b/file; rm ~/link"}).code,
            0);
  const auto imported = world.cai(repository, {"import", "out.tgz", "--yes"});
  ASSERT_EQ(imported.code, 0) << imported.err;
  const auto fresh = volume_of(world, repository);
  EXPECT_NE(fresh, volume);
  EXPECT_EQ(imported.out, fresh + "\n");
  EXPECT_EQ(listing(world, fresh), before);
  EXPECT_TRUE(world.volume_exists(volume));
  EXPECT_EQ(world.cai(repository, {"exec", "--", "cat", "/mnt/agent-data/home/a/b/file"}).out, "kept\n");
  EXPECT_EQ(world.cai(repository, {"--", "cat", "/mnt/agent-data/home/from-cache2"}).out, "cached\n");

  // Into a workspace that is new.
  const auto second = world.repository(World::unique());
  const auto into_new = world.cai(second, {"import", "--from", (repository / "out.tar.zst").string()});
  ASSERT_EQ(into_new.code, 0) << into_new.err;
  EXPECT_EQ(listing(world, volume_of(world, second)), before);
  ASSERT_EQ(world.cai(second, {"-d"}).code, 0);
  EXPECT_EQ(world.cai(second, {"--", "cat", "/mnt/agent-data/home/hard"}).out, "kept\n");
  EXPECT_EQ(helpers(world), "");
  EXPECT_EQ(marks_left(world), "");
}

TEST(Export, ExcludesCredentialsAndNames) {
  World world;
  fs::create_directories(world.home() / ".config/containai");
  std::ofstream(world.home() / ".config/containai/config.toml")
      << "[export]\nexclude = [\"*.log\", \"~/big\"]\n";
  const auto repository = world.repository(World::unique());
  const auto name = trimmed(world.cai(repository, {"-d"}).out);
  ASSERT_EQ(world
                .cai(repository, {"exec", "--", "sh", "-c",
                                  "cd; mkdir -p .ssh big; echo k > .ssh/id; echo t > .netrc; echo l > a.log; "
                                  "echo b > big/b; echo x > x; mkfifo pipe"})
                .code,
            0);
  const auto into = world.root() / "into";
  fs::create_directories(into);
  const auto whole = world.cai(repository, {"export", "--container", name, "-o", into.string()});
  ASSERT_EQ(whole.code, 0) << whole.err;
  EXPECT_NE(whole.err.find("credentials"), std::string::npos) << whole.err;
  EXPECT_NE(whole.err.find("FIFO"), std::string::npos) << whole.err;
  const auto path = trimmed(whole.out);
  EXPECT_TRUE(path.starts_with(into.string() + "/" + name + "-20")) << path;
  EXPECT_TRUE(path.ends_with(".tgz")) << path;
  auto names = run({"tar", "tzf", path}, world.environment, "/").out;
  EXPECT_NE(names.find("./home/.ssh/id"), std::string::npos);
  for (const char* absent : {"a.log", "home/big", "pipe"})
    EXPECT_EQ(names.find(absent), std::string::npos) << absent;

  const auto without = world.cai(repository, {"export", "--no-credentials", "-o", "w.tgz"});
  ASSERT_EQ(without.code, 0) << without.err;
  names = run({"tar", "tzf", "w.tgz"}, world.environment, repository).out;
  EXPECT_NE(names.find("./home/x"), std::string::npos);
  for (const char* absent : {".ssh", ".netrc"}) EXPECT_EQ(names.find(absent), std::string::npos) << absent;
}

TEST(Export, FilesThatChangeMeanwhileAreNamed) {
  World world;
  const auto repository = world.repository(World::unique());
  ASSERT_EQ(world.cai(repository, {"-d"}).code, 0);
  ASSERT_EQ(
      world
          .cai(repository, {"exec", "--", "sh", "-c",
                            "head -c 20M /dev/urandom > ~/big; echo quiet > ~/quiet; "
                            "(while :; do echo more >> ~/restless; sleep 0.05; done) >/dev/null 2>&1 &"})
          .code,
      0);
  const auto exported = world.cai(repository, {"export", "-o", "x.tgz"});
  ASSERT_EQ(exported.code, 0) << exported.err;
  EXPECT_NE(exported.err.find("home/restless"), std::string::npos) << exported.err;
  EXPECT_EQ(exported.err.find("home/quiet"), std::string::npos) << exported.err;
}

TEST(Export, FailuresAreClearAndLeaveNothing) {
  World world;
  const auto repository = world.repository(World::unique());
  EXPECT_EQ(world.cai(repository, {"export"}).code, 10) << "no workspace yet";
  ASSERT_EQ(world.cai(repository, {"-d"}).code, 0);
  std::ofstream(repository / "kept.tgz") << "former";
  EXPECT_EQ(world.cai(repository, {"export", "-o", "missing/x.tgz"}).code, 1);
  EXPECT_EQ(world.cai(repository, {"export", "-o", "/dev/full"}).code, 3);
  EXPECT_EQ(world.cai(repository, {"export", "-o", "x.zip"}).code, 2);
  EXPECT_EQ(world.cai(repository, {"export", "--container", "nosuch"}).code, 10);
  // No space: a file system of 1 MiB.
  const auto small = world.root() / "small";
  fs::create_directories(small);
  ASSERT_EQ(world.cai(repository, {"exec", "--", "sh", "-c", "head -c 5M /dev/urandom > ~/r"}).code, 0);
  if (run({"mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", small.string()}, world.environment, "/").code ==
      0) {
    std::ofstream(small / "x.tgz") << "former";
    const auto full = world.cai(repository, {"export", "-o", (small / "x.tgz").string()});
    EXPECT_EQ(full.code, 1);
    EXPECT_NE(full.err.find("No space left"), std::string::npos) << full.err;
    EXPECT_EQ(files_in(small), "x.tgz\n");
    EXPECT_EQ(fs::file_size(small / "x.tgz"), 6U);
    // Row 86: the workspace goes on.
    const auto stopped = world.cai(repository, {"stop", "--export", "-o", (small / "x.tgz").string()});
    EXPECT_EQ(stopped.code, 1);
    run({"umount", small.string()}, world.environment, "/");
  } else {
    ADD_FAILURE() << "this test needs the right to mount a small file system";
  }
  EXPECT_EQ(files_in(repository), "kept.tgz\n");
  EXPECT_EQ(helpers(world), "");
}

TEST(StopExport, Row86ArchiveFirstThenStop) {
  World world;
  const auto repository = world.repository(World::unique());
  const auto name = trimmed(world.cai(repository, {"-d"}).out);
  EXPECT_EQ(world.cai(repository, {"stop", "--export", "-o", "missing/x.tgz"}).code, 1);
  EXPECT_EQ(world.inspect(name, "{{.State.Status}}"), "running");
  EXPECT_EQ(world.cai(repository, {"stop", "-o", "x.tgz"}).code, 2) << "--output without --export";
  const auto stopped = world.cai(repository, {"stop", "--export", "-o", "x.tgz"});
  EXPECT_EQ(stopped.code, 0) << stopped.err;
  EXPECT_EQ(stopped.out, "x.tgz\n");
  EXPECT_EQ(world.inspect(name, "{{.State.Status}}"), "exited");
  EXPECT_EQ(run({"tar", "tzf", "x.tgz"}, world.environment, repository).code, 0);
}

TEST(Import, Row91HostileArchivesLeaveEverythingAsItIs) {
  World world;
  const auto repository = world.repository(World::unique());
  const auto name = trimmed(world.cai(repository, {"-d"}).out);
  const auto volume = volume_of(world, repository);
  const auto before = listing(world, volume);
  const auto id = world.inspect(name, "{{.Id}}");
  const auto make = [&](const std::string& script) {
    const auto result = run({"sh", "-ec", script}, world.environment, repository);
    ASSERT_EQ(result.code, 0) << script << result.err;
  };
  make(
      "mkdir t; echo x > t/f; tar cPf parent.tar --transform 's,^t,../t,' t/f; tar cPf absolute.tar "
      "\"$PWD/t/f\"");
  make(
      "ln -s /etc t/l; tar cf link.tar -C t l; mkdir u u/l; echo x > u/l/passwd; tar rf link.tar -C u "
      "l/passwd");
  make("mknod t/n c 1 3; tar cf device.tar -C t n; mkfifo t/p; tar czf fifo.tgz -C t p");
  make("head -c 300000 /dev/urandom > t/r; tar czf whole.tgz -C t r; head -c 200000 whole.tgz > cut.tgz");
  make("echo 'not an archive' > words.tgz; : > empty.tgz; mkfifo pipe.tgz");
  make(
      "truncate -s 10G t/zeros; tar cf - --hole-detection=raw --sparse -C t zeros | gzip > bomb.tgz; rm "
      "t/zeros");
  for (const char* archive : {"parent.tar", "absolute.tar", "link.tar", "device.tar", "fifo.tgz", "cut.tgz",
                              "words.tgz", "empty.tgz", "pipe.tgz", "bomb.tgz"}) {
    const auto refused = world.cai(repository, {"import", archive});
    EXPECT_EQ(refused.code, 3) << archive << ": " << refused.out << refused.err;
    EXPECT_EQ(refused.err.find("error: "), refused.err.rfind("error: ")) << refused.err;
  }
  EXPECT_EQ(world.cai(repository, {"import", "nosuch.tgz"}).code, 10);
  EXPECT_EQ(volume_of(world, repository), volume);
  EXPECT_EQ(listing(world, volume), before);
  EXPECT_EQ(world.inspect(name, "{{.Id}} {{.State.Status}}"), id + " running");
  EXPECT_EQ(helpers(world), "");
}

TEST(Import, AnyTarBelongsToTheUserAfterwards) {
  World world;
  const auto repository = world.repository(World::unique());
  const auto result =
      run({"sh", "-ec",
           "mkdir -p t/home/x; echo y > t/home/x/y; tar --owner=4711 --group=4712 -cJf any.tar.xz -C t ."},
          world.environment, repository);
  ASSERT_EQ(result.code, 0) << result.err;
  const auto listed = world.cai(repository, {"import", "any.tar.xz", "--dry-run"});
  EXPECT_EQ(listed.code, 0) << listed.err;
  EXPECT_EQ(listed.out, "home/\nhome/x/\nhome/x/y\n");
  EXPECT_EQ(world.cai(repository, {"list"}).out.find(repository.filename().string()), std::string::npos)
      << "a dry run makes nothing";
  const auto imported = world.cai(repository, {"import", "any.tar.xz"});
  ASSERT_EQ(imported.code, 0) << imported.err;
  EXPECT_EQ(world.cai(repository, {"-d"}).code, 0);
  EXPECT_EQ(world.cai(repository, {"--", "sh", "-c", "cat ~/x/y; echo more >> ~/x/y; stat -c %u ~/x/y"}).out,
            "y\n" + std::to_string(getuid()) + "\n");
}

/// What the import says it keeps is not what a destroy that waits for it removes.
TEST(Import, BringsBackWhatSomebodyRemoved) {
  World world;
  const auto name = World::unique();
  const auto repository = world.repository(name);
  ASSERT_EQ(world.cai(repository, {"-d"}).code, 0);
  ASSERT_EQ(world.cai(repository, {"exec", "--", "sh", "-c", "echo mine > ~/history"}).code, 0);
  ASSERT_EQ(world.cai(repository, {"export", "-o", "a.tgz"}).code, 0);
  const auto former = volume_of(world, repository);
  for (int round = 0; round < 2; ++round) {
    ASSERT_EQ(world.docker({"rm", "-f", name + "-auth"}).code, 0);
    ASSERT_EQ(world.docker({"volume", "rm", volume_of(world, repository)}).code, 0);
    const auto lost = world.cai(repository, {"-d"});
    EXPECT_EQ(lost.code, 1);
    EXPECT_NE(lost.err.find("`cai import ARCHIVE`"), std::string::npos) << lost.err;
    const auto imported = world.cai(repository, {"import", "a.tgz", "--yes"});
    EXPECT_EQ(imported.code, 0) << imported.err;
    EXPECT_EQ(imported.err.find("former volume"), std::string::npos) << imported.err;
    EXPECT_EQ(world.cai(repository, {"exec", "--", "sh", "-c", "cat ~/history"}).out, "mine\n");
  }
  EXPECT_FALSE(world.volume_exists(former));
}

TEST(Import, ADestroyThatComesInBetweenRemovesOnlyWhatItNamed) {
  World world;
  const auto name = World::unique();
  const auto repository = world.repository(name);
  ASSERT_EQ(world.cai(repository, {"-d"}).code, 0);
  ASSERT_EQ(world.cai(repository, {"exec", "--", "sh", "-c", "head -c 60M /dev/urandom > ~/r"}).code, 0);
  ASSERT_EQ(world.cai(repository, {"export", "-o", "a.tgz"}).code, 0);
  ASSERT_EQ(world.cai(repository, {"stop", "--force"}).code, 0);
  const auto former = volume_of(world, repository);

  const auto import = world.spawn({cai_binary(), "import", "a.tgz", "--yes"}, repository);
  while (marks_left(world).empty()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const auto destroyed = world.cai(repository, {"destroy", name + "-auth", "--volumes", "--force"});
  EXPECT_EQ(World::wait(import).code, 0);
  EXPECT_TRUE(world.volume_exists(former)) << "the import kept it; " << destroyed.err;
  // Unless the import was over before destroy had a first look.
  if (destroyed.code != 0) {
    EXPECT_EQ(destroyed.code, 3) << destroyed.err;
    EXPECT_NE(destroyed.err.find("instead of " + former), std::string::npos) << destroyed.err;
    EXPECT_TRUE(world.volume_exists(volume_of(world, repository)));
  }
  EXPECT_EQ(world.cai(repository, {"destroy", name + "-auth", "--volumes", "--force"}).code,
            destroyed.code == 0 ? 10 : 0);
  EXPECT_TRUE(world.volume_exists(former));
  EXPECT_NE(world.cai(repository, {"status", "--all"}).out.find(former), std::string::npos);
}

/// Kills a command after a while, again and again: what was in service stays so, and the next command that
/// runs to its end leaves no residue.
TEST(Killed, ExportAndImportAtManyMoments) {
  World world;
  const auto repository = world.repository(World::unique());
  ASSERT_EQ(world.cai(repository, {"-d"}).code, 0);
  ASSERT_EQ(
      world.cai(repository, {"exec", "--", "sh", "-c", "head -c 30M /dev/urandom > ~/r; echo first > ~/mark"})
          .code,
      0);
  ASSERT_EQ(world.cai(repository, {"export", "-o", "good.tgz"}).code, 0);
  ASSERT_EQ(world.cai(repository, {"stop"}).code, 0);
  const auto volume = volume_of(world, repository);
  const auto before = listing(world, volume);
  std::ofstream(repository / "former.tgz") << "former";
  const auto killed_after = [&](const Words& arguments, int milliseconds, int signal) {
    Words argv = {cai_binary()};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    const auto pid = world.spawn(argv, repository);
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
    kill(pid, signal);
    return World::wait(pid).code;
  };
  for (const int after : {5, 20, 40, 70, 110, 170, 250, 400}) {
    const auto code = killed_after({"export", "-o", "former.tgz"}, after, SIGKILL);
    if (code != 0) {
      EXPECT_EQ(fs::file_size(repository / "former.tgz"), 6U) << after;
    }
    if (code == 0) std::ofstream(repository / "former.tgz") << "former";
  }
  EXPECT_EQ(listing(world, volume), before);
  const auto politely = killed_after({"export", "-o", "former.tgz"}, 150, SIGINT);
  EXPECT_TRUE(politely == 130 || politely == 0) << politely;
  std::ofstream(repository / "former.tgz") << "former";
  if (politely == 130) {
    EXPECT_EQ(helpers(world), "") << "who is asked politely cleans up at once";
  }
  ASSERT_EQ(world.cai(repository, {"export", "-o", "again.tgz"}).code, 0);
  EXPECT_EQ(helpers(world), "");
  EXPECT_EQ(files_in(repository), "again.tgz\nformer.tgz\ngood.tgz\n");

  for (const int after : {5, 100, 200, 300, 400, 500, 650, 800}) {
    const auto code = killed_after({"import", "good.tgz", "--yes"}, after, SIGKILL);
    const auto now = volume_of(world, repository);
    EXPECT_EQ(listing(world, now), before) << "killed after " << after << " ms: " << code;
  }
  const auto last = world.cai(repository, {"import", "good.tgz", "--yes"});
  ASSERT_EQ(last.code, 0) << last.err;
  EXPECT_EQ(helpers(world), "");
  EXPECT_EQ(listing(world, volume_of(world, repository)), before);
  EXPECT_TRUE(world.volume_exists(volume)) << "what was the workspace's is kept";
  let_marks_age(world);
  ASSERT_EQ(world.cai(repository, {"-d"}).code, 0);
  EXPECT_EQ(marks_left(world), "");
  EXPECT_EQ(world.cai(repository, {"--", "cat", "/mnt/agent-data/home/mark"}).out, "first\n");
}

}  // namespace
}  // namespace cai::e2e
