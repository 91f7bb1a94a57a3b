// What an agent tells a person: the client that the engine really has.
#include <gtest/gtest.h>

#include "cai/agent/agent.hpp"
#include "support/fake_engine.hpp"

namespace cai {
namespace {

/// A box on an engine of this name, and the hint for it.
std::string hint_on(const std::string& engine_name) {
  const InstanceId instance{"0123456789abcdef"};
  BoxHouse house;
  house.instance = instance;
  house.connect = [&]() -> std::unique_ptr<Engine> {
    auto engine = std::make_unique<FakeEngine>();
    engine->identity.product.name = engine_name;
    engine->add_image("image");
    ContainerRequest request;
    request.image = "image";
    request.labels = {{label::managed, "true"},
                      {label::kind, "box"},
                      {label::instance, instance.value},
                      {label::box_user, "1000:1000"},
                      {label::workdir, "/"}};
    engine->start_container(engine->create_container("mine", request).id);
    return engine;
  };
  BoxSession session(std::move(house), {.agent = true, .allowed = {}});
  const Json result = session.call({{"operation", "exec_interactive_hint"}, {"container", "mine"}}, {});
  return result.value("command", result.dump());
}

TEST(Hint, NamesTheClientOfTheEngine) {
  EXPECT_EQ(hint_on("Docker Engine"), "docker exec -it --user 1000:1000 mine /bin/sh");
  EXPECT_EQ(hint_on("Podman"), "podman exec -it --user 1000:1000 mine /bin/sh");
}

}  // namespace
}  // namespace cai
