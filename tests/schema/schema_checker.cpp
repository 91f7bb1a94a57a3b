#include "schema/schema_checker.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace cai {
namespace {

using Problems = std::vector<std::string>;

bool is_of_type(const Json& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  return type == "null" && value.is_null();
}

bool is_of_any_type(const Json& value, const Json& types) {
  if (types.is_string()) return is_of_type(value, types.get<std::string>());
  return std::ranges::any_of(types,
                             [&](const Json& type) { return is_of_type(value, type.get<std::string>()); });
}

void check_words(const Json& schema, const std::string& where, Problems& problems) {
  static constexpr std::array<std::string_view, 9> known = {
      "$schema",  "title",      "description",          "type", "enum",
      "required", "properties", "additionalProperties", "items"};
  for (const auto& [word, ignored] : schema.items()) {
    if (std::ranges::find(known, word) == known.end())
      problems.push_back(where + ": the checker does not know " + word);
  }
}

void append(Problems& problems, const Problems& more) {
  problems.insert(problems.end(), more.begin(), more.end());
}

void check_object(const Json& schema, const Json& value, const std::string& where, Problems& problems) {
  for (const auto& name : schema.value("required", Json::array())) {
    if (!value.contains(name.get<std::string>()))
      problems.push_back(where + " lacks " + name.get<std::string>());
  }
  const Json properties = schema.value("properties", Json::object());
  const Json others = schema.value("additionalProperties", Json(true));
  for (const auto& [name, member] : value.items()) {
    if (properties.contains(name)) {
      append(problems, schema_problems(properties.at(name), member, where + "." + name));
    } else if (others.is_object()) {
      append(problems, schema_problems(others, member, where + "." + name));
    } else if (!others.get<bool>()) {
      problems.push_back(where + " has the unknown " + name);
    }
  }
}

}  // namespace

std::vector<std::string> schema_problems(const Json& schema, const Json& value, const std::string& where) {
  Problems problems;
  check_words(schema, where, problems);
  if (schema.contains("type") && !is_of_any_type(value, schema.at("type"))) {
    problems.push_back(where + " is not " + dump_json(schema.at("type")));
    return problems;
  }
  if (schema.contains("enum")) {
    const auto& allowed = schema.at("enum");
    if (std::ranges::find(allowed, value) == allowed.end()) problems.push_back(where + " is not in the enum");
  }
  if (value.is_object()) check_object(schema, value, where, problems);
  if (value.is_array() && schema.contains("items")) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      append(problems,
             schema_problems(schema.at("items"), value.at(i), where + "[" + std::to_string(i) + "]"));
    }
  }
  return problems;
}

}  // namespace cai
