#include <set>

#include "cai/model/names.hpp"
#include "store_fixture.hpp"

namespace cai {
namespace {

class Workspaces : public StoreTest {};

const std::string awkward = "/src/\xff\xfe caf\xc3\xa9\n'\"\x01%_*";

bool same(const WorkspaceRow& a, const WorkspaceRow& b) {
  return a.id == b.id && a.engine == b.engine && a.key == b.key && a.repository == b.repository &&
         a.name == b.name && a.generation == b.generation && a.wanted == b.wanted && a.keep == b.keep &&
         a.choices == b.choices && a.volume == b.volume && a.volume_id == b.volume_id &&
         a.volume_confirmed == b.volume_confirmed && a.port == b.port && a.container == b.container &&
         a.converged_hash == b.converged_hash && a.created_at == b.created_at;
}

WorkspaceRow full_row() {
  WorkspaceRow row;
  row.id.value = "0123456789abcdef";
  row.engine.value = "engine-two";
  row.key = {awkward, "feature/\xc0\x80", "other"};
  row.repository = "\xff";
  row.name = "shop-cart";
  row.generation = 7;
  row.wanted = Wanted::stopped;
  row.keep = true;
  row.choices = {.template_name = "python",
                 .memory_bytes = std::int64_t{1} << 40,
                 .nano_cpus = 1'500'000'000,
                 .profile = Profile::system,
                 .volume = "team",
                 .environment = {{"A", ""}, {"B", "\xff\n=x"}, {"caf\xe9", "1"}}};
  row.volume = "team";
  row.volume_id = "fedcba9876543210";
  row.volume_confirmed = true;
  row.port = 2400;
  row.container.value = std::string(64, 'a');
  row.converged_hash = std::string(64, 'b');
  row.created_at = "2026-01-16T10:00:00Z";
  return row;
}

Choices only_environment(const std::string& variable, const std::string& value) {
  Choices choices;
  choices.environment[variable] = value;
  return choices;
}

TEST_F(Workspaces, EveryFieldComesBackAsItWentInWhateverTheBytes) {
  auto store = open();
  const auto row = full_row();
  ASSERT_TRUE(store.adopt(row));
  for (const auto& found :
       {store.find(row.engine, row.key), store.find(row.id), store.find_by_name(row.name)}) {
    ASSERT_TRUE(found);
    EXPECT_TRUE(same(*found, row));
  }
  auto other = row.key;
  other.root.back() = '+';
  EXPECT_FALSE(store.find(row.engine, other));
  EXPECT_EQ(raw().execAndGet("PRAGMA integrity_check").getString(), "ok");
}

TEST_F(Workspaces, AddGivesNameVolumeNonceAndLowestFreePort) {
  auto store = open();
  const auto first = add_named(store, new_workspace("shop"));
  EXPECT_EQ(first.name, "shop-main");
  EXPECT_EQ(first.volume, "shop-main-data");
  EXPECT_EQ(first.volume_id.size(), 16U);
  EXPECT_FALSE(first.volume_confirmed);
  EXPECT_EQ(first.port, 2300);
  EXPECT_EQ(first.generation, 1);
  EXPECT_EQ(first.wanted, Wanted::running);
  EXPECT_EQ(first.created_at.substr(0, 10), "2026-01-16");
  EXPECT_TRUE(same(*store.find(first.id), first));

  const auto second =
      store.add(new_workspace("shop", "b"), named("shop-b"), [](int port) { return port > 2302; });
  EXPECT_EQ(second.port, 2303);
  EXPECT_NE(second.volume_id, first.volume_id);
  store.forget(first.id);
  EXPECT_EQ(add_named(store, new_workspace("third")).port, 2300);
}

TEST_F(Workspaces, AddOfAKnownKeyReturnsItsRowAndAsksNothing) {
  auto store = open();
  const auto first = add_named(store, new_workspace("shop"));
  auto again = new_workspace("shop");
  again.id.value = "ffffffffffffffff";
  const auto row = store.add(
      again, [](const auto&) -> std::string { throw std::logic_error("asked for a name"); },
      [](int) -> bool { throw std::logic_error("asked for a port"); });
  EXPECT_TRUE(same(row, first));
}

TEST_F(Workspaces, AddTakesAChosenVolumeWithoutANonceAndASuffix) {
  auto store = open();
  auto chosen = new_workspace("a");
  chosen.volume = "team-credentials";
  const auto row = add_named(store, chosen);
  EXPECT_EQ(row.volume, "team-credentials");
  EXPECT_EQ(row.volume_id, "");
  auto suffixed = new_workspace("b");
  suffixed.volume_suffix = "-1f2e";
  EXPECT_EQ(add_named(store, suffixed).volume, "b-main-data-1f2e");
}

TEST_F(Workspaces, AddLetsTheNameBeChosenAmongTheFreeOnes) {
  auto store = open();
  const auto choose = [](const NewWorkspace& workspace) {
    return [&workspace](const std::function<bool(const std::string&)>& is_taken) {
      return choose_workspace_name(workspace.repository, workspace.key.branch, workspace.key.text(),
                                   is_taken);
    };
  };
  const auto one = new_workspace("shop");
  auto two = new_workspace("shop");
  two.id.value = "1111111111111111";
  two.key.root = "/elsewhere/shop";
  EXPECT_EQ(store.add(one, choose(one), any_port).name, "shop-main");
  const auto name = store.add(two, choose(two), any_port).name;
  EXPECT_EQ(name.substr(0, 10), "shop-main-");
  EXPECT_EQ(name.size(), 14U);
}

TEST_F(Workspaces, AddRefusesANameOfAnotherWorkspaceAndLeavesNothing) {
  auto store = open();
  add_named(store, new_workspace("shop"));
  const auto error = error_of([&] { store.add(new_workspace("other"), named("shop-main"), any_port); });
  EXPECT_EQ(error.kind(), ErrorKind::refused);
  EXPECT_TRUE(mentions(error, "/src/shop"));
  EXPECT_EQ(store.workspaces().size(), 1U);
}

TEST_F(Workspaces, AddRefusesWhenEveryPortIsTakenAndNamesTheHolders) {
  auto store = open();
  auto workspace = new_workspace("shop");
  workspace.ports = {2300, 2301};
  add_named(store, workspace);
  auto other = new_workspace("other");
  other.ports = {2300, 2301};
  const auto error =
      error_of([&] { store.add(other, named("other-main"), [](int port) { return port != 2301; }); });
  EXPECT_EQ(error.kind(), ErrorKind::refused);
  EXPECT_TRUE(mentions(error, "2300 shop-main"));
  EXPECT_TRUE(mentions(error, "from 2300 to 2301"));
  EXPECT_EQ(store.workspaces().size(), 1U);
}

TEST_F(Workspaces, AddIsUndoneWhenACallbackThrows) {
  auto store = open();
  EXPECT_THROW(
      store.add(new_workspace("shop"), named("shop"), [](int) -> bool { throw std::runtime_error("x"); }),
      std::runtime_error);
  EXPECT_TRUE(store.workspaces().empty());
  EXPECT_EQ(add_named(store, new_workspace("shop")).port, 2300);
}

TEST_F(Workspaces, AreOrderedByName) {
  auto store = open();
  for (const auto* name : {"zebra", "ant", "m"}) add_named(store, new_workspace(name));
  std::vector<std::string> names;
  for (const auto& row : store.workspaces()) names.push_back(row.name);
  EXPECT_EQ(names, (std::vector<std::string>{"ant-main", "m-main", "zebra-main"}));
}

TEST_F(Workspaces, AdoptGivesWayToAnyRowWithTheSameIdNamePortOrKey) {
  auto store = open();
  const auto row = full_row();
  ASSERT_TRUE(store.adopt(row));
  auto free = row;
  free.id.value = "1111111111111111";
  free.name = "other";
  free.port = 2401;
  free.key.variant = "x";
  const auto with = [&](auto change) {
    auto changed = free;
    change(changed);
    changed.choices.environment = {{"STRAY", "1"}};
    return store.adopt(changed);
  };
  EXPECT_FALSE(with([&](auto& other) { other.id = row.id; }));
  EXPECT_FALSE(with([&](auto& other) { other.name = row.name; }));
  EXPECT_FALSE(with([&](auto& other) { other.port = row.port; }));
  EXPECT_FALSE(with([&](auto& other) { other.key = row.key; }));
  EXPECT_TRUE(same(*store.find(row.id), row));
  EXPECT_TRUE(store.adopt(free));
}

TEST_F(Workspaces, AdoptRefusesRowsThatForgedLabelsCouldGive) {
  auto store = open();
  const auto forged = [&](auto change) {
    auto row = full_row();
    change(row);
    return store.adopt(row);
  };
  EXPECT_FALSE(forged([](auto& row) { row.id.value = "short"; }));
  EXPECT_FALSE(forged([](auto& row) { row.generation = 0; }));
  EXPECT_FALSE(forged([](auto& row) { row.port = 70000; }));
  EXPECT_FALSE(forged([](auto& row) { row.key.root.clear(); }));
  EXPECT_FALSE(forged([](auto& row) { row.volume.clear(); }));
  EXPECT_FALSE(forged([](auto& row) { row.container.value = "shop"; }));
  EXPECT_TRUE(store.workspaces().empty());
  EXPECT_TRUE(forged([](auto&) {}));
}

TEST_F(Workspaces, WishesChangeOnlyTheirOwnFields) {
  auto store = open();
  auto expected = add_named(store, new_workspace("shop"));
  const auto bystander = add_named(store, new_workspace("other"));
  const auto id = expected.id;
  const auto expect = [&] { EXPECT_TRUE(same(*store.find(id), expected)); };

  store.set_wanted(id, expected.wanted = Wanted::absent);
  expect();
  store.set_keep(id, expected.keep = true);
  expect();
  store.set_choices(id, expected.choices = full_row().choices);
  expect();
  store.set_choices(id, expected.choices = only_environment("ONLY", "one"));
  expect();
  store.set_generation(id, expected.generation = 5);
  expect();
  store.set_generation(id, 4);  // never back
  expect();
  store.confirm_volume(id);
  expected.volume_confirmed = true;
  expect();
  expected.container.value = std::string(64, 'c');
  store.set_converged(id, expected.container, expected.converged_hash = "hash");
  expect();
  store.adopt_volume(id, expected.volume_id = "0011223344556677");
  expect();
  EXPECT_TRUE(same(*store.find(bystander.id), bystander));
}

TEST_F(Workspaces, AWishForAForgottenWorkspaceIsAnError) {
  auto store = open();
  const WorkspaceId gone{"0123456789abcdef"};
  EXPECT_EQ(error_of([&] { store.set_keep(gone, true); }).kind(), ErrorKind::not_found);
  EXPECT_EQ(error_of([&] { store.replace_volume(gone, 2, "v"); }).kind(), ErrorKind::not_found);
  EXPECT_EQ(error_of([&] { store.replace_port(gone, 2, {}, any_port); }).kind(), ErrorKind::not_found);
  EXPECT_EQ(error_of([&] { store.set_choices(gone, only_environment("A", "b")); }).kind(),
            ErrorKind::not_found);
  EXPECT_TRUE(store.former_volumes().empty());
  EXPECT_NO_THROW(store.forget(gone));
}

TEST_F(Workspaces, ReplacePortTakesTheNextFreeOneAndNeverItsOwn) {
  auto store = open();
  const auto row = add_named(store, new_workspace("shop"));
  add_named(store, new_workspace("other"));
  EXPECT_EQ(store.replace_port(row.id, 2, {2300, 2310}, any_port), 2302);
  EXPECT_EQ(store.find(row.id)->port, 2302);
  EXPECT_EQ(store.find(row.id)->generation, 2);
  EXPECT_EQ(error_of([&] {
              store.replace_port(row.id, 3, {2301, 2302}, any_port);
            }).kind(),
            ErrorKind::refused);
  EXPECT_EQ(store.find(row.id)->generation, 2);
}

TEST_F(Workspaces, ReplaceVolumeRetiresTheOldOne) {
  auto store = open();
  const auto row = add_named(store, new_workspace("shop"));
  store.confirm_volume(row.id);
  store.replace_volume(row.id, 2, "shop-main-data-2");
  const auto now = *store.find(row.id);
  EXPECT_EQ(now.volume, "shop-main-data-2");
  EXPECT_EQ(now.generation, 2);
  EXPECT_EQ(now.volume_id.size(), 16U);
  EXPECT_NE(now.volume_id, row.volume_id);
  EXPECT_FALSE(now.volume_confirmed);
  const auto former = store.former_volumes();
  ASSERT_EQ(former.size(), 1U);
  EXPECT_EQ(former[0].volume, "shop-main-data");
  EXPECT_EQ(former[0].workspace, row.id);
  EXPECT_EQ(former[0].workspace_name, "shop-main");
  EXPECT_EQ(former[0].retired_at.substr(0, 10), "2026-01-16");
}

TEST_F(Workspaces, ReplaceVolumeIsAllOrNothing) {
  auto store = open();
  const auto row = add_named(store, new_workspace("shop"));
  const auto error = error_of([&] { store.replace_volume(row.id, 2, ""); });  // the schema wants a name
  EXPECT_EQ(error.kind(), ErrorKind::failed);
  EXPECT_TRUE(same(*store.find(row.id), row));
  EXPECT_TRUE(store.former_volumes().empty());
  EXPECT_EQ(raw().execAndGet("SELECT count(*) FROM former_volumes").getInt(), 0);
}

TEST_F(Workspaces, ForgetRetiresTheVolumeAndFreesNamePortAndKey) {
  auto store = open();
  auto workspace = new_workspace("shop");
  workspace.choices.environment = {{"A", "b"}};
  const auto row = add_named(store, workspace);
  store.forget(row.id);
  EXPECT_FALSE(store.find(row.id));
  ASSERT_EQ(store.former_volumes().size(), 1U);
  EXPECT_EQ(raw().execAndGet("SELECT count(*) FROM workspace_environment").getInt(), 0);
  store.forget(row.id);
  EXPECT_EQ(store.former_volumes().size(), 1U);

  workspace.choices.environment.clear();
  const auto again = add_named(store, workspace);
  EXPECT_EQ(again.port, row.port);
  EXPECT_TRUE(again.choices.environment.empty());
}

TEST_F(Workspaces, AVolumeInUseIsNeverListedAsFormer) {
  auto store = open();
  const auto row = add_named(store, new_workspace("shop"));
  store.forget(row.id);
  add_named(store, new_workspace("shop"));  // uses the volume of the same name again
  EXPECT_TRUE(store.former_volumes().empty());
  store.forget(row.id);
  EXPECT_EQ(store.former_volumes().size(), 1U);

  auto one = new_workspace("one");
  auto two = new_workspace("two");
  one.volume = two.volume = "team";
  add_named(store, one);
  add_named(store, two);
  store.forget(one.id);
  EXPECT_EQ(store.former_volumes().size(), 1U);
  store.forget(two.id);
  // "team" is counted from the last workspace that had it: its age is what gc goes by.
  ASSERT_EQ(store.former_volumes().size(), 2U);
  EXPECT_EQ(store.former_volumes()[1].workspace_name, "two-main");
}

TEST_F(Workspaces, OfAnotherEngineAreOthers) {
  auto store = open();
  const auto row = add_named(store, new_workspace("shop"));
  EXPECT_FALSE(store.find(EngineId{"engine-two"}, row.key));
  auto other = new_workspace("shop");
  other.engine.value = "engine-two";
  other.id.value = "2222222222222222";
  EXPECT_EQ(store.add(other, named("shop-main-2"), any_port).port, 2301);
}

}  // namespace
}  // namespace cai
