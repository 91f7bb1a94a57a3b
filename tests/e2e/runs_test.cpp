// Containers for one command: what comes out, what stays, and that nothing else does.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <sstream>
#include <thread>

#include "e2e/proxy.hpp"
#include "e2e/terminal.hpp"
#include "e2e/world.hpp"
#include "support/eventually.hpp"

namespace cai::e2e {
namespace {

namespace fs = std::filesystem;

constexpr const char* image = "debian:bookworm-slim";

std::string content(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// A user with a repository, and the engine's word on this user's runs.
class Runs : public testing::Test {
 protected:
  Runs() { repository_ = world_.repository(name_); }

  Words run_words(const Words& options, const Words& command) {
    Words words = {"run", "--rm", "--image", image};
    words.insert(words.end(), options.begin(), options.end());
    words.emplace_back("--");
    words.insert(words.end(), command.begin(), command.end());
    return words;
  }
  Result run(const Words& command, const Words& options = {}, const std::string& input = "") {
    return world_.cai(repository_, run_words(options, command), input);
  }
  Words argv(const Words& command, const Words& options = {}) {
    auto words = run_words(options, command);
    words.insert(words.begin(), cai_binary());
    return words;
  }
  std::vector<std::string> containers() {
    const auto instance = trimmed(content(world_.home() / ".config/containai/instance"));
    if (instance.empty()) return {};
    std::istringstream ids(world_
                               .docker({"ps", "-aq", "--no-trunc", "--filter", "label=containai.kind=run",
                                        "--filter", "label=containai.instance=" + instance})
                               .out);
    std::vector<std::string> found;
    for (std::string id; ids >> id;) found.push_back(id);
    return found;
  }
  bool runs_now() {
    const auto all = containers();
    return !all.empty() && world_.inspect(all.front(), "{{.State.Status}}") == "running";
  }
  /// The id of the newest run, as `cai list` tells it.
  std::string newest() {
    const auto text = world_.cai(repository_, {"list"}).out;
    const auto header = text.find("RUN ");
    if (header == std::string::npos) return "";
    return text.substr(text.find('\n', header) + 1, 8);
  }

  World world_;
  std::string name_ = World::unique();
  fs::path repository_;
};

TEST_F(Runs, Row18TheExitCodePassesAndTheContainerGoes) {
  const auto result = world_.cai(world_.root(), {"run", "--rm", repository_.string(), "--image", image, "--",
                                                 "sh", "-c", "echo out; echo err >&2; exit 7"});
  EXPECT_EQ(result.code, 7);
  EXPECT_EQ(result.out, "out\n");
  EXPECT_EQ(result.err, "err\n");
  EXPECT_TRUE(containers().empty());
  EXPECT_EQ(run({"true"}).code, 0);
  EXPECT_EQ(run({"no-such-program"}).code, 127);
  EXPECT_EQ(run({"/etc/passwd"}).code, 126);
  EXPECT_EQ(run({"sh", "-c", "kill -9 $$"}).code, 137);
  EXPECT_TRUE(containers().empty());
}

TEST_F(Runs, Row19LogsSurvive) {
  EXPECT_EQ(run({"sh", "-c", "echo one; sleep 0.3; echo two >&2; sleep 0.3; echo three; exit 3"}).code, 3);
  const auto id = newest();
  ASSERT_EQ(id.size(), 8U);
  const auto logs = world_.cai(repository_, {"logs", id});
  EXPECT_EQ(logs.code, 0) << logs.err;
  EXPECT_EQ(logs.out, "one\nthree\n");
  EXPECT_EQ(logs.err, "two\n");
  EXPECT_EQ(world_.cai(repository_, {"logs", id.substr(0, 5)}).out, logs.out) << "by the beginning of its id";
  EXPECT_EQ(world_.cai(repository_, {"logs", "-n", "1", id}).out, "three\n");
  EXPECT_EQ(world_.cai(repository_, {"logs", "--since", "1h", id}).out, "one\nthree\n");
  EXPECT_EQ(world_.cai(repository_, {"logs", "cai-run-" + id}).out, logs.out) << "by name";
  EXPECT_EQ(world_.cai(repository_, {"logs", "zzzz"}).code, 10);
  world_.environment["DOCKER_HOST"] = "unix:///nonexistent/docker.sock";
  EXPECT_EQ(world_.cai(repository_, {"logs", id}).out, logs.out) << "no engine is needed";
  const auto file = world_.home() / ".local/state/containai/runs" / id / "stdout";
  struct stat status {};
  ASSERT_EQ(stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(Runs, Row20KeepStaysUntilItIsDestroyed) {
  EXPECT_EQ(run({"sh", "-c", "echo kept"}, {"--keep", "--name", name_ + "-k"}).code, 0);
  const auto all = containers();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(world_.inspect(all[0], "{{.State.Status}} {{index .Config.Labels \"containai.keep\"}}"),
            "exited true");
  EXPECT_EQ(world_.cai(repository_, {"stop", newest()}).code, 0);
  EXPECT_EQ(world_.cai(repository_, {"stop", name_ + "-k"}).code, 0);
  EXPECT_EQ(run({"true"}).code, 0) << "whose sweep leaves it too";
  EXPECT_EQ(containers(), all);
  EXPECT_NE(world_.cai(repository_, {"list"}).out.find(name_ + "-k"), std::string::npos);
  EXPECT_EQ(run({"true"}, {"--name", name_ + "-k"}).code, 125) << "the name is taken";
  EXPECT_EQ(containers(), all) << "and its holder is untouched";
  const auto logs = world_.cai(repository_, {"logs", name_ + "-k"});
  EXPECT_EQ(logs.out, "kept\n") << "the one that has a container: " << logs.err;
  EXPECT_EQ(world_.cai(repository_, {"destroy", name_ + "-k"}).code, 0);
  EXPECT_TRUE(containers().empty());
}

TEST_F(Runs, Row21And22SignalsEndTheRunAndTheContainer) {
  for (const auto& [signal, code] : std::map<int, int>{{SIGINT, 130}, {SIGTERM, 143}, {SIGHUP, 143}}) {
    const pid_t pid = world_.spawn(argv({"sleep", "300"}), repository_);
    ASSERT_TRUE(eventually([&] { return runs_now(); })) << signal;
    const auto begun = std::chrono::steady_clock::now();
    kill(pid, signal);
    EXPECT_EQ(World::wait(pid).code, code);
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(15));
    EXPECT_TRUE(containers().empty()) << signal;
  }
  EXPECT_NE(world_.cai(repository_, {"list"}).out.find("exited"), std::string::npos);
}

TEST_F(Runs, Row22ACommandThatIgnoresTheSignalIsKilled) {
  const pid_t pid = world_.spawn(argv({"sh", "-c", "trap '' TERM; sleep 300; sleep 300"}), repository_);
  ASSERT_TRUE(eventually([&] { return runs_now(); }));
  kill(pid, SIGTERM);
  EXPECT_EQ(World::wait(pid).code, 143);
  EXPECT_TRUE(containers().empty());
}

TEST_F(Runs, Row22ASignalBetweenCreateAndStartLeavesNothing) {
  Proxy proxy((world_.root() / "p").string());
  pid_t pid = 0;
  proxy.on_request = [&](int, const std::string& request) {
    // The answer to the creation has come when the attachment is asked for.
    if (request.find("/attach") != std::string::npos) kill(pid, SIGTERM);
    return std::string();
  };
  world_.environment["DOCKER_HOST"] = "unix://" + (world_.root() / "p").string();
  pid = world_.spawn(argv({"sleep", "300"}), repository_);
  EXPECT_EQ(World::wait(pid).code, 143);
  EXPECT_TRUE(containers().empty());
  for (const auto& request : proxy.requests()) EXPECT_EQ(request.find("/start"), std::string::npos);
}

TEST_F(Runs, Row22ASignalWhileTheImageIsBuiltEndsIt) {
  const auto folder = world_.home() / ".config/containai/templates/slow";
  fs::create_directories(folder);
  std::ofstream(folder / "Dockerfile")
      << "FROM " << image << "\nRUN echo " << World::unique() << "; sleep 60\n";
  const auto begun = std::chrono::steady_clock::now();
  const pid_t pid =
      world_.spawn({cai_binary(), "run", "--rm", "--template", "slow", "--", "true"}, repository_);
  std::this_thread::sleep_for(std::chrono::seconds(2));
  kill(pid, SIGTERM);
  EXPECT_EQ(World::wait(pid).code, 143);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(15));
  EXPECT_TRUE(containers().empty());
}

TEST_F(Runs, Row23ARemovalThatFailsIsOneWarning) {
  Proxy proxy((world_.root() / "p").string());
  proxy.on_request = [](int, const std::string& request) {
    if (!request.starts_with("DELETE")) return std::string();
    return std::string(
        "HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\n"
        "Content-Length: 24\r\n\r\n{\"message\":\"no way out\"}\n");
  };
  world_.environment["DOCKER_HOST"] = "unix://" + (world_.root() / "p").string();
  const auto result = run({"sh", "-c", "exit 9"});
  EXPECT_EQ(result.code, 9);
  EXPECT_EQ(result.err.find("warning: "), 0U) << result.err;
  EXPECT_NE(result.err.find("no way out"), std::string::npos) << result.err;
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  EXPECT_EQ(containers().size(), 1U);
  world_.environment.erase("DOCKER_HOST");
  EXPECT_NE(run({"true"}).err.find("reaped 1 run"), std::string::npos);
  EXPECT_TRUE(containers().empty());
}

TEST_F(Runs, Row23ARemovalThatIsCutOnceOrDelayedStillHappens) {
  Proxy proxy((world_.root() / "p").string());
  std::atomic<int> deletes = 0;
  proxy.on_request = [&](int, const std::string& request) {
    if (!request.starts_with("DELETE")) return std::string();
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    return std::string(deletes++ == 0 ? "H" : "");
  };
  world_.environment["DOCKER_HOST"] = "unix://" + (world_.root() / "p").string();
  const auto result = run({"sh", "-c", "exit 9"});
  EXPECT_EQ(result.code, 9);
  EXPECT_EQ(result.err, "");
  EXPECT_TRUE(containers().empty());
}

TEST_F(Runs, AnEndWhoseAnswerIsLostIsAskedForAgain) {
  Proxy proxy((world_.root() / "p").string());
  std::atomic<int> waits = 0;
  proxy.on_deed = [&](int, const std::string& request) {
    const bool wait = request.starts_with("POST ") && request.find("/wait") != std::string::npos;
    return wait && waits++ == 0 ? Proxy::Deed::hold : Proxy::Deed::pass;
  };
  world_.environment["DOCKER_HOST"] = "unix://" + (world_.root() / "p").string();
  EXPECT_EQ(run({"sh", "-c", "exit 9"}).code, 9);
  EXPECT_EQ(waits, 2);
  EXPECT_TRUE(containers().empty());
}

TEST_F(Runs, ASecondSignalLeavesAtOnceAndTheSweepDoesTheRest) {
  const pid_t pid = world_.spawn(argv({"sh", "-c", "trap '' TERM INT; sleep 300; sleep 300"}), repository_);
  ASSERT_TRUE(eventually([&] { return runs_now(); }));
  std::this_thread::sleep_for(std::chrono::milliseconds(300));  // the trap is set by then
  kill(pid, SIGINT);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  const auto begun = std::chrono::steady_clock::now();
  kill(pid, SIGINT);
  EXPECT_EQ(World::wait(pid).code, 130);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(2));
  EXPECT_EQ(run({"true"}).err, "reaped 1 run whose cai is gone\n");
  EXPECT_TRUE(containers().empty());
}

TEST_F(Runs, Row24AFailedPreparationLeavesNothing) {
  for (const Words& options :
       {Words{"--network", "no-such-network"}, Words{"--memory", "1g", "--cpus", "4000"}}) {
    const auto result = run({"true"}, options);
    EXPECT_EQ(result.code, 125) << result.err;
    EXPECT_EQ(result.err.find("error: "), 0U) << result.err;
    EXPECT_TRUE(containers().empty());
  }
  const auto missing =
      world_.cai(repository_, {"run", "--rm", "--image", "no-such-image-" + name_, "--", "true"});
  EXPECT_EQ(missing.code, 125) << missing.err;
  EXPECT_EQ(world_.cai(repository_, {"run", "--rm", "/no/such/directory", "--", "true"}).code, 125);
  EXPECT_EQ(world_.cai(repository_, {"run", "--rm"}).code, 2);
  EXPECT_EQ(world_.cai(repository_, {"run", "--rm", "--network", "host", "--", "true"}).code, 2);
  EXPECT_EQ(world_.cai(repository_, {"run", "--image", image, "--", "true"}).code, 2);
  EXPECT_TRUE(containers().empty());
}

TEST_F(Runs, Row30NoEngineIsAClearErrorWithoutNoise) {
  world_.environment["DOCKER_HOST"] = "unix:///nonexistent/docker.sock";
  const auto result = run({"true"});
  EXPECT_EQ(result.code, 20);
  EXPECT_EQ(result.err.find("error: "), 0U) << result.err;
  EXPECT_EQ(result.err.find("reaped"), std::string::npos);
}

TEST_F(Runs, TheWorkingTreeIsThereAndTheCallerIsTheCaller) {
  fs::create_directories(repository_ / "deep");
  const auto written =
      world_.cai(repository_ / "deep", run_words({}, {"sh", "-c", "pwd; id -u; echo made > file"}));
  EXPECT_EQ(written.code, 0) << written.err;
  EXPECT_EQ(written.out,
            fs::canonical(repository_ / "deep").string() + "\n" + std::to_string(getuid()) + "\n");
  EXPECT_EQ(content(repository_ / "deep/file"), "made\n");
  EXPECT_NE(run({"touch", "refused"}, {"--mount-ro"}).code, 0);
  EXPECT_FALSE(fs::exists(repository_ / "refused"));
  EXPECT_EQ(run({"sh", "-c", "! touch /etc/refused 2>/dev/null && touch /tmp/allowed"}, {"--read-only"}).code,
            0);
}

TEST_F(Runs, TheContainerIsHardened) {
  const auto result =
      run({"sh", "-c", "grep -E '^(CapBnd|CapEff|NoNewPrivs)' /proc/self/status"}, {"--keep"});
  EXPECT_EQ(result.out, "CapEff:\t0000000000000000\nCapBnd:\t0000000000000000\nNoNewPrivs:\t1\n");
  const auto id = containers().at(0);
  EXPECT_EQ(
      world_.inspect(id, "{{.HostConfig.Privileged}} {{.HostConfig.PidsLimit}} {{.HostConfig.CapDrop}}"),
      "false 1024 [ALL]");
  EXPECT_NE(world_.inspect(id, "{{.HostConfig.Memory}}"), "0");
  EXPECT_EQ(world_.cai(repository_, {"destroy", newest()}).code, 0);
  const auto limited = run({"true"}, {"--keep", "--memory", "256m", "--cpus", "0.5", "--network", "none"});
  EXPECT_EQ(limited.code, 0) << limited.err;
  EXPECT_EQ(world_.inspect(containers().at(0),
                           "{{.HostConfig.Memory}} {{.HostConfig.NanoCpus}} {{.HostConfig.NetworkMode}}"),
            "268435456 500000000 none");
}

TEST_F(Runs, VariablesReachTheCommandAndNoConfiguration) {
  const auto result = run({"sh", "-c", "printf '%s|%s' \"$TOKEN\" \"$ODD\""},
                          {"--keep", "-e", "TOKEN=s3cr3t-value", "-e", "ODD=it's \"$HOME\"\nnew"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(result.out, "s3cr3t-value|it's \"$HOME\"\nnew");
  EXPECT_EQ(world_.docker({"inspect", containers().at(0)}).out.find("s3cr3t-value"), std::string::npos);
  EXPECT_EQ(world_.cai(repository_, {"list", "--json"}).out.find("s3cr3t-value"), std::string::npos);
  const auto left =
      e2e::run({"grep", "-rl", "s3cr3t-value", (world_.home() / ".local").string()}, world_.environment, "/");
  EXPECT_NE(left.out.find("/stdout\n"), std::string::npos) << "the output itself is kept";
  EXPECT_EQ(std::count(left.out.begin(), left.out.end(), '\n'), 1) << left.out;
  EXPECT_EQ(run({"no-such-program"}, {"-e", "A=b"}).code, 127);
}

TEST_F(Runs, InputPassesAndIsHalfClosed) {
  const auto result = run({"sh", "-c", "wc -c; echo done"}, {}, "12345");
  EXPECT_EQ(result.out, "5\ndone\n") << result.err;
  EXPECT_EQ(run({"cat"}).code, 0) << "its input ends at once";
  const std::string much(3'000'000, 'x');
  EXPECT_TRUE(run({"cat"}, {}, much).out == much);
}

TEST_F(Runs, ATerminalIsPassedOn) {
  Terminal terminal(
      argv({"sh", "-c",
            "sleep 0.5; stty size; test -t 0 && test -t 1 && echo yes; read x; echo got $x; exit 4"}),
      world_, repository_, 33, 101);
  EXPECT_TRUE(terminal.expect("yes"));
  EXPECT_TRUE(terminal.expect("33 101")) << terminal.screen();
  terminal.type("typed\r");
  EXPECT_TRUE(terminal.expect("got typed"));
  EXPECT_EQ(terminal.wait(), 4);
  EXPECT_TRUE(containers().empty());
}

TEST_F(Runs, AClosedTerminalEndsTheRun) {
  Terminal terminal(argv({"sh", "-c", "echo here; sleep 300"}), world_, repository_);
  EXPECT_TRUE(terminal.expect("here"));
  terminal.hang_up();
  EXPECT_TRUE(eventually([&] { return containers().empty(); }));
}

TEST_F(Runs, ATimeLimitIs124) {
  const auto result = run({"sleep", "300"}, {"--timeout", "1s"});
  EXPECT_EQ(result.code, 124);
  EXPECT_NE(result.err.find("time limit"), std::string::npos);
  EXPECT_TRUE(containers().empty());
}

TEST_F(Runs, ADetachedRunGoesOnIsFollowedAndGoes) {
  const auto begun = std::chrono::steady_clock::now();
  const auto result =
      run({"sh", "-c", "echo first; sleep 3; echo last; exit 5"}, {"-d", "--name", name_ + "-d"});
  EXPECT_EQ(result.code, 0) << result.err;
  const auto id = trimmed(result.out);
  EXPECT_EQ(id.size(), 8U) << result.out;
  EXPECT_EQ(run({"true"}).err, "") << "another command's sweep leaves it alone";
  EXPECT_TRUE(runs_now());
  EXPECT_EQ(world_.cai(repository_, {"logs", "-f", name_ + "-d"}).out, "first\nlast\n");
  EXPECT_GT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(2));
  EXPECT_TRUE(eventually([&] { return containers().empty(); }));
  const auto list = world_.cai(repository_, {"list", "--json"}).out;
  EXPECT_NE(list.find("\"exit_code\": 5"), std::string::npos) << list;
  const auto failed = world_.cai(
      repository_, {"run", "--rm", "-d", "--image", image, "--network", "none-such", "--", "true"});
  EXPECT_EQ(failed.code, 125) << failed.out << failed.err;
  EXPECT_NE(failed.err.find("error: "), std::string::npos);
}

TEST_F(Runs, StopEndsADetachedRun) {
  const auto id = trimmed(run({"sleep", "300"}, {"-d"}).out);
  ASSERT_TRUE(eventually([&] { return runs_now(); }));
  const auto stopped = world_.cai(repository_, {"stop", id});
  EXPECT_EQ(stopped.code, 0) << stopped.err;
  EXPECT_TRUE(containers().empty());
  EXPECT_EQ(world_.cai(repository_, {"destroy", id}).code, 0);
  EXPECT_EQ(world_.cai(repository_, {"logs", id}).code, 10) << "forgotten";
}

TEST_F(Runs, ATemplatesImageRunsTheCommandAndNotItsInit) {
  const auto result = world_.cai(repository_, {"run", "--rm", "--", "sh", "-c", "pwd; command -v rg"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_NE(result.out.find(fs::canonical(repository_).string()), std::string::npos) << result.out;
  EXPECT_TRUE(containers().empty());
}

TEST_F(Runs, Row39RebuildMakesANewImageWithoutTheCache) {
  const auto folder = world_.home() / ".config/containai/templates/" / name_;
  fs::create_directories(folder);
  std::ofstream(folder / "Dockerfile")
      << "ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nRUN echo step-" << name_ << "\n";
  const auto build = [&](const Words& more) {
    Words words = {"template", "build", name_};
    words.insert(words.end(), more.begin(), more.end());
    return world_.cai(repository_, words);
  };
  const auto base = world_.inspect(image, "{{.Id}}");
  const auto first = build({"--no-cache"});
  ASSERT_EQ(first.code, 0) << first.err;
  const auto tag = trimmed(first.out);
  const auto before = world_.inspect(tag, "{{.Id}}");
  ASSERT_FALSE(before.empty());
  EXPECT_EQ(build({}).code, 0);
  EXPECT_EQ(world_.inspect(tag, "{{.Id}}"), before) << "it was there";
  const auto rebuilt =
      world_.cai(repository_, {"run", "--rm", "--rebuild", "--template", name_, "--", "true"});
  EXPECT_EQ(rebuilt.code, 0) << rebuilt.err;
  const auto after = world_.inspect(tag, "{{.Id}}");
  EXPECT_NE(after, before);
  EXPECT_NE(rebuilt.err.find("step-" + name_), std::string::npos) << "the steps are shown: " << rebuilt.err;
  EXPECT_EQ(rebuilt.err.find("Using cache"), std::string::npos);
  EXPECT_NE(rebuilt.err.find("image built: " + tag + " ("), std::string::npos) << rebuilt.err;
  EXPECT_EQ(world_.inspect(before, "{{.Id}}"), "") << "the former image is gone";
  EXPECT_EQ(world_.inspect(image, "{{.Id}}"), base);
  ASSERT_EQ(world_.cai(repository_, {"run", "--rm", "--keep", "--template", name_, "--", "true"}).code, 0);
  const auto used = build({"--no-cache"});
  EXPECT_EQ(used.code, 0) << used.err;
  EXPECT_NE(used.err.find("stays: something uses it"), std::string::npos) << used.err;
  EXPECT_EQ(world_.inspect(after, "{{.Id}}"), after) << "a kept container uses it";
  for (const auto& id : containers()) world_.docker({"rm", id});
  world_.docker({"rmi", tag, after});
}

TEST_F(Runs, Row40AFailingRebuildChangesNothing) {
  const auto folder = world_.home() / ".config/containai/templates/" / name_;
  fs::create_directories(folder);
  std::ofstream(folder / "Dockerfile")
      << "ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nRUN test ! -e /proc/1/root/fail-" << name_ << "\n";
  const auto made = world_.cai(repository_, {"--template", name_, "-d"});
  ASSERT_EQ(made.code, 0) << made.err;
  const auto container = trimmed(made.out);
  const auto before = world_.inspect(container, "{{.Id}} {{.State.StartedAt}} {{.Image}}");
  std::ofstream(folder / "Dockerfile")
      << "ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nRUN exit 1 # " << name_ << "\n";
  const auto failed = world_.cai(repository_, {"--rebuild", "-d"});
  EXPECT_NE(failed.code, 0);
  EXPECT_EQ(failed.err.find("Traceback"), std::string::npos);
  EXPECT_EQ(world_.inspect(container, "{{.Id}} {{.State.StartedAt}} {{.Image}}"), before);
  EXPECT_EQ(world_.cai(repository_, {"run", "--rm", "--rebuild", "--template", name_, "--", "true"}).code,
            125);
  EXPECT_TRUE(containers().empty());
  const auto former_image = world_.inspect(container, "{{.Config.Image}}");
  EXPECT_EQ(world_.cai(repository_, {"destroy", container}).code, 0);
  world_.docker({"rmi", former_image});
}

}  // namespace
}  // namespace cai::e2e
