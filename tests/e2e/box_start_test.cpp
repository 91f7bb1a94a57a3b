// How a box comes to life: what its own program reads, and what becomes of it later.
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "e2e/box_fixture.hpp"

namespace cai::e2e {
namespace {

TEST_F(Box, VariablesArriveByteForByte) {
  // Quotes, what ends a here-document, bytes that shells use for themselves, and more than a pipe holds.
  const std::string odd = "it's \"odd\" $HOME `id` \\\nEOF\n)\nexit 1\n\u0401\u0102\u201c\x7f\x01!";
  world_.environment["ODD_API_KEY"] = odd;
  world_.environment["LARGE_API_KEY"] = std::string(100'000, 'x');
  must_create();
  EXPECT_EQ(exec("printf %s \"$ODD_API_KEY\"")["stdout"], odd);
  EXPECT_EQ(output("printf %s \"$LARGE_API_KEY\" | wc -c"), "100000");
}

TEST_F(Box, NothingOfThePreparationStays) {
  world_.environment["X_API_KEY"] = "hidden-passed-value";
  must_create();
  // What is left is the init of the engine, the loop and what it sleeps with; the shell ends once its input
  // has.
  const auto shell_runs = [this] {
    return world_.docker({"top", name_, "-eo", "pid,args"}).out.find("/bin/sh\n") != std::string::npos;
  };
  for (int i = 0; i < 100 && shell_runs(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_FALSE(shell_runs());
  const auto seen = world_.docker({"logs", name_}).out + full_inspect(name_);
  EXPECT_EQ(seen.find("hidden-"), std::string::npos);
  EXPECT_EQ(output("ls /tmp /run/cai/env.new 2>/dev/null"), "/tmp:");
}

TEST_F(Box, OneThatIsStartedAgainByHandWorks) {
  must_create({{"persistent", true}});
  output("echo kept > ~/kept");
  ASSERT_EQ(world_.docker({"restart", "-t", "5", name_}).code, 0);
  EXPECT_EQ(exec("cat ~/kept && touch /workspace/new && id -u")["stdout"],
            "kept\n" + std::to_string(world_.uid()) + "\n");
  EXPECT_EQ(call({{"operation", "status"}, {"container", name_}, {"health_check", true}})["running"], true);
}

TEST_F(Box, AnImageWithoutAShellIsNamedAndLeavesNothing) {
  write_text(tools_ / "empty/Dockerfile", "FROM scratch\nCOPY Dockerfile /nothing\n");
  const std::string image = "cai-e2e-empty-" + name_;
  ASSERT_EQ(world_.docker({"build", "-q", "-t", image, (tools_ / "empty").string()}).code, 0);
  const Json made = create({{"image", image}});
  world_.docker({"rmi", image});
  EXPECT_NE(made.value("error", "").find("/bin/sh"), std::string::npos) << made;
  EXPECT_FALSE(exists(name_));
}

TEST_F(Box, AShellThatEndsAtOnceIsAnErrorWithItsLastWords) {
  write_text(tools_ / "ends/Dockerfile",
             std::string("FROM ") + plain_image +
                 "\nRUN printf '#!/bin/bash\\necho no today\\n' > /bin/no && chmod "
                 "+x /bin/no && ln -sf no /bin/sh\n");
  const std::string image = "cai-e2e-ends-" + name_;
  ASSERT_EQ(world_.docker({"build", "-q", "-t", image, (tools_ / "ends").string()}).code, 0);
  const Json made = create({{"image", image}});
  world_.docker({"rmi", image});
  EXPECT_NE(made.value("error", "").find("the box ended at once: no today"), std::string::npos) << made;
  EXPECT_NE(made.value("guidance", "").find("name another image"), std::string::npos) << made;
  EXPECT_FALSE(exists(name_));
}

}  // namespace
}  // namespace cai::e2e
