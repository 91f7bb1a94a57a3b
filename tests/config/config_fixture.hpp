#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "cai/base/error.hpp"
#include "cai/config/settings.hpp"

namespace cai {

class ConfigFixture : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "cai-config-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    world_ = std::filesystem::canonical(name);
    user_file_ = world_ / "config.toml";
  }
  void TearDown() override { std::filesystem::remove_all(world_); }

  static void write(const std::filesystem::path& file, const std::string& content) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << content;
  }

  Settings load() const { return load_settings(user_file_, repository_, environment_); }
  Settings load_user(const std::string& content) const {
    write(user_file_, content);
    return load();
  }
  Settings load_repository(const std::string& content) {
    repository_ = RepositoryFile{"/repo/.containai/config.toml", content};
    return load();
  }

  /// The message of the usage error that `action` ends with.
  template <typename Action>
  static std::string problem_of(Action action) {
    try {
      action();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::usage) << error.what();
      return error.what();
    }
    ADD_FAILURE() << "no error";
    return {};
  }
  std::string user_problem(const std::string& content) {
    return problem_of([&] { load_user(content); });
  }
  std::string repository_problem(const std::string& content) {
    return problem_of([&] { load_repository(content); });
  }

  std::filesystem::path world_;
  std::filesystem::path user_file_;
  std::optional<RepositoryFile> repository_;
  Environment environment_;
};

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace cai
