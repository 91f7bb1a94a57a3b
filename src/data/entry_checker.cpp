#include "data/entry_checker.hpp"

#include <algorithm>

#include "cai/base/error.hpp"
#include "cai/base/text.hpp"

namespace cai {
namespace {

constexpr std::size_t longest_component = 255;
constexpr std::size_t longest_path = 3000;  // PATH_MAX is 4096, and the volume lies somewhere below
constexpr std::size_t shown = 200;

Error refuse(const std::string& path, const std::string& why) {
  return Error(ErrorKind::refused,
               "the archive is refused: " + escape_for_terminal(path.substr(0, shown)) + " " + why)
      .hint("nothing was changed");
}

void check_name(const std::string& name, const std::string& entry) {
  if (name.empty()) throw refuse(entry, "has no name");
  if (name.front() == '/') throw refuse(entry, "is an absolute name");
  if (name.size() > longest_path) throw refuse(entry, "is too long a name");
  for (const auto& component : split(name, '/')) {
    if (component == "..") throw refuse(entry, "leads out of the directory");
    if (component.size() > longest_component) throw refuse(entry, "is too long a name");
  }
}

template <typename Visit>
void for_each_parent(const std::string& path, Visit visit) {
  for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    visit(std::string_view(path).substr(0, slash));
  }
}

}  // namespace

void EntryChecker::check_parents(const TarEntry& entry) const {
  for_each_parent(entry.path, [&](std::string_view parent) {
    if (symbolic_links_.contains(parent))
      throw refuse(entry.path, "would be written through a symbolic link");
    if (files_.contains(parent)) throw refuse(entry.path, "lies below a file");
  });
}

void EntryChecker::check_hard_link(TarEntry& entry) const {
  if (entry.link.empty()) throw refuse(entry.path, "is a link to nothing");
  check_name(entry.link, entry.path + " -> " + entry.link);
  entry.link = plain_path(entry.link);
  for_each_parent(entry.link, [&](std::string_view parent) {
    if (symbolic_links_.contains(parent)) throw refuse(entry.path, "links through a symbolic link");
  });
  const bool earlier = files_.contains(entry.link) || symbolic_links_.contains(entry.link);
  if (!earlier || entry.link == entry.path) {
    throw refuse(entry.path,
                 "links to " + entry.link.substr(0, shown) + ", which is no earlier file of the archive");
  }
}

TarEntry EntryChecker::check(TarEntry entry) {
  check_name(entry.path, entry.path);
  entry.path = plain_path(entry.path);
  if (entry.type == TarEntry::Type::other) throw refuse(entry.path, "is a device, FIFO or socket");
  if (entry.path.empty()) {
    if (entry.type != TarEntry::Type::directory) throw refuse(".", "is no directory");
    return entry;
  }
  check_parents(entry);
  if (symbolic_links_.contains(entry.path))
    throw refuse(entry.path, "would be written through a symbolic link");
  const bool is_file = files_.contains(entry.path);
  const bool is_directory = directories_.contains(entry.path);
  switch (entry.type) {
    case TarEntry::Type::directory:
      if (is_file) throw refuse(entry.path, "is a file and a directory");
      break;
    case TarEntry::Type::hard_link:
      check_hard_link(entry);
      [[fallthrough]];
    case TarEntry::Type::symbolic_link:
      if (is_file || is_directory) throw refuse(entry.path, "is a link in the place of an earlier entry");
      break;
    default:
      if (is_directory) throw refuse(entry.path, "is a file and a directory");
  }
  const bool links_to_link = entry.type == TarEntry::Type::hard_link && symbolic_links_.contains(entry.link);
  if (entry.type == TarEntry::Type::symbolic_link || links_to_link) {
    if (entry.link.empty()) throw refuse(entry.path, "is a link to nothing");
    symbolic_links_.insert(entry.path);
  } else if (entry.type == TarEntry::Type::directory) {
    directories_.insert(entry.path);
  } else {
    files_.insert(entry.path);
  }
  for_each_parent(entry.path, [&](std::string_view parent) { directories_.insert(parent); });
  return entry;
}

}  // namespace cai
