#pragma once

#include <functional>
#include <string>
#include <vector>

namespace cai::bench {

using Argv = std::vector<std::string>;

struct Run {
  double wall_ms = 0;
  double cpu_ms = 0;
  long peak_kib = 0;
  int status = 0;
};

/// Runs a whole process with /dev/null on its three streams.
Run run(const Argv& argv);
/// run(), and a failure ends the benchmark: a time of something that did not work means nothing.
Run must(const Argv& argv);
/// What it wrote to its standard output; it must succeed.
std::string output_of(const Argv& argv);

/// The wall time of something that is no process of its own.
Run timed(const std::function<void()>& work);

double median(std::vector<double> values);

}  // namespace cai::bench
