#pragma once

#include <filesystem>
#include <string_view>

namespace cai::fuzz {

/// A directory that an input describes, for readers of directories. Goes with the object.
class Tree {
 public:
  Tree();
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;
  ~Tree();

  /// Parts between lines of "%%", each "KIND PATH" and, from the next line on, content. f: file, x: file that
  /// nobody may read, d: directory, l: link (its target is the content), p: FIFO, s: socket. What cannot be
  /// made is left out; whatever the description says, nothing is made outside of the tree.
  void grow(std::string_view description);
  [[nodiscard]] const std::filesystem::path& root() const { return root_; }

 private:
  void make(std::string_view part);

  std::filesystem::path root_;
};

}  // namespace cai::fuzz
