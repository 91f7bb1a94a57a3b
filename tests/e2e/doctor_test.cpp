// `cai doctor`, `cai doctor fix`, `cai ssh cleanup` and `cai ssh config`, on the real engine.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <fstream>
#include <sstream>

#include "e2e/terminal.hpp"
#include "e2e/world.hpp"

namespace cai::e2e {
namespace {

namespace fs = std::filesystem;

class Doctor : public testing::Test {
 protected:
  fs::path keys() const { return world.home() / ".config/containai/keys"; }
  fs::path state() const { return world.home() / ".local/state/containai"; }
  fs::path entries() const { return world.home() / ".ssh/containai.d"; }

  /// A workspace that runs; returns its name.
  std::string make_workspace() {
    const auto name = World::unique("doc");
    repository = world.repository(name);
    const auto made = world.cai(repository, {"run", "-d"});
    EXPECT_EQ(made.code, 0) << made.err;
    return name + "-auth";
  }
  Result doctor(Words arguments = {}) {
    arguments.insert(arguments.begin(), "doctor");
    return world.cai(world.home(), arguments);
  }
  std::string sql(const std::string& statement) {
    const auto result =
        run({"sqlite3", (state() / "containai.db").string(), statement}, world.environment, world.home());
    EXPECT_EQ(result.code, 0) << result.err;
    return trimmed(result.out);
  }
  /// An id that no workspace has, with an entry, known hosts and keys as cai would have written them.
  void leave_traces(const std::string& from, const std::string& name, const std::string& id) {
    const auto own = sql("SELECT id FROM workspaces WHERE name = '" + from + "'");
    std::ifstream in(entries() / (from + ".conf"));
    std::ostringstream text;
    text << in.rdbuf();
    std::string entry = text.str();
    for (const auto& [old, now] :
         {std::pair{own, id}, std::pair{"Host " + from + "\n", "Host " + name + "\n"}}) {
      for (auto at = entry.find(old); at != entry.npos; at = entry.find(old, at + now.size()))
        entry.replace(at, old.size(), now);
    }
    std::ofstream(entries() / (name + ".conf")) << entry;
    fs::copy(keys() / "hosts" / own, keys() / "hosts" / id);
    fs::copy(keys() / "known_hosts" / own, keys() / "known_hosts" / id);
  }

  World world;
  fs::path repository;
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

TEST_F(Doctor, BeforeFirstUseItFindsNothingWrongAndMakesNothing) {
  const auto result = doctor();
  EXPECT_EQ(result.code, 0) << result.out << result.err;
  EXPECT_TRUE(has(result.out, "answers, API 1.")) << result.out;
  EXPECT_TRUE(has(result.out, " 0 failed")) << result.out;
  EXPECT_TRUE(fs::is_empty(world.home()));
}

TEST_F(Doctor, WithAWorkspaceAllIsWell) {
  make_workspace();
  const auto result = doctor({"--json"});
  EXPECT_EQ(result.code, 0) << result.out << result.err;
  EXPECT_TRUE(has(result.out, "\"healthy\": true")) << result.out;
  EXPECT_TRUE(has(result.out, "includes containai.d/*.conf")) << result.out;
  EXPECT_TRUE(has(result.out, "sound, version")) << result.out;
}

TEST_F(Doctor, NoEngineFailsOneCheckAndSkipsItsDependants) {
  world.environment["DOCKER_HOST"] = "unix:///nonexistent/engine.sock";
  const auto result = doctor();
  EXPECT_EQ(result.code, 1);
  EXPECT_TRUE(has(result.out, " 1 failed, 4 skipped")) << result.out;
  EXPECT_TRUE(has(result.out, "does not exist")) << result.out;
}

TEST_F(Doctor, AnEngineThatNeverAnswersIsGivenUp) {
  const auto path = (world.root() / "mute.sock").string();
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  ASSERT_EQ(bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(listen(listener, 5), 0);
  world.environment["DOCKER_HOST"] = "unix://" + path;
  const auto started = std::chrono::steady_clock::now();
  const auto result = doctor();
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(12));
  EXPECT_EQ(result.code, 1);
  EXPECT_TRUE(has(result.out, "did not answer within 5 s")) << result.out;
  close(listener);
}

TEST_F(Doctor, BrokenSettingsAndContextsAreNamed) {
  fs::create_directories(world.home() / ".config/containai");
  std::ofstream(world.home() / ".config/containai/config.toml") << "[engine\n";
  auto result = doctor();
  EXPECT_EQ(result.code, 1);
  EXPECT_TRUE(has(result.out, "failed   settings")) << result.out;
  result = doctor({"--context", "no-such-context"});
  EXPECT_EQ(result.code, 1);
  EXPECT_TRUE(has(result.out, "no-such-context")) << result.out;
}

TEST_F(Doctor, FixShowsFirstAndChangesNothingWithoutAYes) {
  make_workspace();
  fs::permissions(keys() / "id_ed25519", fs::perms(0644));
  const auto result = doctor({"fix"});
  EXPECT_EQ(result.code, 3);
  EXPECT_TRUE(has(result.err, "would set the mode of")) << result.err;
  EXPECT_EQ(fs::status(keys() / "id_ed25519").permissions(), fs::perms(0644));

  Terminal terminal({cai_binary(), "doctor", "fix"}, world, world.home(), 40, 160);
  ASSERT_TRUE(terminal.expect("[y/N]")) << terminal.screen();
  terminal.type("y\n");
  EXPECT_EQ(terminal.wait(), 0) << terminal.screen();
  EXPECT_EQ(fs::status(keys() / "id_ed25519").permissions(), fs::perms(0600));
}

TEST_F(Doctor, FixMendsEverythingThatIsSafe) {
  const auto name = make_workspace();
  fs::permissions(keys() / "id_ed25519", fs::perms(0644));
  fs::permissions(state() / "containai.db", fs::perms(0644));
  std::ofstream(world.home() / ".ssh/config") << "Host mine\n  Port 22\n";
  const auto dead = keys() / ".containai-0123456789abcdef.tmp";
  const auto young = keys() / ".containai-fedcba9876543210.tmp";
  const auto foreign = world.home() / ".ssh/notes.tmp";
  for (const auto& file : {dead, young, foreign}) std::ofstream(file) << "x";
  for (const auto& file : {dead, foreign})
    fs::last_write_time(file, fs::file_time_type::clock::now() - std::chrono::hours(1));
  sql("INSERT INTO journal (operation, workspace, step, started_at) VALUES ('0123456789ab', '" + name +
      "', 'a step that died', '2026-01-01T00:00:00Z')");

  auto result = doctor();
  EXPECT_EQ(result.code, 1);
  EXPECT_TRUE(has(result.out, "does not include our entries")) << result.out;
  EXPECT_TRUE(has(result.out, "temporary files 1, unfinished journal entries 1")) << result.out;
  EXPECT_TRUE(fs::exists(dead)) << "doctor itself changes nothing";

  result = doctor({"fix", "--yes"});
  EXPECT_EQ(result.code, 0) << result.out << result.err;
  EXPECT_FALSE(fs::exists(dead));
  EXPECT_TRUE(fs::exists(young));
  EXPECT_TRUE(fs::exists(foreign));
  EXPECT_EQ(sql("SELECT count(*) FROM journal WHERE outcome IS NULL"), "0");
  EXPECT_EQ(fs::status(state() / "containai.db").permissions(), fs::perms(0600));
  EXPECT_EQ(world.ssh({name, "echo", "inside"}).out, "inside\n");

  result = doctor({"fix"});
  EXPECT_EQ(result.code, 0);
  EXPECT_TRUE(has(result.err, "nothing that cai can mend")) << result.err;
}

TEST_F(Doctor, ADamagedStoreIsSeen) {
  make_workspace();
  std::ofstream(state() / "containai.db", std::ios::trunc)
      << "rubbish, long enough to be looked at as a header....";
  const auto result = doctor();
  EXPECT_EQ(result.code, 1);
  EXPECT_TRUE(has(result.out, "failed   store")) << result.out;
}

using SshCleanup = Doctor;

TEST_F(SshCleanup, RemovesWhatIsGoneAndNothingElse) {
  const auto name = make_workspace();
  const std::string id = "00000000deadbeef";
  leave_traces(name, "longgone", id);
  std::ofstream(entries() / "by-hand.conf") << "Host by-hand\n  Port 22\n";

  auto result = world.cai(world.home(), {"ssh", "cleanup", "--dry-run"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(result.out, "would remove longgone (entry, known hosts and keys of " + id + ")\n");
  EXPECT_TRUE(fs::exists(entries() / "longgone.conf"));

  result = world.cai(world.home(), {"ssh", "cleanup"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_FALSE(fs::exists(entries() / "longgone.conf"));
  EXPECT_FALSE(fs::exists(keys() / "hosts" / id));
  EXPECT_FALSE(fs::exists(keys() / "known_hosts" / id));
  EXPECT_TRUE(fs::exists(entries() / "by-hand.conf"));
  EXPECT_EQ(world.ssh({name, "echo", "inside"}).out, "inside\n");
}

TEST_F(SshCleanup, AWorkspaceWhoseStoreWasLostIsNotGone) {
  const auto name = make_workspace();
  fs::remove(state() / "containai.db");
  const auto result = world.cai(world.home(), {"ssh", "cleanup"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_TRUE(fs::exists(entries() / (name + ".conf")));
}

TEST_F(SshCleanup, AnUnreachableEngineIsNeverGone) {
  const auto name = make_workspace();
  leave_traces(name, "longgone", "00000000deadbeef");
  const auto engine = world.environment;
  world.environment["DOCKER_HOST"] = "unix:///nonexistent/engine.sock";
  auto result = world.cai(world.home(), {"ssh", "cleanup"});
  EXPECT_EQ(result.code, 20) << result.out;
  EXPECT_TRUE(fs::exists(entries() / "longgone.conf"));

  // The chosen engine answers, but that of another context may have the container.
  world.environment = engine;
  const auto made =
      world.docker({"context", "create", "away", "--docker", "host=unix:///nonexistent/engine.sock"});
  ASSERT_EQ(made.code, 0) << made.err;
  result = world.cai(world.home(), {"ssh", "cleanup"});
  EXPECT_EQ(result.code, 20) << result.out;
  EXPECT_TRUE(fs::exists(entries() / "longgone.conf"));
  result = world.cai(world.home(), {"ssh", "cleanup", "--context", "default"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_FALSE(fs::exists(entries() / "longgone.conf"));
}

TEST_F(SshCleanup, ConfigPrintsAnEntryThatWorksByHand) {
  const auto name = make_workspace();
  const auto result = world.cai(repository, {"ssh", "config"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_TRUE(has(result.out, "Host " + name + "\n")) << result.out;
  EXPECT_EQ(world.cai(world.home(), {"ssh", "config", name}).out, result.out);
  const auto file = world.root() / "by-hand";
  std::ofstream(file) << result.out;
  chmod(file.c_str(), 0600);
  EXPECT_EQ(run({"ssh", "-F", file.string(), name, "echo", "inside"}, world.environment, "/").out,
            "inside\n");
  EXPECT_EQ(world.cai(world.home(), {"ssh", "config", "nobody"}).code, 10);
}

}  // namespace
}  // namespace cai::e2e
