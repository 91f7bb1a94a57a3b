#include "image/dockerfile.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "cai/base/text.hpp"

namespace cai {
namespace {

/// "# escape=`" among the directives in the first lines.
char escape_character(const std::vector<std::string>& lines) {
  for (const std::string& line : lines) {
    const std::string_view text = trim(line);
    if (!text.starts_with('#')) break;
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) break;
    if (to_lower_ascii(trim(text.substr(1, equals - 1))) == "escape")
      return trim(text.substr(equals + 1)) == "`" ? '`' : '\\';
  }
  return '\\';
}

/// The engine does not take two escape characters for one.
bool ends_in_continuation(std::string_view line, char escape) {
  return line.back() == escape && (line.size() == 1 || line[line.size() - 2] != escape);
}

/// Splits at blanks; quotes are dropped, and a blank inside them does not split.
std::vector<std::string> words_of(std::string_view instruction) {
  std::vector<std::string> words(1);
  char quote = '\0';
  for (const char byte : instruction) {
    if (quote != '\0' ? byte == quote : byte == '"' || byte == '\'') {
      quote = quote == '\0' ? byte : '\0';
    } else if (quote == '\0' && (byte == ' ' || byte == '\t' || byte == '\r')) {
      if (!words.back().empty()) words.emplace_back();
    } else {
      words.back() += byte;
    }
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

class Reader {
 public:
  void take(std::string_view instruction) {
    const std::vector<std::string> words = words_of(instruction);
    if (words.empty()) return;
    const std::string keyword = to_lower_ascii(words.front());
    if (keyword == "arg") take_argument(words);
    if (keyword == "from") take_from(words);
    if (keyword == "label")
      facts.systemd |= std::ranges::find(words, "containai.init=systemd") != words.end();
  }

  DockerfileFacts facts;

 private:
  void take_argument(const std::vector<std::string>& words) {
    if (facts.has_stage) return;  // only what stands before the first FROM is known to a FROM
    for (const std::string& word : words)
      declared_ = declared_ || word == "BASE_IMAGE" || word.starts_with("BASE_IMAGE=");
  }

  void take_from(const std::vector<std::string>& words) {
    facts.has_stage = true;
    facts.systemd = false;
    const auto image = std::find_if(words.begin() + 1, words.end(),
                                    [](const auto& word) { return !word.starts_with("--"); });
    if (image == words.end() || !declared_) return;
    if (*image == "$BASE_IMAGE" || *image == "${BASE_IMAGE}" || image->starts_with("${BASE_IMAGE:"))
      facts.from_base_image = true;
  }

  bool declared_ = false;
};

}  // namespace

DockerfileFacts read_dockerfile(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const std::vector<std::string> lines = split(text, '\n');
  const char escape = escape_character(lines);
  Reader reader;
  std::string instruction;
  bool continued = false;
  for (const std::string& line : lines) {
    std::string_view content = trim(line);
    // The engine skips comments and empty lines even between a continuation and its next line.
    if (content.empty() || content.starts_with('#')) continue;
    continued = ends_in_continuation(content, escape);
    if (continued) content.remove_suffix(1);
    instruction.append(content);
    if (continued) {
      instruction += ' ';
    } else {
      reader.take(instruction);
      instruction.clear();
    }
  }
  reader.take(instruction);
  reader.facts.ends_in_the_middle = continued;
  return reader.facts;
}

}  // namespace cai
