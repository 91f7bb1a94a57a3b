#include "cai/collect/judge.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace cai::test {
namespace {

using namespace std::chrono_literals;

ContainerFacts old_and_ours() {
  ContainerFacts facts;
  facts.managed = true;
  facts.owner = Owner::ours;
  facts.state = ContainerState::exited;
  facts.age = AgeRange{48h, 48h};
  return facts;
}

ContainerFacts any_facts() {
  ContainerFacts facts;
  facts.managed = *rc::gen::arbitrary<bool>();
  facts.owner = *rc::gen::element(Owner::ours, Owner::nobody, Owner::other);
  facts.state =
      static_cast<ContainerState>(*rc::gen::inRange(0, static_cast<int>(ContainerState::unknown) + 1));
  facts.kept = *rc::gen::arbitrary<bool>();
  facts.attended = *rc::gen::arbitrary<bool>();
  if (*rc::gen::arbitrary<bool>()) {
    const auto least = std::chrono::seconds(*rc::gen::inRange(0, 1'000'000));
    facts.age = AgeRange{least, least + std::chrono::seconds(*rc::gen::inRange(0, 100'000))};
  }
  return facts;
}

TEST(Judge, WhatIsOldAndOursMayGo) {
  EXPECT_EQ(judge(old_and_ours(), 24h), Verdict::collect);
  EXPECT_EQ(judge(old_and_ours(), 48h), Verdict::collect);
  EXPECT_EQ(judge(old_and_ours(), 49h), Verdict::too_young);
  auto nobodys = old_and_ours();
  nobodys.owner = Owner::nobody;
  EXPECT_EQ(judge(nobodys, 24h), Verdict::collect);
}

TEST(Judge, ARangeThatDoesNotDecideIsUnknown) {
  auto facts = old_and_ours();
  facts.age = AgeRange{24h, 72h};
  EXPECT_EQ(judge(facts, 24h), Verdict::collect);
  EXPECT_EQ(judge(facts, 48h), Verdict::age_unknown);
  EXPECT_EQ(judge(facts, 72h), Verdict::age_unknown);
  EXPECT_EQ(judge(facts, 73h), Verdict::too_young);
  facts.age.reset();
  EXPECT_EQ(judge(facts, 1s), Verdict::age_unknown);
  EXPECT_EQ(judge(facts, 0s), Verdict::collect) << "nothing is younger than no age at all";
}

TEST(Judge, AFinishTimeInTheFutureIsAgeZero) {
  const Timestamp now{1000h};
  EXPECT_EQ(age_since(now + 500h, now), (AgeRange{0s, 0s}));
  EXPECT_EQ(age_since(now - 5h, now), (AgeRange{5h, 5h}));
}

RC_GTEST_PROP(JudgeProperties, NeverWhatIsNeededOrNotOurs, ()) {
  const auto facts = any_facts();
  const auto age = std::chrono::seconds(*rc::gen::inRange(0, 1'000'000));
  if (judge(facts, age) != Verdict::collect) return;
  RC_ASSERT(facts.managed);
  RC_ASSERT(facts.owner != Owner::other);
  RC_ASSERT(!facts.kept);
  RC_ASSERT(!facts.attended);
  RC_ASSERT(facts.state == ContainerState::created || facts.state == ContainerState::exited ||
            facts.state == ContainerState::dead);
  RC_ASSERT(age == 0s || facts.age->least >= age);
}

RC_GTEST_PROP(JudgeProperties, WhatMayGoStaysSoAsItAges, ()) {
  auto facts = any_facts();
  const auto age = std::chrono::seconds(*rc::gen::inRange(0, 1'000'000));
  if (judge(facts, age) != Verdict::collect || !facts.age) return;
  const auto more = std::chrono::seconds(*rc::gen::inRange(0, 1'000'000));
  facts.age = AgeRange{facts.age->least + more, facts.age->most + more};
  RC_ASSERT(judge(facts, age) == Verdict::collect);
}

RC_GTEST_PROP(JudgeProperties, ALongerAgeNeverCollectsMore, ()) {
  const auto facts = any_facts();
  const auto age = std::chrono::seconds(*rc::gen::inRange(1, 1'000'000));
  if (judge(facts, age) != Verdict::collect) return;
  RC_ASSERT(judge(facts, std::chrono::seconds(*rc::gen::inRange<std::int64_t>(0, age.count() + 1))) ==
            Verdict::collect);
}

/// What the engine writes for a duration: HumanDuration of github.com/docker/go-units 0.4.
std::string as_the_engine_writes(std::chrono::seconds duration) {
  const auto total = duration.count();
  const auto text = [](std::int64_t count, const std::string& unit) { return std::to_string(count) + unit; };
  if (total < 1) return "Less than a second";
  if (total == 1) return "1 second";
  if (total < 60) return text(total, " seconds");
  const auto minutes = total / 60;
  if (minutes == 1) return "About a minute";
  if (minutes < 60) return text(minutes, " minutes");
  const auto hours = (total + 1800) / 3600;
  if (hours == 1) return "About an hour";
  if (hours < 48) return text(hours, " hours");
  if (hours < 24 * 14) return text(hours / 24, " days");
  if (hours < 24 * 60) return text(hours / 24 / 7, " weeks");
  if (hours < 24 * 730) return text(hours / 24 / 30, " months");
  return text(total / 3600 / 24 / 365, " years");
}

RC_GTEST_PROP(StatusText, TheRangeHoldsTheTrueAge, ()) {
  const auto limit = *rc::gen::element(100, 10'000, 1'000'000, 100'000'000);
  const auto age = std::chrono::seconds(*rc::gen::inRange(0, limit));
  const auto range = age_from_status("Exited (137) " + as_the_engine_writes(age) + " ago");
  RC_ASSERT(range.has_value());
  RC_ASSERT(range->least <= age);
  RC_ASSERT(range->most >= age);
}

TEST(StatusText, AnythingElseIsNotUnderstood) {
  for (const char* text :
       {"", "Created", "Up 3 days", "Up 3 days (Paused)", "Exited (0)", "Exited (0) ago", "Exited (0) 3 ago",
        "Exited (0) three days ago", "Exited (0) 3 fortnights ago", "Exited (0) -3 days ago",
        "Exited (0) 99999999999999999999 days ago", "Exited (0) 3 days", "Dead", "Exited 3 days ago"}) {
    EXPECT_FALSE(age_from_status(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace cai::test
