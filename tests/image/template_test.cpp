#include <algorithm>

#include "image/template_folder.hpp"

namespace cai {
namespace {

using Paths = std::vector<std::string>;
using testing::Test;

constexpr const char* from_scratch = "FROM debian:12\n";

TEST_F(TemplateFolder, BuiltInDefaultIsThereWithoutAnyFolder) {
  const Template chosen = load_template("default", {}, "debian:bookworm-slim");
  EXPECT_EQ(chosen.origin, "built-in");
  EXPECT_FALSE(chosen.needs_default_image);
  EXPECT_FALSE(chosen.systemd);
  EXPECT_EQ(chosen.hash.size(), 64U);
  EXPECT_EQ(chosen.image, "containai:default-" + chosen.hash.substr(0, 12));
  EXPECT_TRUE(std::ranges::is_sorted(chosen.files, {}, &ContextFile::path));
}

TEST_F(TemplateFolder, RuntimeLayerIsAppendedAndItsFilesAreInTheContext) {
  write("t/Dockerfile", "FROM debian:12\nUSER nobody");
  const Template chosen = load("t");
  EXPECT_EQ(content_of(chosen, "Dockerfile"),
            "FROM debian:12\nUSER nobody\n"
            "USER root\n"
            "COPY .containai-runtime/ /usr/local/lib/containai/\n"
            "RUN [\"/usr/local/lib/containai/setup\"]\n"
            "ENTRYPOINT [\"/usr/local/lib/containai/init\"]\n"
            "CMD []\n");
  for (const char* name : {"init", "enter", "setup"}) {
    const auto path = std::string(".containai-runtime/") + name;
    const auto file = std::ranges::find(chosen.files, path, &ContextFile::path);
    ASSERT_NE(file, chosen.files.end()) << path;
    EXPECT_EQ(file->mode, 0755) << path;
    EXPECT_TRUE(file->content.starts_with("#!/bin/sh\n")) << path;
    EXPECT_TRUE(file->content.ends_with("\n")) << path;
  }
  EXPECT_NE(content_of(chosen, ".containai-runtime/sshd_config").find("\nPort 2222\n"), std::string::npos);
}

TEST_F(TemplateFolder, SystemdTemplateGetsAnotherEntry) {
  write("t/Dockerfile", "FROM debian:12\nLABEL a=b \\\n  # why\n  containai.init=\"systemd\"\n");
  const Template chosen = load("t");
  EXPECT_TRUE(chosen.systemd);
  const std::string dockerfile = content_of(chosen, "Dockerfile");
  EXPECT_NE(dockerfile.find("RUN [\"/usr/local/lib/containai/setup\", \"systemd\"]\n"
                            "ENTRYPOINT [\"/sbin/init\"]\nSTOPSIGNAL SIGRTMIN+3\nCMD []\n"),
            std::string::npos)
      << dockerfile;
}

TEST_F(TemplateFolder, UsersDefaultReplacesTheBuiltInOne) {
  write("default/Dockerfile", "ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\n");
  const Template chosen = load("default");
  EXPECT_EQ(chosen.origin, (folders.user / "default").string());
  EXPECT_FALSE(chosen.needs_default_image) << "default cannot start from itself";
  EXPECT_NE(chosen.hash, load_template("default", folders, "ubuntu:24.04").hash);
}

TEST_F(TemplateFolder, TemplateThatStartsFromDefaultChangesWithIt) {
  write("t/Dockerfile", "ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\n");
  write("other/Dockerfile", from_scratch);
  const Template before = load("t");
  const Template other = load("other");
  EXPECT_TRUE(before.needs_default_image);
  EXPECT_FALSE(other.needs_default_image);
  write("default/Dockerfile", from_scratch);
  EXPECT_NE(load("t").hash, before.hash);
  EXPECT_EQ(load("other").hash, other.hash);
}

TEST_F(TemplateFolder, RepositoryNameMeansTheRepositorysFolderOnly) {
  write("repository/Dockerfile", from_scratch);
  EXPECT_NE(failure("repository", ErrorKind::not_found).find("approved"), std::string::npos);
  folders.repository = root / "repo";
  std::filesystem::create_directory(folders.repository);
  write(folders.repository / "Dockerfile", "FROM from-the-repository\n");
  EXPECT_TRUE(content_of(load("repository"), "Dockerfile").starts_with("FROM from-the-repository\n"));
}

TEST_F(TemplateFolder, UnknownNameListsTheKnownOnes) {
  write("python/Dockerfile", from_scratch);
  write("rust/Dockerfile", from_scratch);
  EXPECT_EQ(
      failure("pyhton", ErrorKind::not_found),
      "there is no template named pyhton\nDid you mean python?\nKnown templates: default, python, rust.");
}

TEST_F(TemplateFolder, NamesAreNotPaths) {
  std::filesystem::create_directory(root / "outside");
  EXPECT_NE(failure("../outside", ErrorKind::not_found), "");
  EXPECT_NE(failure("", ErrorKind::not_found), "");
  EXPECT_EQ(failure("a\x1b[2J", ErrorKind::not_found).find('\x1b'), std::string::npos);
}

TEST_F(TemplateFolder, NamesAreSortedAndOnlyFoldersCount) {
  write("zsh/Dockerfile", from_scratch);
  write("alpha/Dockerfile", from_scratch);
  write("Bad Name/Dockerfile", from_scratch);
  write("README", "not a template");
  EXPECT_EQ(template_names(folders), (Paths{"alpha", "default", "zsh"}));
  folders.repository = folders.user / "alpha";
  EXPECT_EQ(template_names(folders), (Paths{"alpha", "default", "repository", "zsh"}));
  EXPECT_EQ(template_names({}), Paths{"default"});
}

TEST_F(TemplateFolder, FolderWithoutDockerfileIsAnError) {
  write("t/notes.txt", "x");
  EXPECT_NE(failure("t").find("has no Dockerfile"), std::string::npos);
}

TEST_F(TemplateFolder, DockerfileThatCannotBeContinuedIsAnError) {
  write("open/Dockerfile", "FROM debian:12\nRUN true \\\n\n# comment\n");
  EXPECT_NE(failure("open").find("line continuation"), std::string::npos);
  write("empty/Dockerfile", "# nothing\n");
  EXPECT_NE(failure("empty").find("no FROM"), std::string::npos);
}

TEST_F(TemplateFolder, OurFolderNameIsTaken) {
  write("t/Dockerfile", from_scratch);
  write("t/.containai-runtime/init", "#!/bin/sh\n");
  EXPECT_NE(failure("t").find(".containai-runtime/init"), std::string::npos);
}

TEST_F(TemplateFolder, LinksInsideAreKeptAsLinks) {
  write("t/Dockerfile", from_scratch);
  write("t/bin/tool", "#!/bin/sh\n", 0755);
  link("t/bin/alias", "../bin/tool");
  link("t/dangling", "nowhere");
  const Template chosen = load("t");
  const auto alias = std::ranges::find(chosen.files, "bin/alias", &ContextFile::path);
  ASSERT_NE(alias, chosen.files.end());
  EXPECT_TRUE(alias->symbolic_link);
  EXPECT_EQ(alias->content, "../bin/tool");
  EXPECT_EQ(content_of(chosen, "dangling"), "nowhere");
}

TEST_F(TemplateFolder, LinksThatLeaveAreErrors) {
  for (const char* target : {"../..", "/etc/passwd", "sub/../../x", "d/d/../../.."}) {
    const std::string name = "t" + std::to_string(std::hash<std::string>{}(target));
    write(name + "/Dockerfile", from_scratch);
    link(name + "/d", ".");
    link(name + "/escape", target);
    EXPECT_NE(failure(name).find("leaves the template's folder"), std::string::npos) << target;
  }
  write("loop/Dockerfile", from_scratch);
  link("loop/a", "b");
  link("loop/b", "a");
  EXPECT_NE(failure("loop"), "");
  std::filesystem::create_directory(folders.user / "linked");
  link("linked/Dockerfile", "other");
  EXPECT_NE(failure("linked").find("Dockerfile that is a link"), std::string::npos);
}

TEST_F(TemplateFolder, SpecialFilesAreErrorsAndNeverWaitedFor) {
  write("t/Dockerfile", from_scratch);
  ASSERT_EQ(mkfifo((folders.user / "t/pipe").c_str(), 0600), 0);
  EXPECT_NE(failure("t").find("pipe"), std::string::npos);
}

TEST_F(TemplateFolder, TooManyFilesAreAnErrorUnlessIgnored) {
  write("t/Dockerfile", from_scratch);
  for (int i = 0; i < 10'000; ++i) write("t/cache/" + std::to_string(i), "");
  EXPECT_NE(failure("t").find("more than 10000 files"), std::string::npos);
  write("t/.dockerignore", "cache\n");
  EXPECT_EQ(own_paths(load("t")), Paths{"Dockerfile"});
}

TEST_F(TemplateFolder, TooManyBytesAreAnError) {
  write("t/Dockerfile", from_scratch);
  write("t/big", "");
  std::filesystem::resize_file(folders.user / "t/big", (256U << 20U) + 1);
  EXPECT_NE(failure("t").find("256 MiB"), std::string::npos);
}

TEST_F(TemplateFolder, IgnoreFileIsHonouredAndNotSent) {
  write("t/Dockerfile", from_scratch);
  write("t/.dockerignore", "# everything, but\n*\n!src\nsrc/*.o\n");
  write("t/src/main.c", "int main;");
  write("t/src/main.o", "x");
  write("t/secret", "x");
  EXPECT_EQ(own_paths(load("t")), (Paths{"Dockerfile", "src/main.c"}));
}

TEST_F(TemplateFolder, HashFollowsWhatTheBuildSeesAndNothingElse) {
  write("t/Dockerfile", from_scratch);
  write("t/file", "content");
  const std::string before = load("t").hash;
  EXPECT_EQ(load("t").hash, before);

  write("t/file", "content", 0600);
  EXPECT_EQ(load("t").hash, before) << "only the executable bit matters";
  write("t/file", "content", 0755);
  EXPECT_NE(load("t").hash, before);
  write("t/file", "Content");
  EXPECT_NE(load("t").hash, before);
  std::filesystem::rename(folders.user / "t/file", folders.user / "t/other");
  write("t/other", "content");
  EXPECT_NE(load("t").hash, before);
  std::filesystem::remove(folders.user / "t/other");
  link("t/file", "content");
  EXPECT_NE(load("t").hash, before);

  std::filesystem::remove(folders.user / "t/file");
  write("t/file", "content");
  EXPECT_EQ(load("t").hash, before);
  EXPECT_EQ(load_template("t", folders, "another:base").hash, before)
      << "its Dockerfile does not use the base image";
  EXPECT_NE(load_template("default", {}, "a:1").hash, load_template("default", {}, "a:2").hash);
}

}  // namespace
}  // namespace cai
