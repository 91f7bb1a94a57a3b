#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "e2e/mcp_client.hpp"
#include "e2e/tools_image.hpp"

namespace cai::e2e {

namespace fs = std::filesystem;

inline constexpr const char* plain_image = "debian:bookworm-slim";

inline std::string read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

inline void write_text(const fs::path& path, const std::string& text, int mode = 0644) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
  chmod(path.c_str(), static_cast<mode_t>(mode));
}

/// A user who makes boxes with `cai box call`, which prints what MCP returns.
class Box : public testing::Test {
 protected:
  void SetUp() override {
    world_.environment["CONTAINAI_BOX_IMAGE"] = plain_image;
    // The tester's own credentials are none of the tests'.
    world_.environment["PATH"] = (tools_ / "bin").string() + ":" + world_.environment["PATH"];
    directory_ = world_.root() / "work";
    fs::create_directories(directory_);
    fs::create_directories(tools_ / "bin");
  }
  void use_tools_for_purposes(const std::string& image = tools_image) {
    need_tools_image(world_);
    use_for_purposes(world_, image);
  }
  Json call(const Json& arguments) {
    const auto result = world_.cai(directory_, {"box", "call", "-"}, arguments.dump());
    last_error_ = result.err;
    const Json object = Json::parse(result.out, nullptr, false);
    EXPECT_FALSE(object.is_discarded()) << result.out << result.err;
    EXPECT_EQ(result.code, object.contains("error") ? 1 : 0) << result.out;
    return object;
  }
  Json create(const Json& extra = Json::object()) {
    Json arguments = {{"operation", "create"}, {"name", name_}};
    arguments.update(extra);
    return call(arguments);
  }
  Json must_create(const Json& extra = Json::object()) {
    Json made = create(extra);
    EXPECT_EQ(made.value("success", false), true) << made.dump(2) << last_error_;
    return made;
  }
  Json exec(const std::string& command, const Json& extra = Json::object()) {
    Json arguments = {{"operation", "exec"}, {"container", name_}, {"command", command}};
    arguments.update(extra);
    return call(arguments);
  }
  std::string output(const std::string& command) { return trimmed(exec(command).value("stdout", "?")); }
  static Json step(const Json& made, const std::string& name) {
    for (const auto& each : made["provisioning_report"]) {
      if (each["name"] == name) return each;
    }
    return Json::object();
  }
  bool exists(const std::string& name) { return !world_.inspect(name, "{{.Id}}").empty(); }
  std::string full_inspect(const std::string& name) { return world_.docker({"inspect", name}).out; }
  fs::path git_repository(const std::string& name, const std::map<std::string, std::string>& files) {
    const auto path = world_.root() / name;
    for (const auto& [file, content] : files) {
      const bool script = content.starts_with("#!");
      write_text(path / file, content, script ? 0755 : 0644);
    }
    fs::create_directories(path);
    world_.git(path, {"init", "-q", "-b", "main", "."});
    world_.git(path, {"add", "-A"});
    world_.git(path, {"commit", "-q", "--allow-empty", "-m", "first"});
    return path;
  }
  void program(const std::string& name, const std::string& script) {
    write_text(tools_ / "bin" / name, "#!/bin/sh\n" + script, 0755);
  }

  World world_;
  fs::path tools_ = world_.root() / "tools";
  fs::path directory_;
  std::string name_ = World::unique("box");
  std::string last_error_;
};

}  // namespace cai::e2e
