#include "engine/container_list.hpp"

#include <algorithm>
#include <limits>

// Long strings sixteen bytes at a time, where the processor has it.
#if defined(__SSE2__)
#define RAPIDJSON_SSE2
#elif defined(__ARM_NEON)
#define RAPIDJSON_NEON
#endif
#include <rapidjson/document.h>

#include "cai/base/text.hpp"
#include "engine/container_calls.hpp"
#include "engine/failures.hpp"
#include "engine/translate.hpp"

namespace cai {
namespace {

using rapidjson::Value;

const Value* field(const Value* object, const char* name) {
  if (object == nullptr || !object->IsObject()) return nullptr;
  const auto found = object->FindMember(name);
  return found == object->MemberEnd() ? nullptr : &found->value;
}

const Value* object_field(const Value* object, const char* name) {
  const Value* value = field(object, name);
  return value != nullptr && value->IsObject() ? value : nullptr;
}

const Value* array_field(const Value* object, const char* name) {
  const Value* value = field(object, name);
  return value != nullptr && value->IsArray() ? value : nullptr;
}

std::string_view view(const Value& text) {
  return {text.GetString(), text.GetStringLength()};
}

std::string text_field(const Value* object, const char* name) {
  const Value* value = field(object, name);
  return value != nullptr && value->IsString() ? std::string(view(*value)) : std::string();
}

std::int64_t integer_field(const Value* object, const char* name) {
  const Value* value = field(object, name);
  if (value == nullptr) return 0;
  if (value->IsInt64()) return value->GetInt64();
  return value->IsUint64() ? std::numeric_limits<std::int64_t>::max() : 0;
}

bool flag_field(const Value* object, const char* name) {
  const Value* value = field(object, name);
  return value != nullptr && value->IsBool() && value->GetBool();
}

Labels labels_field(const Value* object, const char* name) {
  Labels labels;
  const Value* values = object_field(object, name);
  if (values == nullptr) return labels;
  labels.reserve(values->MemberCount());
  // Engines write them in order, so that each comes last.
  for (const auto& label : values->GetObject()) {
    if (label.value.IsString())
      labels.insert_or_assign(std::string(view(label.name)), std::string(view(label.value)));
  }
  return labels;
}

/// Names carry a leading slash; a link from another container shows up as "/other/alias".
std::string own_name(const Value* names) {
  if (names == nullptr) return {};
  for (const Value& each : names->GetArray()) {
    if (!each.IsString()) continue;
    const auto name = view(each);
    if (name.rfind('/') == 0 || name.find('/') == std::string_view::npos)
      return std::string(name.substr(name.starts_with('/') ? 1 : 0));
  }
  return {};
}

void add_relations(ObservedContainer& container, const Value& entry) {
  if (const Value* mounts = array_field(&entry, "Mounts")) {
    for (const Value& mount : mounts->GetArray()) {
      if (text_field(&mount, "Type") == "volume") {
        container.volumes.push_back(text_field(&mount, "Name"));
      } else if (flag_field(&mount, "RW")) {
        container.writable_directories.push_back(text_field(&mount, "Source"));
      }
    }
  }
  if (const Value* networks = object_field(object_field(&entry, "NetworkSettings"), "Networks")) {
    for (const auto& network : networks->GetObject()) container.networks.emplace_back(view(network.name));
  }
  if (const Value* ports = array_field(&entry, "Ports")) {
    for (const Value& port : ports->GetArray()) {
      const auto number = integer_field(&port, "PublicPort");
      if (number > 0 && number <= 65535) container.host_ports.push_back(static_cast<int>(number));
    }
  }
}

ObservedContainer container_from(const Value& entry) {
  ObservedContainer container;
  container.id = {required_engine_id(text_field(&entry, "Id"))};
  container.name = own_name(array_field(&entry, "Names"));
  container.state_text = text_field(&entry, "State");
  container.state = parse_container_state(container.state_text);
  container.labels = labels_field(&entry, "Labels");
  container.image = text_field(&entry, "Image");
  container.image_id = text_field(&entry, "ImageID");
  container.created = from_unix_seconds(integer_field(&entry, "Created"));
  container.status_text = text_field(&entry, "Status");
  add_relations(container, entry);
  return container;
}

/// Takes a JSON array apart element by element, in its own bytes, of which the last is a NUL; false for what
/// is none. A document of the whole would be larger than the text, and much of what a look at a thousand
/// containers costs is memory that is touched for the first time.
template <typename Take>
bool for_each_element(char* array, const Take& take) {
  rapidjson::InsituStringStream text(array);
  rapidjson::MemoryPoolAllocator<> pool;
  // Iterative: nesting that somebody made deep must not use up the stack.
  constexpr unsigned how =
      rapidjson::kParseInsituFlag | rapidjson::kParseIterativeFlag | rapidjson::kParseStopWhenDoneFlag;
  const auto next_byte = [&] {
    rapidjson::SkipWhitespace(text);
    return text.Peek() == '\0' ? '\0' : text.Take();
  };
  if (next_byte() != '[') return false;
  rapidjson::SkipWhitespace(text);
  char after = text.Peek() == ']' ? text.Take() : ',';
  while (after == ',') {
    rapidjson::Document element(&pool);
    if (element.ParseStream<how>(text).HasParseError()) return false;
    take(element);
    pool.Clear();
    after = next_byte();
  }
  return after == ']' && next_byte() == '\0';
}

}  // namespace

std::vector<ObservedContainer> containers_from(std::string body) {
  std::vector<ObservedContainer> containers;
  // The parser takes a NUL for the end and never looks at what follows. Encoding is checked in one go, a
  // third of the time of letting the parser do it letter by letter.
  const bool is_text = body.find('\0') == std::string::npos && is_utf8(body);
  body.append(16, '\0');  // the end; the parser may look at so many bytes at once
  if (!is_text || !for_each_element(body.data(), [&](const Value& entry) {
        containers.push_back(container_from(entry));
      })) {
    throw answer_rubbish("for the containers is not a JSON array");
  }
  return containers;
}

}  // namespace cai
