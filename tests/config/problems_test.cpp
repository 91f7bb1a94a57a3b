#include <algorithm>

#include "config/config_fixture.hpp"

namespace cai {
namespace {

using Problems = ConfigFixture;

TEST_F(Problems, BadTomlNamesFileLineAndColumn) {
  const std::string problem = user_problem("keep = true\n[container\nmemory = 1\n");
  EXPECT_TRUE(problem.starts_with(user_file_.string() + ":2:")) << problem;
}

TEST_F(Problems, NoToml) {
  for (const std::string& content :
       {std::string("keep"), std::string("keep = "), std::string("keep = true true"), std::string("[a"),
        std::string("a = \"\xFF\xFE\""), std::string("a = \"x\0y\"", 9), std::string("x = \"unended"),
        std::string("keep = true\nkeep = false\n"), std::string("[gc]\nage = \"1d\"\n[gc]\nage = \"2d\"\n"),
        std::string("agent = \"a\"\n[agent]\ndefault = \"b\"\n"), std::string("a = \x1b[31m\n")}) {
    const std::string problem = user_problem(content);
    EXPECT_TRUE(problem.starts_with(user_file_.string() + ":")) << problem;
    EXPECT_FALSE(contains(problem, "\x1b"));
  }
}

TEST_F(Problems, AssertionsOfTheParserNameTheirLine) {
  EXPECT_EQ(user_problem("keep = true\n\n[[[\nkeep = 1\n"), user_file_.string() + ":3:1: bad TOML");
  EXPECT_EQ(user_problem("[=]"), user_file_.string() + ":1:1: bad TOML");
  EXPECT_TRUE(user_problem("keep = true\n\xC3\xA9 = 1").starts_with(user_file_.string() + ":2:1: "));
  EXPECT_EQ(load_user("agent = \"caf\xC3\xA9\" # \xC3\xA9\n").text("agent"), "caf\xC3\xA9");
}

TEST_F(Problems, UnknownKeysWithDidYouMean) {
  EXPECT_EQ(user_problem("\n[contaner]\nmemory = \"1g\"\n"),
            user_file_.string() + ":2:2: unknown key \"contaner\"; did you mean \"container\"?");
  EXPECT_EQ(
      user_problem("[container]\n  memroy = \"1g\"\n"),
      user_file_.string() + ":2:3: unknown key \"container.memroy\"; did you mean \"container.memory\"?");
  EXPECT_EQ(user_problem("memory = \"1g\""),
            user_file_.string() + ":1:1: unknown key \"memory\"; did you mean \"container.memory\"?");
  EXPECT_EQ(user_problem("xylophone = 1"), user_file_.string() + ":1:1: unknown key \"xylophone\"");
  EXPECT_TRUE(contains(user_problem("\"container.cpus\" = 1"), "unknown key"));
  EXPECT_TRUE(
      contains(user_problem("[container.cpus.more]\na = 1"), "container.cpus must be a number, not a table"));
}

TEST_F(Problems, TemplateIsATable) {
  EXPECT_EQ(user_problem("template = \"python\""),
            user_file_.string() + ":1:1: \"template\" is a table, not a value; it holds template.default");
  EXPECT_TRUE(contains(user_problem("[[container]]\ncpus = 1"), "\"container\" is a table"));
}

TEST_F(Problems, WrongTypes) {
  EXPECT_TRUE(contains(user_problem("keep = \"true\""), "keep must be true or false, not a string"));
  EXPECT_TRUE(contains(user_problem("keep = 1"), "keep must be true or false, not an integer"));
  EXPECT_TRUE(contains(user_problem("data_volume = 7"), "data_volume must be a string, not an integer"));
  EXPECT_TRUE(contains(user_problem("data_volume = 2020-01-01"), "not a date or time"));
  EXPECT_TRUE(contains(user_problem("data_volume = {}"), "not a table"));
  EXPECT_TRUE(
      contains(user_problem("container.memory = 1.5"), "must be a size such as \"4g\", not a number"));
  EXPECT_TRUE(contains(user_problem("container.cpus = \"2\""), "must be a number, not a string"));
  EXPECT_TRUE(contains(user_problem("ssh.port_range_start = 2300.0"), "must be an integer, not a number"));
  EXPECT_TRUE(
      contains(user_problem("ssh.local_forward = \"1:a:2\""), "must be an array of strings, not a string"));
  EXPECT_TRUE(contains(user_problem("ssh.local_forward = [1, \"1:a:2\"]"),
                       "must be an array of strings, not an array"));
}

TEST_F(Problems, ValuesOutOfRange) {
  for (const std::string content : {"container.cpus = 0",
                                    "container.cpus = -1",
                                    "container.cpus = nan",
                                    "container.cpus = inf",
                                    "container.cpus = 1e300",
                                    "container.memory = \"much\"",
                                    "container.memory = 0",
                                    "container.memory = -5",
                                    "container.memory = \"1k\"",
                                    "container.memory = \"99999999999t\"",
                                    "container.profile = \"root\"",
                                    "container.profile = \"\"",
                                    "ssh.port_range_start = 1023",
                                    "ssh.port_range_end = 65536",
                                    "gc.age = \"30\"",
                                    "gc.age = \"\"",
                                    "template.default = \"../x\"",
                                    "template.default = \"Up\"",
                                    "data_volume = \"/etc\"",
                                    "data_volume = \"a\"",
                                    "engine.context = \"-x\"",
                                    "engine.context = \"../../x\"",
                                    "engine.base_image = \"\"",
                                    "engine.base_image = \"a b\"",
                                    "engine.base_image = \"a\\nRUN x\"",
                                    "agent.default = \"a\\u001bb\"",
                                    "agent.default = \"a\\u0000b\"",
                                    "ssh.local_forward = [\"80\"]",
                                    "ssh.local_forward = [\"0:localhost:1\"]",
                                    "ssh.local_forward = [\"1:localhost:65536\"]",
                                    "ssh.local_forward = [\"1::2\"]",
                                    "ssh.local_forward = [\"1:-o:2\"]",
                                    "ssh.local_forward = [\"1:a b:2\"]",
                                    "ssh.local_forward = [\"\", \"\"]",
                                    "ssh.local_forward = [\"1:a:2\", \"1:b:3\"]"}) {
    const std::string problem = user_problem(content);
    EXPECT_TRUE(problem.starts_with(user_file_.string() + ":1:")) << problem;
    EXPECT_EQ(std::count(problem.begin(), problem.end(), '\n'), 0) << problem;
  }
}

TEST_F(Problems, WhatImportsMayBring) {
  for (const char* path :
       {"/etc/passwd", "~", "~/", "~/../x", "~/a/../b", "~/a//b", "~/./a", "relative", "~root/x"}) {
    const auto problem =
        user_problem("[import]\nadditional_paths = [\"~/ok\", \"" + std::string(path) + "\"]");
    EXPECT_TRUE(
        problem.starts_with(user_file_.string() + ":2:1: import.additional_paths must hold paths below"))
        << problem;
    EXPECT_TRUE(contains(problem, path)) << problem;
  }
  EXPECT_EQ(
      load_user("[import]\nadditional_paths = [\"~/.a b/c/\", \"~/..d\"]").text("import.additional_paths"),
      "~/.a b/c/,~/..d");
  for (const char* name : {"A*", "1X", "A B", "A=B", "PATH", "HOME"}) {
    const auto problem = user_problem("[env]\nimport = [\"OK\", \"" + std::string(name) + "\"]");
    EXPECT_TRUE(problem.starts_with(user_file_.string() + ":2:1: env.import ")) << problem;
  }
  EXPECT_EQ(load_user("[env]\nimport = [\"_A1\", \"x_TOKEN\"]").text("env.import"), "_A1,x_TOKEN");
}

TEST_F(Problems, AllOfThemAtOnceInTheOrderOfTheFiles) {
  write(user_file_, "keep = 1\ngc.age = \"x\"\nnonsense = 1\n");
  repository_ = RepositoryFile{"/repo/c.toml", "\nkeep = true\n"};
  environment_.variables["CONTAINAI_CPUS"] = "many";
  const std::string problem = problem_of([&] { load(); });
  const std::string file = user_file_.string();
  EXPECT_EQ(problem,
            file + ":1:1: keep must be true or false, not an integer\n" + file +
                ":2:4: gc.age must be an age such as 12h, 7d or 2w, not \"x\"\n" + file +
                ":3:1: unknown key \"nonsense\"\n" +
                "/repo/c.toml:2:1: keep: only your own configuration file may set it, not a repository's\n" +
                "CONTAINAI_CPUS: container.cpus must be a number from 0.01 to 4096, not \"many\"");
}

TEST_F(Problems, VariablesAndFlagsAreChecked) {
  for (const std::string text : {"nan", "inf", "1x", "0x10", "-1", "1,5"}) {
    environment_.variables["CONTAINAI_CPUS"] = text;
    EXPECT_TRUE(contains(problem_of([&] { load(); }), "CONTAINAI_CPUS: ")) << text;
  }
  environment_.variables.clear();
  Settings settings = load();
  EXPECT_EQ(problem_of([&] { settings.set("container.memory", "lots", Source::flag, "--memory"); }),
            "--memory: container.memory must be a size such as 512m or 4g, not \"lots\"");
  EXPECT_TRUE(contains(problem_of([&] { settings.set("contaner.memory", "1g", Source::flag, ""); }),
                       "container.memory"));
  EXPECT_TRUE(contains(problem_of([&] { static_cast<void>(settings.get("data_volum")); }), "data_volume"));
  EXPECT_EQ(settings.get("container.memory").source, Source::built_in);
}

TEST_F(Problems, PortRangeIsCheckedAcrossSources) {
  write(user_file_, "ssh.port_range_start = 3000\n");
  const std::string problem = problem_of([&] { load(); });
  EXPECT_TRUE(contains(problem, "ssh.port_range_start (3000 from " + user_file_.string() + ")")) << problem;
  EXPECT_TRUE(contains(problem, "ssh.port_range_end (2500)")) << problem;
  environment_.variables["CONTAINAI_PORT_RANGE_END"] = "3000";
  EXPECT_EQ(load().integer("ssh.port_range_end"), 3000);
}

TEST_F(Problems, HugeFiles) {
  write(user_file_, std::string(2U << 20U, '#'));
  EXPECT_THROW(load(), Error);
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "k" + std::to_string(i) + " = 1\n";
  const std::string problem = user_problem(many);
  EXPECT_EQ(std::count(problem.begin(), problem.end(), '\n'), 20);
  EXPECT_TRUE(problem.ends_with("... and 980 more")) << problem;
  EXPECT_LT(user_problem(std::string(60000, 'k') + " = 1").size(), 300U);
}

}  // namespace
}  // namespace cai
