#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cai/agent/agent.hpp"

namespace cai {

enum class ParameterType { text, integer, number, boolean, text_list, text_map, mounts, ports, passthrough };

/// One parameter of an operation. Schema, checks, messages and documentation come from it.
struct Parameter {
  std::string_view name;
  ParameterType type = ParameterType::text;
  std::string_view description{};
  bool required = false;
  std::string_view fallback{};  ///< JSON; empty: none
  std::string_view choices{};   ///< separated by '|'; empty: any text
  double least = 0;             ///< for numbers
  double most = 1e9;
};

/// What a handler may ask for: arguments that passed the checks.
class Arguments {
 public:
  Arguments(Json given, std::span<const Parameter> parameters);

  [[nodiscard]] bool has(std::string_view name) const;           ///< given by the caller
  [[nodiscard]] const Json& value(std::string_view name) const;  ///< given, else the fallback, else null
  [[nodiscard]] std::string text(std::string_view name) const;
  [[nodiscard]] bool flag(std::string_view name) const;
  [[nodiscard]] double number(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> list(std::string_view name) const;
  [[nodiscard]] std::map<std::string, std::string> map(std::string_view name) const;
  void set(std::string_view name, Json value) { values_[std::string(name)] = std::move(value); }

 private:
  std::map<std::string, Json, std::less<>> values_;
  std::set<std::string, std::less<>> given_;
};

/// One call on its way.
struct Call {
  BoxSession& session;
  Engine& engine;
  Arguments arguments;
  const CallHooks& hooks;
  std::vector<std::string> secrets{};  ///< values that no result may show

  [[nodiscard]] const BoxHouse& house() const { return session.house(); }
  [[nodiscard]] bool cancelled() const { return hooks.cancelled && hooks.cancelled(); }
  void progress(const std::string& text) const {
    if (hooks.progress) hooks.progress(text);
  }
};

struct Operation {
  std::string_view name;
  std::string_view summary;
  std::span<const Parameter> parameters;
  Json (*run)(Call&);
};

std::span<const Operation> operations();
const Operation* find_operation(std::string_view name);
/// nullptr: the operation has no such parameter.
const Parameter* find_parameter(const Operation& operation, std::string_view name);
/// What the parameter may be, in words: "one of a, b", "an integer from 1 to 9".
std::string allowed_words(const Parameter& parameter);

/// A word of the caller's for a message: safe for a terminal, and cut where it is long.
std::string shown_word(std::string_view word);

/// Throws Error(usage) that names the parameter and what is allowed.
Arguments check_arguments(const Operation& operation, const Json& given);

// The handlers; each throws Error or returns the result object.
Json preflight_operation(Call& call);
Json create_operation(Call& call);
Json restore_operation(Call& call);
Json exec_operation(Call& call);
Json exec_background_operation(Call& call);
Json exec_poll_operation(Call& call);
Json exec_cancel_operation(Call& call);
Json wait_healthy_operation(Call& call);
Json hint_operation(Call& call);
Json list_operation(Call& call);
Json status_operation(Call& call);
Json destroy_operation(Call& call);
Json destroy_all_operation(Call& call);
Json copy_in_operation(Call& call);
Json copy_out_operation(Call& call);
Json snapshot_operation(Call& call);
Json delete_snapshot_operation(Call& call);
Json create_network_operation(Call& call);
Json destroy_network_operation(Call& call);

/// What preflight finds; never throws.
Json preflight_report(Engine& engine);

}  // namespace cai
