#include "cli/help.hpp"

#include <gtest/gtest.h>

#include "cai/base/error.hpp"
#include "cai/base/text.hpp"
#include "cli/command_table.hpp"
#include "cli/exit_codes.hpp"
#include "golden.hpp"

namespace cai {
namespace {

TEST(Help, OverviewIsGolden) {
  expect_equals_file(help_text({}), "tests/cli/golden/help.txt");
}
TEST(Help, AttachIsGolden) {
  expect_equals_file(help_text({"attach"}), "tests/cli/golden/help-attach.txt");
}
TEST(Help, SubcommandsAreGolden) {
  expect_equals_file(help_text({"config"}), "tests/cli/golden/help-config.txt");
}

TEST(Help, ReferenceIsUpToDate) {
  expect_equals_file(reference_markdown(), "docs/reference/commands.md");
}

TEST(Help, ExitCodesAreUpToDate) {
  expect_equals_file(exit_codes_markdown(), "docs/reference/exit-codes.md");
}

TEST(Help, EveryPageFitsAndIsClean) {
  std::vector<std::string> pages{help_text({})};
  for (const CommandSpec& command : command_table())
    pages.push_back(help_text(split(full_name(command), ' ')));
  for (const std::string& page : pages) {
    EXPECT_TRUE(page.ends_with('\n'));
    for (const std::string& line : split(page, '\n')) {
      EXPECT_LE(line.size(), 100U) << line;
      EXPECT_FALSE(line.ends_with(' ')) << line;
    }
  }
}

TEST(Help, EveryCommandAndOptionIsInHelpAndReference) {
  const std::string overview = help_text({});
  const std::string reference = reference_markdown();
  for (const CommandSpec& command : command_table()) {
    const std::string page = help_text(split(full_name(command), ' '));
    EXPECT_NE(overview.find(short_usage(command)), std::string::npos) << full_name(command);
    EXPECT_NE(reference.find("\n### cai " + full_name(command) + "\n"), std::string::npos)
        << full_name(command);
    for (const OptionSpec* option : options_of(command)) {
      const std::string name = "--" + std::string(option->name);
      EXPECT_NE(page.find(name), std::string::npos) << full_name(command) << " " << name;
      EXPECT_NE(reference.find(name), std::string::npos) << name;
    }
  }
}

TEST(Help, AliasShowsTheCommand) {
  EXPECT_EQ(help_text({"ls"}), help_text({"list"}));
}

TEST(Help, UnknownCommandIsRefused) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"stattus"}, {"config", "gett"}, {"status", "x"}, {"config", "get", "x"}}) {
    try {
      help_text(words);
      ADD_FAILURE() << words.front();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::usage);
      EXPECT_EQ(error.what(), "no command '" + join(words, " ") + "' to explain");
    }
  }
}

TEST(ExitCodes, AreThoseOfTheProduct) {
  EXPECT_EQ(exit_code(ErrorKind::failed), 1);
  EXPECT_EQ(exit_code(ErrorKind::usage), 2);
  EXPECT_EQ(exit_code(ErrorKind::refused), 3);
  EXPECT_EQ(exit_code(ErrorKind::not_found), 10);
  EXPECT_EQ(exit_code(ErrorKind::start_failed), 11);
  EXPECT_EQ(exit_code(ErrorKind::ssh_setup), 12);
  EXPECT_EQ(exit_code(ErrorKind::ssh_connect), 13);
  EXPECT_EQ(exit_code(ErrorKind::ssh_host_key), 14);
  EXPECT_EQ(exit_code(ErrorKind::not_ours), 15);
  EXPECT_EQ(exit_code(ErrorKind::engine_unreachable), 20);
  EXPECT_EQ(exit_code(ErrorKind::busy), 21);
  EXPECT_EQ(exit_code(ErrorKind::interrupted), 130);
  EXPECT_EQ(exit_code(ErrorKind::terminated), 143);
}

TEST(ExitCodes, AscendWithoutRepetition) {
  int last = -1;
  for (const ExitCodeRow& row : exit_code_table()) {
    EXPECT_GT(row.code, last);
    last = row.code;
  }
}

}  // namespace
}  // namespace cai
