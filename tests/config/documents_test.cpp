#include <map>
#include <set>
#include <sstream>

#include "cai/base/text.hpp"
#include "cai/json/json.hpp"
#include "config/config_fixture.hpp"

namespace cai {
namespace {

std::string document(const std::string& path) {
  std::ifstream stream(std::filesystem::path(CAI_SOURCE_DIRECTORY) / path, std::ios::binary);
  std::stringstream content;
  content << stream.rdbuf();
  return content.str();
}

void collect(const Json& schema, const std::string& prefix, std::map<std::string, Json>& properties) {
  for (const auto& [name, property] : schema.at("properties").items()) {
    if (property.contains("properties")) {
      EXPECT_EQ(property.value("additionalProperties", true), false) << name;
      collect(property, prefix + name + ".", properties);
    } else {
      properties[prefix + name] = property;
    }
  }
}

Json default_of(const SettingKey& key) {
  if (key.type == "integer" || key.type == "boolean") return parse_json(key.fallback);
  if (key.type == "list") return Json::array();
  if (key.type == "words") return split(key.fallback, ',');
  return std::string(key.fallback);
}

TEST(Documents, SchemaKnowsExactlyTheKeys) {
  const Json schema = parse_json(document("schema/config.schema.json"));
  ASSERT_TRUE(schema.is_object());
  EXPECT_EQ(schema.at("$schema"), "https://json-schema.org/draft/2020-12/schema");
  EXPECT_EQ(schema.at("additionalProperties"), false);
  std::map<std::string, Json> properties;
  collect(schema, "", properties);
  EXPECT_EQ(properties.size(), setting_keys().size());
  for (const SettingKey& key : setting_keys()) {
    ASSERT_TRUE(properties.contains(std::string(key.name))) << key.name;
    const Json& property = properties[std::string(key.name)];
    EXPECT_EQ(property.at("description"), key.description);
    if (key.type != "number") {
      EXPECT_EQ(property.at("default"), default_of(key)) << key.name;
    }
  }
}

TEST(Documents, ReferenceListsExactlyTheKeys) {
  std::string wanted;
  for (const SettingKey& key : setting_keys()) {
    const std::string fallback = key.fallback.empty() ? "" : "`" + std::string(key.fallback) + "`";
    const std::string variable = key.variable.empty() ? "" : "`" + std::string(key.variable) + "`";
    wanted += "| `" + std::string(key.name) + "` | " + std::string(key.type) + " | " + fallback + " | " +
              variable + " | " + (key.repository_may_set ? "yes" : "no") + " | " +
              std::string(key.description) + " |\n";
  }
  std::string rows;
  std::istringstream lines(document("docs/reference/configuration.md"));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("| `")) rows += line + "\n";
  }
  EXPECT_EQ(rows, wanted);
}

TEST(Documents, KeysHaveValidBuiltInValuesAndDistinctNames) {
  std::set<std::string_view> names;
  std::set<std::string_view> variables;
  for (const SettingKey& key : setting_keys()) {
    EXPECT_TRUE(names.insert(key.name).second) << key.name;
    if (!key.variable.empty()) {
      EXPECT_TRUE(variables.insert(key.variable).second) << key.variable;
    }
    EXPECT_TRUE(key.description.ends_with('.')) << key.name;
  }
  EXPECT_NO_THROW(load_settings("/nonexistent/config.toml", std::nullopt, {}));
}

}  // namespace
}  // namespace cai
