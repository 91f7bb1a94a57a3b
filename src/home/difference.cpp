#include "cai/home/difference.hpp"

#include <sys/stat.h>

namespace cai {
namespace {

template <typename Visit>
void for_each_parent(const std::string& path, Visit visit) {
  for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    visit(path.substr(0, slash));
  }
}

bool is_of_kind(const InnerFile& inner, HomeFile::Kind kind) {
  switch (kind) {
    case HomeFile::Kind::file:
      return S_ISREG(inner.mode);
    case HomeFile::Kind::link:
      return S_ISLNK(inner.mode);
    case HomeFile::Kind::directory:
      return S_ISDIR(inner.mode);
  }
  return false;
}

/// Time and size tell, as they do in rsync; of what is made here the time says nothing.
bool is_there_already(const HomeFile& file, const InnerFile& inner) {
  if (!is_of_kind(inner, file.kind)) return false;
  if (file.kind == HomeFile::Kind::directory) return true;
  const bool same_mode =
      file.kind == HomeFile::Kind::link || (inner.mode & 0777U) == static_cast<unsigned>(file.mode);
  return !file.made && same_mode && inner.size == file.size && inner.modified == file.modified;
}

bool is_as_it_came(const HomeFile& file, const HomeRecord& record, const InnerFile& inner) {
  const auto given = record.files.find(file.path);
  if (given == record.files.end() || !(S_ISREG(inner.mode) || S_ISLNK(inner.mode))) return false;
  return inner.size == given->second.size && inner.modified == given->second.modified;
}

const char* obstacle_above(const HomeFile& file, const InnerFiles& inside) {
  const char* obstacle = nullptr;
  for_each_parent(file.path, [&](const std::string& parent) {
    const auto inner = inside.find(parent);
    if (inner != inside.end() && !S_ISDIR(inner->second.mode))
      obstacle = "a directory above it is something else inside";
  });
  return obstacle;
}

}  // namespace

std::vector<const HomeFile*> changed_outside(const HomeScan& scan, const HomeRecord& record) {
  std::vector<const HomeFile*> changed;
  for (const auto& file : scan.files) {
    const auto given = record.files.find(file.path);
    if (given == record.files.end() || given->second.signature != file.signature) changed.push_back(&file);
  }
  return changed;
}

std::set<std::string> paths_to_ask(const std::vector<const HomeFile*>& files) {
  std::set<std::string> paths;
  for (const auto* file : files) {
    paths.insert(file->path);
    for_each_parent(file->path, [&](std::string parent) { paths.insert(std::move(parent)); });
  }
  return paths;
}

HomeChoice choose_home_files(const std::vector<const HomeFile*>& changed, const HomeRecord& record,
                             const InnerFiles& inside, bool overwrite) {
  HomeChoice choice;
  for (const auto* file : changed) {
    const auto found = inside.find(file->path);
    if (const char* obstacle = obstacle_above(*file, inside)) {
      choice.kept.push_back({file->path, obstacle, false});
    } else if (found == inside.end()) {
      choice.send.push_back(file);
    } else if (file->kind != HomeFile::Kind::directory && is_as_it_came(*file, record, found->second)) {
      // Before the next question: inside, times have no fractions, and two contents of one second look alike.
      choice.send.push_back(file);
    } else if (is_there_already(*file, found->second)) {
      choice.there.push_back(file);
    } else if (S_ISDIR(found->second.mode) || file->kind == HomeFile::Kind::directory) {
      choice.kept.push_back({file->path, "something else has its name inside", false});
    } else if (overwrite) {
      choice.send.push_back(file);
    } else {
      choice.kept.push_back({file->path, "was changed inside", false});
    }
  }
  return choice;
}

}  // namespace cai
