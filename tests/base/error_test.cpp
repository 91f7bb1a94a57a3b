#include "cai/base/error.hpp"

#include <gtest/gtest.h>

namespace cai {
namespace {

TEST(Error, TellsEachThingThatWasBeingDoneOnce) {
  Error error(ErrorKind::failed, "apt-get failed");
  error.during("building image x").during("building template default").during("building image x");
  EXPECT_EQ(error.trail(), (std::vector<std::string>{"building image x", "building template default"}));
}

}  // namespace
}  // namespace cai
