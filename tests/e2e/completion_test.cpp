// Row 97: completions in the real shells, and the man page that an installation brings.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <sstream>

#include "e2e/terminal.hpp"
#include "e2e/world.hpp"

namespace cai::e2e {
namespace {

namespace fs = std::filesystem;

/// A user whose PATH finds the binary under test, with a workspace of their own.
class Completion : public testing::Test {
 protected:
  Completion() {
    world.environment["PATH"] =
        fs::path(cai_binary()).parent_path().string() + ":" + world.environment["PATH"];
    const auto name = World::unique("comp");
    repository = world.repository(name);
    workspace = name + "-auth";
    beginning = workspace.substr(0, workspace.size() - 3);
    const auto made = world.cai(repository, {"run", "-d"});
    EXPECT_EQ(made.code, 0) << made.err;
  }

  static std::string script(const std::string& file) {
    return std::string(CAI_SOURCE_DIRECTORY) + "/completions/" + file;
  }

  static bool has_line(const std::string& text, const std::string& line) {
    std::istringstream lines(text);
    for (std::string each; std::getline(lines, each);) {
      if (each == line) return true;
    }
    return false;
  }

  /// What bash would offer for these words, the last one being at the cursor.
  std::string bash(const Words& words) {
    Words argv = {"bash",
                  "--norc",
                  "-c",
                  "source \"$1\"; shift; COMP_WORDS=(cai \"$@\"); COMP_CWORD=$#; _cai; "
                  "printf '%s\\n' \"${COMPREPLY[@]}\"",
                  "bash",
                  script("cai.bash")};
    argv.insert(argv.end(), words.begin(), words.end());
    const auto result = run(argv, world.environment, repository);
    EXPECT_EQ(result.err, "");
    return result.out;
  }

  std::string fish(const std::string& line) {
    const auto result =
        run({"fish", "--no-config", "-c", "source $argv[1]; complete -C $argv[2]", script("cai.fish"), line},
            world.environment, repository);
    EXPECT_EQ(result.code, 0) << result.err;
    return result.out;
  }

  World world;
  fs::path repository;
  std::string workspace;
  std::string beginning;  ///< of the workspace's name; nothing else begins so
};

TEST_F(Completion, Row97BashOffersCommandsOptionsAndNames) {
  EXPECT_TRUE(has_line(bash({"sto"}), "stop"));
  EXPECT_TRUE(has_line(bash({"stop", "--fo"}), "--force"));
  EXPECT_EQ(bash({"exec", beginning}), workspace + "\n");
  EXPECT_EQ(bash({"stop", "--container", beginning}), workspace + "\n");
  // As bash itself splits --container=comp.
  EXPECT_EQ(bash({"stop", "--container", "=", beginning}), workspace + "\n");
  EXPECT_EQ(bash({"stop", "--container", "="}), workspace + "\n");
  EXPECT_TRUE(has_line(bash({"--template", ""}), "default"));
  EXPECT_EQ(bash({"--profile", "su"}), "sudo\n");
  std::ofstream(repository / "a file") << "x";
  EXPECT_EQ(bash({"exec", "--", "cat", "a"}), "a file\n");
}

TEST_F(Completion, Row97FishOffersCommandsOptionsAndNames) {
  EXPECT_TRUE(has_line(fish("cai sto"), "stop\tStop the container; its data stays")) << fish("cai sto");
  EXPECT_NE(fish("cai stop --fo").find("--force\t"), std::string::npos);
  EXPECT_EQ(fish("cai exec " + beginning), workspace + "\n");
  EXPECT_EQ(fish("cai stop --container " + beginning), workspace + "\n");
  EXPECT_EQ(fish("cai stop --container=" + beginning), "--container=" + workspace + "\n");
  EXPECT_TRUE(has_line(fish("cai --template "), "default"));
  EXPECT_EQ(fish("cai --profile su"), "sudo\n");
  fs::create_directory(repository / "subdirectory");
  EXPECT_NE(fish("cai run subd").find("subdirectory/"), std::string::npos);
  EXPECT_NE(fish("cai exec -- ls subd").find("subdirectory/"), std::string::npos);
}

/// Types into a real interactive shell and presses Tab.
void type_and_expect(Terminal& terminal, const std::string& typed, const std::string& expected) {
  terminal.type("\x15");  // an empty line again
  terminal.type(typed + "\t");
  EXPECT_TRUE(terminal.expect(expected, 20)) << typed << "\n" << terminal.screen();
}

TEST_F(Completion, Row97ZshCompletesAtThePrompt) {
  fs::create_directory(world.root() / "functions");
  fs::copy(script("_cai"), world.root() / "functions/_cai");
  std::ofstream(world.home() / ".zshrc") << "fpath=(" << (world.root() / "functions").string() << " $fpath)\n"
                                         << "autoload -Uz compinit; compinit -u -D\n"
                                         << "PS1='ready> '\nunsetopt zle_bracketed_paste\n";
  Terminal terminal({"zsh", "-d", "-i"}, world, repository, 40, 160);
  ASSERT_TRUE(terminal.expect("ready> ")) << terminal.screen();
  type_and_expect(terminal, "cai exec " + beginning, workspace);
  type_and_expect(terminal, "cai stop --container=" + beginning, "--container=" + workspace);
  type_and_expect(terminal, "cai --profile su", "sudo");
  type_and_expect(terminal, "cai st", "Stop the container; its data stays");
  type_and_expect(terminal, "cai stop --f", "--force");
}

TEST_F(Completion, Row97BashCompletesAtThePrompt) {
  std::ofstream(world.home() / "rc") << "PS1='ready> '\nsource " << script("cai.bash") << "\n";
  Terminal terminal({"bash", "--rcfile", (world.home() / "rc").string(), "-i"}, world, repository, 40, 160);
  ASSERT_TRUE(terminal.expect("ready> ")) << terminal.screen();
  type_and_expect(terminal, "cai exec " + beginning, workspace);
  type_and_expect(terminal, "cai stop --container=" + beginning, "--container=" + workspace);
  type_and_expect(terminal, "cai --profile su", "sudo");
}

TEST_F(Completion, OddWordsAreEvaluatedByNobody) {
  fs::create_directories(repository / "$(touch hit)");
  fs::create_directories(world.home() / ".config/containai/templates/$(touch hit)");
  std::ofstream(world.home() / ".config/containai/templates/$(touch hit)/Dockerfile") << "FROM scratch\n";
  for (const std::string odd :
       {"$(touch hit)", "`touch hit`", "a;touch hit", "'", "\"", "-", "$(touch", "\n", "*"}) {
    for (const Words& words :
         {Words{odd}, {"exec", odd}, {"--template", odd}, {"run", odd, ""}, {"--template=" + odd}})
      bash(words);
    run({"fish", "--no-config", "-c", "source $argv[1]; complete -C $argv[2]", script("cai.fish"),
         "cai run " + odd},
        world.environment, repository);
  }
  EXPECT_EQ(bash({"--template", ""}), "default\n");
  EXPECT_FALSE(fs::exists(repository / "hit"));
}

TEST_F(Completion, AnswersWithinFiftyMillisecondsAndWithoutTheEngine) {
  world.environment["DOCKER_HOST"] = "unix:///nonexistent/engine.sock";
  // The best of several: the machine may be busy with other tests.
  auto best = std::chrono::milliseconds::max();
  for (int turn = 0; turn < 20; ++turn) {
    const auto started = std::chrono::steady_clock::now();
    const auto result = world.cai(repository, {"completion", "bash", "--", "exec", beginning});
    best = std::min(best, std::chrono::duration_cast<std::chrono::milliseconds>(
                              std::chrono::steady_clock::now() - started));
    EXPECT_EQ(result.out, workspace + "\n");
  }
  EXPECT_LT(best.count(), 50);
}

TEST(CompletionOfNothing, CreatesNothing) {
  World world;
  const auto result = world.cai(world.home(), {"completion", "bash", "--", "exec", ""});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(result.out, "");
  EXPECT_TRUE(fs::is_empty(world.home()));
}

TEST(Installation, BringsManPageAndCompletions) {
  World world;
  const auto prefix = world.root() / "usr";
  const auto installed =
      run({"cmake", "--install", CAI_BUILD_DIRECTORY, "--prefix", prefix.string()}, world.environment, "/");
  ASSERT_EQ(installed.code, 0) << installed.err;
  EXPECT_TRUE(fs::exists(prefix / "bin/cai"));
  EXPECT_TRUE(fs::exists(prefix / "share/bash-completion/completions/cai"));
  EXPECT_TRUE(fs::exists(prefix / "share/zsh/site-functions/_cai"));
  EXPECT_TRUE(fs::exists(prefix / "share/fish/vendor_completions.d/cai.fish"));
  const auto manual =
      run({"man", "-M", (prefix / "share/man").string(), "-P", "cat", "cai"}, world.environment, "/");
  EXPECT_EQ(manual.code, 0) << manual.err;
  EXPECT_NE(manual.out.find("cai exec"), std::string::npos);
}

}  // namespace
}  // namespace cai::e2e
