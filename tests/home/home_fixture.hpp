#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <string>

#include "cai/base/text.hpp"
#include "cai/home/scan.hpp"
#include "support/temporary_directory.hpp"

namespace cai::test {

/// A home directory that a test furnishes, and places beside it that are not in it.
class Home : public testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path home() const { return directory_.path() / "home"; }
  [[nodiscard]] std::filesystem::path outside() const { return directory_.path() / "outside"; }

  Home() {
    std::filesystem::create_directories(home());
    std::filesystem::create_directories(outside());
  }

  void write(const std::string& path, const std::string& content, mode_t mode = 0644) const {
    write_at(home() / path, content, mode);
  }
  static void write_at(const std::filesystem::path& path, const std::string& content, mode_t mode = 0644) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << content;
    ASSERT_EQ(chmod(path.c_str(), mode), 0);
  }
  void link(const std::string& path, const std::string& target) const {
    std::filesystem::create_directories((home() / path).parent_path());
    std::filesystem::create_symlink(target, home() / path);
  }

  /// "path mode", "path -> target" and "path/ mode", one a line.
  static std::string listed(const HomeScan& scan) {
    std::string text;
    for (const auto& file : scan.files) {
      text += file.path;
      if (file.kind == HomeFile::Kind::link) {
        text += " -> " + file.link + "\n";
      } else {
        text += fmt::format("{} {:o}\n", file.kind == HomeFile::Kind::directory ? "/" : "", file.mode);
      }
    }
    return text;
  }
  /// "path: why", with "!" for failures.
  static std::string found(const HomeScan& scan) {
    std::string text;
    for (const auto& finding : scan.findings) {
      text += finding.path + ": " + finding.why + (finding.failure ? "!\n" : "\n");
    }
    return text;
  }

 private:
  TemporaryDirectory directory_;
};

}  // namespace cai::test
