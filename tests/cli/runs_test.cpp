// Which run a word means.
#include <gtest/gtest.h>

#include "cai/base/error.hpp"
#include "cli/runs.hpp"

namespace cai {
namespace {

RunView run(const std::string& id, const std::string& name, bool has_container = false) {
  RunView view;
  view.row.id = {id};
  view.row.name = name;
  if (has_container) view.container.emplace();
  view.status = has_container ? "running" : "exited";
  return view;
}

std::string found(const std::vector<RunView>& runs, const std::string& word) {
  const auto run = find_run(runs, word);
  return run ? run->row.id.value : "";
}

TEST(FindRun, ByIdByItsBeginningAndByName) {
  const std::vector<RunView> runs = {run("aaaa1111", "nightly"), run("aaab2222", "other"),
                                     run("cccc3333", "aaaa1")};
  EXPECT_EQ(found(runs, "aaaa1111"), "aaaa1111");
  EXPECT_EQ(found(runs, "aaab"), "aaab2222");
  EXPECT_EQ(found(runs, "nightly"), "aaaa1111");
  EXPECT_EQ(found(runs, "aaaa1"), "cccc3333") << "a whole name before the beginning of an id";
  EXPECT_EQ(found(runs, "night"), "");
  EXPECT_EQ(found(runs, ""), "");
  EXPECT_EQ(found({}, "a"), "");
}

TEST(FindRun, AnAmbiguousWordNamesTheCandidates) {
  const std::vector<RunView> runs = {run("aaaa1111", "job"), run("aaab2222", "job"), run("cccc3333", "x")};
  for (const char* word : {"aaa", "job"}) {
    try {
      find_run(runs, word);
      ADD_FAILURE() << word;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::usage);
      ASSERT_EQ(error.hints().size(), 2U);
      EXPECT_NE(error.hints()[0].find("aaaa1111"), std::string::npos) << error.hints()[0];
      EXPECT_NE(error.hints()[1].find("aaab2222"), std::string::npos) << error.hints()[1];
    }
  }
}

TEST(FindRun, ANameMeansTheOneThatHasAContainer) {
  EXPECT_EQ(found({run("aaaa1111", "job"), run("aaab2222", "job", true)}, "job"), "aaab2222");
}

TEST(ListRuns, ShowsEveryContainerAndTheNewestOthers) {
  std::vector<RunView> runs;
  for (int i = 0; i < 30; ++i) runs.push_back(run("aaaa0" + std::to_string(100 + i), "r", i % 3 == 2));
  const auto shown = runs_to_list(runs);
  EXPECT_EQ(shown.size(), 20U);
  EXPECT_EQ(shown.back().row.id.value, "aaaa0129");
}

}  // namespace
}  // namespace cai
