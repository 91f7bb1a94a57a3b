// Networks, and images made of containers.
#include <algorithm>

#include "contract.hpp"

namespace cai {
namespace {

TEST_P(EngineContract, NetworkIsMadeOnceWithItsLabels) {
  const std::string net = name("net");
  EXPECT_FALSE(engine().inspect_network(net).has_value());
  EXPECT_EQ(engine().create_network(net, {{"whose", "ours"}}), Outcome::done);
  EXPECT_EQ(engine().create_network(net, {{"whose", "theirs"}}), Outcome::conflict);
  const auto seen = engine().inspect_network(net);
  ASSERT_TRUE(seen.has_value());
  EXPECT_EQ(seen->labels, (Labels{{"whose", "ours"}}));
  EXPECT_TRUE(seen->members.empty());
  EXPECT_FALSE(engine().inspect_network(seen->id).has_value()) << "only a name names a network";
  EXPECT_EQ(engine().remove_network(seen->id), Outcome::done);
  EXPECT_EQ(engine().remove_network(seen->id), Outcome::unchanged);
}

TEST_P(EngineContract, NetworkInUseIsNotRemoved) {
  const std::string net = name("used-net");
  ASSERT_EQ(engine().create_network(net, {}), Outcome::done);
  auto wanted = request();
  wanted.network = net;
  const ContainerId member = run("member", wanted);
  const auto seen = engine().inspect_network(net).value();
  EXPECT_EQ(seen.members, std::vector<std::string>{name("member")});
  EXPECT_EQ(engine().remove_network(seen.id), Outcome::conflict);
  engine().stop_container(member, 0);
  EXPECT_EQ(engine().remove_container(member), Outcome::done);
  EXPECT_EQ(engine().remove_network(seen.id), Outcome::done);
}

TEST_P(EngineContract, CommitMakesAnImageWithBlankedLabels) {
  auto wanted = request();
  wanted.labels["secret"] = "value";
  const ContainerId id = run("source", wanted);
  const std::string saved = tag("saved");
  const auto made = engine().commit_container(id, saved, {"LABEL secret=\"\"", "LABEL role=\"snapshot\""});
  ASSERT_TRUE(made.has_value());
  const auto image = engine().inspect_image(saved);
  ASSERT_TRUE(image.has_value());
  EXPECT_EQ(image->id, *made);
  EXPECT_EQ(image->labels.at("secret"), "");
  EXPECT_EQ(image->labels.at("role"), "snapshot");
  EXPECT_EQ(engine().commit_container(nobody(), tag("none"), {}), std::nullopt);
}

}  // namespace
}  // namespace cai
