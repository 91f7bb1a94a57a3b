#pragma once

#include "cai/store/store.hpp"
#include "store/database.hpp"

namespace cai {

struct Store::Connection {
  StoreDatabase database;
  const Clock& clock;

  [[nodiscard]] std::string now() const { return format_rfc3339(clock.now()); }
};

}  // namespace cai
