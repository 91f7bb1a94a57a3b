#pragma once

#include <chrono>
#include <string_view>

#include "cai/base/error.hpp"
#include "cai/engine/endpoint.hpp"

namespace cai {

// The sentences for an engine that cannot be reached or understood; all are Error(engine_unreachable).

Error connect_failure(const Endpoint& endpoint, int error_number, std::chrono::milliseconds limit);
Error lookup_failure(const Endpoint& endpoint, std::string_view reason);
Error no_answer_within(const Endpoint& endpoint, std::chrono::milliseconds limit);
/// The connection ended before the answer did.
Error answer_cut(const Endpoint& endpoint);
/// `what`: "is not HTTP", "is not JSON", ...: a phrase after "its answer".
Error answer_rubbish(const Endpoint& endpoint, std::string_view what);
/// For code that does not know the endpoint; the caller adds what it was doing.
Error answer_rubbish(std::string_view what);

}  // namespace cai
