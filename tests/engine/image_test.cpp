#include <fmt/format.h>

#include "engine/engine_fixture.hpp"
#include "engine/streams.hpp"

namespace cai {
namespace {

using test::answer;
using test::error_of;
using test::refusal;
using test::ScriptedEngine;

struct Lines {
  std::vector<std::string> all;
  std::function<void(std::string_view)> take = [this](std::string_view line) { all.emplace_back(line); };
};

const BuildRequest simple = [] {
  BuildRequest request;
  request.tag = "t";
  return request;
}();

const std::string build_stream = R"({"stream":"Step 1/2 : FROM"})"
                                 "\r\n"
                                 R"({"stream":" base\n"})"
                                 R"({"stream":"a \"{\" brace\\\n\nlast"}{"aux":{"ID":"sha256:1"}})"
                                 "\n";

TEST(Image, BuildTellsLinesAndTheId) {
  ScriptedEngine world({answer(200, build_stream)});
  Lines lines;
  const BuildRequest request{.tag = "containai:x",
                             .dockerfile = "D",
                             .arguments = {{"A", "b c"}},
                             .labels = {{"l", "1"}},
                             .no_cache = true};
  EXPECT_EQ(world.engine.build_image(request, "tar bytes", lines.take), "sha256:1");
  EXPECT_EQ(lines.all, (std::vector<std::string>{"Step 1/2 : FROM base", "a \"{\" brace\\", "", "last"}));
  EXPECT_EQ(
      world.line(0),
      "POST "
      "/v1.41/"
      "build?t=containai%3Ax&dockerfile=D&buildargs=%7B%22A%22%3A%22b%20c%22%7D&labels=%7B%22l%22%3A%221"
      "%22%7D&nocache=1&rm=1&forcerm=1");
  EXPECT_EQ(world.body(0), "tar bytes");
  EXPECT_NE(world.server.requests()[0].find("Content-Type: application/x-tar\r\n"), std::string::npos);
}

TEST(Image, ABuildStreamMayBeSplitAnywhere) {
  for (std::size_t at = 1; at < build_stream.size(); ++at) {
    JsonObjectSplitter objects;
    std::string text;
    const auto note = [&](const Json& object) {
      if (object.contains("stream")) text += object["stream"].get<std::string>();
    };
    objects.feed(build_stream.substr(0, at), note);
    objects.feed(build_stream.substr(at), note);
    EXPECT_EQ(text, "Step 1/2 : FROM base\na \"{\" brace\\\n\nlast");
    EXPECT_TRUE(objects.at_boundary());
  }
}

TEST(Image, ABuildThatFailsHasTheEnginesSentence) {
  ScriptedEngine world(
      {answer(
           200,
           R"({"stream":"Step\n"}{"errorDetail":{"code":1,"message":"returned a non-zero code: 1"},"error":"The )"
           R"(command '/bin/sh -c false' returned a non-zero code: 1"})"),
       answer(200, R"({"errorDetail":{"message":"only here"}})"), refusal(400, "dockerfile parse error")});
  Lines lines;
  EXPECT_STREQ(error_of(ErrorKind::failed, [&] { world.engine.build_image(simple, "x", lines.take); }).what(),
               "The command '/bin/sh -c false' returned a non-zero code: 1");
  EXPECT_EQ(lines.all, std::vector<std::string>{"Step"});
  EXPECT_STREQ(error_of(ErrorKind::failed, [&] { world.engine.build_image(simple, "x", lines.take); }).what(),
               "only here");
  EXPECT_STREQ(error_of(ErrorKind::failed, [&] { world.engine.build_image(simple, "x", lines.take); }).what(),
               "dockerfile parse error");
}

TEST(Image, ABuildStreamThatIsCutOrNotJsonIsAnError) {
  for (const char* body : {"{\"stream\":\"a", "<html>", "{]}", "[]", "{\"a\":}"}) {
    ScriptedEngine world({answer(200, body)});
    Lines lines;
    error_of(ErrorKind::engine_unreachable, [&] { world.engine.build_image(simple, "x", lines.take); });
  }
}

TEST(Image, WithoutAnIdInTheStreamTheTagIsAsked) {
  ScriptedEngine world({answer(200, R"({"stream":"ok\n"})"), answer(200, R"({"Id":"sha256:2"})"),
                        answer(200, R"({"stream":"ok\n"})"), refusal(404, "No such image")});
  Lines lines;
  EXPECT_EQ(world.engine.build_image(simple, "x", lines.take), "sha256:2");
  EXPECT_EQ(world.line(1), "GET /v1.41/images/t/json");
  error_of(ErrorKind::failed, [&] { world.engine.build_image(simple, "x", lines.take); });
}

TEST(Image, PullNamesOneTag) {
  const std::pair<const char*, const char*> cases[] = {
      {"debian", "fromImage=debian&tag=latest"},
      {"host:5000/a/b", "fromImage=host%3A5000%2Fa%2Fb&tag=latest"},
      {"host:5000/a/b:1", "fromImage=host%3A5000%2Fa%2Fb&tag=1"},
      {"a@sha256:0f", "fromImage=a&tag=sha256%3A0f"},
  };
  for (const auto& [reference, query] : cases) {
    ScriptedEngine world({answer(
        200, R"({"status":"Pulling","id":"1"}{"status":"Downloading","progress":"[=>"}{"status":"Done"})")});
    Lines lines;
    world.engine.pull_image(reference, lines.take);
    EXPECT_EQ(world.line(0), fmt::format("POST /v1.41/images/create?{}", query));
    EXPECT_EQ(lines.all, (std::vector<std::string>{"1: Pulling", "Done"}));
  }
}

TEST(Image, PullFailsInBothPlaces) {
  ScriptedEngine world(
      {refusal(404, "manifest unknown"), answer(200, R"({"error":"no route to registry"})")});
  Lines lines;
  EXPECT_STREQ(error_of(ErrorKind::failed, [&] { world.engine.pull_image("x", lines.take); }).what(),
               "manifest unknown");
  EXPECT_STREQ(error_of(ErrorKind::failed, [&] { world.engine.pull_image("x", lines.take); }).what(),
               "no route to registry");
}

TEST(Image, InspectAndRemove) {
  ScriptedEngine world(
      {answer(200, R"({"Id":"sha256:3","RepoTags":["r/n:t",null],"Config":{"Labels":{"a":"b"}},"Size":12})"),
       refusal(404, "no"), answer(200, "{}"), answer(200, "[]"), refusal(409, "in use"), refusal(404, "no")});
  const auto image = world.engine.inspect_image("r/n:t");
  ASSERT_TRUE(image);
  EXPECT_EQ(image->tags, std::vector<std::string>{"r/n:t"});
  EXPECT_EQ(image->labels, (Labels{{"a", "b"}}));
  EXPECT_EQ(image->size_bytes, 12);
  EXPECT_EQ(world.line(0), "GET /v1.41/images/r/n:t/json");
  EXPECT_FALSE(world.engine.inspect_image("x"));
  error_of(ErrorKind::engine_unreachable, [&] { world.engine.inspect_image("x"); });
  EXPECT_EQ(world.engine.remove_image("x"), Outcome::done);
  EXPECT_EQ(world.line(3), "DELETE /v1.41/images/x?force=0&noprune=0") << "an image in use has to be refused";
  EXPECT_EQ(world.engine.remove_image("x"), Outcome::conflict);
  EXPECT_EQ(world.engine.remove_image("x"), Outcome::unchanged);
}

}  // namespace
}  // namespace cai
