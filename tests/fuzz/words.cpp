// Single texts from outside: labels, names, times, sizes, Dockerfiles, ignore files, remembered editions.
#include "cai/base/process_identity.hpp"
#include "cai/base/text.hpp"
#include "cai/base/text_diff.hpp"
#include "cai/base/time.hpp"
#include "cai/converge/rows.hpp"
#include "cai/image/edition.hpp"
#include "cai/model/names.hpp"
#include "fuzz/target.hpp"
#include "image/dockerfile.hpp"
#include "image/ignore_rules.hpp"

using namespace cai;
using namespace cai::fuzz;

namespace {

void read_values(std::string_view text) {
  if (const auto size = parse_size(text)) require(*size > 0, "a size is positive");
  if (const auto age = parse_age(text)) require(age->count() >= 0, "an age is not negative");
  if (const auto time = parse_rfc3339(text))
    require(parse_rfc3339(format_rfc3339(*time)) == time, "a time survives its text");
  if (const auto owner = parse_process_identity(text))
    require(parse_process_identity(to_text(*owner)) == owner, "an owner survives its text");
  if (const auto edition = parse_edition(text))
    require(parse_edition(to_text(*edition)) == edition, "an edition survives its text");
}

void read_names(const std::string& text) {
  const auto slash = std::min(text.find('\n'), text.size());
  const auto name = workspace_name(text.substr(0, slash), text.substr(slash));
  require(!name.empty() && name.size() <= max_name_length && is_valid_container_name(name),
          "a name is a name");
  const auto shown = escape_for_terminal(text);
  require(is_utf8(shown), "what is shown is UTF-8");
  for (const char byte : shown)
    require(static_cast<unsigned char>(byte) >= 0x20 && byte != 0x7f, "no controls");
}

/// Each line "label=value"; ports and ids in them make a row, or not.
void read_labels(const std::string& text) {
  ObservedContainer container;
  container.name = "myapp-auth";
  for (const auto& line : split(text, '\n')) {
    const auto equals = std::min(line.find('='), line.size());
    container.labels[line.substr(0, equals)] = line.substr(std::min(equals + 1, line.size()));
  }
  container.labels[label::spec] = text;
  if (const auto row = row_from_labels(container, {"engine"}, "id"))
    require(!row->key.root.empty() && row->id.value.size() == 16, "a row is complete");
  changed_fields(text, {});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(text_of(data, size));
  read_values(text);
  for (const auto& line : split(text, '\n')) read_values(line);
  read_names(text);
  read_labels(text);
  read_dockerfile(text);
  const IgnoreRules rules(text.substr(0, 512));
  for (const char* path : {"a", "a/b/c", "node_modules/x/y.js", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"})
    static_cast<void>(rules.ignores(path));
  require(unified_diff(text, text).empty(), "no difference to itself");
  require(text.empty() || !unified_diff("", text).empty(), "a difference to nothing");
  unified_diff(text.substr(0, size / 2), text.substr(size / 2));
  return 0;
}
