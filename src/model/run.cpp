#include "cai/model/run.hpp"

#include "model/words.hpp"

namespace cai {
namespace {

constexpr std::size_t id_digits = 8;

constexpr Words<RunState, 5> state_words{{{RunState::created, "created"},
                                          {RunState::running, "running"},
                                          {RunState::exited, "exited"},
                                          {RunState::failed, "failed"},
                                          {RunState::lost, "lost"}}};

}  // namespace

bool is_run_id(std::string_view text) {
  return text.size() == id_digits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string_view to_string(RunState state) {
  return word_of(state_words, state);
}

std::optional<RunState> parse_run_state(std::string_view text) {
  return value_of(state_words, text);
}

}  // namespace cai
