// What the reading operations return, held against schema/box-*.schema.json.
#include "schema/schema_checker.hpp"

#include <gtest/gtest.h>

#include "cai/agent/agent.hpp"
#include "cai/base/filesystem.hpp"
#include "cai/base/text.hpp"
#include "support/fake_engine.hpp"

namespace cai {
namespace {

std::unique_ptr<Engine> engine_with_a_box() {
  auto engine = std::make_unique<FakeEngine>();
  engine->add_image("image:1");
  ContainerRequest request;
  request.image = "image:1";
  request.loopback_ports = {{"80/tcp", 8080}};
  request.labels = {{label::managed, "true"},
                    {label::kind, "box"},
                    {label::instance, "0123456789abcdef"},
                    {label::box_user, "1:1"},
                    {label::purpose, "python"}};
  engine->start_container(engine->create_container("one", request).id);
  return engine;
}

void expect_fits(BoxSession& session, const Json& arguments, const std::string& name) {
  const auto file = std::filesystem::path(CAI_SOURCE_DIR) / "schema" / (name + ".schema.json");
  const Json result = session.call(arguments, {});
  EXPECT_FALSE(result.contains("error")) << result;
  EXPECT_EQ(join(schema_problems(parse_json(read_file(file).value()), parse_json(dump_json(result))), "\n"),
            "");
}

TEST(BoxSchemas, FitTheResults) {
  BoxHouse house;
  house.connect = engine_with_a_box;
  house.instance = {"0123456789abcdef"};
  BoxSession session(house, {});
  expect_fits(session, {{"operation", "list"}}, "box-list");
  expect_fits(session, {{"operation", "status"}, {"container", "one"}, {"health_check", true}}, "box-status");
  expect_fits(session, {{"operation", "exec_interactive_hint"}, {"container", "one"}}, "box-hint");
  expect_fits(session, {{"operation", "preflight"}}, "box-preflight");
  house.connect = []() -> std::unique_ptr<Engine> {
    throw Error(ErrorKind::engine_unreachable, "nobody answers");
  };
  BoxSession lonely(house, {});
  expect_fits(lonely, {{"operation", "preflight"}}, "box-preflight");
}

}  // namespace
}  // namespace cai
