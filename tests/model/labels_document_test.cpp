#include <gtest/gtest.h>

#include <set>
#include <string>

#include "cai/base/filesystem.hpp"
#include "cai/base/text.hpp"

namespace cai {
namespace {

std::vector<std::string> lines_of(const std::string& path) {
  const auto content = read_file(std::filesystem::path(CAI_SOURCE_DIRECTORY) / path);
  EXPECT_TRUE(content) << path;
  return split(content.value_or(""), '\n');
}

/// What stands between the first two `quote` characters of the lines that start with `start`.
std::set<std::string> quoted(const std::string& path, std::string_view start, char quote) {
  std::set<std::string> names;
  for (const auto& line : lines_of(path)) {
    if (!line.starts_with(start)) continue;
    const auto first = line.find(quote);
    const auto last = line.find(quote, first + 1);
    if (last != std::string::npos) names.insert(line.substr(first + 1, last - first - 1));
  }
  return names;
}

TEST(Labels, DocumentAndHeaderListTheSame) {
  auto written = quoted("include/cai/model/labels.hpp", "", '"');
  std::erase_if(written,
                [](const std::string& text) { return text.find("containai.") == std::string::npos; });
  const auto documented = quoted("docs/reference/labels.md", "| `", '`');
  EXPECT_TRUE(written.contains("containai.managed"));
  for (const auto& name : written) EXPECT_TRUE(documented.contains(name)) << name << " is not documented";
  for (const auto& name : documented)
    EXPECT_TRUE(written.contains(name)) << name << " is documented, but not written";
}

}  // namespace
}  // namespace cai
