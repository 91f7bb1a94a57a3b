#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <stdexcept>

#include "cai/model/labels.hpp"

namespace cai {
namespace {

std::string few_names() {
  return *rc::gen::element<std::string>("", "a", "b", "c", "containai.managed", "containai.kind");
}

/// One change, made to both.
void change(Labels& labels, std::map<std::string, std::string>& expected) {
  const auto name = few_names();
  const auto value = *rc::gen::element<std::string>("", "1", "2");
  switch (*rc::gen::inRange(0, 4)) {
    case 0:
      labels[name] = value;
      expected[name] = value;
      break;
    case 1:
      labels.insert_or_assign(name, value);
      expected.insert_or_assign(name, value);
      break;
    case 2:
      labels.try_emplace(name, value);
      expected.try_emplace(name, value);
      break;
    default:
      labels.erase(name);
      expected.erase(name);
  }
}

RC_GTEST_PROP(Labels, AreWhatAMapWouldBe, ()) {
  Labels labels;
  std::map<std::string, std::string> expected;
  const auto changes = *rc::gen::inRange(0, 20);
  for (int i = 0; i < changes; ++i) change(labels, expected);
  RC_ASSERT(labels.size() == expected.size());
  RC_ASSERT(labels.empty() == expected.empty());
  RC_ASSERT(std::equal(labels.begin(), labels.end(), expected.begin(), expected.end(),
                       [](const auto& one, const auto& other) {
                         return one.first == other.first && one.second == other.second;
                       }));
  const auto name = few_names();
  RC_ASSERT(labels.contains(name) == expected.contains(name));
  RC_ASSERT(label_or_empty(labels, name) == (expected.contains(name) ? expected.at(name) : ""));
  if (expected.contains(name)) {
    RC_ASSERT(labels.at(name) == expected.at(name));
  } else {
    RC_ASSERT_THROWS_AS(static_cast<void>(labels.at(name)), std::out_of_range);
  }
}

TEST(Labels, OfANameThatIsWrittenTwiceTheFirstCounts) {
  const Labels labels{{"b", "1"}, {"a", "2"}, {"b", "3"}};
  EXPECT_EQ(labels, (Labels{{"a", "2"}, {"b", "1"}}));
}

}  // namespace
}  // namespace cai
