#include "cai/base/text.hpp"
#include "store_fixture.hpp"

namespace cai {
namespace {

class Journal : public StoreTest {};
class Engines : public StoreTest {};
class Trust : public StoreTest {};

TEST_F(Journal, BeginIsCommittedBeforeEnd) {
  auto store = open();
  const auto id = store.journal_begin("0123456789ab", "shop-main", "create container");
  const auto seen = open(Store::Mode::read_only).journal(10, std::nullopt);
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].id, id);
  EXPECT_EQ(seen[0].operation, "0123456789ab");
  EXPECT_EQ(seen[0].workspace, "shop-main");
  EXPECT_EQ(seen[0].step, "create container");
  EXPECT_FALSE(seen[0].started_at.empty());
  EXPECT_EQ(seen[0].finished_at, "");
  EXPECT_EQ(seen[0].outcome, "");

  store.journal_end(id, "failed", "no \xff space");
  const auto ended = store.journal(10, std::nullopt);
  EXPECT_GT(ended[0].finished_at, ended[0].started_at);
  EXPECT_EQ(ended[0].outcome, "failed");
  EXPECT_EQ(ended[0].message, "no \xff space");
}

TEST_F(Journal, NewestLastLimitedAndByWorkspace) {
  auto store = open();
  for (int number = 0; number < 6; ++number) {
    store.journal_begin("0123456789ab", number % 2 == 0 ? "even" : "odd", "step " + std::to_string(number));
  }
  const auto steps = [](const std::vector<JournalEntry>& entries) {
    std::string text;
    for (const auto& entry : entries) text += entry.step.substr(5);
    return text;
  };
  EXPECT_EQ(steps(store.journal(100, std::nullopt)), "012345");
  EXPECT_EQ(steps(store.journal(2, std::nullopt)), "45");
  EXPECT_EQ(steps(store.journal(2, "even")), "24");
  EXPECT_EQ(steps(store.journal(2, "none")), "");
  EXPECT_EQ(steps(store.journal(0, std::nullopt)), "");
}

TEST_F(Journal, AcceptsOnlyTheOutcomesThatHaveAName) {
  auto store = open();
  const auto id = store.journal_begin("0123456789ab", "shop", "step");
  for (const auto* outcome : {"done", "unchanged", "conflict", "missing", "failed"}) {
    store.journal_end(id, outcome, "");
    EXPECT_EQ(store.journal(1, std::nullopt)[0].outcome, outcome);
  }
  EXPECT_EQ(error_of([&] { store.journal_end(id, "fine", ""); }).kind(), ErrorKind::failed);
}

TEST_F(Journal, KeepsTheNewestTenThousand) {
  auto store = open();
  store.journal_begin("0123456789ab", "shop", "the first");
  raw().exec(
      "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) INSERT INTO journal "
      "(id, "
      "operation, workspace, step, started_at) SELECT i, '0', 'shop', 'filler', '' FROM n");
  EXPECT_EQ(store.journal(20000, std::nullopt).size(), 10000U);
  EXPECT_EQ(store.journal(20000, std::nullopt).front().step, "the first");
  const auto id = store.journal_begin("0123456789ab", "shop", "the last");
  const auto kept = store.journal(20000, std::nullopt);
  EXPECT_EQ(kept.size(), 10000U);
  EXPECT_EQ(kept.front().id, 2);
  EXPECT_EQ(kept.back().id, id);
  EXPECT_NO_THROW(store.journal_end(1, "done", ""));
}

TEST_F(Engines, AreRememberedByEndpoint) {
  auto store = open();
  const std::string endpoint = "unix:///run/\xff.sock";
  EXPECT_FALSE(store.known_engine(endpoint));
  store.remember_engine(endpoint, {{"engine-one"}, "1.41"});
  store.remember_engine("unix:///other", {{"engine-two"}, "1.47"});
  store.remember_engine(endpoint, {{"engine-three"}, "1.43"});
  EXPECT_EQ(store.known_engine(endpoint)->id.value, "engine-three");
  EXPECT_EQ(store.known_engine(endpoint)->api_version, "1.43");
  EXPECT_EQ(store.known_engine("unix:///other")->id.value, "engine-two");
}

TEST_F(Trust, IsOfOneContentOfOnePath) {
  auto store = open();
  const auto first = sha256_hex("first");
  const auto second = sha256_hex("second");
  EXPECT_FALSE(store.is_trusted("/a", first));
  store.trust("/a", first);
  EXPECT_TRUE(store.is_trusted("/a", first));
  EXPECT_FALSE(store.is_trusted("/a", second));
  EXPECT_FALSE(store.is_trusted("/b", first));
  store.trust("/a", second);
  EXPECT_TRUE(store.is_trusted("/a", second));
  EXPECT_FALSE(store.is_trusted("/a", first)) << "what was replaced must be approved again";
  EXPECT_EQ(error_of([&] { store.trust("/a", "not a hash"); }).kind(), ErrorKind::failed);
}

}  // namespace
}  // namespace cai
