#pragma once

#include <functional>
#include <set>
#include <string>

#include "cai/data/volume_helper.hpp"
#include "cai/engine/engine.hpp"
#include "cai/home/difference.hpp"
#include "cai/home/stream.hpp"

namespace cai {

/// The home inside a volume, seen and changed by commands in a helper: by its user, with its rights, so that
/// nothing that was planted there leads anywhere.
class InnerHome {
 public:
  /// Both borrowed. `should_stop` is polled; true ends the work with Error(interrupted).
  InnerHome(Engine& engine, const WorkingHelper& helper, std::function<bool()> should_stop)
      : engine_(engine), helper_(helper), should_stop_(std::move(should_stop)) {}

  /// What lies at these paths; those with nothing are not in the answer. In a helper that
  /// may write, what a killed import left unpacked goes. Throws Error(failed).
  InnerFiles look(const std::set<std::string>& paths);
  /// Unpacks the stream beside the home, and gives every file its name only when all of it is there: each
  /// file is replaced at once, and no file is ever half written. Throws Error(failed), and nothing is
  /// changed, when the stream cannot be unpacked; when names cannot be given, some may have been.
  void fill(HomeStream& stream);

 private:
  struct Outcome {
    std::string output;
    std::string error;
    int code = 0;
  };
  Outcome run(const std::string& script, int input);
  void run_fed(const std::string& script, HomeStream& stream);

  Engine& engine_;
  const WorkingHelper& helper_;
  std::function<bool()> should_stop_;
};

}  // namespace cai
