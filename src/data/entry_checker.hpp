#pragma once

#include "cai/data/tar.hpp"
#include "data/hash_set.hpp"

namespace cai {

/// Refuses entries that could write anywhere but into the directory that is filled, and whatever is no file,
/// directory or link. Remembers hashes of names only.
class EntryChecker {
 public:
  /// The entry with plain names, or Error(refused).
  TarEntry check(TarEntry entry);

 private:
  void check_parents(const TarEntry& entry) const;
  void check_hard_link(TarEntry& entry) const;

  HashSet symbolic_links_;
  HashSet files_;  ///< and hard links
  HashSet directories_;
};

}  // namespace cai
