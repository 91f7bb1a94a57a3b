// Boxes through `cai box call`, which prints what MCP returns. ACCEPTANCE.md rows 44-68 and 71.
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>

#include "e2e/box_fixture.hpp"

namespace cai::e2e {
namespace {

TEST_F(Box, Row44CreateLimits) {
  must_create();
  EXPECT_EQ(world_.inspect(name_, "{{.HostConfig.CapDrop}}"), "[ALL]");
  EXPECT_EQ(world_.inspect(name_, "{{.HostConfig.SecurityOpt}}"), "[no-new-privileges]");
  EXPECT_EQ(world_.inspect(name_, "{{.HostConfig.Memory}}"), "4294967296");
  EXPECT_EQ(world_.inspect(name_, "{{.HostConfig.PidsLimit}}"), "256");
  EXPECT_EQ(world_.inspect(name_, "{{.HostConfig.Privileged}}"), "false");
  EXPECT_EQ(world_.inspect(name_, "{{.HostConfig.NetworkMode}}"), "bridge");
  name_ = World::unique("box");
  must_create({{"memory_limit", "256m"}, {"cpu_limit", 0.5}});
  EXPECT_EQ(world_.inspect(name_, "{{.HostConfig.Memory}}"), "268435456");
  EXPECT_EQ(world_.inspect(name_, "{{.HostConfig.NanoCpus}}"), "500000000");
}

TEST_F(Box, Row45CreateReport) {
  const Json made =
      must_create({{"setup_commands", {"echo fine > ~/made", "echo words >&2; exit 7", "true"}}});
  std::vector<std::string> names;
  for (const auto& each : made["provisioning_report"]) names.push_back(each["name"]);
  EXPECT_EQ(names, (std::vector<std::string>{"env_passthrough", "forward_git", "forward_gh", "forward_ssh",
                                             "dotfiles", "purpose", "setup_commands"}));
  EXPECT_EQ(step(made, "setup_commands")["status"], "partial");
  const auto error = step(made, "setup_commands")["error"].get<std::string>();
  EXPECT_NE(error.find("ended with 7: words"), std::string::npos) << error;
  EXPECT_EQ(output("cat ~/made"), "fine");
}

TEST_F(Box, Row46RollbackLeavesNothingAndShowsNoSecret) {
  world_.environment["X_API_KEY"] = "hidden-passed-value";
  const Json bad =
      create({{"image", "127.0.0.1:1/no/such:1"}, {"env", {{"MY_TOKEN", "hidden-explicit-value"}}}});
  ASSERT_TRUE(bad.contains("error"));
  EXPECT_NE(bad["error"].get<std::string>().find("127.0.0.1:1/no/such:1"), std::string::npos);
  EXPECT_NE(bad["guidance"].get<std::string>().find("box.image"), std::string::npos) << bad;
  EXPECT_EQ((bad.dump() + last_error_).find("hidden-"), std::string::npos);
  EXPECT_FALSE(exists(name_));

  must_create();
  const auto holder = world_.inspect(name_, "{{.Id}} {{.State.StartedAt}}");
  const Json taken = create({{"env", {{"MY_TOKEN", "hidden-explicit-value"}}}});
  EXPECT_NE(taken["error"].get<std::string>().find("in use"), std::string::npos);
  EXPECT_EQ(world_.inspect(name_, "{{.Id}} {{.State.StartedAt}}"), holder);

  name_ = World::unique("box");
  const Json port =
      create({{"ports", Json::array({{{"host", 1}, {"container", 80}}})}, {"image", plain_image}});
  if (port.contains("error")) {
    EXPECT_FALSE(exists(name_)) << "what could not start is removed";
  }
}

TEST_F(Box, Row46SecretsAreInNothingThatCanBeRead) {
  program("gh", "echo gho_from-the-host");
  world_.environment["X_API_KEY"] = "hidden-passed-value";
  const Json made = must_create({{"env", {{"MY_TOKEN", "hidden-explicit-value"}, {"PLAIN", "visible"}}},
                                 {"setup_commands", {"echo $X_API_KEY $MY_TOKEN $GH_TOKEN; false"}}});
  const auto seen = made.dump() + last_error_ + full_inspect(name_);
  for (const char* secret : {"hidden-passed-value", "hidden-explicit-value", "gho_from-the-host"}) {
    EXPECT_EQ(seen.find(secret), std::string::npos) << secret;
    EXPECT_EQ(world_.docker({"top", name_, "-eo", "pid,args"}).out.find(secret), std::string::npos);
    EXPECT_EQ(world_.docker({"diff", name_}).out.find("/run/cai/"), std::string::npos);
  }
  EXPECT_NE(seen.find("PLAIN=visible"), std::string::npos);
  EXPECT_EQ(output("echo $X_API_KEY $MY_TOKEN $GH_TOKEN $PLAIN"),
            "hidden-passed-value hidden-explicit-value gho_from-the-host visible");
}

TEST_F(Box, Row47AutoNameWorkdirAndMountCwd) {
  write_text(directory_ / "file", "from the host\n");
  const Json made = call({{"operation", "create"}});
  name_ = made["container"];
  EXPECT_TRUE(name_.starts_with("cai-box-")) << name_;
  EXPECT_EQ(output("pwd; cat file"), "/workspace\nfrom the host");
  name_ = World::unique("box");
  must_create({{"mount_cwd", false}, {"workdir", "/other/place"}});
  EXPECT_EQ(output("pwd; ls"), "/other/place");
  EXPECT_EQ(output("touch writable && ls"), "writable");
}

TEST_F(Box, ADirectoryOfTheHostKeepsItsOwner) {
  // Only root can have a directory of somebody else's; everybody's own has to stay their own.
  if (geteuid() == 0) {
    ASSERT_EQ(chown(directory_.c_str(), 4711, 4712), 0);
  }
  struct stat before = {};
  ASSERT_EQ(stat(directory_.c_str(), &before), 0);
  must_create();
  struct stat after = {};
  ASSERT_EQ(stat(directory_.c_str(), &after), 0);
  EXPECT_EQ(after.st_uid, before.st_uid);
  EXPECT_EQ(after.st_gid, before.st_gid);
}

TEST_F(Box, WithoutAnyCapabilityABoxIsStillUsable) {
  world_.stop_being_root(World::EngineAccess::granted);
  write_text(world_.home() / ".config/containai/config.toml", "[security]\ncap_add = []\n");
  ASSERT_EQ(
      run({"chown", "-R", std::to_string(world_.uid()), world_.root().string()}, world_.environment, "/")
          .code,
      0);
  world_.environment["X_API_KEY"] = "passed";
  must_create({{"mount_cwd", false}});
  EXPECT_EQ(world_.inspect(name_, "{{.HostConfig.CapAdd}}"), "[]");
  EXPECT_EQ(output("echo $X_API_KEY; echo x > file && echo x > ~/file && cat file; id -u"),
            "passed\nx\n" + std::to_string(world_.uid()));
}

TEST_F(Box, Row48MountsPortsEnvAndNetwork) {
  write_text(directory_ / "data/file", "host\n");
  must_create({{"mounts",
                Json::array({{{"host", (directory_ / "data").string()}, {"container", "/ro"}, {"mode", "ro"}},
                             {{"host", (directory_ / "data").string()}, {"container", "/rw"}}})},
               {"ports", Json::array({{{"host", 18480}, {"container", 80}}})},
               {"env", {{"WORDS", "it's \"two\" words"}}},
               {"network", "none"}});
  EXPECT_EQ(output("cat /ro/file"), "host");
  EXPECT_NE(exec("echo x > /ro/file")["returncode"], 0);
  EXPECT_EQ(exec("echo inside > /rw/new")["returncode"], 0);
  EXPECT_EQ(read_text(directory_ / "data/new"), "inside\n");
  EXPECT_EQ(output("printf %s \"$WORDS\""), "it's \"two\" words");
  EXPECT_NE(full_inspect(name_).find("WORDS=it's"), std::string::npos);
  EXPECT_EQ(world_.inspect(name_, "{{.HostConfig.NetworkMode}}"), "none");
  EXPECT_EQ(world_.inspect(name_, "{{(index (index .HostConfig.PortBindings \"80/tcp\") 0).HostPort}}"),
            "18480");
  EXPECT_EQ(world_.inspect(name_, "{{(index (index .HostConfig.PortBindings \"80/tcp\") 0).HostIp}}"),
            "127.0.0.1");
}

TEST_F(Box, Row49Exec) {
  must_create();
  EXPECT_EQ(exec("echo out; echo err >&2; exit 3"),
            (Json{{"returncode", 3}, {"stdout", "out\n"}, {"stderr", "err\n"}, {"timed_out", false}}));
  const Json slow = exec("echo early; sleep 61234 & sleep 61234", {{"timeout", 1}});
  EXPECT_EQ(slow["timed_out"], true);
  EXPECT_EQ(slow["stdout"], "early\n");
  EXPECT_EQ(world_.docker({"top", name_, "-eo", "pid,args"}).out.find("61234"), std::string::npos);
  const Json large = exec("head -c 3000000 /dev/zero | tr '\\0' x; echo; echo the-end");
  EXPECT_EQ(large["truncated"], true);
  EXPECT_LT(large["stdout"].get<std::string>().size(), 300000U);
  EXPECT_NE(large["stdout"].get<std::string>().find("left out by cai"), std::string::npos);
  EXPECT_TRUE(large["stdout"].get<std::string>().ends_with("the-end\n"));
  const Json odd = exec("printf 'a\\033[31m\\377\\000b'");
  EXPECT_EQ(odd["returncode"], 0);
  EXPECT_NE(exec("no-such-tool")["returncode"], 0);
}

TEST_F(Box, NothingThatABoxSaysIsObeyedByATerminal) {
  must_create({{"mount_cwd", false}});
  const std::string evil =
      "\x1b[2J\x7f\xc2\x9b"
      "31m\xe2\x80\xae"
      "gpj";
  const std::string quoted = "\\033[2J\\177\\302\\23331m\\342\\200\\256gpj";
  const Json request = {
      {"operation", "exec"},
      {"container", name_},
      {"command", "printf '" + quoted + "'; mkdir -p d; mkfifo \"d/$(printf '" + quoted + "')\""}};
  const auto raw = world_.cai(directory_, {"box", "call", "-"}, request.dump());
  EXPECT_EQ(Json::parse(raw.out)["stdout"], evil);
  std::string said = raw.out + raw.err;
  for (const Words& words :
       {Words{"box", "copy-out", name_, "/workspace/d", (directory_ / "d").string()},
        Words{"box", "copy-out", name_, "/workspace/" + evil, "/tmp/x"}, Words{"box", "status", evil},
        Words{"box", "create", evil}, Words{"box", "create", "x", "--image", evil},
        Words{"box", "create", "x", "-e", evil + "=1"},
        Words{"box", "call", R"({"operation":")" + evil.substr(7) + "\"}"}, Words{"box", "list"}}) {
    const auto result = world_.cai(directory_, words);
    EXPECT_NE(result.out + result.err, "") << words[1];
    said += result.out + result.err;
  }
  for (const char* obeyed : {"\x1b", "\x7f", "\xc2\x9b", "\xe2\x80\xae"}) {
    EXPECT_EQ(said.find(obeyed), std::string::npos) << said;
  }
}

TEST_F(Box, Row50ExecUser) {
  world_.stop_being_root(World::EngineAccess::granted);
  ASSERT_EQ(chown(directory_.c_str(), world_.uid(), world_.gid()), 0);
  // No useradd: only what busybox-like images have.
  write_text(tools_ / "context/Dockerfile",
             std::string("FROM ") + plain_image +
                 "\nRUN rm -f /usr/sbin/useradd /usr/sbin/adduser /usr/sbin/groupadd\n");
  const std::string image = "cai-e2e-nouseradd-" + name_;
  ASSERT_EQ(world_.docker({"build", "-q", "-t", image, (tools_ / "context").string()}).code, 0);
  must_create({{"image", image}});
  EXPECT_EQ(exec("echo x > made")["returncode"], 0);
  struct stat seen = {};
  ASSERT_EQ(stat((directory_ / "made").c_str(), &seen), 0);
  EXPECT_EQ(seen.st_uid, world_.uid());
  EXPECT_EQ(output("id -u; echo $HOME; touch ~/x && echo writable; grep CapEff /proc/self/status | cut -f2"),
            std::to_string(world_.uid()) + "\n/home/hostuser\nwritable\n0000000000000000");
  EXPECT_EQ(trimmed(exec("id -u", {{"as_root", true}})["stdout"]), "0");
  EXPECT_EQ(exec("chown 5:5 /tmp && chown 0:0 /tmp", {{"as_root", true}})["returncode"], 0);
  call({{"operation", "destroy"}, {"container", name_}, {"force", true}});
  world_.docker({"rmi", image});
}

TEST_F(Box, Row51Hint) {
  must_create();
  const Json hint = call({{"operation", "exec_interactive_hint"}, {"container", name_}});
  const auto command = hint["command"].get<std::string>();
  EXPECT_TRUE(command.starts_with("docker exec -it")) << command;
  EXPECT_NE(command.find(name_), std::string::npos);
  EXPECT_TRUE(command.ends_with(hint["shell"].get<std::string>()));
  std::istringstream words(command.substr(std::string("docker exec -it ").size()));
  Words argv = {"exec"};
  for (std::string word; words >> word;) argv.push_back(word);
  argv.insert(argv.end(), {"-c", "echo works"});
  EXPECT_EQ(world_.docker(argv).out, "works\n");
}

TEST_F(Box, Row52ListAndStatus) {
  must_create();
  const auto foreign = World::unique("foreign");
  world_.docker({"run", "-d", "--name", foreign, "--label", "containai.managed=true", "--label",
                 "containai.kind=box", plain_image, "sleep", "300"});
  fs::remove_all(world_.home() / ".local/state");
  const Json list = call({{"operation", "list"}});
  EXPECT_EQ(list["count"], 1);
  EXPECT_EQ(list["containers"][0]["name"], name_);
  const Json status = call({{"operation", "status"}, {"container", name_}});
  EXPECT_EQ(status["running"], true);
  EXPECT_FALSE(status.contains("health"));
  const Json healthy = call({{"operation", "status"}, {"container", name_}, {"health_check", true}});
  EXPECT_EQ(healthy["health"]["healthy"], true) << healthy;
  world_.docker({"pause", name_});
  const Json paused = call({{"operation", "status"}, {"container", name_}, {"health_check", true}});
  EXPECT_EQ(paused["health"]["healthy"], false) << paused;
  world_.docker({"unpause", name_});
  EXPECT_TRUE(call({{"operation", "status"}, {"container", foreign}}).contains("error"));
  world_.docker({"rm", "-f", foreign});
}

TEST_F(Box, Row53DestroyTouchesOnlyOurs) {
  const auto foreign = World::unique("foreign");
  world_.docker({"run", "-d", "--name", foreign, plain_image, "sleep", "300"});
  must_create();
  const auto other = World::unique("box");
  call({{"operation", "create"}, {"name", other}});
  EXPECT_TRUE(call({{"operation", "destroy"}, {"container", foreign}}).contains("error"));
  EXPECT_TRUE(call({{"operation", "destroy_all"}}).contains("error"));
  EXPECT_TRUE(exists(name_));
  EXPECT_EQ(call({{"operation", "destroy"}, {"container", name_}})["success"], true);
  EXPECT_FALSE(exists(name_));
  EXPECT_EQ(call({{"operation", "destroy_all"}, {"confirm", true}})["destroyed"], 1);
  EXPECT_FALSE(exists(other));
  EXPECT_TRUE(exists(foreign));
  world_.docker({"rm", "-f", foreign});
}

TEST_F(Box, Row54CopyRoundTrip) {
  must_create({{"mount_cwd", false}});
  const auto tree = directory_ / "tree";
  write_text(tree / "sub" / std::string(150, 'n') / "deep", std::string("binary\0\xff", 8));
  write_text(tree / "run.sh", "#!/bin/sh\necho hi\n", 0755);
  write_text(tree / "empty", "");
  write_text(tree / "large", std::string(700001, 'L'), 0600);
  fs::create_symlink("../outside", tree / "link");
  fs::create_directories(tree / "hollow");
  fs::create_symlink(tree, directory_ / "alias");
  const Json in = call({{"operation", "copy_in"},
                        {"container", name_},
                        {"host_path", (directory_ / "alias").string()},
                        {"container_path", "/workspace/copy"}});
  ASSERT_EQ(in.value("success", false), true) << in;
  EXPECT_EQ(output("cd copy && ./run.sh && readlink link && stat -c %a large"), "hi\n../outside\n600");
  const Json out = call({{"operation", "copy_out"},
                         {"container", name_},
                         {"container_path", "/workspace/copy/"},
                         {"host_path", (directory_ / "back").string() + "/"}});
  ASSERT_EQ(out.value("success", false), true) << out;
  EXPECT_EQ(run({"diff", "-r", "--no-dereference", tree.string(), (directory_ / "back").string()},
                world_.environment, "/")
                .out,
            "");
  EXPECT_EQ(fs::status(directory_ / "back/large").permissions(), fs::perms(0600));
  const Json file = call({{"operation", "copy_in"},
                          {"container", name_},
                          {"host_path", (tree / "large").string()},
                          {"container_path", "/workspace/one"}});
  EXPECT_EQ(file["success"], true) << file;
  EXPECT_EQ(output("wc -c < one"), "700001");
  EXPECT_EQ(call({{"operation", "copy_in"},
                  {"container", name_},
                  {"host_path", "/no/such"},
                  {"container_path", "/x"}})["success"],
            false);
  EXPECT_EQ(call({{"operation", "copy_out"},
                  {"container", name_},
                  {"container_path", "/no/such"},
                  {"host_path", (directory_ / "x").string()}})["success"],
            false);
}

TEST_F(Box, CopyOutKeepsHardLinks) {
  must_create({{"mount_cwd", false}});
  ASSERT_EQ(exec("mkdir pair && echo same > pair/a && ln pair/a pair/b")["returncode"], 0);
  const Json out = call({{"operation", "copy_out"},
                         {"container", name_},
                         {"container_path", "/workspace/pair"},
                         {"host_path", (directory_ / "moved").string()}});
  ASSERT_EQ(out.value("success", false), true) << out;
  EXPECT_FALSE(out.contains("left_out")) << out;
  EXPECT_TRUE(fs::equivalent(directory_ / "moved/a", directory_ / "moved/b"));
}

TEST_F(Box, CopyOutFollowsNoLinkThatTheBoxPlanted) {
  must_create({{"mount_cwd", false}});
  const auto victim = world_.root() / "victim";
  fs::create_directories(victim);
  fs::create_directories(directory_ / "target");
  fs::create_symlink(victim, directory_ / "target/sub");
  ASSERT_EQ(exec("mkdir -p t/target/sub && echo evil > t/target/sub/file")["returncode"], 0);
  const Json out = call({{"operation", "copy_out"},
                         {"container", name_},
                         {"container_path", "/workspace/t/target"},
                         {"host_path", (directory_ / "target").string()}});
  EXPECT_EQ(out["success"], false) << out;
  EXPECT_TRUE(fs::is_empty(victim));
}

TEST_F(Box, Row55And56SnapshotAndRestoreWithoutSecrets) {
  world_.environment["X_API_KEY"] = "hidden-passed-value";
  must_create(
      {{"mount_cwd", false}, {"env", {{"GIVEN", "explicit-value"}, {"MY_TOKEN", "hidden-explicit"}}}});
  exec("echo saved > /workspace/file");
  const Json saved = call({{"operation", "snapshot"}, {"container", name_}, {"name", "after-setup"}});
  ASSERT_EQ(saved.value("success", false), true) << saved;
  const auto image = full_inspect(saved["image"]);
  for (const char* value :
       {"hidden-passed-value", "explicit-value", "hidden-explicit", "containai.managed\": \"true"}) {
    const auto config = image.find("\"Config\": {");
    EXPECT_EQ(image.find(value, config), std::string::npos) << value;
  }
  const auto first = name_;
  name_ = World::unique("box");
  const Json restored =
      call({{"operation", "restore"}, {"snapshot", "after-setup"}, {"name", name_}, {"mount_cwd", false}});
  ASSERT_EQ(restored.value("success", false), true) << restored;
  EXPECT_EQ(output("cat /workspace/file; echo ${GIVEN-unset}"), "saved\nunset");
  EXPECT_TRUE(call({{"operation", "delete_snapshot"}, {"name", "after-setup"}}).contains("error"))
      << "in use";
  call({{"operation", "destroy"}, {"container", name_}, {"force", true}});
  EXPECT_EQ(call({{"operation", "delete_snapshot"}, {"name", "after-setup"}})["success"], true);
  const auto started = std::chrono::steady_clock::now();
  EXPECT_TRUE(call({{"operation", "restore"}, {"snapshot", "after-setup"}}).contains("error"));
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(10));
}

TEST_F(Box, Row57Networks) {
  need_tools_image(world_);
  const auto network = World::unique("net");
  ASSERT_EQ(call({{"operation", "create_network"}, {"name", network}})["success"], true);
  EXPECT_TRUE(call({{"operation", "create_network"}, {"name", network}}).contains("error"));
  const auto database = World::unique("db");
  ASSERT_EQ(call({{"operation", "create"}, {"name", database}, {"network", network}})["success"], true);
  must_create({{"network", network}});
  EXPECT_EQ(output("getent hosts " + database + " >/dev/null && echo found"), "found");
  const Json used = call({{"operation", "destroy_network"}, {"name", network}});
  EXPECT_NE(used["error"].get<std::string>().find(database), std::string::npos) << used;
  world_.docker({"stop", "-t", "0", database});
  call({{"operation", "destroy"}, {"container", name_}, {"force", true}});
  EXPECT_TRUE(call({{"operation", "destroy_network"}, {"name", network}}).contains("error"))
      << "a stopped box needs it too";
  call({{"operation", "destroy"}, {"container", database}, {"force", true}});
  EXPECT_EQ(call({{"operation", "destroy_network"}, {"name", network}})["success"], true);
  const auto foreign = World::unique("foreign");
  world_.docker({"network", "create", foreign});
  EXPECT_TRUE(call({{"operation", "destroy_network"}, {"name", foreign}}).contains("error"));
  EXPECT_TRUE(create({{"network", foreign}}).contains("error"));
  EXPECT_EQ(world_.docker({"network", "rm", foreign}).code, 0);
}

TEST_F(Box, Row58And59EnvironmentModes) {
  world_.environment.insert(
      {{"X_API_KEY", "k"}, {"ANTHROPIC_Y", "y"}, {"HTTP_PROXY", "http://p"}, {"FOO", "f"}});
  program("gh", "echo gho_token-of-host");
  const std::string show =
      "echo ${X_API_KEY-no} ${ANTHROPIC_Y-no} ${HTTP_PROXY-no} ${FOO-no} ${GH_TOKEN-no}; echo $HOME";
  const std::string home = geteuid() == 0 ? "/root" : "/home/hostuser";
  must_create();
  EXPECT_EQ(output(show), "k y http://p no gho_token-of-host\n" + home);
  EXPECT_EQ(output("echo $PATH").find(tools_.string()), std::string::npos);
  name_ = World::unique("box");
  must_create({{"env_passthrough", "all"}});
  EXPECT_EQ(output(show), "k y http://p f gho_token-of-host\n" + home);
  name_ = World::unique("box");
  must_create({{"env_passthrough", "none"}, {"forward_gh", false}});
  EXPECT_EQ(output(show), "no no no no no\n" + home);
  name_ = World::unique("box");
  must_create(
      {{"env_passthrough", {"FOO", "NOT_THERE"}}, {"env", {{"FOO", "explicit"}, {"GH_TOKEN", "mine"}}}});
  EXPECT_EQ(output(show), "no no no explicit mine\n" + home);
}

TEST_F(Box, Row60GitForward) {
  need_tools_image(world_);
  write_text(world_.home() / ".gitconfig",
             "[user]\n\tname = \"A \\\"quoted\\\" \\\\ name\"\n[include]\n\tpath = "
             "more\n[credential]\n\thelper = store\n"
             "[http]\n\textraHeader = secret\n[safe]\n\tdirectory = *\n");
  write_text(world_.home() / "more",
             "[branch \"a.b\"]\n\tremote = up.stream\n[alias]\n\tx = \"!echo one; echo two\"\n");
  world_.environment.erase("GIT_CONFIG_GLOBAL");
  write_text(world_.home() / ".ssh/known_hosts", "host key\n");
  must_create({{"image", tools_image}});
  EXPECT_EQ(output("git config user.name"), "A \"quoted\" \\ name");
  EXPECT_EQ(output("git config branch.a.b.remote"), "up.stream");
  EXPECT_EQ(output("git config alias.x"), "!echo one; echo two");
  EXPECT_EQ(output("git config --list | grep -cE '^(credential|http|safe|include)'"), "0");
  EXPECT_EQ(output("cat ~/.ssh/known_hosts"), "host key");
  name_ = World::unique("box");
  fs::create_directories(tools_ / "only");
  fs::create_symlink("/usr/bin/env", tools_ / "only/env");
  const auto path = std::exchange(world_.environment["PATH"], (tools_ / "only").string());
  const Json without = must_create();
  world_.environment["PATH"] = path;
  EXPECT_EQ(step(without, "forward_git")["status"], "skipped");
}

TEST_F(Box, Row61GhForward) {
  program("gh", "[ \"$1 $2\" = 'auth token' ] && echo gho_abcdefgh");
  const Json made = must_create();
  EXPECT_EQ(step(made, "forward_gh")["status"], "success");
  EXPECT_EQ(output("echo $GH_TOKEN $GITHUB_TOKEN"), "gho_abcdefgh gho_abcdefgh");
  EXPECT_EQ(full_inspect(name_).find("gho_abcdefgh"), std::string::npos);
  name_ = World::unique("box");
  program("gh", "echo broken >&2; exit 1");
  EXPECT_EQ(step(must_create(), "forward_gh")["status"], "skipped");
}

TEST_F(Box, Row62SshForward) {
  write_text(world_.home() / ".ssh/id_test", "private\n", 0600);
  must_create();
  EXPECT_NE(exec("cat ~/.ssh/id_test")["returncode"], 0);
  name_ = World::unique("box");
  const Json made = must_create({{"forward_ssh", true}});
  EXPECT_EQ(step(made, "forward_ssh")["status"], "success") << made;
  EXPECT_EQ(output("cat ~/.ssh/id_test"), "private");
  EXPECT_NE(exec("echo x >> ~/.ssh/id_test")["returncode"], 0);
  EXPECT_EQ(read_text(world_.home() / ".ssh/id_test"), "private\n");
}

TEST_F(Box, Row63DotfilesOrder) {
  need_tools_image(world_);
  std::map<std::string, std::string> files = {
      {"Makefile", "all:\n\techo make > $(HOME)/ran\n"}, {".bashrc", "alias x=y\n"}, {".vimrc", "set nu\n"}};
  const std::vector<std::string> scripts = {"script/setup", "bootstrap.sh", "setup.sh", "install.sh"};
  const auto ran = [&](const Json& extra, const std::map<std::string, std::string>& content) {
    name_ = World::unique("box");
    const auto repository = git_repository(World::unique("dots"), content);
    Json arguments = {{"image", tools_image}, {"dotfiles_repo", repository.string()}};
    arguments.update(extra);
    return must_create(arguments);
  };
  Json made = ran(Json::object(), {{".bashrc", "alias x=y\n"}, {".vimrc", "set nu\n"}});
  EXPECT_EQ(step(made, "dotfiles")["status"], "success") << made;
  EXPECT_EQ(output("cat ~/.vimrc; readlink ~/.vimrc | grep -c .dotfiles"), "set nu\n1");
  made = ran(Json::object(), files);
  EXPECT_EQ(output("cat ~/ran"), "make") << made;
  for (const auto& script : scripts) {
    files[script] = "#!/bin/sh\necho " + script + " > \"$HOME/ran\"\n";
    made = ran(Json::object(), files);
    EXPECT_EQ(output("cat ~/ran"), script) << made;
  }
  files["other.sh"] = "echo other > \"$HOME/ran\"\n";
  made = ran({{"dotfiles_script", "other.sh"}, {"dotfiles_target", "~/elsewhere"}}, files);
  EXPECT_EQ(output("cat ~/ran; ls -d ~/elsewhere/other.sh | wc -l"), "other\n1") << made;
  made = ran(Json::object(), {{"install.sh", "#!/bin/sh\necho no good >&2\nexit 4\n"}});
  EXPECT_EQ(step(made, "dotfiles")["status"], "failed");
  EXPECT_NE(step(made, "dotfiles")["error"].get<std::string>().find("no good"), std::string::npos) << made;
}

TEST_F(Box, Row64DotfilesInlineAndSkip) {
  const std::string content = "it's \"odd\" $HOME `x`\nEOF\nCAI_EOF\n\u0401\u0102\\1\x7f\\end";
  must_create({{"dotfiles_inline",
                {{".bashrc", content}, {".config/deep/file", "deep"}, {".empty", ""}, {"-x", "\n\n"}}}});
  EXPECT_EQ(exec("cat ~/.bashrc")["stdout"], content);
  EXPECT_EQ(output("cat ~/.config/deep/file; wc -c < ~/.empty; wc -c < ~/-x"), "deep0\n2");
  name_ = World::unique("box");
  Json made = must_create({{"dotfiles_inline", {{".marker", "x"}}}, {"dotfiles_skip", true}});
  EXPECT_EQ(step(made, "dotfiles")["status"], "skipped");
  EXPECT_NE(exec("cat ~/.marker")["returncode"], 0);
  name_ = World::unique("box");
  made = must_create({{"dotfiles_inline", {{"../../etc/x", "x"}}}});
  EXPECT_EQ(step(made, "dotfiles")["status"], "failed");
}

TEST_F(Box, Row65Purposes) {
  use_tools_for_purposes();
  const std::map<std::string, std::pair<std::string, std::string>> checks = {
      {"python",
       {"echo $VIRTUAL_ENV; cat /workspace/.venv/pyvenv.cfg; echo $PATH | cut -d: -f1",
        "/workspace/.venv\nvenv\n/workspace/.venv/bin"}},
      {"node", {"cat /usr/local/corepack-enabled", "yarn"}},
      {"rust", {"command -v git", "/usr/bin/git"}},
      {"go", {"command -v git", "/usr/bin/git"}},
      {"general", {"command -v make", "/usr/bin/make"}},
      {"amplifier", {"command -v amplifier", "/usr/local/bin/amplifier"}},
  };
  for (const auto& [purpose, check] : checks) {
    name_ = World::unique("box");
    const Json made = must_create({{"purpose", purpose}, {"mount_cwd", false}});
    EXPECT_EQ(made["purpose"], purpose);
    EXPECT_EQ(made["image"], tools_image);
    EXPECT_EQ(step(made, "purpose")["status"], "success") << made;
    EXPECT_EQ(output(check.first), check.second) << purpose;
    EXPECT_TRUE(world_.inspect(name_, "{{.Config.Image}}").starts_with("containai:purpose-" + purpose));
  }
  name_ = World::unique("box");
  const Json made = must_create({{"purpose", "rust"}, {"image", plain_image}});
  EXPECT_EQ(world_.inspect(name_, "{{.Config.Image}}"), plain_image) << "an explicit image wins";
  name_ = World::unique("box");
  must_create({{"purpose", "node"}, {"image", tools_image}});
  EXPECT_EQ(output("cat /usr/local/corepack-enabled"), "yarn") << "the purpose's own image, named";
  name_ = World::unique("box");
  EXPECT_TRUE(create({{"purpose", "cobol"}}).contains("error"));
}

TEST_F(Box, PythonWithoutUvHasAnEnvironmentAllTheSame) {
  write_text(
      tools_ / "python/Dockerfile",
      std::string("FROM ") + plain_image +
          "\nRUN printf '#!/bin/sh\\n[ \"$1 $2\" = \"-m venv\" ] && mkdir -p \"$3/bin\" && echo made > "
          "\"$3/by-python\"\\n' > /usr/bin/python3 && chmod +x /usr/bin/python3\n");
  const std::string image = "cai-e2e-python-" + name_;
  ASSERT_EQ(world_.docker({"build", "-q", "-t", image, (tools_ / "python").string()}).code, 0);
  const Json made = must_create({{"purpose", "python"}, {"image", image}, {"mount_cwd", false}});
  EXPECT_EQ(step(made, "purpose")["status"], "success") << made;
  EXPECT_EQ(output("cat $VIRTUAL_ENV/by-python"), "made");
  call({{"operation", "destroy"}, {"container", name_}, {"force", true}});
  world_.docker({"rmi", image});
}

TEST_F(Box, Row66CleanPurpose) {
  use_tools_for_purposes();
  world_.environment["X_API_KEY"] = "hidden";
  world_.environment.erase("GIT_CONFIG_GLOBAL");
  write_text(world_.home() / ".gitconfig", "[user]\n\tname = someone\n");
  write_text(world_.home() / ".ssh/id_test", "private\n", 0600);
  program("gh", "echo gho_abcdefgh");
  must_create({{"purpose", "clean"},
               {"forward_ssh", true},
               {"dotfiles_inline", {{".marker", "x"}}},
               {"env", {{"MINE", "yes"}}}});
  EXPECT_EQ(
      output(
          "echo ${X_API_KEY-no} ${GH_TOKEN-no} $MINE; ls -A ~ | grep -cE 'gitconfig|marker|^.ssh$'; ls -A"),
      "no no yes\n0");
}

TEST_F(Box, Row67TryRepo) {
  use_tools_for_purposes();
  EXPECT_TRUE(create({{"purpose", "try-repo"}}).contains("error"));
  const std::vector<std::pair<std::map<std::string, std::string>, std::string>> cases = {
      {{{"Cargo.toml", "x"}, {"pyproject.toml", "x"}}, "rust"},
      {{{"pyproject.toml", "x"}, {"package.json", "{}"}}, "python"},
      {{{"package.json", "{}"}, {"go.mod", "x"}}, "node"},
      {{{"go.mod", "x"}}, "go"},
      {{{"README", "x"}}, "general"},
  };
  for (const auto& [files, purpose] : cases) {
    name_ = World::unique("box");
    const auto repository = git_repository(World::unique("try"), files);
    const Json made = must_create({{"purpose", "try-repo"}, {"repo_url", "file://" + repository.string()}});
    EXPECT_EQ(made["purpose"], purpose) << made;
    EXPECT_EQ(output("ls -d /workspace/repo/" + files.begin()->first),
              "/workspace/repo/" + files.begin()->first);
    EXPECT_FALSE(exists(name_ + "-look"));
  }
  EXPECT_TRUE(fs::is_empty(directory_)) << "nothing is written where the caller is";
}

TEST_F(Box, Row68PurposeCacheHoldsNoCredential) {
  // Other tests on this engine share what they build on the same image: here nobody may have been first.
  need_tools_image(world_);
  const auto base = World::unique("cai-e2e-base-") + ":1";
  const auto donor = World::unique("donor");
  ASSERT_EQ(world_.docker({"create", "--name", donor, tools_image, "true"}).code, 0);
  ASSERT_EQ(world_.docker({"commit", "--change", "LABEL base=" + base, donor, base}).code, 0);
  world_.docker({"rm", donor});
  use_tools_for_purposes(base);
  world_.environment["X_API_KEY"] = "hidden-passed-value";
  const Json first = must_create({{"purpose", "general"}, {"mount_cwd", false}});
  const auto image = world_.inspect(name_, "{{.Config.Image}}");
  EXPECT_EQ(first["cache_used"], false);
  const auto text = full_inspect(image) + world_.docker({"history", "--no-trunc", image}).out;
  EXPECT_EQ(text.find("hidden-passed-value"), std::string::npos);
  name_ = World::unique("box");
  const Json second =
      must_create({{"purpose", "general"}, {"mount_cwd", false}, {"env_passthrough", "none"}});
  EXPECT_EQ(second["cache_used"], true);
  EXPECT_EQ(world_.inspect(name_, "{{.Config.Image}}"), image);
  EXPECT_EQ(output("echo ${X_API_KEY-no}"), "no");
  call({{"operation", "destroy_all"}, {"confirm", true}});
  world_.docker({"rmi", image, base});
}

TEST_F(Box, Row71BackgroundJobs) {
  must_create();
  const auto job = [&](const std::string& command) {
    const Json started = call({{"operation", "exec_background"}, {"container", name_}, {"command", command}});
    EXPECT_EQ(started.value("job_id", "").size(), 8U) << started;
    return started.value("job_id", "");
  };
  const auto poll = [&](const std::string& id) {
    return call({{"operation", "exec_poll"}, {"container", name_}, {"job_id", id}});
  };
  const auto quick =
      job("echo \"it's 'quoted'\" $((1+1)); while [ ! -e /tmp/go ]; do sleep 0.1; done; exit 5");
  EXPECT_EQ(poll(quick)["running"], true);
  EXPECT_EQ(poll(quick)["exit_code"], nullptr);
  exec("touch /tmp/go");
  Json ended;
  for (int i = 0; i < 50; ++i) {
    ended = poll(quick);
    if (ended["running"] == false) break;
  }
  EXPECT_EQ(ended["exit_code"], 5);
  EXPECT_EQ(ended["output"], "it's 'quoted' 2\n");
  const auto slow = job("sleep 64321 & sleep 64321");
  EXPECT_EQ(call({{"operation", "exec_cancel"}, {"container", name_}, {"job_id", slow}})["cancelled"], true);
  EXPECT_EQ(world_.docker({"top", name_, "-eo", "pid,args"}).out.find("64321"), std::string::npos);
  EXPECT_EQ(poll(slow)["running"], false);
  EXPECT_EQ(call({{"operation", "exec_cancel"}, {"container", name_}, {"job_id", slow}})["cancelled"], false);
  EXPECT_TRUE(poll("../../x1").contains("error"));
  EXPECT_TRUE(poll("00000000").contains("error"));
}

TEST_F(Box, WaitHealthy) {
  must_create();
  Json arguments = {
      {"operation", "wait_healthy"},
      {"container", name_},
      {"interval", 0.1},
      {"retries", 3},
      {"health_command", "n=$(cat /tmp/n 2>/dev/null || echo 0); echo $((n+1)) > /tmp/n; [ $n -ge 1 ]"}};
  const Json healthy = call(arguments);
  EXPECT_EQ(healthy["healthy"], true);
  EXPECT_EQ(healthy["attempts"], 2);
  arguments["health_command"] = "echo not yet >&2; false";
  const Json ill = call(arguments);
  EXPECT_EQ(ill["healthy"], false);
  EXPECT_NE(ill["last_error"].get<std::string>().find("not yet"), std::string::npos);
}

TEST_F(Box, AServiceImageRunsItsOwnProgram) {
  write_text(
      tools_ / "context/Dockerfile",
      std::string("FROM ") + plain_image +
          "\nEXPOSE 5432\nCMD [\"sh\", \"-c\", \"echo $SECRET_PASSWORD > /tmp/started; exec sleep 600\"]\n");
  const std::string image = "cai-e2e-service-" + name_;
  ASSERT_EQ(world_.docker({"build", "-q", "-t", image, (tools_ / "context").string()}).code, 0);
  must_create({{"image", image}, {"env", {{"SECRET_PASSWORD", "dev"}}}, {"mount_cwd", false}});
  EXPECT_EQ(output("cat /tmp/started"), "dev");
  call({{"operation", "destroy"}, {"container", name_}, {"force", true}});
  world_.docker({"rmi", image});
}

TEST_F(Box, PeopleHaveTheSameByHand) {
  const auto made = world_.cai(
      directory_, {"box", "create", name_, "--image", plain_image, "-e", "A=b", "--setup", "echo hi"});
  ASSERT_EQ(made.code, 0) << made.err;
  EXPECT_NE(made.out.find("container: " + name_), std::string::npos) << made.out;
  EXPECT_EQ(world_.cai(directory_, {"box", "exec", name_, "--", "sh", "-c", "echo $A; exit 6"}).code, 6);
  EXPECT_EQ(world_.cai(directory_, {"box", "exec", name_, "--", "cat"}, "through\n").out, "through\n");
  EXPECT_NE(world_.cai(directory_, {"box", "list"}).out.find(name_), std::string::npos);
  EXPECT_EQ(world_.cai(directory_, {"box", "create", name_}).code, 125);
  EXPECT_EQ(world_.cai(directory_, {"box", "status", "nobody"}).code, 10);
  EXPECT_EQ(world_.cai(directory_, {"box", "destroy-all"}, "n\n").code, 3);
  EXPECT_EQ(world_.cai(directory_, {"box", "destroy", name_, "--force"}).code, 0);
  EXPECT_FALSE(exists(name_));
}

}  // namespace
}  // namespace cai::e2e
