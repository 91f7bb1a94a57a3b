#include "cli/manual.hpp"

#include <gtest/gtest.h>

#include "cai/base/process.hpp"
#include "cai/base/text.hpp"
#include "cli/command_table.hpp"
#include "golden.hpp"

namespace cai {
namespace {

const std::string page = std::string(CAI_SOURCE_DIR) + "/docs/man/cai.1";

std::string rendered() {
  const auto result = run_process({"man", "--warnings", "--encoding=UTF-8", "-P", "cat", "-l", page});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.standard_error, "");
  return result.standard_output;
}

TEST(Manual, PageIsGolden) {
  expect_equals_file(manual_page(), "docs/man/cai.1");
}

TEST(Manual, RendersWithoutWarnings) {
  EXPECT_NE(rendered().find("SEE ALSO"), std::string::npos);
  const auto result = run_process({"groff", "-ww", "-z", "-Kutf8", "-Tutf8", "-man", page});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.standard_error, "");
}

TEST(Manual, NamesEveryCommandAndOption) {
  const std::string text = rendered();
  for (const CommandSpec& command : command_table()) {
    if (command.name != default_command) {
      EXPECT_NE(text.find("cai " + full_name(command)), std::string::npos) << full_name(command);
    }
    for (const OptionSpec* option : options_of(command))
      EXPECT_NE(text.find("--" + std::string(option->name)), std::string::npos) << option->name;
  }
}

}  // namespace
}  // namespace cai
