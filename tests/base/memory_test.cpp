#include "cai/base/memory.hpp"

#include <gtest/gtest.h>

#include <string>

namespace cai {
namespace {

TEST(ReadyMemory, LessThanAPageIsLeft) {
  ready_memory(0);
  ready_memory(1);
  ready_memory(4095);
}

TEST(ReadyMemory, IsFreeForWhoAllocatesNext) {
  ready_memory(8U << 20U);
  const std::string text(4U << 20U, 'x');
  EXPECT_EQ(text.find_first_not_of('x'), std::string::npos);
}

}  // namespace
}  // namespace cai
