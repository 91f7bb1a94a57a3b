#include "table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <random>

namespace cai::bench {
namespace {

void line(const std::string& text) {
  fmt::print("{}\n", text);
  std::fflush(stdout);
}

void row(const std::string& job, double mine, const std::string& rival, double other,
         const std::vector<double>& ratios, double goal) {
  const auto [least, most] = std::ranges::minmax(ratios);
  const double ratio = mine / other;
  line(fmt::format("| {} | {:.1f} | {} | {:.1f} | {:.2f} | {:.2f}..{:.2f} | {} | {} |", job, mine, rival,
                   other, ratio, least, most, goal, ratio <= goal ? "yes" : "no"));
}

Run once(const Side& which) {
  which.before();
  const Run result = which.measured();
  which.after();
  return result;
}

}  // namespace

Side side(std::string title, Argv argv, Prepare before, Prepare after) {
  return {std::move(title), std::move(before), [argv = std::move(argv)] { return must(argv); },
          std::move(after)};
}

Table::Table() {
  line("| job | cai median ms | rival | rival median ms | ratio of medians | spread | goal | met? |");
  line("|---|---|---|---|---|---|---|---|");
}

void Table::race(const std::string& job, const Side& ours, const Side& theirs, double goal, int runs) {
  std::vector<double> mine;
  std::vector<double> other;
  std::vector<double> ratios;
  // Who goes first is left to chance, the same each time: an engine collects its garbage every few requests,
  // and in strict turns that can fall to the same side always.
  std::minstd_rand chance;  // NOLINT(cert-msc51-cpp): repeatable on purpose
  for (int i = -2; i < runs; ++i) {
    const bool ours_first = std::bernoulli_distribution()(chance);
    const double first = once(ours_first ? ours : theirs).wall_ms;
    const double second = once(ours_first ? theirs : ours).wall_ms;
    if (i < 0) continue;
    const double a = ours_first ? first : second;
    const double b = ours_first ? second : first;
    mine.push_back(a);
    other.push_back(b);
    ratios.push_back(a / b);
  }
  row(job, median(mine), theirs.title, median(other), ratios, goal);
}

void Table::memory(const Argv& ours, const Argv& theirs) {
  std::vector<double> mine;
  std::vector<double> other;
  std::vector<double> ratios;
  for (int i = 0; i < 5; ++i) {
    mine.push_back(static_cast<double>(must(ours).peak_kib) / 1024);
    other.push_back(static_cast<double>(must(theirs).peak_kib) / 1024);
    ratios.push_back(mine.back() / other.back());
  }
  row("peak memory of `cai status` (MiB)", median(mine), "`docker ps` (MiB)", median(other), ratios, 0.4);
}

void Table::note(const std::string& text) {
  line(fmt::format("| {} | | | | | | | |", text));
}

void Table::alone(const std::string& job, const Argv& argv, int runs) {
  std::vector<double> times;
  for (int i = 0; i < runs; ++i) times.push_back(must(argv).wall_ms);
  line(fmt::format("| {} | {:.1f} | none | | | | | |", job, median(times)));
}

}  // namespace cai::bench
