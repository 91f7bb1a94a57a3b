#pragma once

#include <string>

#include "process.hpp"

namespace cai::bench {

/// Many stopped containers of one installation, made by bare requests; gone with the object.
class Crowd {
 public:
  Crowd(std::string socket, std::string name, const std::string& instance, int count);
  ~Crowd();
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  /// The request that nobody can do without, made by nothing but a socket.
  [[nodiscard]] Run raw_listing() const;

 private:
  void remove(int count) const;
  std::string socket_;
  std::string name_;
  int count_;
};

}  // namespace cai::bench
