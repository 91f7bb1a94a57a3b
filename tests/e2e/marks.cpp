#include "e2e/marks.hpp"

#include <chrono>
#include <functional>

namespace cai::e2e {
namespace {

namespace fs = std::filesystem;

void for_each_mark(const World& world, const std::function<void(const fs::path&)>& visit) {
  const auto state = world.home() / ".local/state/containai";
  for (const auto& marks : {state / "filling", state / "locks/helpers"}) {
    std::error_code none;
    for (const auto& mark : fs::directory_iterator(marks, none)) visit(mark.path());
  }
}

}  // namespace

void let_marks_age(const World& world) {
  for_each_mark(world, [](const fs::path& mark) {
    std::error_code gone;
    fs::last_write_time(mark, fs::file_time_type::clock::now() - std::chrono::hours(1), gone);
  });
}

std::string marks_left(const World& world) {
  std::string left;
  for_each_mark(world, [&](const fs::path& mark) { left += mark.native() + "\n"; });
  return left;
}

}  // namespace cai::e2e
