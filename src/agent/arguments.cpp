// Arguments against the table of operations: what does not fit is said in words that an agent can act on.
#include <fmt/format.h>

#include <algorithm>

#include "agent/operation.hpp"
#include "cai/base/error.hpp"
#include "cai/base/text.hpp"

namespace cai {
namespace {

using Type = ParameterType;

std::string_view type_words(Type type) {
  switch (type) {
    case Type::text:
      return "a string";
    case Type::integer:
      return "an integer";
    case Type::number:
      return "a number";
    case Type::boolean:
      return "true or false";
    case Type::text_list:
      return "a list of strings";
    case Type::text_map:
      return "an object whose values are strings";
    case Type::mounts:
      return "a list of {\"host\", \"container\", \"mode\"}";
    case Type::ports:
      return "a list of {\"host\", \"container\"} with port numbers 1 to 65535";
    case Type::passthrough:
      return "\"auto\", \"all\", \"none\" or a list of variable names";
  }
  return "";
}

bool all_text(const Json& value) {
  return std::all_of(value.begin(), value.end(), [](const Json& each) {
    return each.is_string() && each.get_ref<const std::string&>().find('\0') == std::string::npos;
  });
}

bool only_keys(const Json& object, std::initializer_list<std::string_view> known) {
  for (const auto& [key, ignored] : object.items()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) return false;
  }
  return true;
}

bool is_mount(const Json& value) {
  if (!value.is_object() || !only_keys(value, {"host", "container", "mode"}) || !all_text(value))
    return false;
  const std::string mode = value.value("mode", "rw");
  return value.contains("host") && value.contains("container") && (mode == "rw" || mode == "ro") &&
         value["container"].get<std::string>().starts_with('/');
}

bool is_port(const Json& value, const char* key) {
  return value.contains(key) && value[key].is_number_integer() && value[key] > 0 && value[key] < 65536;
}

bool fits(const Json& value, const Parameter& parameter) {
  switch (parameter.type) {
    case Type::text:
      return value.is_string() && value.get_ref<const std::string&>().find('\0') == std::string::npos;
    case Type::integer:
      if (!value.is_number_integer()) return false;
      [[fallthrough]];
    case Type::number:
      return value.is_number() && value.get<double>() >= parameter.least &&
             value.get<double>() <= parameter.most;
    case Type::boolean:
      return value.is_boolean();
    case Type::text_list:
      return value.is_array() && all_text(value);
    case Type::text_map:
      return value.is_object() && all_text(value);
    case Type::mounts:
      return value.is_array() && std::all_of(value.begin(), value.end(), is_mount);
    case Type::ports:
      return value.is_array() && std::all_of(value.begin(), value.end(), [](const Json& each) {
               return each.is_object() && only_keys(each, {"host", "container"}) && is_port(each, "host") &&
                      is_port(each, "container");
             });
    case Type::passthrough:
      return (value.is_array() && all_text(value)) || value == "auto" || value == "all" || value == "none";
  }
  return false;
}

bool is_choice(const Json& value, const Parameter& parameter) {
  if (parameter.choices.empty()) return true;
  const auto words = split(parameter.choices, '|');
  return std::find(words.begin(), words.end(), value.get<std::string>()) != words.end();
}

}  // namespace

std::string allowed_words(const Parameter& parameter) {
  if (!parameter.choices.empty()) return "one of " + join(split(parameter.choices, '|'), ", ");
  std::string words(type_words(parameter.type));
  if (parameter.type == Type::number || parameter.type == Type::integer) {
    words += fmt::format(" from {:g} to {:g}", parameter.least, parameter.most);
  }
  return words;
}

std::string shown_word(std::string_view word) {
  constexpr std::size_t longest = 100;
  return escape_for_terminal(word.substr(0, longest)) + (word.size() > longest ? "..." : "");
}

Arguments::Arguments(Json given, std::span<const Parameter> parameters) {
  for (const auto& parameter : parameters) {
    const std::string name(parameter.name);
    if (given.contains(name) && !given[name].is_null()) {
      given_.insert(name);
      values_[name] = given[name];
    } else if (!parameter.fallback.empty()) {
      values_[name] = parse_json(parameter.fallback);
    }
  }
}

bool Arguments::has(std::string_view name) const {
  return given_.contains(name);
}

const Json& Arguments::value(std::string_view name) const {
  static const Json nothing;
  const auto found = values_.find(name);
  return found == values_.end() ? nothing : found->second;
}

std::string Arguments::text(std::string_view name) const {
  const Json& found = value(name);
  return found.is_string() ? found.get<std::string>() : std::string();
}

bool Arguments::flag(std::string_view name) const {
  const Json& found = value(name);
  return found.is_boolean() && found.get<bool>();
}

double Arguments::number(std::string_view name) const {
  const Json& found = value(name);
  return found.is_number() ? found.get<double>() : 0;
}

std::vector<std::string> Arguments::list(std::string_view name) const {
  const Json& found = value(name);
  return found.is_array() ? found.get<std::vector<std::string>>() : std::vector<std::string>();
}

std::map<std::string, std::string> Arguments::map(std::string_view name) const {
  std::map<std::string, std::string> result;
  const Json& found = value(name);
  if (!found.is_object()) return result;
  for (const auto& [key, each] : found.items()) result[key] = each.get<std::string>();
  return result;
}

Arguments check_arguments(const Operation& operation, const Json& given) {
  std::vector<std::string> known{"operation"};
  for (const auto& parameter : operation.parameters) known.emplace_back(parameter.name);
  for (const auto& [key, ignored] : given.items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    const auto near = did_you_mean(key, known);
    throw Error(ErrorKind::usage,
                fmt::format("{} has no parameter \"{}\"{}; it takes: {}", operation.name, shown_word(key),
                            near ? fmt::format(" (did you mean \"{}\"?)", *near) : "", join(known, ", ")));
  }
  for (const auto& parameter : operation.parameters) {
    const std::string name(parameter.name);
    if (!given.contains(name) || given[name].is_null()) {
      if (!parameter.required) continue;
      throw Error(ErrorKind::usage, fmt::format("{} needs the parameter \"{}\": {} ({})", operation.name,
                                                name, allowed_words(parameter), parameter.description));
    }
    if (fits(given[name], parameter) && is_choice(given[name], parameter)) continue;
    throw Error(ErrorKind::usage, fmt::format("the parameter \"{}\" of {} must be {}", name, operation.name,
                                              allowed_words(parameter)));
  }
  return {given, operation.parameters};
}

}  // namespace cai
