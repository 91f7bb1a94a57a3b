#include "agent/credentials.hpp"

#include <gtest/gtest.h>

namespace cai {
namespace {

TEST(Credentials, TheModeOfAnOptionIsAWordOrNames) {
  EXPECT_EQ(passthrough_mode("auto"), "auto");
  EXPECT_EQ(passthrough_mode("A,B_2"), Json::array({"A", "B_2"}));
  for (const char* wrong : {"", "A,,B", "A=s3cr3t", "2A", "A B"}) {
    try {
      passthrough_mode(wrong);
      FAIL() << wrong;
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()).find("s3cr3t"), std::string::npos);
    }
  }
}

TEST(Glob, Star) {
  EXPECT_TRUE(matches_glob("*_API_KEY", "X_API_KEY"));
  EXPECT_TRUE(matches_glob("ANTHROPIC_*", "ANTHROPIC_"));
  EXPECT_TRUE(matches_glob("*A*B*", "xAyBz"));
  EXPECT_FALSE(matches_glob("*_API_KEY", "X_API_KEYS"));
  EXPECT_FALSE(matches_glob("HTTP_PROXY", "http_proxy"));
  EXPECT_TRUE(matches_glob("*", ""));
}

TEST(Passed, ModesTakeWhatTheySay) {
  Environment environment;
  environment.variables = {
      {"X_TOKEN", "1"}, {"PATH", "/bin"}, {"HOME", "/h"}, {"FOO", "2"}, {"odd name", "3"}};
  const std::vector<std::string> patterns = {"*_TOKEN", "*"};
  const auto names = [&](const Json& mode, const std::vector<std::string>& globs) {
    std::string text;
    for (const auto& [name, value] : passed_variables(environment, mode, globs)) text += name + " ";
    return text;
  };
  EXPECT_EQ(names("auto", {"*_TOKEN"}), "X_TOKEN ");
  EXPECT_EQ(names("auto", patterns), "FOO X_TOKEN ") << "a glob never takes what describes the host";
  EXPECT_EQ(names("all", {}), "FOO X_TOKEN ");
  EXPECT_EQ(names("none", patterns), "");
  EXPECT_EQ(names(Json::array({"FOO", "PATH", "GONE", "odd name"}), {}), "FOO PATH ");
}

}  // namespace
}  // namespace cai
