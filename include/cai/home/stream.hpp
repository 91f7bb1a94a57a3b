#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cai/home/difference.hpp"

namespace cai {

/// How a home's files stand in a tar.
struct HomeStreamPlan {
  std::filesystem::path source;
  std::vector<const HomeFile*> files;
  std::string below;  ///< directory in the tar that holds the home, and is made with mode 0700; "" for none
  std::int64_t uid = 0;
  std::int64_t gid = 0;
  InnerFiles inside = {};  ///< directories that are there already keep their mode
  std::function<void(std::int64_t files, std::int64_t bytes)> on_progress;
};

/// The files as a plain tar, directories above them included, read as it is asked for: memory is bounded. A
/// file that changes while it is read comes once more, whole; one that cannot be read any more, or never
/// comes to rest, is left out and in `problems`.
class HomeStream {
 public:
  explicit HomeStream(HomeStreamPlan plan);
  HomeStream(const HomeStream&) = delete;
  HomeStream& operator=(const HomeStream&) = delete;
  ~HomeStream();

  /// The next piece, valid until the next call; "" at the end. Throws Error(failed) when a large file never
  /// comes to rest: what was written is of no use then.
  std::string_view next();

  [[nodiscard]] const std::vector<HomeFinding>& problems() const;
  /// Writes down what the tar holds, after its end.
  void remember(HomeRecord& record) const;
  [[nodiscard]] std::int64_t files() const;
  [[nodiscard]] std::int64_t bytes() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cai
