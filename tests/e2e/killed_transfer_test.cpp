// Row 80 for data: exports and imports that are killed at each of their engine requests, and again while the
// next command repairs.
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include "e2e/killer.hpp"
#include "e2e/marks.hpp"
#include "e2e/workspace_fixture.hpp"

namespace cai::e2e {
namespace {

namespace fs = std::filesystem;

std::set<std::string> names_in(const fs::path& directory) {
  std::set<std::string> names;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(directory, none)) names.insert(entry.path().filename());
  names.erase(".git");
  return names;
}

class KilledTransfer : public InOneWorkspace {
 protected:
  void make_archive_and_data() {
    ASSERT_EQ(cai({"-d"}).code, 0);
    ASSERT_EQ(inside("head -c 1M /dev/urandom > bulk; echo new > mark"), "");
    bulk = inside("sha256sum < bulk");
    ASSERT_EQ(cai({"export", "-o", "good.tgz"}).code, 0);
    ASSERT_EQ(inside("echo old > mark"), "");
  }

  /// What is on the engine, and on the disk, that no workspace has a use for; "" when there is nothing.
  std::string residue() {
    std::ifstream file(world.home() / ".config/containai/instance");
    std::string instance;
    file >> instance;
    const auto ours = "label=containai.instance=" + instance;
    auto found = world.docker({"ps", "-aq", "--filter", ours, "--filter", "label=containai.kind=helper"}).out;
    for (const auto& name : names_in(repository)) {
      if (!expected_files.contains(name)) found += name + "\n";
    }
    const auto all = cai({"status", "--all", "--no-disk"});
    EXPECT_EQ(all.code, 0) << all.err;
    const auto known = all.out + cai({"config", "get", "data_volume"}).out;
    // By name: a volume that an engine made for a container that names it has no labels.
    const auto named = "name=" + repository.filename().string();
    std::istringstream volumes(world.docker({"volume", "ls", "-q", "--filter", named}).out);
    for (std::string volume; volumes >> volume;) {
      if (known.find(volume) == std::string::npos) found += "volume " + volume + "\n";
    }
    return found;
  }

  /// The command dies at one request after the other. `reset` comes before each, `check` after the next plain
  /// command.
  template <typename Reset, typename Check>
  void kill_at_every_request(const Words& command, int at_least, Reset reset, Check check) {
    int points = 0;
    for (int at = 1;; ++at) {
      reset();
      if (!killer.kill_at(at, repository, command)) break;
      ++points;
      killer.kill_at(at / 2 + 1, repository, {"-d"});
      const auto back = cai({"-d"});
      ASSERT_EQ(back.code, 0) << "killed at request " << at << ": " << back.err;
      EXPECT_EQ(settled(), "") << "killed at request " << at;
      check(at);
    }
    EXPECT_GE(points, at_least);
    ASSERT_EQ(cai({"-d"}).code, 0);
    EXPECT_EQ(residue(), "");
    expect_no_marks();
  }

  void expect_no_marks() {
    let_marks_age(world);
    EXPECT_EQ(cai({"-d"}).code, 0);
    EXPECT_EQ(marks_left(world), "");
  }

  /// Another repository; what the former one had goes.
  void move_on() {
    const auto name = trimmed(cai({"-d"}).out);
    EXPECT_EQ(cai({"destroy", name, "--volumes", "--force"}).code, 0) << name;
    repository = world.repository(World::unique());
  }

  /// Plain commands leave nothing; the engine may still be making what a dead command asked it for.
  std::string settled() {
    auto left = residue();
    for (int i = 0; i < 50 && !left.empty(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      if (i == 20) let_marks_age(world);
      EXPECT_EQ(cai({"-d"}).code, 0);
      left = residue();
    }
    return left;
  }

  /// The old data or the new, and all of it.
  void expect_whole_data(int at) {
    const auto now = inside("cat mark; sha256sum < bulk");
    EXPECT_TRUE(now == "old\n" + bulk || now == "new\n" + bulk) << "killed at request " << at << ": " << now;
  }

  Killer killer{world};
  std::string bulk;
  std::set<std::string> expected_files = {"good.tgz", "former.tgz"};
};

TEST_F(KilledTransfer, Export) {
  make_archive_and_data();
  const auto whole = [&](int at) {
    std::ifstream file(repository / "former.tgz", std::ios::binary);
    std::stringstream content;
    content << file.rdbuf();
    if (content.str() == "former") return;
    EXPECT_EQ(run({"tar", "tzf", "former.tgz"}, world.environment, repository).code, 0) << at;
  };
  kill_at_every_request(
      {"export", "-o", "former.tgz"}, 5, [&] { std::ofstream(repository / "former.tgz") << "former"; },
      [&](int at) {
        whole(at);
        expect_whole_data(at);
      });
}

TEST_F(KilledTransfer, StopWithExport) {
  make_archive_and_data();
  kill_at_every_request(
      {"stop", "--force", "--export", "-o", "former.tgz"}, 5, [&] { ASSERT_EQ(cai({"-d"}).code, 0); },
      [&](int at) { expect_whole_data(at); });
}

TEST_F(KilledTransfer, ArchiveIntoARunningWorkspace) {
  make_archive_and_data();
  kill_at_every_request(
      {"import", "good.tgz", "--yes"}, 10,
      [&] {
        ASSERT_EQ(cai({"-d"}).code, 0);
        ASSERT_EQ(inside("echo old > mark"), "");
      },
      [&](int at) { expect_whole_data(at); });
  EXPECT_EQ(inside("cat mark"), "new\n") << "the last one ran to its end";
}

TEST_F(KilledTransfer, ArchiveIntoAStoppedWorkspace) {
  make_archive_and_data();
  kill_at_every_request(
      {"import", "--from", "good.tgz"}, 5,
      [&] {
        ASSERT_EQ(cai({"stop", "--force"}).code, 0);
      },
      [&](int at) { expect_whole_data(at); });
}

TEST_F(KilledTransfer, ArchiveIntoANewWorkspace) {
  make_archive_and_data();
  const auto archive = world.root() / "good.tgz";
  fs::rename(repository / "good.tgz", archive);
  kill_at_every_request(
      {"import", archive.string()}, 5, [&] { move_on(); },
      [&](int at) {
        const auto now = inside("cat mark 2>/dev/null && sha256sum < bulk");
        EXPECT_TRUE(now.empty() || now == "new\n" + bulk) << at << now;
      });
}

class KilledHomeImport : public KilledTransfer {
 protected:
  void write(char letter) {
    fs::create_directories(world.home() / ".vim");
    for (const char* name : {"a", "b", "c"})
      std::ofstream(world.home() / ".vim" / name) << std::string(200'000, letter);
  }
  /// No file is half old and half new, and nothing lies beside the home.
  void expect_whole_files(int at) {
    EXPECT_EQ(
        inside(
            "for f in .vim/?; do head -c 1 $f | tr -d '\\n' > /tmp/l; tr -d \"$(cat /tmp/l)\" < $f | wc -c; "
            "wc -c < $f; done | sort -u; ls -A /mnt/agent-data"),
        "0\n200000\n.containai.lock\nhome\n")
        << "killed at request " << at;
  }
};

TEST_F(KilledHomeImport, IntoAVolumeInService) {
  write('a');
  ASSERT_EQ(cai({"-d"}).code, 0);
  char letter = 'a';
  kill_at_every_request(
      {"import"}, 8,
      [&] {
        // Files that the killed one brought are known again, and may be replaced.
        EXPECT_EQ(cai({"import"}).code, 0);
        write(letter = letter == 'z' ? 'b' : static_cast<char>(letter + 1));
      },
      [&](int at) { expect_whole_files(at); });
  EXPECT_EQ(inside("tail -c 1 .vim/a"), std::string(1, letter)) << "the last one ran to its end";
}

TEST_F(KilledHomeImport, IntoANewWorkspace) {
  write('a');
  kill_at_every_request(
      {"import"}, 5, [&] { move_on(); }, [&](int at) { expect_whole_files(at); });
}

}  // namespace
}  // namespace cai::e2e
