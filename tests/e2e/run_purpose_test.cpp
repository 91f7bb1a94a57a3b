// `cai run --rm` for a purpose, and with variables of the host.
#include <gtest/gtest.h>

#include <fstream>

#include "e2e/tools_image.hpp"
#include "e2e/world.hpp"

namespace cai::e2e {
namespace {

namespace fs = std::filesystem;

constexpr const char* plain_image = "debian:bookworm-slim";

class RunPurpose : public testing::Test {
 protected:
  RunPurpose() {
    repository_ = world_.repository(World::unique());
    world_.environment["X_API_KEY"] = "hidden-key-value";
    world_.environment["OTHER"] = "other value";
  }
  Result run(Words options, const std::string& command) {
    options.insert(options.begin(), {"run", "--rm"});
    options.insert(options.end(), {"--", "sh", "-c", command});
    return world_.cai(repository_, options);
  }
  std::string all_containers() {
    return world_.docker({"ps", "-aq", "--filter", "label=containai.workspace=" + repository_.string()}).out;
  }
  std::string image_of_kept() {
    const auto id = trimmed(all_containers());
    auto image = world_.inspect(id, "{{.Config.Image}}");
    inspected_ = world_.docker({"inspect", id}).out;
    world_.docker({"rm", id});
    return image;
  }

  World world_;
  fs::path repository_;
  std::string inspected_;
};

TEST_F(RunPurpose, EachHasItsImageItsToolsAndItsVariables) {
  need_tools_image(world_);
  use_for_purposes(world_, tools_image);
  struct Case {
    const char* purpose;
    const char* command;
    std::string says;
  };
  const Case cases[] = {
      {"python", "echo $VIRTUAL_ENV; cat $VIRTUAL_ENV/pyvenv.cfg; echo $PATH | cut -d: -f1; pwd",
       "/workspace/.venv\nvenv\n/workspace/.venv/bin\n" + repository_.string() + "\n"},
      {"node", "cat /usr/local/corepack-enabled", "yarn\n"},
      {"rust", "command -v git", "/usr/bin/git\n"},
      {"go", "command -v git", "/usr/bin/git\n"},
      {"general", "command -v make", "/usr/bin/make\n"},
      {"amplifier", "command -v amplifier", "/usr/local/bin/amplifier\n"},
  };
  for (const auto& each : cases) {
    const auto result = run({"--purpose", each.purpose, "--keep"}, each.command);
    EXPECT_EQ(result.code, 0) << each.purpose << result.err;
    EXPECT_EQ(result.out, each.says) << each.purpose;
    EXPECT_TRUE(image_of_kept().starts_with("containai:purpose-" + std::string(each.purpose)));
  }
  EXPECT_FALSE(fs::exists(repository_ / ".venv")) << "the working tree is not littered";
  EXPECT_EQ(run({"--purpose", "clean", "--keep"}, "echo ${X_API_KEY-no}").out, "no\n");
  EXPECT_EQ(image_of_kept(), tools_image) << "there is nothing to add to it";
  std::ofstream(repository_ / "go.mod") << "module x\n";
  EXPECT_EQ(run({"--purpose", "try-repo", "--keep"}, "cat go.mod").out, "module x\n");
  EXPECT_TRUE(image_of_kept().starts_with("containai:purpose-go-"));
  EXPECT_EQ(run({"--purpose", "rust", "--image", plain_image, "--keep"}, "true").code, 0);
  EXPECT_EQ(image_of_kept(), plain_image) << "an explicit image wins";
}

TEST_F(RunPurpose, ASetUpThatFailsSaysWhyAndStartsNothing) {
  const auto result = run({"--purpose", "python", "--image", plain_image}, "echo never");
  EXPECT_EQ(result.code, 125);
  EXPECT_EQ(result.out, "");
  EXPECT_NE(result.err.find("uv"), std::string::npos) << result.err;
  EXPECT_EQ(all_containers(), "");
}

TEST_F(RunPurpose, AnImageThatCannotBeHadIsNamedAndSoIsTheWayOut) {
  use_for_purposes(world_, "127.0.0.1:9/no/such:image");
  const auto result = run({"--purpose", "node"}, "true");
  EXPECT_EQ(result.code, 125);
  for (const char* word : {"127.0.0.1:9/no/such:image", "--image", "box.images.node", "config.toml"}) {
    EXPECT_NE(result.err.find(word), std::string::npos) << word << ": " << result.err;
  }
  EXPECT_EQ(all_containers(), "");
}

TEST_F(RunPurpose, WordsThatAreWrongAreSaidAtOnce) {
  const auto unknown = run({"--purpose", "pyton"}, "true");
  EXPECT_EQ(unknown.code, 2);
  EXPECT_NE(unknown.err.find("python"), std::string::npos) << unknown.err;
  EXPECT_EQ(run({"--purpose", "go", "--template", "default"}, "true").code, 2);
  EXPECT_EQ(run({"--purpose", "clean", "--env-passthrough", "all"}, "true").code, 2);
  const auto value = run({"--image", plain_image, "--env-passthrough", "A=hidden"}, "true");
  EXPECT_EQ(value.code, 2);
  EXPECT_EQ(value.err.find("hidden"), std::string::npos) << value.err;
  EXPECT_EQ(world_.cai(repository_, {"run", "--purpose", "go", "-d"}).code, 2) << "it needs --rm";
}

TEST_F(RunPurpose, VariablesOfTheHostGoInAsNamedAndNowhereElse) {
  const std::string show = "echo ${X_API_KEY-no} ${OTHER-no} ${HTTP_PROXY-no}";
  world_.environment["HTTP_PROXY"] = "http://127.0.0.1:9";
  const auto with = [&](const Words& options) {
    Words words = {"--image", plain_image, "--keep"};
    words.insert(words.end(), options.begin(), options.end());
    const auto result = run(words, show);
    EXPECT_EQ(result.code, 0) << result.err;
    image_of_kept();
    EXPECT_EQ(inspected_.find("hidden-key-value"), std::string::npos);
    EXPECT_EQ(result.err.find("hidden-key-value"), std::string::npos);
    return result.out;
  };
  EXPECT_EQ(with({}), "no no no\n");
  EXPECT_EQ(with({"--env-passthrough", "none"}), "no no no\n");
  EXPECT_EQ(with({"--env-passthrough", "auto"}), "hidden-key-value no http://127.0.0.1:9\n");
  EXPECT_EQ(with({"--env-passthrough", "all"}), "hidden-key-value other value http://127.0.0.1:9\n");
  EXPECT_EQ(with({"--env-passthrough", "OTHER,NOT_THERE"}), "no other value no\n");
  EXPECT_EQ(with({"--env-passthrough", "auto", "-e", "X_API_KEY=mine"}), "mine no http://127.0.0.1:9\n");
  EXPECT_EQ(with({"--purpose", "amplifier"}), "hidden-key-value no http://127.0.0.1:9\n") << "an agent's";
  const auto kept = e2e::run({"grep", "-rl", "hidden-key-value", (world_.home() / ".local/state").string()},
                             world_.environment, "/");
  for (const auto& line : {std::string("cai.db"), std::string("timeline")}) {
    EXPECT_EQ(kept.out.find(line), std::string::npos) << kept.out;
  }
}

}  // namespace
}  // namespace cai::e2e
