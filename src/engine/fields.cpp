#include "engine/fields.hpp"

#include <fmt/format.h>

#include <limits>

#include "engine/failures.hpp"

namespace cai {

const Json* field(const Json* object, const char* name) {
  if (object == nullptr || !object->is_object()) return nullptr;
  const auto found = object->find(name);
  return found == object->end() ? nullptr : &*found;
}

const Json* object_field(const Json* object, const char* name) {
  const Json* value = field(object, name);
  return value != nullptr && value->is_object() ? value : nullptr;
}

const Json* array_field(const Json* object, const char* name) {
  const Json* value = field(object, name);
  return value != nullptr && value->is_array() ? value : nullptr;
}

std::string text_field(const Json* object, const char* name) {
  const Json* value = field(object, name);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

std::int64_t integer_field(const Json* object, const char* name, std::int64_t otherwise) {
  const Json* value = field(object, name);
  if (value == nullptr || !value->is_number_integer()) return otherwise;
  constexpr auto maximum = std::numeric_limits<std::int64_t>::max();
  if (value->is_number_unsigned() && value->get<std::uint64_t>() > static_cast<std::uint64_t>(maximum))
    return maximum;
  return value->get<std::int64_t>();
}

bool flag_field(const Json* object, const char* name) {
  const Json* value = field(object, name);
  return value != nullptr && value->is_boolean() && value->get<bool>();
}

Labels labels_field(const Json* object, const char* name) {
  Labels labels;
  const Json* values = object_field(object, name);
  if (values == nullptr) return labels;
  for (const auto& [key, value] : values->items()) {
    if (value.is_string()) labels[key] = value.get<std::string>();
  }
  return labels;
}

Json parse_object(std::string_view body, std::string_view what) {
  Json value = parse_json(body);
  if (!value.is_object()) throw answer_rubbish(fmt::format("for {} is not a JSON object", what));
  return value;
}

Json parse_array(std::string_view body, std::string_view what) {
  Json value = parse_json(body);
  if (!value.is_array()) throw answer_rubbish(fmt::format("for {} is not a JSON array", what));
  return value;
}

}  // namespace cai
