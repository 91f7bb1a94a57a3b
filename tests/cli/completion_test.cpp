#include "cli/completion.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "cai/base/error.hpp"
#include "cli/command_table.hpp"
#include "golden.hpp"

namespace cai {
namespace {

using Words = std::vector<std::string>;

Words look_up(WordSource source) {
  switch (source) {
    case WordSource::workspaces:
      return {"myapp-auth", "myapp-main", "other", "$(touch x)", "-rf", "a b", ""};
    case WordSource::templates:
      return {"default", "node"};
    case WordSource::settings:
      return {"data_volume", "engine.context"};
    case WordSource::contexts:
      return {"default", "remote"};
    case WordSource::none:
      break;
  }
  return {};
}

Words words_of(const Words& typed) {
  Words words;
  for (const auto& candidate : complete(typed, look_up).candidates) words.push_back(candidate.word);
  return words;
}

bool offers(const Words& typed, const std::string& word) {
  const auto words = words_of(typed);
  return std::ranges::find(words, word) != words.end();
}

TEST(Completion, ScriptsAreGolden) {
  expect_equals_file(completion_script("bash"), "completions/cai.bash");
  expect_equals_file(completion_script("zsh"), "completions/_cai");
  expect_equals_file(completion_script("fish"), "completions/cai.fish");
  EXPECT_THROW(completion_script("tcsh"), Error);
}

TEST(Completion, EveryCommandAndSubcommandIsOffered) {
  for (const CommandSpec& command : command_table()) {
    EXPECT_TRUE(offers({""}, std::string(command.name))) << command.name;
    if (command.subcommand.empty()) continue;
    EXPECT_TRUE(offers({std::string(command.name), ""}, std::string(command.subcommand)));
  }
  EXPECT_TRUE(offers({""}, "ls"));
  EXPECT_TRUE(complete({""}, look_up).directories);
}

TEST(Completion, EveryOptionOfEveryCommandIsOffered) {
  for (const CommandSpec& command : command_table()) {
    Words typed = {std::string(command.name)};
    if (!command.subcommand.empty()) typed.emplace_back(command.subcommand);
    typed.emplace_back("--");
    for (const OptionSpec* option : options_of(command)) {
      EXPECT_TRUE(offers(typed, "--" + std::string(option->name))) << full_name(command) << option->name;
    }
  }
}

TEST(Completion, OnlyWhatBeginsSo) {
  EXPECT_EQ(words_of({"sto"}), Words{"stop"});
  EXPECT_EQ(words_of({"exec", "myapp-a"}), Words{"myapp-auth"});
  EXPECT_EQ(words_of({"nothing-like-it"}), Words{});
}

TEST(Completion, WithoutACommandTheOptionsOfTheDefaultOneAreOffered) {
  EXPECT_EQ(words_of({"--fre"}), Words{"--fresh"});
  EXPECT_EQ(words_of({"/some/path", "--fre"}), Words{"--fresh"});
}

TEST(Completion, OptionsGivenOrExcludedAreNotOfferedAgain) {
  EXPECT_FALSE(offers({"--fresh", "--"}, "--fresh"));
  EXPECT_FALSE(offers({"--reset", "--"}, "--fresh"));
  EXPECT_TRUE(offers({"--env", "A=B", "--"}, "--env"));
  EXPECT_TRUE(offers({"-dq", "--"}, "--memory"));
  EXPECT_FALSE(offers({"-dq", "--"}, "--detach"));
}

TEST(Completion, ValuesOfOptions) {
  EXPECT_EQ(words_of({"--container", "myapp-"}), (Words{"myapp-auth", "myapp-main"}));
  EXPECT_EQ(words_of({"stop", "--container=o"}), Words{"--container=other"});
  EXPECT_EQ(words_of({"--template", ""}), (Words{"default", "node"}));
  EXPECT_EQ(words_of({"--profile", "s"}), (Words{"strict", "sudo", "system"}));
  EXPECT_EQ(words_of({"--context", "r"}), Words{"remote"});
  EXPECT_EQ(words_of({"gc", "--age", "7"}), Words{"7d"});
  EXPECT_EQ(words_of({"gc", "--age=3"}), Words{"--age=30d"});
  EXPECT_EQ(words_of({"-e", ""}), Words{});
  EXPECT_EQ(words_of({"--profile", "sudo", "sto"}), Words{"stop"});
}

TEST(Completion, Positionals) {
  EXPECT_EQ(words_of({"destroy", "o"}), Words{"other"});
  EXPECT_EQ(words_of({"destroy", "other", ""}), Words{});
  EXPECT_EQ(words_of({"config", "get", "data"}), Words{"data_volume"});
  EXPECT_EQ(words_of({"template", "show", "n"}), Words{"node"});
  EXPECT_EQ(words_of({"completion", ""}), (Words{"bash", "zsh", "fish"}));
  EXPECT_EQ(words_of({"help", "config", "g"}), Words{"get"});
  EXPECT_EQ(words_of({"status", ""}), Words{});
  EXPECT_TRUE(complete({"run", "src/"}, look_up).directories);
  EXPECT_FALSE(complete({"exec", ""}, look_up).directories);
}

TEST(Completion, TheCommandInsideGetsFiles) {
  const auto completion = complete({"exec", "--", "make", ""}, look_up);
  EXPECT_TRUE(completion.files);
  EXPECT_TRUE(completion.candidates.empty());
}

TEST(Completion, WordsThatAShellWouldObeyAreLeftOut) {
  EXPECT_EQ(words_of({"exec", ""}), (Words{"myapp-auth", "myapp-main", "other"}));
}

TEST(Completion, WhateverIsTypedIsNoError) {
  for (const Words& typed : {Words{},
                             {"-"},
                             {"--=", ""},
                             {"--container="},
                             {"-e"},
                             {"config", "nonsense", "--"},
                             {"--", ""},
                             {"\n"}}) {
    EXPECT_NO_THROW(complete(typed, look_up));
  }
}

TEST(Completion, LinesForEachShell) {
  const Completion completion{
      .candidates = {{"stop", "Stop the container"}, {"a:b", "odd"}}, .directories = true, .files = false};
  EXPECT_EQ(completion_lines(completion, "bash"), "stop\na:b\n:directories\n");
  EXPECT_EQ(completion_lines(completion, "zsh"), "stop:Stop the container\na\\:b:odd\n:directories\n");
  EXPECT_EQ(completion_lines(completion, "fish"), "stop\tStop the container\na:b\todd\n:directories\n");
}

}  // namespace
}  // namespace cai
