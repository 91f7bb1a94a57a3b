#include <gtest/gtest.h>

#include <algorithm>

#include "cli/doctor/judge.hpp"
#include "cli/doctor/repair.hpp"
#include "cli/doctor/view.hpp"

namespace cai {
namespace {

constexpr std::uint64_t gibibyte = std::uint64_t{1} << 30U;

/// Everything as it should be.
DoctorFacts good_facts() {
  DoctorFacts facts;
  facts.engine.program_installed = true;
  facts.engine.contexts = {"default"};
  facts.engine.url = "unix:///var/run/docker.sock";
  facts.engine.reason = "default socket";
  facts.engine.local = true;
  EngineInformation information;
  information.product.name = "Docker Engine";
  information.product.version = "28.0.1";
  information.product.api_version = "1.43";
  information.cgroup_version = "2";
  information.cgroup_driver = "systemd";
  information.user_namespaces = true;
  facts.engine.information = information;
  facts.ssh = {.version = "OpenSSH_9.2p1",
               .keygen = true,
               .client_key = true,
               .entries = true,
               .include_line = true,
               .unreadable = std::nullopt};
  facts.store = {.exists = true, .version = 1, .problems = {}, .remedies = {}};
  facts.disks = {
      {.what = "state", .path = "/home", .free_bytes = 50 * gibibyte, .total_bytes = 100 * gibibyte}};
  return facts;
}

Check check_of(const DoctorFacts& facts, const std::string& name) {
  for (const Check& check : judge(facts)) {
    if (check.name == name) return check;
  }
  ADD_FAILURE() << "no check " << name;
  return {};
}

Health health_of(const DoctorFacts& facts, const std::string& name) {
  return check_of(facts, name).health;
}

TEST(Doctor, EverythingGoodIsOk) {
  for (const Check& check : judge(good_facts())) {
    EXPECT_EQ(to_string(check.health), "ok") << check.name << ": " << check.seen;
    EXPECT_EQ(check.fix, "") << check.name;
  }
  EXPECT_TRUE(plan_repairs(good_facts()).empty());
}

TEST(Doctor, AnEngineThatDoesNotAnswerFailsOneCheckAndSkipsItsDependants) {
  auto facts = good_facts();
  facts.engine.information.reset();
  facts.engine.no_answer = Trouble{"permission denied", "join the group"};
  const auto checks = judge(facts);
  EXPECT_EQ(std::ranges::count(checks, Health::failed, &Check::health), 1);
  EXPECT_EQ(std::ranges::count(checks, Health::skipped, &Check::health), 4);
  EXPECT_EQ(check_of(facts, "engine").seen, "permission denied");
  EXPECT_EQ(check_of(facts, "engine").fix, "join the group");
  EXPECT_FALSE(is_healthy(checks));
}

TEST(Doctor, NoEngineInstalledSaysHowToInstallOne) {
  auto facts = good_facts();
  facts.engine.information.reset();
  facts.engine.no_answer = Trouble{"no socket", "start it"};
  facts.engine.program_installed = false;
  EXPECT_EQ(check_of(facts, "engine").fix, "sudo apt-get install docker.io");
}

TEST(Doctor, NoAddressSkipsTheEngine) {
  auto facts = good_facts();
  facts.engine.information.reset();
  facts.engine.no_endpoint = Trouble{"there is no context x", "docker context ls"};
  EXPECT_EQ(health_of(facts, "endpoint"), Health::failed);
  EXPECT_EQ(health_of(facts, "engine"), Health::skipped);
  EXPECT_EQ(health_of(facts, "loopback ports"), Health::skipped);
}

TEST(Doctor, LoopbackPortsByVersion) {
  struct Row {
    const char* version;
    Health health;
  };
  for (const auto& [version, health] :
       {Row{"20.10.24+dfsg1", Health::warning}, Row{"27.5.1", Health::warning}, Row{"28.0.0", Health::ok},
        Row{"29.1", Health::ok}, Row{"", Health::warning}}) {
    auto facts = good_facts();
    facts.engine.information->product.version = version;
    EXPECT_EQ(health_of(facts, "loopback ports"), health) << version;
  }
  auto podman = good_facts();
  podman.engine.information->product.name = "Podman";
  podman.engine.information->product.version = "4.3.1";
  EXPECT_EQ(health_of(podman, "loopback ports"), Health::ok);
}

TEST(Doctor, UserNamespacesFromBestToWorst) {
  auto facts = good_facts();
  facts.engine.information->user_namespaces = false;
  EXPECT_EQ(health_of(facts, "user namespaces"), Health::warning);
  facts.engine.information->runtimes = {"runc", "sysbox-runc"};
  EXPECT_EQ(health_of(facts, "user namespaces"), Health::ok);
  facts.engine.information->rootless = true;
  EXPECT_NE(check_of(facts, "user namespaces").seen.find("rootless"), std::string::npos);
}

TEST(Doctor, Cgroups) {
  auto facts = good_facts();
  facts.engine.information->cgroup_version = "1";
  EXPECT_EQ(health_of(facts, "cgroups"), Health::warning);
  facts.engine.information->cgroup_version = "2";
  facts.engine.information->cgroup_driver = "none";
  EXPECT_EQ(health_of(facts, "cgroups"), Health::warning);
  facts.engine.information->cgroup_version = "";
  EXPECT_EQ(health_of(facts, "cgroups"), Health::skipped);
}

TEST(Doctor, SshPrograms) {
  auto facts = good_facts();
  facts.ssh.version = "";
  facts.ssh.keygen = false;
  EXPECT_EQ(health_of(facts, "ssh"), Health::failed);
  EXPECT_EQ(health_of(facts, "ssh-keygen"), Health::failed);
  facts.ssh.version = "OpenSSH_7.2p2";
  EXPECT_EQ(health_of(facts, "ssh"), Health::failed);
  facts.ssh.version = "OpenSSH_10.0p2";
  EXPECT_EQ(health_of(facts, "ssh"), Health::ok);
}

TEST(Doctor, ALostIncludeLineIsPutBack) {
  auto facts = good_facts();
  facts.ssh.include_line = false;
  EXPECT_EQ(health_of(facts, "ssh config"), Health::failed);
  ASSERT_EQ(plan_repairs(facts).size(), 1U);
  EXPECT_EQ(to_text(plan_repairs(facts).front()), "put one Include line on top of ~/.ssh/config");
  facts.ssh.entries = false;
  EXPECT_EQ(health_of(facts, "ssh config"), Health::ok);
  EXPECT_TRUE(plan_repairs(facts).empty());
}

TEST(Doctor, LooseModesAreNamedAndMended) {
  auto facts = good_facts();
  facts.loose_modes = {{.path = "/k/id_ed25519", .is = 0644, .wanted = 0600},
                       {.path = "/k", .is = 0777, .wanted = 0700}};
  EXPECT_EQ(check_of(facts, "modes").seen, "/k/id_ed25519 has mode 0644 instead of 0600, and 1 more");
  EXPECT_EQ(check_of(facts, "modes").fix, "cai doctor fix");
  ASSERT_EQ(plan_repairs(facts).size(), 2U);
  EXPECT_EQ(to_text(plan_repairs(facts).front()), "set the mode of /k/id_ed25519 to 0600");
}

TEST(Doctor, ADamagedStoreFails) {
  auto facts = good_facts();
  facts.store.problems = {"the database disk image is malformed"};
  EXPECT_EQ(health_of(facts, "store"), Health::failed);
  EXPECT_FALSE(check_of(facts, "store").fix.empty());
  facts.store = {};
  EXPECT_EQ(health_of(facts, "store"), Health::ok);
}

TEST(Doctor, DiskSpace) {
  auto facts = good_facts();
  facts.disks.front().free_bytes = gibibyte;
  EXPECT_EQ(health_of(facts, "disk: state"), Health::warning);
  facts.disks.front().free_bytes = gibibyte / 1024;
  EXPECT_EQ(health_of(facts, "disk: state"), Health::failed);
  facts.disks.front().what = "engine";
  EXPECT_EQ(check_of(facts, "disk: engine").fix, "cai gc --dry-run");
}

TEST(Doctor, LeftoversAreAWarningAndMended) {
  auto facts = good_facts();
  facts.leftovers.temporary_files = {"/c/.containai-0123456789abcdef.tmp"};
  JournalEntry entry;
  entry.id = 7;
  entry.step = "create container\n x";
  facts.leftovers.unfinished = {entry};
  EXPECT_EQ(health_of(facts, "leftovers"), Health::warning);
  EXPECT_TRUE(is_healthy(judge(facts)));
  const auto repairs = plan_repairs(facts);
  ASSERT_EQ(repairs.size(), 2U);
  EXPECT_EQ(to_text(repairs[0]), "remove the temporary file /c/.containai-0123456789abcdef.tmp");
  EXPECT_EQ(to_text(repairs[1]), "close journal entry 7 as failed: create container\\x0a x");
}

TEST(Doctor, EveryFailedCheckHasAFix) {
  DoctorFacts bad;
  bad.settings = Trouble{"bad TOML", ""};
  bad.engine.no_answer = Trouble{"silence", ""};
  bad.engine.url = "tcp://h:1";
  bad.ssh.unreadable = Trouble{"cannot look", ""};
  bad.store = {.exists = true, .version = 0, .problems = {"damaged"}, .remedies = {}};
  bad.loose_modes = {{.path = "/k", .is = 0777, .wanted = 0700}};
  bad.disks = {{.what = "state", .path = "/a b", .free_bytes = 0, .total_bytes = 1}};
  int failed = 0;
  for (const Check& check : judge(bad)) {
    if (check.health != Health::failed) continue;
    ++failed;
    EXPECT_FALSE(check.fix.empty()) << check.name;
    EXPECT_FALSE(check.seen.empty()) << check.name;
  }
  EXPECT_EQ(failed, 8);
}

TEST(Doctor, TextShowsFixesAndCountsAndObeysNothing) {
  const std::vector<Check> checks = {{"engine", Health::ok, "it answers"},
                                     {"ssh", Health::failed, "odd \x1b[2J", "sudo x"}};
  EXPECT_EQ(doctor_text(checks),
            "ok      engine  it answers\n"
            "failed  ssh     odd \\x1b[2J\n"
            "                fix: sudo x\n"
            "\n1 ok, 0 warning, 1 failed, 0 skipped\n");
}

}  // namespace
}  // namespace cai
