#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>

#include "cai/config/edit.hpp"

namespace cai {
namespace {

using std::string;

/// What a file may hold for each key, and what may be set: canonical text and how TOML writes it.
struct Sample {
  string text;
  string literal;
};
const std::map<string, std::vector<Sample>>& samples() {
  static const std::map<string, std::vector<Sample>> all = {
      {"keep", {{"true", "true"}, {"false", "false"}}},
      {"data_volume", {{"team", "\"team\""}, {"other", "'other'"}}},
      {"agent.default",
       {{"a # b", "\"a # b\""}, {"c = \"[d]\"", "'c = \"[d]\"'"}, {"\xC3\xA9", "\"\\u00e9\""}}},
      {"container.memory", {{"4g", "\"4g\""}, {"512m", "\"\"\"512m\"\"\""}, {"8589934592", "8589934592"}}},
      {"container.cpus", {{"2", "2"}, {"1.5", "1.5"}, {"3", "+3"}}},
      {"ssh.port_range_start", {{"2310", "2_310"}, {"2304", "0x900"}}},
      {"ssh.port_range_end", {{"2600", "2600"}, {"2500", "2500"}}},
      {"ssh.forward_agent", {{"true", "true"}, {"false", "false"}}},
      {"export.exclude", {{"a,*.log", "[\"a\", '*.log']"}, {"b", "[ \"b\" ]"}, {"", "[]"}}},
      {"box.image", {{"one:1", "\"one:1\""}, {"two", "'two'"}}},
      {"box.images.node", {{"node:20", "\"node:20\""}, {"n", "'n'"}}},
      {"box.images.go", {{"go:1", "\"go:1\""}, {"g", "'g'"}}},
  };
  return all;
}

string filler() {
  return *rc::gen::weightedElement<string>(
      {{6, ""}, {2, "\n"}, {2, "# words\n"}, {1, "  # k = [\"v\"]\n\n"}, {1, "\t\n"}});
}
string trailer() {
  return *rc::gen::weightedElement<string>({{4, ""}, {1, " # why"}, {1, "\t#\xC3\xA4 = 1"}, {1, "  "}});
}
string literal_of(const string& key) {
  return samples().at(key)[*rc::gen::inRange<std::size_t>(0, samples().at(key).size())].literal;
}

enum class Style { absent, dotted, section, in_line };

/// The keys below `table` that the file holds, without the table's name.
std::vector<string> some_keys_of(const string& table) {
  std::vector<string> names;
  for (const auto& [key, unused] : samples()) {
    if (key.starts_with(table + ".") && *rc::gen::arbitrary<bool>())
      names.push_back(key.substr(table.size() + 1));
  }
  return names;
}

string statement(const string& indent, const string& name, const string& key) {
  const auto equals = *rc::gen::element<string>(" = ", "=", "\t= ");
  return filler() + indent + name + equals + literal_of(key) + trailer() + "\n";
}

/// One table as root lines and as what follows them.
void write_table(const string& table, string& root, string& sections) {
  const auto names = some_keys_of(table);
  const auto style = names.empty() ? *rc::gen::element(Style::absent, Style::section)
                                   : *rc::gen::element(Style::dotted, Style::section, Style::in_line);
  if (style == Style::absent) return;
  if (style == Style::section) sections += filler() + "[" + table + "]" + trailer() + "\n";
  string inside;
  for (const auto& name : names) {
    const auto key = table + "." + name;
    if (style == Style::dotted) root += statement("", key, key);
    if (style == Style::section) sections += statement(*rc::gen::element<string>("", "  "), name, key);
    if (style == Style::in_line) {
      inside += (inside.empty() ? "" : *rc::gen::element<string>(", ", ",", " , ")) + name + " = " +
                literal_of(key);
    }
  }
  if (style == Style::in_line) root += filler() + table + " = { " + inside + " }" + trailer() + "\n";
}

string any_file() {
  string root;
  string sections;
  for (const string key : {"keep", "data_volume"}) {
    if (*rc::gen::arbitrary<bool>()) root += statement("", key, key);
  }
  for (const string table : {"agent", "container", "ssh", "export", "box"})
    write_table(table, root, sections);
  auto content = root + sections + filler();
  if (*rc::gen::arbitrary<bool>() && content.ends_with('\n')) content.pop_back();
  if (*rc::gen::weightedElement<bool>({{4, false}, {1, true}})) {
    string windows;
    for (const char byte : content) windows += byte == '\n' ? string("\r\n") : string(1, byte);
    content = windows;
  }
  if (*rc::gen::weightedElement<bool>({{9, false}, {1, true}})) content = "\xEF\xBB\xBF" + content;
  return content;
}

const SettingKey& any_key() {
  std::vector<string> names;
  for (const auto& [key, unused] : samples()) names.push_back(key);
  return known_key(*rc::gen::elementOf(names));
}

/// Whether `longer` is `shorter` with something in one place.
bool is_one_insertion(const string& shorter, const string& longer) {
  if (longer.size() < shorter.size()) return false;
  const auto front = std::ranges::mismatch(shorter, longer).in1 - shorter.begin();
  return longer.ends_with(shorter.substr(static_cast<std::size_t>(front)));
}

SettingsText file_of(const string& content) {
  return {"/home/me/config.toml", content};
}

RC_GTEST_PROP(ConfigEdit, SetThenGetGivesTheValueAndNothingElseChanges, ()) {
  const auto content = any_file();
  RC_LOG() << content;
  const auto& key = any_key();
  const auto& choice = samples().at(string(key.name));
  const auto& wanted = choice[*rc::gen::inRange<std::size_t>(0, choice.size())];
  const auto former = value_in(file_of(content), key);
  const auto result = with_setting(file_of(content), key, wanted.text);
  RC_LOG() << result;
  RC_ASSERT(value_in(file_of(result), key) == wanted.text);
  for (const auto& other : setting_keys()) {
    if (other.name != key.name)
      RC_ASSERT(value_in(file_of(result), other) == value_in(file_of(content), other));
  }
  if (former) {
    const auto hole = without_setting(file_of(content), key);
    RC_ASSERT(without_setting(file_of(result), key) == hole);
  } else {
    RC_ASSERT(is_one_insertion(content, result));
    RC_ASSERT(without_setting(file_of(result), key) == content);
  }
}

RC_GTEST_PROP(ConfigEdit, UnsetTakesOutOneKeyAndNothingElse, ()) {
  const auto content = any_file();
  RC_LOG() << content;
  const auto& key = any_key();
  const auto result = without_setting(file_of(content), key);
  RC_LOG() << result;
  RC_ASSERT(!value_in(file_of(result), key));
  RC_ASSERT(is_one_insertion(result, content));
  for (const auto& other : setting_keys()) {
    if (other.name != key.name)
      RC_ASSERT(value_in(file_of(result), other) == value_in(file_of(content), other));
  }
}

}  // namespace
}  // namespace cai
