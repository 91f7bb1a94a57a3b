#include "cai/collect/findings.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "cai/collect/health.hpp"

namespace cai::test {
namespace {

using namespace std::chrono_literals;

ContainerId id(char digit) {
  return {std::string(64, digit)};
}

ObservedContainer container(char digit, const std::string& name, ContainerState state,
                            const std::string& kind = "workspace") {
  ObservedContainer made;
  made.id = id(digit);
  made.name = name;
  made.state = state;
  made.state_text = std::string(to_string(state));
  made.labels = {{label::managed, "true"}, {label::instance, "1111111111111111"}, {label::kind, kind}};
  made.image_id = "sha256:used";
  if (state == ContainerState::exited) made.status_text = "Exited (0) 9 days ago";
  return made;
}

Inventory inventory(std::vector<ObservedContainer> containers) {
  Inventory made;
  made.instance = InstanceId{"1111111111111111"};
  made.now = Timestamp(24h * 1000);
  made.containers = std::move(containers);
  return made;
}

ImageDetails image(const std::string& id, std::vector<std::string> tags, const std::string& parent = "") {
  ImageDetails made;
  made.id = id;
  made.tags = std::move(tags);
  made.parent = parent;
  return made;
}

std::string names(const std::vector<Item>& items) {
  std::string text;
  for (const auto& item : items) text += std::string(to_string(item.kind)) + " " + item.name + "\n";
  return text;
}

std::string names(const std::vector<Spared>& spared) {
  std::string text;
  for (const auto& each : spared) text += each.name + ": " + each.why + "\n";
  return text;
}

TEST(Gc, SortsContainersByAgeStateAndOwner) {
  auto kept = container('c', "kept", ContainerState::exited);
  kept.labels[label::keep] = "true";
  auto foreign = container('d', "neighbour", ContainerState::exited);
  foreign.labels[label::instance] = "2222222222222222";
  auto by_hand = container('e', "by-hand", ContainerState::exited, "");
  by_hand.labels.erase(label::instance);
  auto stranger = container('f', "stranger", ContainerState::exited);
  stranger.labels = {};
  const auto found = find_for_gc(
      inventory({container('a', "old", ContainerState::exited),
                 container('b', "busy", ContainerState::running), kept, foreign, by_hand, stranger}),
      {.age = 7 * 24h});
  EXPECT_EQ(names(found.items), "workspace old\ncontainer by-hand\n");
  EXPECT_EQ(names(found.spared), "busy: running\nkept: kept\nneighbour: another installation's\n");
  EXPECT_TRUE(found.unsure.empty()) << "the listing decides";
}

TEST(Gc, AsksOnlyWhereTheListingDoesNotDecide) {
  auto all = inventory({container('a', "old", ContainerState::exited)});
  EXPECT_EQ(find_for_gc(all, {.age = 30 * 24h}).unsure.size(), 0U);
  const auto first = find_for_gc(all, {.age = 9 * 24h});
  EXPECT_EQ(first.unsure, std::vector<ContainerId>{id('a')});
  all.finished[id('a')] = all.now - 9 * 24h - 1min;
  EXPECT_EQ(names(find_for_gc(all, {.age = 9 * 24h}).items), "workspace old\n");
  all.finished.clear();
  all.not_looked_up[id('a')] = "the engine did not answer";
  const auto last = find_for_gc(all, {.age = 9 * 24h});
  EXPECT_EQ(names(last.spared), "old: the engine did not answer\n");
  EXPECT_TRUE(last.unsure.empty());
}

TEST(Gc, NeverStartedIsJudgedByItsCreation) {
  auto all = inventory({container('a', "made", ContainerState::created)});
  all.containers[0].created = all.now - 2h;
  EXPECT_EQ(find_for_gc(all, {.age = 1h}).items.at(0).why, "never started");
  EXPECT_EQ(names(find_for_gc(all, {.age = 3h}).spared), "made: too young\n");
  all.containers[0].created = all.now + 24h;
  EXPECT_EQ(names(find_for_gc(all, {.age = 1h}).spared), "made: too young\n");
}

TEST(Gc, TheStoresKeepCountsToo) {
  auto all = inventory({container('a', "old", ContainerState::exited)});
  all.containers[0].labels[label::workspace_id] = "aaaaaaaaaaaaaaaa";
  WorkspaceRow row;
  row.id = WorkspaceId{"aaaaaaaaaaaaaaaa"};
  row.keep = true;
  all.rows = {{row.id, row}};
  EXPECT_EQ(names(find_for_gc(all, {}).spared), "old: kept\n");
}

TEST(Health, ALineNamesAFewAndCountsTheRest) {
  const auto behind = [](std::vector<std::string> names) {
    HealthFacts facts;
    facts.behind = std::move(names);
    const auto lines = judge_health(inventory({}), facts);
    const auto line = std::ranges::find(lines, "cai --fresh", &HealthLine::mend);
    return line == lines.end() ? std::string() : line->text;
  };
  EXPECT_EQ(behind({}), "");
  EXPECT_EQ(behind({"a", "b", "c", "d", "e"}), "5 workspaces are behind: a, b, c, d, e");
  EXPECT_EQ(behind({"a", "b", "c", "d", "e", "f", "g"}), "7 workspaces are behind: a, b, c, d, e and 2 more");
}

TEST(Images, UsedByAnyContainerOrBuiltUponStay) {
  auto stranger = container('f', "stranger", ContainerState::exited);
  stranger.labels = {};
  stranger.image_id = "sha256:theirs";
  auto all = inventory({container('a', "old", ContainerState::exited), stranger});
  all.images = {image("sha256:used", {"containai:used", "second:tag"}, "sha256:step"),
                image("sha256:step", {}, "sha256:base"),
                image("sha256:base", {"containai:base"}),
                image("sha256:theirs", {"containai:theirs"}),
                image("sha256:parent", {"containai:parent"}),
                image("sha256:child", {"other:child"}, "sha256:parent"),
                image("sha256:free", {"containai:free", "ghcr.io/containai/free:1", "mine:free"}),
                image("sha256:foreign", {"debian:12"})};
  const auto found = find_for_gc(all, {.age = 30 * 24h, .images = true});
  EXPECT_EQ(names(found.items), "image containai:free\nimage ghcr.io/containai/free:1\n");
  EXPECT_EQ(
      names(found.spared),
      "old: too young\ncontainai:base: a container uses it\ncontainai:parent: another image is built on it\n"
      "containai:theirs: a container uses it\ncontainai:used: a container uses it\n");
}

TEST(Images, SnapshotsAreSomebodysWork) {
  auto all = inventory({});
  all.images = {image("sha256:1", {"containai:snap-11111111-mine"}), image("sha256:2", {})};
  for (auto& each : all.images) each.labels[label::image_role] = "snapshot";
  for (const auto& found : {find_for_gc(all, {.age = 0s, .images = true}), find_for_clean(all, {})}) {
    EXPECT_EQ(names(found.items), "");
    EXPECT_EQ(names(found.spared),
              "containai:snap-11111111-mine: a snapshot; `cai box delete-snapshot` removes it\n");
  }
}

TEST(Volumes, OnlyFormerOnesOfOursThatNobodyUses) {
  auto user = container('a', "user", ContainerState::exited);
  user.volumes = {"in-use"};
  auto all = inventory({user});
  const auto old = format_rfc3339(all.now - 24h * 40);
  const auto former = [&](const std::string& name, const std::string& retired) {
    all.former_volumes.push_back(
        {.volume = name, .engine = {}, .workspace = {}, .workspace_name = "myapp", .retired_at = retired});
    all.volumes.push_back({.name = name, .labels = {{label::instance, "1111111111111111"}}});
  };
  former("a", old);
  former("b", format_rfc3339(all.now - 24h));
  former("in-use", old);
  former("theirs", old);
  all.volumes.back().labels[label::instance] = "2222222222222222";
  former("gone", old);
  all.volumes.pop_back();
  all.volumes.push_back({.name = "current", .labels = {{label::instance, "1111111111111111"}}});
  const auto found = find_for_gc(all, {.age = 30 * 24h, .volumes = true});
  EXPECT_EQ(names(found.items), "volume a\n");
  EXPECT_EQ(names(found.spared),
            "user: too young\nb: too young\nin-use: a container uses it\ntheirs: another installation's\n");
  EXPECT_TRUE(find_for_gc(all, {.age = 30 * 24h}).items.empty());
  all.volumes.front().created = all.now - 24h;
  EXPECT_TRUE(find_for_gc(all, {.age = 30 * 24h, .volumes = true}).items.empty())
      << "it was retired by a clock that was behind";
}

TEST(Clean, KeptRunsMayGoAndWorkspacesOnlyWhenAsked) {
  auto run = container('b', "run", ContainerState::exited, "run");
  run.labels[label::keep] = "true";
  auto living = container('c', "living", ContainerState::created, "run");
  auto all = inventory({container('a', "stopped", ContainerState::exited), run, living,
                        container('d', "box", ContainerState::running, "box")});
  all.attended = {id('c')};
  const auto found = find_for_clean(all, {});
  EXPECT_EQ(names(found.items), "run run\n");
  EXPECT_EQ(names(found.spared),
            "stopped: stopped; --workspaces removes it\nliving: its cai is still at work\nbox: running\n");
  EXPECT_EQ(names(find_for_clean(all, {.workspaces = true}).items), "workspace stopped\nrun run\n");
}

TEST(Clean, ANetworkOfAStoppedContainerStays) {
  auto member = container('a', "stopped", ContainerState::exited);
  member.networks = {"used"};
  auto all = inventory({member});
  const Labels ours = {{label::managed, "true"}, {label::instance, "1111111111111111"}};
  all.networks = {{.id = "1", .name = "used", .labels = ours, .driver = "bridge"},
                  {.id = "2", .name = "empty", .labels = ours, .driver = "bridge"}};
  const auto found = find_for_clean(all, {});
  EXPECT_EQ(names(found.items), "network empty\n");
}

}  // namespace
}  // namespace cai::test
