#pragma once

#include <SQLiteCpp/Database.h>

#include <functional>

#include "cai/store/store.hpp"

namespace cai {

/// The lowest port of the range that no workspace has and `port_is_free` accepts; only meaningful inside the
/// transaction that stores it. Throws Error(refused) with the holders when there is none.
int lowest_free_port(const SQLite::Database& database, PortRange range,
                     const std::function<bool(int)>& port_is_free);

}  // namespace cai
