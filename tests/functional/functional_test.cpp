// What a person reads: each file in golden/ is the transcript of a few commands against the fake engine.
// CAI_UPDATE_GOLDEN=1 rewrites them.
#include <gtest/gtest.h>

#include <fstream>

#include "cli/golden.hpp"
#include "functional/desk.hpp"

namespace cai::test {
namespace {

namespace fs = std::filesystem;
using e2e::Words;

/// The transcripts of these commands, one after the other, held against a file.
void expect_golden(Desk& desk, const std::string& name, const std::vector<Words>& commands) {
  std::string text;
  for (const auto& command : commands) text += desk.transcript(command);
  expect_equals_file(text, "tests/functional/golden/" + name + ".txt");
}

TEST(Functional, CreateAndComeBack) {
  Desk desk;
  expect_golden(desk, "create", {{"-d", "--dry-run"}, {"plan"}, {"-d"}, {"-d"}, {"plan"}});
  EXPECT_EQ(desk.container().details.container.state, ContainerState::running);
  EXPECT_EQ(desk.engine.world.containers.size(), 1U);
  EXPECT_EQ(desk.engine.world.volumes.count("myapp-auth-data"), 1U);
}

TEST(Functional, ADryRunChangesNothing) {
  Desk desk;
  ASSERT_EQ(desk.cai({"-d", "--dry-run"}).code, 0);
  ASSERT_EQ(desk.cai({"plan"}).code, 0);
  EXPECT_EQ(desk.engine.change_count(), 0);
  EXPECT_FALSE(fs::exists(desk.world.home() / ".ssh"));
}

TEST(Functional, StatusAndList) {
  Desk desk;
  expect_golden(desk, "status-absent", {{"status"}, {"list"}, {"list", "--json"}});
  desk.engine.exec_handler = [](const FakeContainer&, const ExecRequest&, const std::string&) {
    return ExecResult{0, "  1  0 tini\n  7  1 sshd\n  9  7 sshd\n--\n0\nptmx\n", ""};
  };
  ASSERT_EQ(desk.cai({"-d", "--memory", "1g", "--keep"}).code, 0);
  expect_golden(desk, "status", {{"status"}, {"status", "--json"}, {"list"}, {"list", "--json"}});
}

TEST(Functional, TheEngineIsAskedAboutItselfOnlyWhenNothingElseTells) {
  Desk desk;
  const auto times_asked = [&] {
    const auto before = std::ranges::count(desk.engine.call_log(), "information");
    const auto seen = desk.cai({"status", "--all", "--no-disk"});
    EXPECT_EQ(seen.code, 0) << seen.err;
    EXPECT_EQ(seen.out.find("Engine: Docker Engine 20.10.24 at"), 0U) << seen.out;
    return std::ranges::count(desk.engine.call_log(), "information") - before;
  };
  EXPECT_EQ(times_asked(), 1) << "there is no volume";
  ASSERT_EQ(desk.cai({"-d"}).code, 0);
  EXPECT_EQ(times_asked(), 0);
  desk.engine.world.volumes.at("myapp-auth-data").mount_point = "/somewhere/else";
  EXPECT_EQ(times_asked(), 1) << "a volume that does not tell";
}

TEST(Functional, FreshAndReset) {
  Desk desk;
  ASSERT_EQ(desk.cai({"-d"}).code, 0);
  const auto id = desk.container().details.container.id;
  expect_golden(desk, "fresh", {{"--fresh", "-d", "--dry-run"}, {"--fresh", "-d"}, {"--reset", "-d"}});
  EXPECT_NE(desk.container().details.container.id, id);
  EXPECT_EQ(desk.engine.world.containers.size(), 1U);
  EXPECT_EQ(desk.engine.world.volumes.size(), 2U);
}

TEST(Functional, Behind) {
  Desk desk;
  const auto folder = desk.world.home() / ".config/containai/templates/mine";
  fs::create_directories(folder);
  std::ofstream(folder / "Dockerfile") << "ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\n";
  ASSERT_EQ(desk.cai({"-d", "--template", "mine"}).code, 0);
  std::ofstream(folder / "Dockerfile") << "ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nRUN true\n";
  expect_golden(desk, "behind", {{"-d"}, {"plan"}, {"plan", "--json"}, {"--fresh", "-d"}, {"plan"}});
}

TEST(Functional, StopAndRemove) {
  Desk desk;
  ASSERT_EQ(desk.cai({"-d"}).code, 0);
  expect_golden(desk, "stop", {{"stop"}, {"stop"}, {"status"}, {"-d"}, {"stop", "--remove"}, {"stop"}});
  EXPECT_TRUE(desk.engine.world.containers.empty());
  EXPECT_EQ(desk.engine.world.volumes.size(), 1U);
}

TEST(Functional, Exec) {
  Desk desk;
  ASSERT_EQ(desk.cai({"-d"}).code, 0);
  desk.engine.exec_handler = [](const FakeContainer&, const ExecRequest& request, const std::string& input) {
    return ExecResult{7, request.command.back() + "\n", "got " + input};
  };
  const auto result = desk.world.cai(desk.repository, {"exec", "--", "a program"}, "some input");
  EXPECT_EQ(result.code, 7);
  EXPECT_EQ(result.out, "a program\n");
  EXPECT_EQ(result.err, "got some input");
}

TEST(Functional, AnExportSaysWhatChangedMeanwhileOrWhyItCannotKnow) {
  Desk desk;
  ASSERT_EQ(desk.cai({"-d"}).code, 0);
  const auto warning_when = [&](std::optional<std::string> date, std::optional<std::string> find) {
    desk.engine.exec_handler = [=](const FakeContainer&, const ExecRequest& request, const std::string&) {
      const auto& answer = request.command.back().starts_with("date") ? date : find;
      return answer ? ExecResult{0, *answer, ""} : ExecResult{127, "", "not found"};
    };
    const auto result = desk.cai({"export", "--output", "x.tgz"});
    EXPECT_EQ(result.code, 0) << result.err;
    EXPECT_TRUE(fs::exists(desk.repository / "x.tgz"));
    fs::remove(desk.repository / "x.tgz");
    return result.err;
  };
  using namespace std::string_literals;
  const auto expect = [](const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  };
  EXPECT_EQ(warning_when("1790000000.5\n", "").find("changed"), std::string::npos);
  const auto named = warning_when("1790000000.5\n", "home/a b\0home/cut o"s);
  expect(named, "1 file changed during the export");
  expect(named, "home/a b");
  EXPECT_EQ(named.find("cut o"), std::string::npos) << "a name that is not whole";
  const auto unknown = "which files changed meanwhile cannot be found out: "s;
  expect(warning_when(std::nullopt, ""), unknown + "`date` fails inside");
  expect(warning_when("$(reboot)", ""), unknown + "`date` does not tell the time inside");
  expect(warning_when("", ""), unknown + "`date` does not tell the time inside");
  expect(warning_when("1790000000.5\n", std::nullopt), unknown + "`find` fails inside");
}

TEST(Functional, TheEngineAnswersWithAnError) {
  Desk desk;
  desk.engine.fail_at_change(3, Fault::error_before);
  expect_golden(desk, "error-500", {{"-d"}, {"-d"}});
  desk.engine.fail_at(desk.engine.call_count() + 1, Fault::error_before);
  expect_golden(desk, "error-500-list", {{"list"}});
}

TEST(Functional, TheNameIsSomebodyElses) {
  Desk desk;
  ContainerRequest request;
  request.image = "debian:bookworm-slim";
  const auto foreign = desk.engine.create_container("theirs", request).id;
  expect_golden(
      desk, "error-foreign",
      {{"-d", "--container", "theirs"}, {"stop", "--container", "theirs"}, {"exec", "theirs", "--", "true"}});
  EXPECT_NE(desk.engine.world.find_container(foreign.value), nullptr);
  // A name that only the rule gave is given up for another one.
  desk.engine.rename_container(foreign, "myapp-auth");
  const auto made = desk.cai({"-d"});
  EXPECT_EQ(made.code, 0) << made.err;
  EXPECT_NE(made.out, "myapp-auth\n");
  EXPECT_EQ(desk.engine.world.find_container("myapp-auth")->details.container.id, foreign);
}

TEST(Functional, ABuildFails) {
  Desk desk;
  const auto folder = desk.world.home() / ".config/containai/templates/broken";
  fs::create_directories(folder);
  std::ofstream(folder / "Dockerfile") << "ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nRUN exit 3\n";
  expect_golden(desk, "error-build", {{"-d", "--template", "broken"}, {"status"}});
  EXPECT_TRUE(desk.engine.world.containers.empty());
}

TEST(Functional, AContainerEndsAtOnce) {
  Desk desk;
  desk.engine.main_program = [](const FakeContainer&) {
    return ExecResult{78, "", "containai: user id 42 cannot log in\n"};
  };
  expect_golden(desk, "error-ended", {{"-d"}, {"status"}});
}

TEST(Functional, TheVolumeIsGone) {
  Desk desk;
  ASSERT_EQ(desk.cai({"-d"}).code, 0);
  ASSERT_EQ(desk.cai({"stop", "--remove"}).code, 0);
  desk.engine.world.volumes.clear();
  expect_golden(desk, "error-volume", {{"-d"}, {"plan"}});
  EXPECT_TRUE(desk.engine.world.volumes.empty()) << "no empty volume in the place of a lost one";
}

}  // namespace
}  // namespace cai::test
