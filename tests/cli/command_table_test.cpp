#include "cli/command_table.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

namespace cai {
namespace {

TEST(CommandTable, HasEachCommandOnce) {
  std::set<std::string> names;
  for (const CommandSpec& command : command_table()) {
    EXPECT_TRUE(names.insert(full_name(command)).second) << full_name(command);
    EXPECT_EQ(find_command(command.name, command.subcommand), &command);
  }
  const auto words = command_words();
  EXPECT_EQ(std::set<std::string>(words.begin(), words.end()).size(), words.size());
  ASSERT_NE(find_command(default_command, ""), nullptr);
}

TEST(CommandTable, CommandWithSubcommandsHasNoRowOfItsOwn) {
  for (const CommandSpec& command : command_table()) {
    if (!command.subcommand.empty()) {
      EXPECT_EQ(find_command(command.name, ""), nullptr) << command.name;
    }
  }
}

TEST(CommandTable, NamesMeanTheSameInEveryCommand) {
  std::map<std::string_view, bool> takes_value;
  std::map<char, std::string_view> short_names;
  for (const CommandSpec& command : command_table()) {
    std::set<std::string_view> own_names;
    for (const OptionSpec* option : options_of(command)) {
      EXPECT_TRUE(own_names.insert(option->name).second) << full_name(command) << " " << option->name;
      for (const std::string_view name : {option->name, option->other_name}) {
        if (name.empty()) continue;
        EXPECT_EQ(takes_value.try_emplace(name, option->takes_value()).first->second, option->takes_value())
            << name;
      }
      if (option->short_name == 0) continue;
      EXPECT_EQ(short_names.try_emplace(option->short_name, option->name).first->second, option->name);
    }
  }
}

TEST(CommandTable, ExclusionsNameOptionsOfTheSameCommand) {
  for (const CommandSpec& command : command_table()) {
    for (const OptionSpec& option : command.options) {
      if (option.excludes.empty()) continue;
      EXPECT_TRUE(
          std::ranges::any_of(command.options, [&](const auto& o) { return o.name == option.excludes; }))
          << full_name(command) << " --" << option.name << " excludes --" << option.excludes;
    }
  }
}

TEST(CommandTable, HelpSentencesHaveOneStyle) {
  const auto good = [](std::string_view text) {
    return !text.empty() && std::isupper(static_cast<unsigned char>(text.front())) != 0 && text.back() != '.';
  };
  for (const CommandSpec& command : command_table()) {
    EXPECT_TRUE(good(command.summary)) << full_name(command);
    for (const OptionSpec* option : options_of(command)) EXPECT_TRUE(good(option->help)) << option->name;
    for (std::size_t index = 0; index + 1 < command.positionals.size(); ++index) {
      EXPECT_FALSE(command.positionals[index].repeatable) << full_name(command);
    }
  }
}

TEST(CommandTable, FindsByAlias) {
  const auto rows = find_command_rows("ls");
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows.front()->name, "list");
  EXPECT_EQ(find_command_rows("config").size(), 4U);
  EXPECT_TRUE(find_command_rows("").empty());
  EXPECT_TRUE(find_command_rows("stattus").empty());
}

TEST(CommandTable, UsageLines) {
  EXPECT_EQ(usage_line(*find_command("attach", "")), "cai [options] [PATH] [-- CMD...]");
  EXPECT_EQ(usage_line(*find_command("exec", "")), "cai exec [options] [N] -- CMD...");
  EXPECT_EQ(short_usage(*find_command("config", "get")), "cai config get KEY");
  EXPECT_EQ(short_usage(*find_command("help", "")), "cai help [COMMAND...]");
}

}  // namespace
}  // namespace cai
