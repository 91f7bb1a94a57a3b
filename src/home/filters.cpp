#include "home/filters.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "cai/data/volume_layout.hpp"

namespace cai {
namespace {

constexpr std::size_t most_bytes = 4U << 20U;
constexpr std::size_t piece = 64U << 10U;

}  // namespace

std::optional<std::string> read_small_file(const UniqueFd& file) {
  std::string text;
  while (text.size() <= most_bytes) {
    const auto had = text.size();
    text.resize(had + piece);
    const auto count = read(file.get(), text.data() + had, piece);
    text.resize(had + (count > 0 ? static_cast<std::size_t>(count) : 0));
    if (count == 0) return text;
    if (count < 0 && errno != EINTR) return std::nullopt;
  }
  return std::nullopt;
}

std::string with_paths_inside(std::string text, const std::filesystem::path& source) {
  const auto outside = (source / "").native();
  const auto inside = fmt::format("{}/{}/", volume_mount_point, home_in_volume);
  for (auto at = text.find(outside); at != std::string::npos; at = text.find(outside, at + inside.size())) {
    text.replace(at, outside.size(), inside);
  }
  return text;
}

}  // namespace cai
