#include "cai/model/names.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "cai/base/text.hpp"

namespace cai {
namespace {

TEST(WorkspaceName, IsRepositoryAndBranchLeaf) {
  EXPECT_EQ(workspace_name("myapp", "feature/auth"), "myapp-auth");
  EXPECT_EQ(workspace_name("myapp", "main"), "myapp-main");
  EXPECT_EQ(workspace_name("myapp", "a/b/c"), "myapp-c");
  EXPECT_EQ(workspace_name("myapp", "detached"), "myapp-detached");
  EXPECT_EQ(workspace_name("myapp", "nogit"), "myapp-nogit");
}

TEST(WorkspaceName, DeletesForeignBytes) {
  EXPECT_EQ(workspace_name("My_App.2", "Fix/Issue #12"), "myapp2-issue12");
  EXPECT_EQ(workspace_name("größe", "日本x"), "gre-x");
  EXPECT_EQ(workspace_name("$(touch x)", "a\"b"), "touchx-ab");
  EXPECT_EQ(workspace_name("a\nb", std::string("c\0d", 3)), "ab-cd");
}

TEST(WorkspaceName, CollapsesAndTrimsDashes) {
  EXPECT_EQ(workspace_name("--a---b--", "-x-"), "a-b-x");
  EXPECT_EQ(workspace_name("a-_-b", "c"), "a-b-c") << "dashes that meet after deleting";
}

TEST(WorkspaceName, ReplacesEmptyParts) {
  EXPECT_EQ(workspace_name("", ""), "repo-branch");
  EXPECT_EQ(workspace_name("___", "feature/"), "repo-branch");
  EXPECT_EQ(workspace_name("/", "日本"), "repo-branch");
  EXPECT_EQ(workspace_name("-", "main"), "repo-main");
}

TEST(WorkspaceName, ShortensTheLongerPart) {
  EXPECT_EQ(workspace_name("abcdefghijkl", "mnopqrstuvw"), "abcdefghijkl-mnopqrstuvw") << "24 fit";
  EXPECT_EQ(workspace_name("abcdefghijkl", "mnopqrstuvwx"), "abcdefghijk-mnopqrstuvwx") << "repository first";
  EXPECT_EQ(workspace_name(std::string(40, 'r'), std::string(40, 'b')),
            std::string(11, 'r') + "-" + std::string(12, 'b'));
  EXPECT_EQ(workspace_name("app", std::string(250, 'b')), "app-" + std::string(20, 'b'));
  EXPECT_EQ(workspace_name(std::string(250, 'r'), "fix"), std::string(20, 'r') + "-fix");
}

TEST(WorkspaceName, LeavesNoDashWhereItWasCut) {
  EXPECT_EQ(workspace_name("aaaaaaaaaa-bbbbb", std::string(12, 'x')), "aaaaaaaaaa-" + std::string(12, 'x'));
  EXPECT_EQ(workspace_name("aaa", "bbbbbbbbbbbbbbbbbbb-ccc"), "aaa-bbbbbbbbbbbbbbbbbbb");
}

class ChooseWorkspaceName : public testing::Test {
 protected:
  std::string choose(std::string_view repository, std::string_view branch, std::size_t taken) {
    asked_.clear();
    return choose_workspace_name(repository, branch, key_, [&](const std::string& name) {
      asked_.push_back(name);
      return asked_.size() <= taken;
    });
  }

  std::string key_ = "/home/u/myapp\nfeature/auth\n";
  std::string digest_ = sha256_hex(key_);
  std::vector<std::string> asked_;
};

TEST_F(ChooseWorkspaceName, TakesThePlainNameWhenItIsFree) {
  EXPECT_EQ(choose("myapp", "feature/auth", 0), "myapp-auth");
  EXPECT_EQ(asked_, std::vector<std::string>{"myapp-auth"});
}

TEST_F(ChooseWorkspaceName, AddsMoreAndMoreDigits) {
  EXPECT_EQ(choose("myapp", "feature/auth", 1), "myapp-auth-" + digest_.substr(0, 4));
  EXPECT_EQ(choose("myapp", "feature/auth", 2), "myapp-auth-" + digest_.substr(0, 6));
  EXPECT_EQ(choose("myapp", "feature/auth", 3), "myapp-auth-" + digest_.substr(0, 8));
}

TEST_F(ChooseWorkspaceName, DoesNotAskForTheLast) {
  EXPECT_EQ(choose("myapp", "feature/auth", 1000), "myapp-auth-" + digest_.substr(0, 8));
  EXPECT_EQ(asked_.size(), 3U);
}

TEST_F(ChooseWorkspaceName, ShortensOnlyAsMuchAsNeeded) {
  const std::string repo(11, 'r');
  const std::string leaf(12, 'b');
  const std::string plain = repo + "-" + leaf;
  EXPECT_EQ(choose(repo, leaf, 1), plain.substr(0, 19) + "-" + digest_.substr(0, 4));
  EXPECT_EQ(choose(repo, leaf, 3), plain.substr(0, 15) + "-" + digest_.substr(0, 8));
}

TEST_F(ChooseWorkspaceName, LeavesNoDoubleDash) {
  // 19 bytes end exactly with the dash between the two parts.
  EXPECT_EQ(choose(std::string(18, 'r'), "bbbbb", 1), std::string(18, 'r') + "-" + digest_.substr(0, 4));
}

TEST(ValidNames, OfContainers) {
  for (const char* good : {"a", "0", "a-b", "a--b", "myapp-auth"})
    EXPECT_TRUE(is_valid_container_name(good)) << good;
  EXPECT_TRUE(is_valid_container_name(std::string(63, 'a')));
  for (const char* bad : {"", "-", "-a", "a-", "A", "a_b", "a.b", "a b", "a/b", "ä", "a\n"}) {
    EXPECT_FALSE(is_valid_container_name(bad)) << bad;
  }
  EXPECT_FALSE(is_valid_container_name(std::string(64, 'a')));
}

TEST(ValidNames, OfVolumes) {
  for (const char* good : {"ab", "Team_credentials.v2-x", "0-"})
    EXPECT_TRUE(is_valid_volume_name(good)) << good;
  EXPECT_TRUE(is_valid_volume_name(std::string(255, 'a')));
  for (const char* bad : {"", "a", "_a", ".a", "-a", "a/b", "a b", "a:b", "äb", "ab\n"}) {
    EXPECT_FALSE(is_valid_volume_name(bad)) << bad;
  }
  EXPECT_FALSE(is_valid_volume_name(std::string(256, 'a')));
}

TEST(ValidNames, OfTemplates) {
  for (const char* good : {"a", "default", "rust.1_x-y"}) EXPECT_TRUE(is_valid_template_name(good)) << good;
  EXPECT_TRUE(is_valid_template_name(std::string(64, 'a')));
  for (const char* bad : {"", "A", "aB", ".a", "..", "_a", "-a", "a/b", "../a", "a b", "a\n"}) {
    EXPECT_FALSE(is_valid_template_name(bad)) << bad;
  }
  EXPECT_FALSE(is_valid_template_name(std::string(65, 'a')));
}

}  // namespace
}  // namespace cai
