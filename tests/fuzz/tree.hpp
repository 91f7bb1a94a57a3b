#pragma once

#include <filesystem>
#include <string_view>

#include "support/temporary_directory.hpp"

namespace cai::fuzz {

/// A directory that an input describes, for readers of directories. Goes with the object.
class Tree {
 public:
  /// Parts between lines of "%%", each "KIND PATH" and, from the next line on, content. f: file, x: file that
  /// nobody may read, d: directory, l: link (its target is the content), p: FIFO, s: socket. What cannot be
  /// made is left out; whatever the description says, nothing is made outside of the tree.
  void grow(std::string_view description);
  [[nodiscard]] const std::filesystem::path& root() const { return directory_.path(); }

 private:
  void make(std::string_view part);

  TemporaryDirectory directory_;
};

}  // namespace cai::fuzz
