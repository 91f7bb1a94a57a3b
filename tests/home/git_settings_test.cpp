// Git settings of a home: resolved by git itself, and without what belongs to the host.
#include "cai/home/git_settings.hpp"

#include "home_fixture.hpp"

namespace cai::test {
namespace {

TEST(GitSettings, BecomeAFileThatGitReads) {
  constexpr char listing[] =
      "user.name\nA \"b\" \\c\0branch.a.b.remote\nup\0core.bare\0alias.x\nline\nbreak\0"
      "credential.https://x.y.helper\nstore\0http.extraheader\nsecret\0includeif.gitdir:x.path\ny\0";
  EXPECT_EQ(git_settings_file({listing, sizeof listing - 1},
                              [](auto section, auto, auto) { return is_host_git_setting(section); }),
            "[user]\n\tname = \"A \\\"b\\\" \\\\c\"\n[branch \"a.b\"]\n\tremote = \"up\"\n[core]\n\tbare\n"
            "[alias]\n\tx = \"line\\nbreak\"\n");
}

TEST(GitSettings, SigningAndLoginsStayOutside) {
  const auto stays = [](std::string_view key, std::string_view value) {
    return stays_outside_home(key.substr(0, key.find('.')), key, value);
  };
  for (const char* key :
       {"user.signingkey", "user.signingKey", "commit.gpgsign", "tag.gpgSign", "gpg.format",
        "gpg.ssh.program", "credential.helper", "http.proxy", "safe.directory", "push.gpgsign"}) {
    EXPECT_TRUE(stays(key, "x")) << key;
  }
  EXPECT_TRUE(stays("url.https://token@github.com/.insteadof", "https://github.com/"));
  EXPECT_TRUE(stays("remote.x.url", "https://user:secret@host/x"));
  EXPECT_TRUE(stays("remote.x.url", "ssh://user:secret@host/x"));
  for (const auto& [key, value] : {std::pair{"user.name", "a@b"},
                                   {"user.email", "a@b.c"},
                                   {"url.git@github.com:.insteadof", "https://github.com/"},
                                   {"url.ssh://git@github.com/.insteadof", "https://github.com/"},
                                   {"alias.sign", "commit -S"},
                                   {"commit.template", "~/.gitmessage"}}) {
    EXPECT_FALSE(stays(key, value)) << key;
  }
}

using GitHome = Home;

TEST_F(GitHome, IncludesAndConditionsAreResolved) {
  write(".config/git/config", "[user]\n\tname = From XDG\n[core]\n\tpager = less\n");
  write(".gitconfig",
        "[user]\n\tname = Me\n\tsigningkey = ABC\n[include]\n\tpath = ~/more.inc\n[include]\n\tpath = "
        "beside.inc\n"
        "[includeIf \"gitdir:~/job/\"]\n\tpath = job.inc\n[credential]\n\thelper = store\n",
        0600);
  write("more.inc", "[alias]\n\tco = checkout\n");
  write("beside.inc", "[alias]\n\tst = status --short\n[http]\n\textraheader = secret\n");
  write("job.inc", "[user]\n\temail = me@job\n");
  HomeSelection selection;
  selection.git_directory = home() / "job/repo/.git";
  const auto scan = scan_home(home(), selection);
  EXPECT_EQ(listed(scan), ".gitconfig 600\n");
  EXPECT_EQ(found(scan), "");
  const auto& text = scan.files.at(0).content;
  for (const char* there :
       {"\"From XDG\"", "\"Me\"", "co = \"checkout\"", "st = \"status --short\"", "me@job", "less"}) {
    EXPECT_NE(text.find(there), std::string::npos) << there << "\n" << text;
  }
  for (const char* absent : {"ABC", "store", "secret", "include", "inc\""}) {
    EXPECT_EQ(text.find(absent), std::string::npos) << absent << "\n" << text;
  }
  EXPECT_LT(text.find("From XDG"), text.find("\"Me\"")) << "the last one counts";
  selection.git_directory = home() / "play/repo/.git";
  EXPECT_EQ(scan_home(home(), selection).files.at(0).content.find("me@job"), std::string::npos);
}

TEST(GitSettings, ConditionsAreJudgedAsGitDoes) {
  const GitScope scope{"/home/me", "/home/me/job/repo/.git"};
  const std::filesystem::path origin = "/home/me/.gitconfig";
  for (const char* pattern : {"~/job/", "/home/me/job/", "/home/me/job/**", "job/", "~/job/repo/.git",
                              "./job/", "repo/.git", "/home/*/job/"}) {
    EXPECT_TRUE(git_directory_matches(pattern, scope, origin, false)) << pattern;
  }
  for (const char* pattern : {"~/play/", "/job/", "~/job", "~/Job/", "", "epo/.git"}) {
    EXPECT_FALSE(git_directory_matches(pattern, scope, origin, false)) << pattern;
  }
  EXPECT_TRUE(git_directory_matches("~/Job/", scope, origin, true));
  EXPECT_FALSE(git_directory_matches("~/job/", {"/home/me", ""}, origin, false));
}

TEST_F(GitHome, ABrokenFileIsAFailureAndTheRestGoesOn) {
  write(".gitconfig", "[user\n");
  write(".vimrc", "set nu\n");
  const auto scan = scan_home(home(), {});
  EXPECT_EQ(listed(scan), ".vimrc 644\n");
  EXPECT_TRUE(found(scan).starts_with(".gitconfig: git cannot read it: ")) << found(scan);
  EXPECT_TRUE(scan.findings.at(0).failure);
}

}  // namespace
}  // namespace cai::test
