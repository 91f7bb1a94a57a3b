#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "cai/base/error.hpp"
#include "cai/image/template.hpp"

namespace cai {

/// A user's templates folder and a repository's template folder, both made anew for each test.
class TemplateFolder : public testing::Test {
 protected:
  TemplateFolder() {
    std::string pattern = std::filesystem::temp_directory_path() / "cai-image-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    root = std::filesystem::canonical(pattern);
    folders.user = root / "templates";
    std::filesystem::create_directories(folders.user);
  }
  ~TemplateFolder() override { std::filesystem::remove_all(root); }

  void write(const std::filesystem::path& path, const std::string& content, mode_t mode = 0644) const {
    const std::filesystem::path file = folders.user / path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << content;
    chmod(file.c_str(), mode);
  }
  void link(const std::filesystem::path& path, const std::string& target) const {
    std::filesystem::create_symlink(target, folders.user / path);
  }
  [[nodiscard]] Template load(const std::string& name) const {
    return load_template(name, folders, "debian:bookworm-slim");
  }
  /// The whole text of the error that loading gives: message, then hints.
  [[nodiscard]] std::string failure(const std::string& name, ErrorKind kind = ErrorKind::failed) const {
    try {
      (void)load(name);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), kind);
      std::string text = error.what();
      for (const std::string& hint : error.hints()) text += '\n' + hint;
      return text;
    }
    ADD_FAILURE() << "loading " << name << " did not fail";
    return "";
  }
  static std::string content_of(const Template& chosen, const std::string& path) {
    for (const ContextFile& file : chosen.files) {
      if (file.path == path) return file.content;
    }
    return "(absent)";
  }
  static std::vector<std::string> own_paths(const Template& chosen) {
    std::vector<std::string> paths;
    for (const ContextFile& file : chosen.files) {
      if (!file.path.starts_with(".containai-runtime/")) paths.push_back(file.path);
    }
    return paths;
  }

  std::filesystem::path root;
  TemplateFolders folders;
};

}  // namespace cai
