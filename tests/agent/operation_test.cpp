#include "agent/operation.hpp"
#include "cai/agent/purpose.hpp"
#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "cli/golden.hpp"

namespace cai {
namespace {

TEST(Operations, ReferencePage) {
  expect_equals_file(operations_markdown(), "docs/reference/boxes.md");
}

TEST(Operations, SchemaNamesEveryParameterWithTypeAndDescription) {
  const Json tool = tool_description();
  const Json& properties = tool["inputSchema"]["properties"];
  EXPECT_EQ(properties["operation"]["enum"].size(), operations().size());
  for (const auto& operation : operations()) {
    for (const auto& parameter : operation.parameters) {
      const std::string name(parameter.name);
      ASSERT_TRUE(properties.contains(name)) << name;
      EXPECT_FALSE(properties[name]["description"].get<std::string>().empty());
      EXPECT_TRUE(properties[name].contains("type") || properties[name].contains("anyOf")) << name;
      if (!parameter.fallback.empty()) {
        EXPECT_EQ(properties[name]["default"], parse_json(parameter.fallback)) << name;
      }
    }
  }
}

TEST(Operations, TheToolKnowsThePurposesThatThereAre) {
  const Json known = tool_description()["inputSchema"]["properties"]["purpose"]["enum"];
  EXPECT_EQ(known, Json(purpose_names()));
  for (const auto& each : purpose_names()) EXPECT_EQ(find_purpose(each) == nullptr, each == "try-repo");
}

TEST(Operations, ATreeIsForWhatItsFirstMarkerSays) {
  const TemporaryDirectory tree;
  EXPECT_EQ(purpose_of_tree(tree.path()).name, "general");
  for (const auto& [file, purpose] :
       {std::pair("go.mod", "go"), std::pair("package.json", "node"), std::pair("pyproject.toml", "python"),
        std::pair("Cargo.toml", "rust")}) {
    std::ofstream(tree.path() / file) << "x";
    EXPECT_EQ(purpose_of_tree(tree.path()).name, purpose) << file;
  }
}

/// A data volume outlives everything that an agent may ask for.
TEST(Operations, NoneRemovesAVolume) {
  for (const auto& operation : operations()) {
    EXPECT_EQ(operation.name.find("volume"), std::string_view::npos) << operation.name;
    for (const auto& parameter : operation.parameters)
      EXPECT_EQ(parameter.name.find("volume"), std::string_view::npos) << operation.name;
  }
}

/// Whatever is sent, it is taken or refused with words; nothing is thrown that is no Error.
TEST(Operations, HostileArgumentsAreRefused) {
  const std::vector<Json> values = {nullptr,
                                    true,
                                    -1,
                                    1e300,
                                    "",
                                    std::string(100000, 'x'),
                                    Json::array(),
                                    Json::object(),
                                    Json::array({Json::object({{"host", 1}})}),
                                    "a\0b",
                                    {{"a", 1}}};
  for (const auto& operation : operations()) {
    for (const auto& parameter : operation.parameters) {
      for (const auto& value : values) {
        const Json given = {{"operation", std::string(operation.name)}, {std::string(parameter.name), value}};
        try {
          const auto arguments = check_arguments(operation, given);
          static_cast<void>(arguments.text(parameter.name));
          static_cast<void>(arguments.number(parameter.name));
        } catch (const Error& error) {
          EXPECT_EQ(error.kind(), ErrorKind::usage);
          EXPECT_STRNE(error.what(), "");
        }
      }
    }
  }
}

}  // namespace
}  // namespace cai
