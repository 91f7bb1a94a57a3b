// The JSON-RPC reader against what no client would send.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <random>
#include <sstream>
#include <thread>

#include "cai/agent/agent.hpp"
#include "cai/base/filesystem.hpp"
#include "support/fake_engine.hpp"
#include "support/temporary_directory.hpp"

namespace cai {
namespace {

class McpReader : public testing::Test {
 protected:
  void serve(int in, int out) {
    BoxHouse house;
    house.connect = []() -> std::unique_ptr<Engine> { return std::make_unique<FakeEngine>(); };
    house.environment.variables["HOME"] = directory_.path().string();
    house.environment.working_directory = directory_.path();
    house.instance = {"0123456789abcdef"};
    BoxSession session(std::move(house), {.agent = true, .allowed = {}});
    serve_mcp(session, in, out, -1, "test");
  }

  /// Everything that the server says to `input`, as lines.
  std::vector<Json> talk(const std::string& input) {
    const auto in_path = directory_.path() / "in";
    const auto out_path = directory_.path() / "out";
    write_file_atomically(in_path, input, 0600);
    const UniqueFd in(open(in_path.c_str(), O_RDONLY | O_CLOEXEC));
    const UniqueFd out(open(out_path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    serve(in.get(), out.get());
    std::vector<Json> lines;
    std::istringstream text(read_file(out_path).value());
    for (std::string line; std::getline(text, line);) {
      lines.push_back(parse_json(line));
      EXPECT_FALSE(lines.back().is_discarded()) << line;
    }
    return lines;
  }

  TemporaryDirectory directory_;
};

const std::vector<std::string>& sound_messages() {
  static const std::vector<std::string> messages = {
      R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{}}})",
      R"({"jsonrpc":"2.0","method":"notifications/initialized"})",
      R"({"jsonrpc":"2.0","id":"a","method":"ping"})",
      R"({"jsonrpc":"2.0","id":2,"method":"tools/list","params":{"cursor":"x"}})",
      R"({"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"containers","arguments":{"operation":"list"}}})",
      R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":3}})",
      R"([{"jsonrpc":"2.0","id":4,"method":"ping"},{"jsonrpc":"2.0","id":5,"method":"ping"}])",
      R"({"jsonrpc":"2.0","id":"cai-1","result":{"action":"accept","content":{"allow":true}}})",
  };
  return messages;
}

TEST_F(McpReader, LinesMayEndInCarriageReturnAndTheLastNeedNotEnd) {
  const auto lines = talk(sound_messages()[0] + "\r\n\r\n" + sound_messages()[2] + "\n{\"jsonrpc\"");
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[1]["id"], "a");
}

TEST_F(McpReader, EveryRequestGetsItsOneAnswer) {
  std::string input;
  for (int id = 1; id <= 20; ++id) {
    input += R"({"jsonrpc":"2.0","id":)" + std::to_string(id) +
             R"(,"method":"tools/call","params":{"name":"containers","arguments":{"operation":"list"}}})" +
             "\n";
  }
  std::set<int> answered;
  for (const auto& line : talk(input)) {
    EXPECT_EQ(line["result"]["structuredContent"]["count"], 0) << line;
    EXPECT_TRUE(answered.insert(line["id"].get<int>()).second);
  }
  EXPECT_EQ(answered.size(), 20U);
}

std::string request(const std::string& id, const std::string& method, const std::string& more = "") {
  return R"({"jsonrpc":"2.0","id":)" + id + R"(,"method":")" + method + "\"" + more + "}";
}

TEST_F(McpReader, WhatNoClientSendsIsRefusedAndNothingLongIsSaidBack) {
  const std::string ping = request("1", "ping");
  std::string batch = "[" + ping;
  for (int i = 0; i < 1000; ++i) batch += "," + ping;
  const std::string word(1 << 20, 'x');
  const std::vector<std::pair<std::string, int>> bad = {
      {batch + "]", -32600},
      {"[[" + ping + "]]", -32600},
      {request("1.5", "ping"), -32600},
      {request("null", "ping"), -32600},
      {request("[1]", "ping"), -32600},
      {request("1", "tools/list", R"(,"params":[1])"), -32602},
      {request("1", "notifications/initialized"), -32601},
      {request("1", word), -32601},
      {request("1", "tools/call", R"(,"params":{"name":{"a":1}})"), -32602},
      {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"pi\xffng\"}", -32700},
      {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"pi\xed\xa0\x80ng\"}", -32700},
      {R"({"jsonrpc":"2.0","id":1,"method":"ping","params":)" + std::string(100, '{') + "}", -32700},
  };
  std::string input;
  for (const auto& [line, code] : bad) input += line + "\n";
  const auto lines = talk(input);
  ASSERT_EQ(lines.size(), bad.size());
  for (std::size_t i = 0; i < bad.size(); ++i) {
    EXPECT_EQ(lines[i]["error"]["code"], bad[i].second) << bad[i].first.substr(0, 200);
    EXPECT_LT(lines[i].dump().size(), 500U);
  }
}

/// With the answer the id is the client's again, not only once the server has put the call away.
TEST_F(McpReader, AnIdIsFreeAsSoonAsItIsAnswered) {
  int to[2];
  int from[2];
  ASSERT_EQ(pipe2(to, O_CLOEXEC), 0);
  ASSERT_EQ(pipe2(from, O_CLOEXEC), 0);
  const UniqueFd server_in(to[0]);
  const UniqueFd server_out(from[1]);
  std::jthread server;
  const UniqueFd answers(from[0]);
  const UniqueFd requests(to[1]);  // closed before the server is waited for
  server = std::jthread([&] { serve(server_in.get(), server_out.get()); });
  const std::string line =
      request("7", "tools/call", R"(,"params":{"name":"containers","arguments":{"operation":"list"}})") +
      "\n";
  std::string text;
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(write(requests.get(), line.data(), line.size()), static_cast<ssize_t>(line.size()));
    while (text.find('\n') == std::string::npos) {
      char piece[4096];
      const auto got = read(answers.get(), piece, sizeof piece);
      ASSERT_GT(got, 0);
      text.append(piece, static_cast<std::size_t>(got));
    }
    const auto end = text.find('\n');
    EXPECT_TRUE(parse_json(text.substr(0, end)).contains("result")) << text;
    text.erase(0, end + 1);
  }
}

TEST_F(McpReader, ACallWithoutAnIdIsNotMadeAndOneThatIsLongIsAnsweredShortly) {
  const auto call = [](const std::string& arguments) {
    return R"(,"params":{"name":"containers","arguments":)" + arguments + "}";
  };
  const std::string word(1 << 20, 'x');
  const auto lines =
      talk(R"({"jsonrpc":"2.0","method":"tools/call")" + call(R"({"operation":"list"})") + "}\n" +
           request("1", "tools/call", call(R"({"operation":")" + word + "\"}")) + "\n" +
           request("2", "tools/call", call(R"({"operation":"list",")" + word + R"(":1})")) + "\n" +
           request("3", "tools/call", call("[7]")) + "\n");
  ASSERT_EQ(lines.size(), 3U);
  for (const auto& line : lines) {
    EXPECT_EQ(line["result"]["isError"], true);
    EXPECT_LT(line.dump().size(), 3000U);
  }
}

TEST_F(McpReader, DamagedMessagesNeverEndTheServer) {
  std::mt19937 random(11);  // NOLINT: the same bytes each time
  for (int round = 0; round < 40; ++round) {
    std::string input;
    for (int i = 0; i < 60; ++i) {
      std::string message = sound_messages()[random() % sound_messages().size()];
      const int damages = static_cast<int>(random() % 4);
      for (int damage = 0; damage < damages; ++damage) {
        const auto at = random() % message.size();
        if (random() % 3 == 0)
          message.erase(at, random() % 8);
        else
          message[at] = static_cast<char>(random() % 5 == 0 ? "{}[]\",:0\n"[random() % 9] : random());
        if (message.empty()) message = " ";
      }
      input += message + "\n";
    }
    const auto lines = talk(input + R"({"jsonrpc":"2.0","id":"the-last","method":"ping"})" + "\n");
    ASSERT_FALSE(lines.empty());
    bool last_answered = false;
    for (const auto& line : lines) {
      EXPECT_EQ(line["jsonrpc"], "2.0");
      last_answered = last_answered || (line.contains("id") && line["id"] == "the-last");
    }
    EXPECT_TRUE(last_answered);
  }
}

}  // namespace
}  // namespace cai
