// docs/security.md names the test behind each of its rows.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::set<std::string> tests_in_sources() {
  static const std::regex declaration(
      R"((?:TEST|TEST_F|TEST_P|RC_GTEST_PROP)\(\s*([A-Za-z0-9_]+),\s*([A-Za-z0-9_]+))");
  std::set<std::string> tests;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(CAI_SOURCE_DIRECTORY) / "tests")) {
    if (entry.path().extension() != ".cpp") continue;
    const auto text = text_of(entry.path());
    for (std::sregex_iterator at(text.begin(), text.end(), declaration), end; at != end; ++at)
      tests.insert((*at)[1].str() + "." + (*at)[2].str());
  }
  return tests;
}

/// The last column of each row that has three.
std::vector<std::string> last_columns(const std::string& document) {
  std::vector<std::string> columns;
  std::istringstream lines(document);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| ") || !line.ends_with(" |")) continue;
    const auto begin = line.rfind(" | ", line.size() - 3);
    const auto column = line.substr(begin + 3, line.size() - begin - 5);
    if (column != "shown by") columns.push_back(column);
  }
  return columns;
}

TEST(SecurityDocument, EveryRowNamesTestsThatExist) {
  static const std::regex name(R"(`([A-Za-z0-9_]+\.[A-Za-z0-9_]+)`)");
  const auto tests = tests_in_sources();
  const auto columns = last_columns(text_of(fs::path(CAI_SOURCE_DIRECTORY) / "docs/security.md"));
  EXPECT_GT(columns.size(), 30U);
  for (const auto& column : columns) {
    std::size_t named = 0;
    for (std::sregex_iterator at(column.begin(), column.end(), name), end; at != end; ++at, ++named)
      EXPECT_TRUE(tests.contains((*at)[1].str())) << (*at)[1].str();
    EXPECT_GT(named, 0U) << column;
  }
}

}  // namespace
