#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "cai/base/error.hpp"
#include "cai/base/process.hpp"
#include "cai/repo/repository.hpp"

namespace cai {

/// A temporary world with real git in it, which knows nothing of the person who runs the tests.
class GitFixture : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "cai-repo-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    world_ = std::filesystem::canonical(name);
  }
  void TearDown() override { std::filesystem::remove_all(world_); }

  ProcessResult try_git(const std::filesystem::path& directory,
                        const std::vector<std::string>& arguments) const {
    std::vector<std::string> argv = {"env",
                                     "-i",
                                     "PATH=/usr/local/bin:/usr/bin:/bin",
                                     "HOME=" + world_.string(),
                                     "GIT_CONFIG_GLOBAL=/dev/null",
                                     "GIT_CONFIG_NOSYSTEM=1",
                                     "GIT_AUTHOR_NAME=a",
                                     "GIT_AUTHOR_EMAIL=a@b",
                                     "GIT_COMMITTER_NAME=a",
                                     "GIT_COMMITTER_EMAIL=a@b",
                                     "git",
                                     "-c",
                                     "init.defaultBranch=main",
                                     "-c",
                                     "safe.directory=*",
                                     "-c",
                                     "protocol.file.allow=always",
                                     "-C",
                                     directory.string()};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    return run_process(argv);
  }

  /// Output without its last newline.
  std::string git(const std::filesystem::path& directory, const std::vector<std::string>& arguments) const {
    ProcessResult result = try_git(directory, arguments);
    EXPECT_EQ(result.exit_code, 0) << result.standard_error;
    std::string& output = result.standard_output;
    if (!output.empty() && output.back() == '\n') output.pop_back();
    return output;
  }

  std::filesystem::path directory(const std::string& name) const {
    std::filesystem::create_directories(world_ / name);
    return world_ / name;
  }
  std::filesystem::path unborn(const std::string& name) const {
    git(directory(name), {"init", "-q"});
    return world_ / name;
  }
  std::filesystem::path repository(const std::string& name) const {
    unborn(name);
    git(world_ / name, {"commit", "-q", "--allow-empty", "-m", "first"});
    return world_ / name;
  }
  static void write(const std::filesystem::path& file, const std::string& content) {
    std::ofstream(file, std::ios::binary) << content;
  }
  static std::string read(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  /// What git says about the place is what locate() says.
  void expect_like_git(const std::filesystem::path& place) const {
    SCOPED_TRACE(place.string());
    const Location location = locate(place);
    const std::string root = git(place, {"rev-parse", "--show-toplevel"});
    EXPECT_EQ(location.root.string(), root);
    const ProcessResult head = try_git(place, {"symbolic-ref", "-q", "HEAD"});
    std::string branch = "detached";
    if (head.exit_code == 0) branch = head.standard_output.substr(0, head.standard_output.size() - 1);
    if (branch.starts_with("refs/heads/")) branch = branch.substr(11);
    EXPECT_EQ(location.branch, branch);
    const std::string common = git(place, {"rev-parse", "--path-format=absolute", "--git-common-dir"});
    EXPECT_EQ(location.git_directory.string(), common.starts_with(root + "/") ? "" : common);
  }

  void expect_error(const std::filesystem::path& place, ErrorKind kind, const std::string& part) const {
    SCOPED_TRACE(place.string());
    try {
      const Location location = locate(place);
      ADD_FAILURE() << "found " << location.root << " on " << location.branch;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), kind) << error.what();
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
  }

  std::filesystem::path world_;
};

}  // namespace cai
