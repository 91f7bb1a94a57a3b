// The walls of the house: which room may include which, and which library is visible where
// (cmake/rooms.cmake).
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

namespace {

namespace fs = std::filesystem;

struct Room {
  std::set<std::string> uses;
  std::set<std::string> libraries;
};

std::set<std::string> words(const std::string& text) {
  std::set<std::string> result;
  std::istringstream stream(text);
  for (std::string word; std::getline(stream, word, ',');) result.insert(word);
  return result;
}

const std::map<std::string, Room>& rooms() {
  static const auto table = [] {
    std::map<std::string, Room> result;
    std::ifstream file(CAI_ROOM_TABLE);
    for (std::string line; std::getline(file, line);) {
      std::istringstream fields(line);
      std::string name;
      std::string uses;
      std::string libraries;
      std::getline(fields, name, '|');
      std::getline(fields, uses, '|');
      std::getline(fields, libraries, '|');
      result[name] = {words(uses), words(libraries)};
    }
    return result;
  }();
  return table;
}

struct Include {
  fs::path file;
  std::string target;
};

std::vector<Include> includes_of(const std::string& room) {
  std::vector<Include> result;
  for (const char* top : {"src", "include/cai"}) {
    const auto folder = fs::path(CAI_SOURCE_DIRECTORY) / top / room;
    if (!fs::exists(folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (!entry.is_regular_file()) continue;
      std::ifstream file(entry.path());
      for (std::string line; std::getline(file, line);) {
        if (!line.starts_with("#include ")) continue;
        const auto begin = line.find_first_of("<\"");
        const auto end = line.find_first_of(">\"", begin + 1);
        if (end != std::string::npos)
          result.push_back({entry.path(), line.substr(begin + 1, end - begin - 1)});
      }
    }
  }
  return result;
}

/// "cai/store/store.hpp" and "store/sql.hpp" belong to the room store; anything else to none.
std::string room_of(std::string target) {
  if (target.starts_with("cai/")) target.erase(0, 4);
  const auto room = target.substr(0, target.find('/'));
  return rooms().contains(room) ? room : "";
}

TEST(Rooms, TheTableIsThere) {
  EXPECT_GE(rooms().size(), 12U);
}

TEST(Rooms, EachIncludesOnlyWhatItMayUse) {
  for (const auto& [name, room] : rooms()) {
    for (const auto& include : includes_of(name)) {
      const auto other = room_of(include.target);
      EXPECT_TRUE(other.empty() || other == name || room.uses.contains(other))
          << include.file << " includes " << include.target << ", but " << name << " may not use " << other;
    }
  }
}

TEST(Rooms, PrivateHeadersStayInTheirRoom) {
  for (const auto& [name, room] : rooms()) {
    for (const auto& include : includes_of(name)) {
      const bool is_private = !include.target.starts_with("cai/") && !room_of(include.target).empty();
      EXPECT_TRUE(!is_private || room_of(include.target) == name)
          << include.file << " includes the private header " << include.target;
    }
  }
}

TEST(Rooms, ALibraryIsVisibleInOneRoom) {
  for (const auto& [name, room] : rooms()) {
    for (const auto& include : includes_of(name)) {
      for (const auto& [owner, other] : rooms()) {
        for (const auto& library : other.libraries) {
          const bool is_it = include.target == library || include.target.starts_with(library + "/");
          EXPECT_TRUE(!is_it || owner == name)
              << include.file << " includes " << include.target << " of room " << owner;
        }
      }
    }
  }
}

}  // namespace
