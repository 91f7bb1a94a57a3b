#include "config/config_fixture.hpp"

namespace cai {
namespace {

using Precedence = ConfigFixture;

TEST_F(Precedence, BuiltInValuesWithoutAnyFile) {
  const Settings settings = load();
  EXPECT_EQ(settings.all().size(), setting_keys().size());
  for (const SettingKey& key : setting_keys()) {
    EXPECT_EQ(settings.text(key.name), key.fallback) << key.name;
    EXPECT_EQ(settings.get(key.name).source, Source::built_in) << key.name;
  }
  EXPECT_EQ(settings.integer("ssh.port_range_start"), 2300);
  EXPECT_EQ(settings.integer("ssh.port_range_end"), 2500);
  EXPECT_FALSE(settings.boolean("keep"));
  EXPECT_EQ(settings.size("container.memory"), std::nullopt);
  EXPECT_EQ(settings.number("container.cpus"), std::nullopt);
  EXPECT_EQ(settings.optional_text("data_volume"), std::nullopt);
  EXPECT_TRUE(settings.list("ssh.local_forward").empty());
}

TEST_F(Precedence, EverySourceBeatsTheOnesBelow) {
  const std::string key = "container.memory";
  EXPECT_EQ(load_user("[container]\nmemory = \"1g\"\n").text(key), "1g");
  EXPECT_EQ(load().get(key).origin, user_file_.string());
  Settings settings = load_repository("container.memory = \"2g\"");
  EXPECT_EQ(settings.get(key).source, Source::repository_file);
  EXPECT_EQ(settings.get(key).origin, "/repo/.containai/config.toml");
  settings.set(key, "3g", Source::workspace, "");
  EXPECT_EQ(settings.text(key), "3g");

  environment_.variables["CONTAINAI_MEMORY"] = "4g";
  settings = load();
  EXPECT_EQ(settings.get(key).source, Source::environment);
  EXPECT_EQ(settings.get(key).origin, "CONTAINAI_MEMORY");
  settings.set(key, "3g", Source::workspace, "");
  EXPECT_EQ(settings.text(key), "4g") << "a lower source must not win";
  settings.set(key, "5g", Source::flag, "--memory");
  settings.set(key, "4g", Source::environment, "CONTAINAI_MEMORY");
  EXPECT_EQ(settings.text(key), "5g");
  settings.set(key, "6g", Source::flag, "--memory");
  EXPECT_EQ(settings.size(key), std::int64_t{6} << 30);
}

TEST_F(Precedence, EveryVariableIsRead) {
  const std::map<std::string, std::string> values = {{"CONTAINAI_ENGINE_CONTEXT", "colima"},
                                                     {"CONTAINAI_BASE_IMAGE", "ghcr.io/a/b:1@sha256:00"},
                                                     {"CONTAINAI_AGENT", "claude --resume"},
                                                     {"CONTAINAI_DATA_VOLUME", "team-credentials"},
                                                     {"CONTAINAI_TEMPLATE", "python"},
                                                     {"CONTAINAI_MEMORY", "512m"},
                                                     {"CONTAINAI_CPUS", "1.5"},
                                                     {"CONTAINAI_PROFILE", "sudo"},
                                                     {"CONTAINAI_BOX_IMAGE", "debian:12"},
                                                     {"CONTAINAI_PORT_RANGE_START", "3000"},
                                                     {"CONTAINAI_PORT_RANGE_END", "3000"}};
  environment_.variables = values;
  const Settings settings = load();
  for (const SettingKey& key : setting_keys()) {
    if (key.variable.empty()) continue;
    EXPECT_EQ(settings.text(key.name), values.at(std::string(key.variable)));
    EXPECT_EQ(settings.get(key.name).source, Source::environment);
  }
  EXPECT_EQ(settings.number("container.cpus"), 1.5);
}

TEST_F(Precedence, EmptyVariableIsNotSet) {
  environment_.variables["CONTAINAI_PROFILE"] = "";
  EXPECT_EQ(load().get("container.profile").source, Source::built_in);
}

TEST_F(Precedence, AgentIsAnotherNameOfAgentDefault) {
  EXPECT_EQ(load_user("agent = \"claude\"\n").text("agent.default"), "claude");
  Settings settings = load_user("[agent]\ndefault = \"codex\"\n");
  EXPECT_EQ(settings.text("agent"), "codex");
  settings.set("agent", "aider", Source::flag, "--agent");
  EXPECT_EQ(settings.text("agent.default"), "aider");
}

TEST_F(Precedence, EveryWayOfWritingTables) {
  for (const std::string content :
       {"[container]\ncpus = 2\n", "container.cpus = 2\n", "container = {cpus = 2.0}\n",
        "[container]\r\ncpus = 2\r\n", "\xEF\xBB\xBF[container]\ncpus = 2"}) {
    EXPECT_EQ(load_user(content).text("container.cpus"), "2") << content;
  }
  EXPECT_EQ(load_user("").all().size(), setting_keys().size());
  EXPECT_EQ(load_user("# only a comment\n[container]\n").all().size(), setting_keys().size());
  EXPECT_EQ(load_user("container.memory = 1073741824").size("container.memory"), std::int64_t{1} << 30);
}

TEST_F(Precedence, Lists) {
  const Settings settings =
      load_user("[ssh]\nlocal_forward = [\"8080:localhost:80\", \"5432:db.lan:5432\"]\n");
  EXPECT_EQ(settings.list("ssh.local_forward"),
            (std::vector<std::string>{"8080:localhost:80", "5432:db.lan:5432"}));
  EXPECT_EQ(settings.text("ssh.local_forward"), "8080:localhost:80,5432:db.lan:5432");
  EXPECT_EQ(load_user("ssh.local_forward = [\"80:[::1]:80\"]").list("ssh.local_forward").size(), 1U);
  EXPECT_TRUE(load_user("ssh.local_forward = []").list("ssh.local_forward").empty());
}

TEST_F(Precedence, SourcesHaveNames) {
  EXPECT_EQ(to_string(Source::built_in), "built-in");
  EXPECT_EQ(to_string(Source::flag), "flag");
}

}  // namespace
}  // namespace cai
