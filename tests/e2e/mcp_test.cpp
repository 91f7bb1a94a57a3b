// `cai mcp`: the protocol, the end of a session, gates, cancellation. ACCEPTANCE.md rows 41-43, 69, 70, 72.
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "e2e/mcp_client.hpp"

namespace cai::e2e {
namespace {

const char* image() {
  return "debian:bookworm-slim";
}

class Mcp : public testing::Test {
 protected:
  void SetUp() override {
    world_.environment["CONTAINAI_BOX_IMAGE"] = image();
    directory_ = world_.root() / "work";
    std::filesystem::create_directories(directory_);
  }
  static Json create(const std::string& name) {
    return {{"operation", "create"}, {"name", name}, {"forward_git", false}, {"forward_gh", false}};
  }
  bool exists(const std::string& name) { return !world_.inspect(name, "{{.Id}}").empty(); }

  World world_;
  std::filesystem::path directory_;
  std::string name_ = World::unique("box");
};

TEST_F(Mcp, Row41Handshake) {
  McpClient client(world_, directory_);
  EXPECT_EQ(client.initialized["protocolVersion"], "2025-06-18");
  EXPECT_TRUE(client.initialized["capabilities"].contains("tools"));
  EXPECT_EQ(client.initialized["serverInfo"]["name"], "cai");
  EXPECT_EQ(client.request("ping")["result"], Json::object());
  const Json tools = client.request("tools/list")["result"]["tools"];
  ASSERT_EQ(tools.size(), 1U);
  EXPECT_EQ(tools[0]["name"], "containers");
  const Json& schema = tools[0]["inputSchema"];
  EXPECT_EQ(schema["required"], Json::array({"operation"}));
  EXPECT_EQ(schema["properties"]["operation"]["enum"].size(), 19U);
  for (const auto& [name, property] : schema["properties"].items())
    EXPECT_TRUE(property.contains("description")) << name;
}

TEST_F(Mcp, EveryProtocolVersionOfTheSdkIsSpokenAndOthersGetTheNewest) {
  McpClient client(world_, directory_);
  for (const char* version : {"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"}) {
    const Json parameters = {{"protocolVersion", version}, {"capabilities", Json::object()}};
    EXPECT_EQ(client.request("initialize", parameters)["result"]["protocolVersion"], version);
  }
  EXPECT_EQ(client.request("initialize", {{"protocolVersion", "1999-01-01"}})["result"]["protocolVersion"],
            "2025-11-25");
}

TEST_F(Mcp, BadMessagesAreAnsweredAndTheServerLivesOn) {
  McpClient client(world_, directory_);
  const std::vector<std::pair<std::string, int>> bad = {
      {"not json", -32700},
      {"[]", -32600},
      {"7", -32600},
      {R"({"jsonrpc":"2.0","id":"a","method":7})", -32600},
      {R"({"jsonrpc":"1.0","id":"a","method":"ping"})", -32600},
      {R"({"jsonrpc":"2.0","id":{},"method":"ping"})", -32600},
      {R"({"jsonrpc":"2.0","id":"a","method":"no/such"})", -32601},
      {R"({"jsonrpc":"2.0","id":"a","method":"tools/call","params":{"name":"other"}})", -32602},
      {std::string(200, '[') + std::string(200, ']'), -32700},
      {std::string("\x00\xff\xfe{", 4), -32700},
  };
  for (const auto& [line, code] : bad) {
    client.send_text(line);
    EXPECT_EQ(client.receive()["error"]["code"], code) << line;
  }
  client.send_text(std::string((16U << 20U) + 10, 'x'));
  EXPECT_EQ(client.receive()["error"]["code"], -32600);
  client.send_text("");
  client.send_text(R"({"jsonrpc":"2.0","method":"notifications/unknown"})");
  client.send_text(R"({"jsonrpc":"2.0","id":"nobody-asked","result":{}})");
  EXPECT_EQ(client.request("ping")["result"], Json::object());
}

TEST_F(Mcp, Row42UnknownOperationAndMissingArgument) {
  McpClient client(world_, directory_);
  const std::vector<std::pair<Json, std::string>> cases = {
      {{{"operation", "craete"}}, "did you mean create?"},
      {Json::object(), "operation"},
      {{{"operation", "exec"}, {"container", "x"}}, "\"command\""},
      {{{"operation", "exec"}, {"container", "x"}, {"command", 7}}, "must be a string"},
      {{{"operation", "exec"}, {"container", "x"}, {"command", "true"}, {"timeout", -1}}, "from 0.1"},
      {{{"operation", "create"}, {"purpose", "cobol"}}, "one of python"},
      {{{"operation", "create"}, {"imgae", "x"}}, "did you mean \"image\"?"},
      {{{"operation", "create"}, {"ports", Json::array({{{"host", 99999}, {"container", 1}}})}}, "\"ports\""},
      {{{"operation", "create"}, {"memory_limit", "lots"}}, "\"memory_limit\""},
      {{{"operation", "create"}, {"name", "../x"}}, "\"name\""},
      {{{"operation", "create"}, {"purpose", "try-repo"}}, "repo_url"},
      {{{"operation", "destroy_all"}, {"confirm", false}}, "confirm"},
  };
  for (const auto& [arguments, words] : cases) {
    const Json result = client.call(arguments);
    EXPECT_EQ(result["isError"], true) << arguments;
    EXPECT_NE(result["structuredContent"]["error"].get<std::string>().find(words), std::string::npos)
        << result;
    EXPECT_EQ(Json::parse(result["content"][0]["text"].get<std::string>()), result["structuredContent"]);
  }
  EXPECT_EQ(client.request("ping")["result"], Json::object());
}

TEST_F(Mcp, Row43Preflight) {
  {
    McpClient client(world_, directory_);
    const Json report = client.call({{"operation", "preflight"}})["structuredContent"];
    EXPECT_EQ(report["ready"], true) << report;
    EXPECT_EQ(report["runtime"], "docker");
    std::vector<std::string> names;
    for (const auto& each : report["checks"]) names.push_back(each["name"]);
    EXPECT_EQ(names, (std::vector<std::string>{"runtime_installed", "daemon_running", "user_permissions",
                                               "disk_space"}));
  }
  world_.environment["DOCKER_HOST"] = "unix:///nonexistent/docker.sock";
  McpClient client(world_, directory_);
  const Json report = client.call({{"operation", "preflight"}})["structuredContent"];
  EXPECT_EQ(report["ready"], false);
  EXPECT_FALSE(report["guidance"].get<std::string>().empty());
  EXPECT_EQ(report["checks"].size(), 4U);
  const Json refused = client.call(create(name_));
  EXPECT_EQ(refused["isError"], true);
}

TEST_F(Mcp, Row72BoxCallPrintsWhatMcpReturns) {
  const auto box = world_.cai(directory_, {"box", "call", create(name_).dump()});
  ASSERT_EQ(box.code, 0) << box.out << box.err;
  McpClient client(world_, directory_);
  for (const Json& arguments : std::vector<Json>{
           {{"operation", "exec"}, {"container", name_}, {"command", "echo out; echo err >&2; exit 3"}},
           {{"operation", "status"}, {"container", name_}},
           {{"operation", "list"}},
           {{"operation", "exec_interactive_hint"}, {"container", name_}},
           {{"operation", "destroy"}, {"container", "nobody"}},
           {{"operation", "nonsense"}},
       }) {
    const auto printed = world_.cai(directory_, {"box", "call", arguments.dump()});
    const Json result = client.call(arguments);
    EXPECT_EQ(trimmed(printed.out), result["content"][0]["text"].get<std::string>());
    EXPECT_EQ(printed.code != 0, result["isError"].get<bool>());
  }
}

TEST_F(Mcp, CallsRunSideBySideReportProgressAndCanBeCancelled) {
  McpClient client(world_, directory_);
  const int made = client.start_call(create(name_), {{"progressToken", "p"}});
  ASSERT_EQ(client.answer_to(made, 120)["result"]["isError"], false);
  double last = 0;
  for (const auto& message : client.others) {
    ASSERT_EQ(message["method"], "notifications/progress");
    EXPECT_EQ(message["params"]["progressToken"], "p");
    EXPECT_GT(message["params"]["progress"].get<double>(), last);
    last = message["params"]["progress"].get<double>();
  }
  EXPECT_GE(client.others.size(), 7U) << "one for each step";
  client.others.clear();

  const Json sleeping = {{"operation", "exec"}, {"container", name_}, {"command", "exec sleep 76543"}};
  const int slow = client.start_call(sleeping);
  const auto started = std::chrono::steady_clock::now();
  EXPECT_EQ(client.request("ping")["result"], Json::object());
  EXPECT_EQ(client.call({{"operation", "exec"},
                         {"container", name_},
                         {"command", "echo quick"}})["structuredContent"]["stdout"],
            "quick\n");
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(20));
  client.send({{"jsonrpc", "2.0"}, {"method", "notifications/cancelled"}, {"params", {{"requestId", slow}}}});
  bool gone = false;
  for (int i = 0; i < 50 && !gone; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    gone = world_.docker({"top", name_, "-eo", "pid,args"}).out.find("76543") == std::string::npos;
  }
  EXPECT_TRUE(gone) << "cancelled means killed inside";
  EXPECT_EQ(client.request("ping")["result"], Json::object());
  for (const auto& message : client.others) EXPECT_NE(message["id"], slow) << "who cancels wants no answer";
}

TEST_F(Mcp, AnIdThatIsInUseIsRefusedAndFreeAgainAfterwards) {
  McpClient client(world_, directory_);
  ASSERT_EQ(client.call(create(name_))["isError"], false);
  const Json slow = {
      {"jsonrpc", "2.0"},
      {"id", "same"},
      {"method", "tools/call"},
      {"params",
       {{"name", "containers"},
        {"arguments", {{"operation", "exec"}, {"container", name_}, {"command", "sleep 2"}}}}}};
  client.send(slow);
  client.send(slow);
  EXPECT_EQ(client.answer_to("same")["error"]["code"], -32600);
  EXPECT_EQ(client.answer_to("same")["result"]["structuredContent"]["returncode"], 0);
  client.send(slow);
  EXPECT_EQ(client.answer_to("same")["result"]["structuredContent"]["returncode"], 0);
}

TEST_F(Mcp, ACreateThatIsCancelledLeavesNothing) {
  for (const bool by_signal : {false, true}) {
    const std::string name = World::unique("halfway");
    McpClient client(world_, directory_);
    Json arguments = create(name);
    arguments["setup_commands"] = Json::array({"echo > /tmp/there; sleep 300"});
    const int id = client.start_call(arguments);
    bool there = false;
    for (int i = 0; i < 200 && !there; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      there = world_.docker({"exec", name, "test", "-e", "/tmp/there"}).code == 0;
    }
    ASSERT_TRUE(there);
    if (by_signal) {
      client.signal(SIGTERM);
      EXPECT_EQ(client.wait(), 0);
    } else {
      client.send(
          {{"jsonrpc", "2.0"}, {"method", "notifications/cancelled"}, {"params", {{"requestId", id}}}});
    }
    for (int i = 0; i < 100 && exists(name); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(100));
    EXPECT_FALSE(exists(name));
  }
}

TEST_F(Mcp, Row69SessionEndRemovesWhatIsNotPersistent) {
  for (const bool by_signal : {false, true}) {
    const std::string passing = World::unique("passing");
    const std::string staying = World::unique("staying");
    McpClient client(world_, directory_);
    const std::string empty = World::unique("net");
    const std::string used = World::unique("net");
    for (const auto& network : {empty, used})
      ASSERT_EQ(client.call({{"operation", "create_network"}, {"name", network}})["isError"], false);
    Json with_network = create(passing);
    with_network["network"] = empty;
    ASSERT_EQ(client.call(with_network)["isError"], false);
    Json kept = create(staying);
    kept["persistent"] = true;
    kept["network"] = used;
    ASSERT_EQ(client.call(kept)["isError"], false);
    EXPECT_FALSE(world_.inspect(passing, "{{index .Config.Labels \"containai.owner\"}}").empty());
    EXPECT_EQ(world_.inspect(staying, "{{index .Config.Labels \"containai.owner\"}}"), "")
        << "no sweep may take it";
    if (by_signal)
      client.signal(SIGTERM);
    else
      client.close_input();
    EXPECT_EQ(client.wait(), 0);
    EXPECT_FALSE(exists(passing));
    EXPECT_TRUE(exists(staying));
    EXPECT_NE(world_.docker({"network", "inspect", empty}).code, 0) << "its last box is gone";
    EXPECT_EQ(world_.docker({"network", "inspect", used}).code, 0);
    world_.docker({"rm", "-f", staying});
    world_.docker({"network", "rm", used});
  }
}

TEST_F(Mcp, Row70GatesAndLimit) {
  std::filesystem::create_directories(world_.home() / ".ssh");
  McpClient client(world_, directory_, {"--max", "1"});
  const auto mount = [](const std::string& host) {
    return Json::array({{{"host", host}, {"container", "/m"}}});
  };
  const std::vector<std::pair<Json, std::string>> cases = {
      {{{"network", "host"}}, "host_network"},
      {{{"mounts", mount("/")}}, "mounts"},
      {{{"mounts", mount("/etc")}}, "mounts"},
      {{{"mounts", mount(world_.root())}}, "mounts"},
      {{{"forward_ssh", true}}, "ssh"},
      {{{"env_passthrough", "all"}}, "env_all"},
      {{{"gpu", true}}, "gpu"},
  };
  for (const auto& [extra, gate] : cases) {
    Json arguments = create(name_);
    arguments.update(extra);
    const Json result = client.call(arguments);
    EXPECT_EQ(result["isError"], true) << extra;
    EXPECT_NE(result["structuredContent"].value("guidance", "").find("--allow " + gate), std::string::npos)
        << result;
  }
  Json socket = create(name_);
  socket["mounts"] = mount("/var/run/docker.sock");
  EXPECT_NE(client.call(socket)["structuredContent"]["error"].get<std::string>().find("never"),
            std::string::npos);
  EXPECT_FALSE(exists(name_));
  ASSERT_EQ(client.call(create(name_))["isError"], false);
  const Json refused = client.call(create(World::unique("second")));
  EXPECT_NE(refused["structuredContent"]["error"].get<std::string>().find("1 boxes"), std::string::npos)
      << refused;

  McpClient allowed(world_, directory_, {"--allow", "mounts,env_all"});
  Json arguments = create(World::unique("allowed"));
  arguments["mounts"] = mount(world_.root());
  arguments["env_passthrough"] = "all";
  const Json made = allowed.call(arguments);
  EXPECT_EQ(made["isError"], false) << made;
}

TEST_F(Mcp, AGpuThatThereIsNotIsAClearErrorAndLeavesNothing) {
  McpClient client(world_, directory_, {"--allow", "gpu"});
  Json arguments = create(name_);
  arguments["gpu"] = true;
  const Json made = client.call(arguments);
  // On a machine that has one, it works.
  if (made["isError"] == false) {
    EXPECT_NE(world_.inspect(name_, "{{json .HostConfig.DeviceRequests}}").find("gpu"), std::string::npos);
    return;
  }
  EXPECT_NE(made["structuredContent"]["error"].get<std::string>().find("has no GPU to give"),
            std::string::npos)
      << made;
  EXPECT_NE(made["structuredContent"]["guidance"].get<std::string>().find("leave out"), std::string::npos);
  EXPECT_FALSE(exists(name_));
}

TEST_F(Mcp, TenBoxesAtOnceAreTenAndTheEleventhIsRefused) {
  McpClient client(world_, directory_);
  std::vector<int> calls;
  for (int i = 0; i < 10; ++i) calls.push_back(client.start_call(create(name_ + "-" + std::to_string(i))));
  for (const int id : calls) {
    const Json answer = client.answer_to(id);
    EXPECT_EQ(answer["result"]["isError"], false) << answer;
  }
  const Json eleventh = client.call(create(name_ + "-more"));
  EXPECT_EQ(eleventh["isError"], true);
  EXPECT_FALSE(exists(name_ + "-more"));
  const Json gone = client.call({{"operation", "destroy_all"}, {"confirm", true}});
  EXPECT_EQ(gone["structuredContent"]["destroyed"], 10) << gone;
}

TEST_F(Mcp, AClientThatCanAskDecidesAboutAGate) {
  for (const bool yes : {false, true}) {
    McpClient client(world_, directory_, {}, {{"elicitation", Json::object()}});
    Json arguments = create(World::unique("asked"));
    arguments["mounts"] = Json::array({{{"host", world_.root()}, {"container", "/m"}}});
    const int id = client.start_call(arguments);
    const Json question = client.receive();
    ASSERT_EQ(question["method"], "elicitation/create");
    EXPECT_NE(question["params"]["message"].get<std::string>().find("outside the working directory"),
              std::string::npos);
    client.send({{"jsonrpc", "2.0"},
                 {"id", question["id"]},
                 {"result", {{"action", "accept"}, {"content", {{"allow", yes}}}}}});
    EXPECT_EQ(client.answer_to(id, 120)["result"]["isError"], !yes);
  }
}

}  // namespace
}  // namespace cai::e2e
