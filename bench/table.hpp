#pragma once

#include <functional>
#include <string>
#include <vector>

#include "process.hpp"

namespace cai::bench {

using Prepare = std::function<void()>;
using Measure = std::function<Run()>;

/// One of two that race; `before` and `after` are not measured.
struct Side {
  std::string title;
  Prepare before;
  Measure measured;
  Prepare after;
};

Side side(
    std::string title, Argv argv, Prepare before = [] {}, Prepare after = [] {});

/// Prints a Markdown table, a row as soon as it is known.
class Table {
 public:
  Table();
  /// In turns, so that both meet the same weather; two rounds to warm up.
  void race(const std::string& job, const Side& ours, const Side& theirs, double goal, int runs);
  void memory(const Argv& ours, const Argv& theirs);
  /// A line between the rows.
  void note(const std::string& text);
  void alone(const std::string& job, const Argv& argv, int runs);
};

}  // namespace cai::bench
