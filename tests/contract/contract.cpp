#include "contract.hpp"

#include <unistd.h>

#include <chrono>
#include <thread>

namespace cai {

void EngineContract::SetUp() {
  prefix_ = "cai-contract-" + std::to_string(::getpid()) + "-";
  try {
    world_ = GetParam() == "fake" ? make_fake_world(test_image()) : make_real_world(test_image());
  } catch (const std::runtime_error& error) {
    FAIL() << error.what();
  }
}

void EngineContract::TearDown() {
  if (!world_) return;
  remove_containers();
  for (const auto& name : volumes_) EXPECT_NE(engine().remove_volume(name), Outcome::conflict) << name;
  for (const auto& tag : tags_) EXPECT_NE(engine().remove_image(tag), Outcome::conflict) << tag;
}

void EngineContract::remove_containers() {
  for (const auto& container : engine().list_containers({{{test_label, prefix_}}, {}})) {
    if (container.state == ContainerState::paused) engine().unpause_container(container.id);
    engine().stop_container(container.id, 0);
    EXPECT_EQ(engine().remove_container(container.id), Outcome::done) << container.name;
  }
}

std::string EngineContract::volume(const std::string& suffix) {
  volumes_.push_back(name(suffix));
  return volumes_.back();
}

std::string EngineContract::tag(const std::string& suffix) {
  tags_.push_back(name(suffix) + ":1");
  return tags_.back();
}

ContainerRequest EngineContract::request() const {
  ContainerRequest wanted;
  wanted.image = test_image();
  wanted.command = {"sleep", "600"};
  wanted.labels = {{test_label, prefix_}};
  wanted.engine_init = true;
  return wanted;
}

ContainerId EngineContract::create(const std::string& suffix, const ContainerRequest& wanted) {
  const CreateResult result = engine().create_container(name(suffix), wanted);
  EXPECT_EQ(result.outcome, Outcome::done) << result.message;
  return result.id;
}

ContainerId EngineContract::run(const std::string& suffix, const ContainerRequest& wanted) {
  const ContainerId id = create(suffix, wanted);
  const StartResult result = engine().start_container(id);
  EXPECT_EQ(result.outcome, Outcome::done) << result.message;
  return id;
}

ContainerDetails EngineContract::inspect(const ContainerId& id) {
  const auto details = engine().inspect_container(id.value);
  EXPECT_TRUE(details.has_value()) << id.value;
  return details.value_or(ContainerDetails{});
}

ContainerDetails EngineContract::wait_until_exited(const ContainerId& id) {
  const Deadline deadline = Deadline::in(std::chrono::seconds(20));
  ContainerDetails details = inspect(id);
  while (details.container.state != ContainerState::exited && !deadline.expired()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    details = inspect(id);
  }
  EXPECT_EQ(details.container.state, ContainerState::exited);
  return details;
}

ExecResult EngineContract::execute(const ContainerId& id, const std::vector<std::string>& command) {
  const auto result = engine().execute(id, {command, {}, "", ""}, Deadline::in(std::chrono::seconds(20)));
  EXPECT_TRUE(result.has_value()) << "not running";
  return result.value_or(ExecResult{-1, "", ""});
}

Error error_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "nothing was thrown";
  return {ErrorKind::failed, ""};
}

namespace {
std::string name_of(const testing::TestParamInfo<std::string>& info) {
  return info.param;
}
}  // namespace

INSTANTIATE_TEST_SUITE_P(Engines, EngineContract, testing::Values("fake", "real"), name_of);

}  // namespace cai
