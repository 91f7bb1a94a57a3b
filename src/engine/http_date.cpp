#include "engine/http_date.hpp"

#include <ctime>

namespace cai {

std::optional<Timestamp> parse_http_date(const std::string& text) {
  std::tm parts{};
  const char* const end = strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return Timestamp(std::chrono::seconds(timegm(&parts)));
}

}  // namespace cai
