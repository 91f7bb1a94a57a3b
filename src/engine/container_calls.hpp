#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "cai/engine/engine.hpp"
#include "engine/http.hpp"

namespace cai {

// What all calls about one container share.

bool says_one_of(std::string_view message, std::initializer_list<std::string_view> phrases);

/// Engines agree on what they say more than on the status they say it with: Podman answers 500 where Docker
/// has 409.
bool is_conflict(const HttpResponse& response, std::string_view message);

bool is_full_id(std::string_view text);

/// The path of a container. An empty or short id would name something else: all containers, or one by its
/// name.
std::string container_path(const ContainerId& id, std::string_view action = {});

/// What a change without a result of its own came to; throws for what is no Outcome.
Outcome outcome_of(const HttpResponse& response, std::string_view doing);

}  // namespace cai
