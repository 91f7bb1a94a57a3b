// Configuration files: the repository's, which strangers write, and the editor of the user's own.
#include "cai/config/edit.hpp"
#include "fuzz/target.hpp"

using namespace cai;
using namespace cai::fuzz;

namespace {

void edit(const std::string& content, const SettingKey& key, const char* value) {
  const SettingsText before{"config.toml", content};
  std::string changed;
  if (!accepted([&] { changed = with_setting(before, key, value); })) return;
  const SettingsText after{"config.toml", changed};
  require(value_in(after, key) == value, "set, then get, gives the value");
  const bool was_there = value_in(before, key).has_value();
  std::string without;
  if (!accepted([&] { without = without_setting(after, key); })) return;
  require(!value_in({"config.toml", without}, key), "unset takes it out");
  require(was_there || without == content, "unset after set gives back what was there");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string content(text_of(data, size));
  accepted([&] { describe_repository_file({"/repo/.containai/config.toml", content}); });
  edit(content, known_key("keep"), "true");
  edit(content, known_key("container.memory"), "4g");
  edit(content, known_key("box.images.go"), "go:1");
  return 0;
}
