#include "engine/container_calls.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cai/base/error.hpp"
#include "engine/api.hpp"
#include "engine/translate.hpp"

namespace cai {

bool says_one_of(std::string_view message, std::initializer_list<std::string_view> phrases) {
  return std::any_of(phrases.begin(), phrases.end(),
                     [message](auto phrase) { return says(message, phrase); });
}

bool is_conflict(const HttpResponse& response, std::string_view message) {
  return response.status == 409 ||
         (response.status >= 400 &&
          says_one_of(message, {"already in use", "container state improper", "removal in progress",
                                "marked for removal", "already in progress", "being removed",
                                "cannot remove running"}));
}

bool is_full_id(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string container_path(const ContainerId& id, std::string_view action) {
  if (!is_full_id(id.value))
    throw Error(ErrorKind::failed, fmt::format("\"{}\" is no container id", id.value));
  return fmt::format("/containers/{}{}", id.value, action);
}

Outcome outcome_of(const HttpResponse& response, std::string_view doing) {
  if (response.status < 300) return Outcome::done;
  if (response.status == 304) return Outcome::unchanged;
  if (response.status == 404) return Outcome::missing;
  if (is_conflict(response, engine_message(response.body))) return Outcome::conflict;
  throw_refusal(response, doing);
}

}  // namespace cai
