#include "cai/model/specification.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "cai/base/text.hpp"

namespace cai {
namespace {

using Strings = std::vector<std::string>;

WorkspaceSpecification example() {
  WorkspaceSpecification specification;
  specification.template_hash = "abc";
  specification.image = "containai:default-abc";
  specification.uid = 1000;
  specification.gid = 1001;
  specification.memory_bytes = 2LL << 30;
  specification.nano_cpus = 1'500'000'000;
  specification.root = "/home/u/my\napp\\n";
  specification.volume = "myapp-auth-data";
  specification.port = 2300;
  specification.keys_directory = "/home/u/.config/containai/keys/hosts/1";
  return specification;
}

TEST(CanonicalText, IsTheSameForEver) {
  // Written on labels: changing it makes every existing container "behind".
  EXPECT_EQ(canonical_text(example()),
            "template=default\n"
            "template_hash=abc\n"
            "image=containai:default-abc\n"
            "profile=strict\n"
            "uid=1000\n"
            "gid=1001\n"
            "memory=2147483648\n"
            "cpus=1500000000\n"
            "root=/home/u/my\\napp\\\\n\n"
            "git_directory=\n"
            "volume=myapp-auth-data\n"
            "volume_shared=false\n"
            "port=2300\n"
            "keys_directory=/home/u/.config/containai/keys/hosts/1\n");
  EXPECT_EQ(specification_hash(example()), sha256_hex(canonical_text(example())));
}

TEST(ChangedFields, AreNoneForTheSameSpecification) {
  EXPECT_EQ(changed_fields(canonical_text(example()), example()), Strings{});
}

TEST(ChangedFields, NameEachFieldThatDiffers) {
  using Change = std::function<void(WorkspaceSpecification&)>;
  const std::vector<std::pair<std::string, Change>> changes{
      {"template", [](auto& s) { s.template_name = "rust"; }},
      {"template_hash", [](auto& s) { s.template_hash = "def"; }},
      {"image", [](auto& s) { s.image = "containai:rust-def"; }},
      {"profile", [](auto& s) { s.profile = Profile::sudo; }},
      {"uid", [](auto& s) { s.uid = 1; }},
      {"gid", [](auto& s) { s.gid = 1; }},
      {"memory", [](auto& s) { s.memory_bytes = 1; }},
      {"cpus", [](auto& s) { s.nano_cpus = 1; }},
      {"root", [](auto& s) { s.root = "/home/u/my\napp\n"; }},
      {"git_directory", [](auto& s) { s.git_directory = "/g"; }},
      {"volume", [](auto& s) { s.volume = "v2"; }},
      {"volume_shared", [](auto& s) { s.volume_shared = true; }},
      {"port", [](auto& s) { s.port = 2301; }},
      {"keys_directory", [](auto& s) { s.keys_directory = "/k"; }}};
  ASSERT_EQ(changes.size(), fields_of(example()).size()) << "a new field needs a row here";
  for (const auto& [field, change] : changes) {
    WorkspaceSpecification wanted = example();
    change(wanted);
    EXPECT_EQ(changed_fields(canonical_text(example()), wanted), Strings{field});
    EXPECT_NE(specification_hash(example()), specification_hash(wanted)) << field;
  }
}

TEST(ChangedFields, KeepTheOrderOfTheWanted) {
  WorkspaceSpecification wanted = example();
  wanted.port = 1;
  wanted.image = "containai:rust-def";
  EXPECT_EQ(changed_fields(canonical_text(example()), wanted), (Strings{"image", "port"}));
}

TEST(ChangedFields, IncludeFieldsOfOtherVersions) {
  const std::string text = canonical_text(example());
  const std::string without_port =
      text.substr(0, text.find("port=")) + text.substr(text.find("keys_directory="));
  EXPECT_EQ(changed_fields(without_port, example()), Strings{"port"});
  EXPECT_EQ(changed_fields(text + "shell=zsh\n", example()), Strings{"shell"});
}

TEST(ChangedFields, AreUnknownForUnreadableText) {
  const std::string text = canonical_text(example());
  const Strings unreadable{"",
                           "x",
                           "\n",
                           "=v\n",
                           "{}",
                           "root=a\\x\n",
                           "root=\\\n",
                           text + "port",
                           text + "port=1\n",
                           text.substr(0, text.size() - 1)};
  for (const std::string& bad : unreadable)
    EXPECT_EQ(changed_fields(bad, example()), Strings{"unknown"}) << bad;
}

TEST(FieldsOf, HaveDistinctNames) {
  std::set<std::string> names;
  for (const auto& [name, value] : fields_of(example())) EXPECT_TRUE(names.insert(name).second) << name;
}

TEST(ProfileWords, AreReadAsWritten) {
  for (const Profile profile : {Profile::strict, Profile::sudo, Profile::system}) {
    EXPECT_EQ(parse_profile(to_string(profile)), profile);
  }
  EXPECT_EQ(to_string(Profile::strict), "strict");
  EXPECT_EQ(parse_profile("Strict"), std::nullopt);
  EXPECT_EQ(parse_profile(""), std::nullopt);
}

}  // namespace
}  // namespace cai
