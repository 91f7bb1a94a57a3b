#include "engine/http.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <sys/un.h>

#include <chrono>
#include <latch>
#include <thread>

#include "cai/base/error.hpp"
#include "engine/scripted_server.hpp"

namespace cai {
namespace {

using namespace std::chrono_literals;
using test::answer;
using test::answer_text;
using test::pieces;
using test::raw;
using test::ScriptedServer;

const Patience patient{10s};

HttpRequest get(std::string target) {
  return {.method = "GET", .target = std::move(target)};
}
HttpRequest post(std::string target, std::string_view body) {
  return {.method = "POST", .target = std::move(target), .body = body, .content_type = "application/json"};
}

/// The message of the engine_unreachable error that `action` must throw.
template <typename Action>
std::string unreachable(Action action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::engine_unreachable) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

TEST(Http, WritesTheRequestAndReadsTheAnswer) {
  ScriptedServer server({answer(201, R"({"Id":"x"})", "Api-Version: 1.41\r\n")});
  HttpClient client(server.endpoint());
  const HttpResponse response = client.call(post("/v1.41/things?a=b", "{}"), patient);
  EXPECT_EQ(response.status, 201);
  EXPECT_EQ(response.body, R"({"Id":"x"})");
  EXPECT_EQ(response.api_version, "1.41");
  const std::string request = server.requests().at(0);
  EXPECT_TRUE(request.starts_with("POST /v1.41/things?a=b HTTP/1.1\r\nHost: localhost\r\n")) << request;
  EXPECT_NE(request.find("Content-Length: 2\r\n"), std::string::npos);
  EXPECT_TRUE(request.ends_with("\r\n\r\n{}"));
}

TEST(Http, ALongSilenceIsUsedOnce) {
  std::latch used(1);
  ScriptedServer server({[&](int fd) {
    used.wait();
    send_text(fd, answer_text(200, "late"));
    return true;
  }});
  HttpClient client(server.endpoint());
  int times = 0;
  const auto use = [&] {
    ++times;
    used.count_down();
  };
  EXPECT_EQ(client.call(get("/slow"), {.limit = 10s, .meanwhile = use}).body, "late");
  EXPECT_EQ(times, 1);
}

TEST(Http, SendsABodyLargerThanTheSocketBuffer) {
  const std::string body(3U << 20U, 'x');
  ScriptedServer server({answer(200, "ok")});
  HttpClient client(server.endpoint());
  EXPECT_EQ(client.call(post("/build", body), patient).body, "ok");
  EXPECT_TRUE(server.requests().at(0).ends_with(body));
}

TEST(Http, TakesAnAnswerThatComesBeforeTheBodyWasRead) {
  ScriptedServer server({raw(answer_text(400, "no"))});
  HttpClient client(server.endpoint());
  const std::string body(8U << 20U, 'x');
  // The server believes the first Content-Length, answers after the header and hangs up with the body unread.
  const HttpRequest large{
      .method = "POST", .target = "/build", .body = body, .content_type = "a\r\nContent-Length: 0"};
  const HttpResponse response = client.call(large, patient);
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.body, "no");
}

TEST(Http, ReadsChunksSplitAtEveryByte) {
  const std::string text =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n";
  std::vector<test::Handler> script;
  for (std::size_t at = 1; at < text.size(); ++at)
    script.push_back(pieces({text.substr(0, at), text.substr(at)}));
  const std::size_t count = script.size();
  ScriptedServer server(std::move(script));
  HttpClient client(server.endpoint());
  for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(client.call(get("/"), patient).body, "hello world") << i;
  EXPECT_EQ(server.connections(), 1U) << "the connection was not kept";
}

TEST(Http, AnAnswerCutAtAnyByteIsAnError) {
  for (const std::string& text :
       {answer_text(200, "{\"a\":1}"),
        std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")}) {
    std::vector<test::Handler> script;
    for (std::size_t at = 0; at < text.size(); ++at) script.push_back(raw(text.substr(0, at)));
    const std::size_t count = script.size();
    ScriptedServer server(std::move(script));
    HttpClient client(server.endpoint());
    for (std::size_t i = 0; i < count; ++i) {
      const std::string message = unreachable([&] { client.call(post("/", "{}"), patient); });
      EXPECT_NE(message.find("closed the connection"), std::string::npos) << i << ": " << message;
    }
    EXPECT_EQ(server.requests().size(), count) << "a request was sent twice";
  }
}

TEST(Http, ReadsUntilTheConnectionCloses) {
  ScriptedServer server({raw("HTTP/1.1 200 OK\r\n\r\nall of it"), answer(200, "next")});
  HttpClient client(server.endpoint());
  EXPECT_EQ(client.call(get("/"), patient).body, "all of it");
  EXPECT_EQ(client.call(get("/"), patient).body, "next");
  EXPECT_EQ(server.connections(), 2U);
}

TEST(Http, ANoContentAnswerHasNoBodyWhateverItSays) {
  ScriptedServer server({raw("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", true),
                         raw("HTTP/1.1 304 Not Modified\r\n\r\n", true), answer(200, "x")});
  HttpClient client(server.endpoint());
  EXPECT_EQ(client.call(post("/", ""), patient).status, 204);
  EXPECT_EQ(client.call(post("/", ""), patient).status, 304);
  EXPECT_EQ(client.call(get("/"), patient).body, "x");
  EXPECT_EQ(server.connections(), 1U);
}

TEST(Http, SkipsInterimAnswers) {
  ScriptedServer server({raw("HTTP/1.1 100 Continue\r\nA: b\r\n\r\n" + answer_text(200, "x"), true)});
  HttpClient client(server.endpoint());
  EXPECT_EQ(client.call(get("/"), patient).body, "x");
}

TEST(Http, RubbishIsAnErrorThatNamesTheEndpoint) {
  for (const char* text :
       {"SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 200 OK\r\nA b\r\n\r\n", "{}\n\n",
        "HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"}) {
    ScriptedServer server({raw(text, true)});
    HttpClient client(server.endpoint());
    const std::string message = unreachable([&] { client.call(get("/"), patient); });
    EXPECT_NE(message.find(server.endpoint().url()), std::string::npos) << message;
  }
}

TEST(Http, AHeaderLargerThanTheLimitIsAnError) {
  ScriptedServer server(
      {raw("HTTP/1.1 200 OK\r\nA: " + std::string(60000, 'a') + "\r\nContent-Length: 0\r\n\r\n", true),
       raw("HTTP/1.1 200 OK\r\nA: " + std::string(66000, 'a') + "\r\nContent-Length: 0\r\n\r\n", true)});
  HttpClient client(server.endpoint());
  EXPECT_EQ(client.call(get("/"), patient).status, 200);
  EXPECT_NE(unreachable([&] { client.call(get("/"), patient); }).find("header is too large"),
            std::string::npos);
}

TEST(Http, GivesUpAtTheDeadlineAndSaysSo) {
  std::latch done(1);
  ScriptedServer server({[&](int) {
    done.wait();
    return false;
  }});
  HttpClient client(server.endpoint());
  const std::string message = unreachable([&] { client.call(get("/"), {50ms}); });
  done.count_down();
  EXPECT_NE(message.find("did not answer within 0.05 s"), std::string::npos) << message;
}

TEST(Http, ADripOfBytesDoesNotExtendTheDeadlineUnlessAskedTo) {
  const auto drip = [](int fd) {
    test::send_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n");
    for (int i = 0; i < 60; ++i) {
      std::this_thread::sleep_for(10ms);
      test::send_text(fd, "x");
    }
    return true;
  };
  ScriptedServer server({drip, drip});
  HttpClient client(server.endpoint());
  unreachable([&] { client.call(get("/"), {80ms}); });
  EXPECT_EQ(client.call(get("/"), {400ms, true}).body.size(), 60U);
}

TEST(Http, RepeatsAGetOnceWhenTheKeptConnectionTurnsOutToBeStale) {
  ScriptedServer server({answer(200, "1"), raw(""), answer(200, "2")});
  HttpClient client(server.endpoint());
  EXPECT_EQ(client.call(get("/1"), patient).body, "1");
  EXPECT_EQ(client.call(get("/2"), patient).body, "2");
  EXPECT_EQ(server.requests().size(), 3U);
}

TEST(Http, NeverRepeatsAChangeThatMayHaveHappened) {
  ScriptedServer server({answer(200, "1"), raw(""), answer(200, "2")});
  HttpClient client(server.endpoint());
  client.call(get("/1"), patient);
  unreachable([&] { client.call(post("/2", "{}"), patient); });
  EXPECT_EQ(server.requests().size(), 2U);
}

TEST(Http, AChangeDoesNotUseAConnectionThatIsKnownToBeClosed) {
  ScriptedServer server({answer(200, "1"), answer(200, "2")});
  HttpClient client(server.endpoint());
  client.call(get("/1"), patient);
  server.drop_connections();
  EXPECT_EQ(client.call(post("/2", "{}"), patient).body, "2");
  EXPECT_EQ(server.connections(), 2U);
}

TEST(Http, BytesNobodyAskedForEndTheConnection) {
  ScriptedServer server({raw(answer_text(200, "1") + answer_text(200, "stolen"), true), answer(200, "2")});
  HttpClient client(server.endpoint());
  EXPECT_EQ(client.call(get("/1"), patient).body, "1");
  EXPECT_EQ(client.call(get("/2"), patient).body, "2");
  EXPECT_EQ(server.connections(), 2U);
}

TEST(Http, AnAbsentSocketHasAHint) {
  const Endpoint nowhere = parse_endpoint("/nonexistent/cai/engine.sock");
  HttpClient client(nowhere);
  try {
    client.call(get("/"), patient);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::engine_unreachable);
    ASSERT_FALSE(error.hints().empty());
    EXPECT_NE(error.hints().front().find("daemon running"), std::string::npos);
  }
}

TEST(Http, ASocketNobodyListensOnIsRefused) {
  std::string path;
  TemporaryDirectory directory;
  path = (directory.path() / "dead.sock").string();
  {
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    ASSERT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  }
  HttpClient client(parse_endpoint(path));
  EXPECT_NE(unreachable([&] { client.call(get("/"), patient); }).find("refused"), std::string::npos);
  HttpClient too_long(parse_endpoint("/" + std::string(200, 'x')));
  EXPECT_NE(unreachable([&] { too_long.call(get("/"), patient); }).find("too long"), std::string::npos);
}

TEST(Http, AnErrorInTheSinkPassesThroughAndDropsTheConnection) {
  ScriptedServer server({answer(200, "1"), answer(200, "2")});
  HttpClient client(server.endpoint());
  const BodySink broken = [](std::string_view) { throw Error(ErrorKind::refused, "enough"); };
  EXPECT_THROW(client.stream(get("/"), patient, broken), Error);
  EXPECT_EQ(client.call(get("/"), patient).body, "2");
  EXPECT_EQ(server.connections(), 2U);
}

TEST(Http, UrlEncoding) {
  EXPECT_EQ(url_encode("aZ9-._~"), "aZ9-._~");
  EXPECT_EQ(url_encode("a b&c=/\xc3\xa4"), "a%20b%26c%3D%2F%C3%A4");
  EXPECT_EQ(url_encode("r/n:t", "/:"), "r/n:t");
}

}  // namespace
}  // namespace cai
