// What a hostile repository, image and container can try, and that nothing comes of it. The whole table, with
// the tests of the other rooms, is docs/security.md.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "e2e/world.hpp"

namespace cai::e2e {
namespace {

namespace fs = std::filesystem;

void write(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << text;
}

/// Every program that was started, by the kernel's word for it.
std::set<std::string> programs_in(const fs::path& trace) {
  std::set<std::string> programs;
  std::ifstream file(trace);
  for (std::string line; std::getline(file, line);) {
    const auto begin = line.find("execve(\"");
    if (begin == std::string::npos || line.find(" = -1") != std::string::npos) continue;
    const auto path = line.substr(begin + 8, line.find('"', begin + 8) - begin - 8);
    programs.insert(fs::path(path).filename().string());
  }
  return programs;
}

TEST(HostileRepository, NothingOfItIsExecutedOnTheHost) {
  World world;
  const auto repository = world.repository(World::unique());
  const auto mark = (world.root() / "mark").string();
  const auto trap = "touch " + mark;
  std::ofstream(repository / ".git/config", std::ios::app)
      << "[core]\n\tfsmonitor = \"" << trap << "\"\n\thooksPath = hooks\n\tsshCommand = \"" << trap
      << "\"\n\tpager = \"" << trap << "\"\n[diff]\n\texternal = \"" << trap
      << "\"\n[filter \"f\"]\n\tclean = \"" << trap << "\"\n[credential]\n\thelper = \"!" << trap
      << "\"\n[alias]\n\tconfig = \"!" << trap << "\"\n";
  for (const char* name : {"hooks/post-checkout", "hooks/fsmonitor-watchman", ".envrc", "ssh", "git", "tar",
                           "ssh-keygen", ".containai/init", ".devcontainer/devcontainer.json"}) {
    write(repository / name, "#!/bin/sh\n" + trap + "\n");
    fs::permissions(repository / name, fs::perms::owner_all);
  }
  write(world.home() / ".gitconfig", "[user]\n\tname = n\n");
  world.environment["PATH"] = ".:" + world.environment["PATH"];
  for (const auto& words :
       {Words{"-d"}, Words{"status"}, Words{"plan"}, Words{"exec", "--", "true"}, Words{"import", "--yes"},
        Words{"export", "--output", (world.root() / "e.tgz").string()}, Words{"--fresh", "-d"},
        Words{"template", "list"}, Words{"config", "list"}, Words{"doctor"}, Words{"stop", "--force"}}) {
    const auto trace = world.root() / "trace";
    Words argv = {"strace", "-f",          "-qq", "-e",           "trace=execve",
                  "-e",     "signal=none", "-o",  trace.string(), cai_binary()};
    argv.insert(argv.end(), words.begin(), words.end());
    const auto result = run(argv, world.environment, repository);
    EXPECT_EQ(result.code, 0) << words.front() << ": " << result.err;
    // git is asked for the person's own settings, at home.
    for (const auto& program : programs_in(trace))
      EXPECT_TRUE(std::ranges::count(Words{"cai", "ssh", "ssh-keygen", "env", "git"}, program) == 1)
          << words.front() << " starts " << program;
    EXPECT_FALSE(fs::exists(mark)) << words.front();
  }
  // A session leaves a shared connection behind, which strace would wait for.
  EXPECT_EQ(world.cai(repository, {"--", "true"}).code, 0);
  EXPECT_FALSE(fs::exists(mark));
}

TEST(HostileRepository, ItsTemplateIsNotBuiltBeforeItIsApprovedNorAfterItChanged) {
  World world;
  const auto repository = world.repository(World::unique());
  const auto dockerfile = repository / ".containai/template/Dockerfile";
  const auto head = "ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nRUN echo ";
  write(dockerfile, head + std::string("one >/theirs\n"));
  const auto theirs = [&] { return world.cai(repository, {"exec", "--", "cat", "/theirs"}).out; };
  const auto first = world.cai(repository, {"-d", "--yes"});
  ASSERT_EQ(first.code, 0) << first.err;
  EXPECT_NE(first.err.find("not approved"), std::string::npos) << first.err;
  EXPECT_EQ(theirs(), "");
  EXPECT_EQ(world.docker({"images", "-q", "containai:repository-*"}).out.find("theirs"), std::string::npos);

  ASSERT_EQ(world.cai(repository, {"--fresh", "-d", "--trust"}).code, 0);
  EXPECT_EQ(theirs(), "one\n");
  write(dockerfile, head + std::string("two >/theirs\n"));
  const auto changed = world.cai(repository, {"--fresh", "-d", "--yes"});
  EXPECT_NE(changed.err.find("not approved"), std::string::npos) << changed.err;
  EXPECT_NE(theirs(), "two\n");
}

/// An engine gives a container the labels of its image.
TEST(HostileImage, ItsLabelsDecideNothing) {
  World world;
  const auto repository = world.repository(World::unique());
  const auto name = trimmed(world.cai(repository, {"-d"}).out);
  const auto label = [&](const std::string& key) {
    return world.inspect(name, "{{index .Config.Labels \"" + key + "\"}}");
  };
  const auto id = world.inspect(name, "{{.Id}}");
  const auto image = World::unique("hostile") + ":1";
  std::string text = "FROM debian:bookworm-slim\n";
  for (const char* key :
       {"containai.managed", "containai.instance", "containai.workspace-id", "containai.workspace",
        "containai.branch", "containai.ssh-port", "containai.data-volume", "containai.spec-hash"})
    text += "LABEL " + std::string(key) + "=\"" + label(key) + "\"\n";
  text +=
      "LABEL containai.generation=99 containai.kind=workspace containai.keep=true "
      "containai.persistent=true\n";
  write(world.root() / "image/Dockerfile", text);
  ASSERT_EQ(world.docker({"build", "-q", "-t", image, (world.root() / "image").string()}).code, 0);

  const auto ran = world.cai(repository, {"run", "--rm", "--image", image, "--", "echo", "ran"});
  EXPECT_EQ(ran.out, "ran\n") << ran.err;
  const auto of_ours =
      Words{"ps", "-q", "--filter", "label=containai.instance=" + label("containai.instance")};
  EXPECT_EQ(world.docker(of_ours).out.find('\n'), world.docker(of_ours).out.size() - 1) << "one container";

  // While such a run lives, it is not taken for the workspace; and when its cai is killed, it is swept.
  const auto runner =
      world.spawn({cai_binary(), "run", "--rm", "--image", image, "--", "sleep", "1000"}, repository);
  std::string both;
  for (int tries = 0; tries < 200 && std::ranges::count(both, '\n') < 2; ++tries)
    both = world.docker(of_ours).out;
  EXPECT_EQ(std::ranges::count(both, '\n'), 2);
  EXPECT_EQ(world.cai(repository, {"exec", "--", "test", "-e", "/etc/containai"}).code, 0);
  EXPECT_EQ(world.cai(repository, {"-d"}).code, 0);
  EXPECT_EQ(world.inspect(name, "{{.Id}}"), id);
  EXPECT_NE(world.cai(repository, {"status"}).out.find(name), std::string::npos);
  kill(runner, SIGKILL);
  World::wait(runner);
  EXPECT_EQ(world.cai(repository, {"run", "--rm", "--image", "debian:bookworm-slim", "--", "true"}).code, 0);
  EXPECT_EQ(std::ranges::count(world.docker(of_ours).out, '\n'), 1)
      << world.docker({"ps", "-a", "--filter", of_ours.back()}).out;
  world.docker({"rmi", image});
}

class HostileContainer : public testing::Test {
 protected:
  HostileContainer() : repository(world.repository(World::unique())) {
    name = trimmed(world.cai(repository, {"-d"}).out);
  }
  Result inside(const std::string& script) {
    return world.cai(repository, {"exec", "--", "sh", "-c", script});
  }

  World world;
  fs::path repository;
  std::string name;
};

TEST_F(HostileContainer, HasNothingOfTheHost) {
  EXPECT_EQ(
      world.inspect(name,
                    "{{.HostConfig.Privileged}} [{{.HostConfig.PidMode}}] {{.HostConfig.IpcMode}} "
                    "[{{.HostConfig.UTSMode}}] [{{.HostConfig.UsernsMode}}] {{len .HostConfig.Devices}}"),
      "false [] private [] [] 0");
  EXPECT_NE(world.inspect(name, "{{.HostConfig.NetworkMode}}"), "host");
  EXPECT_EQ(world.inspect(name, "{{.HostConfig.SecurityOpt}}").find("unconfined"), std::string::npos);
  EXPECT_EQ(world.inspect(name, "{{json .Mounts}}").find("docker.sock"), std::string::npos);
  EXPECT_EQ(inside("cat /proc/1/comm; ls /dev | grep -E '^(sd|vd|nvme|mem|kmsg|kvm|loop)'; "
                   "find / -xdev -name '*docker*.sock' 2>/dev/null")
                .out.find("dockerd"),
            std::string::npos);
  EXPECT_EQ(inside("ls /dev | grep -cE '^(sd|vd|nvme|mem|kmsg|loop)'").out, "0\n");
  EXPECT_EQ(inside("find / -xdev -name 'docker*.sock' 2>/dev/null | wc -l").out, "0\n");
  EXPECT_NE(inside("mount -t tmpfs none /mnt").code, 0);
  EXPECT_NE(inside("unshare -m true").code, 0);
}

TEST_F(HostileContainer, CannotChangeItsKeys) {
  EXPECT_NE(inside("echo evil >>/etc/containai/keys/authorized_keys").code, 0);
  EXPECT_NE(inside("rm -f /etc/containai/keys/*").code, 0);
  EXPECT_NE(inside("mv /etc/containai/keys /tmp/keys").code, 0);
  EXPECT_EQ(world.cai(repository, {"--", "true"}).code, 0);
}

/// Whoever opens a FIFO waits for ever, whoever follows a link arrives elsewhere, and whoever prints a name
/// obeys it.
TEST_F(HostileContainer, WhatItPlantsHoldsNobodyUpAndLeadsNowhere) {
  write(world.home() / ".gitconfig", "[user]\n\tname = the person\n");
  write(world.home() / ".bashrc", "# theirs\n");
  const auto canary = world.home() / "canary";
  write(canary, "untouched");
  const auto planted = inside(
      "cd ~ && rm -rf .gitconfig .bashrc .ssh .claude && mkfifo .gitconfig fifo && ln -s / .ssh && "
      "ln -s loop loop && ln -s " +
      canary.string() +
      " .bashrc && truncate -s 16M sparse && mkdir -p \"$(printf 'n\\n\\033]0;title\\007')\" && "
      "d=$(printf 'd/%.0s' $(seq 400)) && mkdir -p $d && ln -s /proc/self/fd .claude && "
      "for i in $(seq 2000); do : >many.$i; done && ln many.1 hard && echo planted");
  ASSERT_EQ(planted.out, "planted\n") << planted.err;
  const auto archive = (world.root() / "planted.tgz").string();
  for (const auto& words :
       {Words{"status"}, Words{"status", "--all"}, Words{"list"}, Words{"exec", "--", "true"},
        Words{"--", "true"}, Words{"import", "--yes"}, Words{"export", "--output", archive},
        Words{"stop", "--force"}, Words{"-d"}, Words{"--fresh", "-d"}}) {
    const auto result = world.cai(repository, words);
    EXPECT_EQ(result.out.find('\x1b'), std::string::npos) << words.front();
    EXPECT_EQ(result.err.find('\x1b'), std::string::npos) << words.front();
    EXPECT_TRUE(result.code == 0 || words.front() == "import") << words.front() << ": " << result.err;
  }
  std::string content;
  std::ifstream(canary) >> content;
  EXPECT_EQ(content, "untouched");
  const auto back = world.cai(repository, {"import", "--yes", archive});
  EXPECT_EQ(back.code, 0) << back.err;
  EXPECT_EQ(inside("cd ~ && ls | grep -c '^many'; stat -c %s sparse").out, "2000\n16777216\n");
}

}  // namespace
}  // namespace cai::e2e
