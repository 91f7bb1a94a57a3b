// The life of a run on the fake engine: whatever fails wherever, nothing stays.
#include <gtest/gtest.h>

#include <csignal>

#include "cai/run/record.hpp"
#include "cai/run/run.hpp"
#include "support/fake_engine.hpp"
#include "support/temporary_directory.hpp"

namespace cai {
namespace {

class Runs : public testing::Test {
 protected:
  Runs() {
    Environment environment;
    environment.variables["HOME"] = temporary.path().string();
    paths = Paths::of(environment);
    store.emplace(Store::open(paths.state / "containai.db", Store::Mode::read_write, *engine.clock));
    engine.add_image("image");
    engine.attached_program = [this](const FakeContainer&, const std::string&) { return program; };
    request.image = "image";
    request.command = {"make", "test"};
    request.root = temporary.path().string();
    request.directory = request.root;
  }

  int run() {
    const RunShop shop{.engine = engine,
                       .store = *store,
                       .paths = paths,
                       .instance = instance,
                       .clock = *engine.clock,
                       .engine_id = {"engine-1"},
                       .owner = this_process_identity(),
                       .received_signal = [this] { return signal; },
                       .terminal_resized = [] { return false; },
                       .warn = [this](const std::string& text) { warnings.push_back(text); },
                       .progress = [](std::string_view) {},
                       .on_start = on_start,
                       .grace = std::chrono::milliseconds(50)};
    return run_once(shop, request);
  }
  RunRow record() { return store->runs().front(); }

  TemporaryDirectory temporary;
  Paths paths;
  FakeEngine engine;
  std::optional<Store> store;
  InstanceId instance{"1111111111111111"};
  RunRequest request;
  std::optional<ExecResult> program = ExecResult{7, "out\n", "err\n"};
  int signal = 0;
  std::function<void(const RunRow&)> on_start;
  std::vector<std::string> warnings;
};

TEST_F(Runs, TheContainerGoesAndTheRecordStays) {
  EXPECT_EQ(run(), 7);
  EXPECT_TRUE(engine.world.containers.empty());
  const auto row = record();
  EXPECT_EQ(row.state, RunState::exited);
  EXPECT_EQ(row.exit_code, 7);
  EXPECT_EQ(row.name, "cai-run-" + row.id.value);
  EXPECT_EQ(row.command, "make test");
  EXPECT_FALSE(row.finished_at.empty());
  std::string output;
  OutputReader(run_directory(paths, row.id)).read({}, [&](OutputStream, std::string_view piece) {
    output += piece;
  });
  EXPECT_EQ(output, "out\nerr\n");
  EXPECT_TRUE(warnings.empty());
  EXPECT_EQ(engine.change_log().back().substr(0, 7), "remove ");
}

TEST_F(Runs, NoCommandStartsWithoutItsRecord) {
  // The container is asked for meanwhile, and goes again.
  store.emplace(Store::open(paths.state / "containai.db", Store::Mode::read_only, *engine.clock));
  EXPECT_THROW(run(), Error);
  EXPECT_TRUE(engine.world.containers.empty());
  for (const auto& call : engine.change_log()) EXPECT_FALSE(call.starts_with("start ")) << call;
}

TEST_F(Runs, AKeptOneStays) {
  request.keep = true;
  EXPECT_EQ(run(), 7);
  ASSERT_EQ(engine.world.containers.size(), 1U);
  EXPECT_EQ(label_or_empty(engine.world.containers_with(label::kind, "run").front()->details.container.labels,
                           label::keep),
            "true");
}

TEST_F(Runs, ASignalEndsTheCommandPolitelyThenForGood) {
  program.reset();
  on_start = [this](const RunRow&) { signal = SIGTERM; };
  EXPECT_EQ(run(), 143);
  EXPECT_TRUE(engine.world.containers.empty());
  EXPECT_NE(engine.change_log()[2].find(" TERM"), std::string::npos) << engine.change_log()[2];
  signal = 0;
  on_start = [this](const RunRow&) { signal = SIGINT; };
  EXPECT_EQ(run(), 130);
  EXPECT_TRUE(engine.world.containers.empty());
}

TEST_F(Runs, ATimeLimitEndsTheCommand) {
  program.reset();
  request.time_limit = std::chrono::seconds(0);
  EXPECT_EQ(run(), timed_out_exit_code);
  EXPECT_TRUE(engine.world.containers.empty());
  ASSERT_EQ(warnings.size(), 1U);
}

TEST_F(Runs, ASignalBetweenAnyTwoRequestsLeavesNothing) {
  for (int at = 1; at < 12; ++at) {
    engine.reset_calls();
    signal = 0;
    engine.actor = [&](FakeEngine&, const FakeCall& call) {
      if (call.number == at) signal = SIGTERM;
    };
    program.reset();
    if (at > 3) program = ExecResult{0, "", ""};
    try {
      const int code = run();
      EXPECT_TRUE(code == 143 || code == 0) << at << ": " << code;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::terminated) << at << ": " << error.what();
    }
    EXPECT_TRUE(engine.world.containers.empty()) << "signal at request " << at;
    EXPECT_FALSE(record().finished_at.empty()) << at;
  }
}

TEST_F(Runs, AnErrorAtAnyRequestLeavesNothing) {
  for (const auto fault : {Fault::error_before, Fault::error_after, Fault::conflict}) {
    for (int at = 1; at < 8; ++at) {
      engine.reset_calls();
      warnings.clear();
      engine.fail_at(at, fault);
      try {
        run();
      } catch (const Error&) {
        // What it says is another test's.
      }
      // Only a removal whose own request failed may leave something, and says so.
      EXPECT_TRUE(engine.world.containers.empty() || !warnings.empty()) << "fault at request " << at;
      for (const auto& [id, container] : std::map(engine.world.containers)) engine.remove_by_force(id);
    }
  }
}

TEST_F(Runs, ALostAnswerToTheCreationLeavesNothing) {
  engine.fail_at(1, Fault::error_after);
  EXPECT_THROW(run(), Error);
  EXPECT_TRUE(engine.world.containers.empty());
  EXPECT_EQ(record().state, RunState::failed);
}

TEST_F(Runs, ARemovalThatFailsIsAWarningAndNoOtherExitCode) {
  engine.actor = [&](FakeEngine& fake, const FakeCall& call) {
    if (call.text.starts_with("remove ")) fake.fail_at(call.number, Fault::error_before);
  };
  EXPECT_EQ(run(), 7);
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_NE(warnings[0].find("was not removed"), std::string::npos) << warnings[0];
  EXPECT_EQ(record().exit_code, 7);
}

TEST_F(Runs, ALostAnswerToTheRemovalIsAskedForAgain) {
  engine.actor = [&, cut = false](FakeEngine& fake, const FakeCall& call) mutable {
    if (!call.text.starts_with("remove ") || cut) return;
    cut = true;
    fake.fail_at(call.number, Fault::error_before);
  };
  EXPECT_EQ(run(), 7);
  EXPECT_TRUE(warnings.empty());
  EXPECT_TRUE(engine.world.containers.empty());
}

TEST_F(Runs, SomebodyElsesRemovalIsFine) {
  engine.actor = [&](FakeEngine& fake, const FakeCall& call) {
    if (call.text.starts_with("remove ")) fake.remove_by_force(fake.world.containers.begin()->first);
  };
  EXPECT_EQ(run(), 7);
  EXPECT_TRUE(warnings.empty());
}

TEST_F(Runs, VariablesAreNeitherInTheContainersConfigurationNorInTheRecord) {
  request.environment = {{"TOKEN", "s3cr3t"}};
  std::string seen;
  engine.attached_program = [&](const FakeContainer& container, const std::string&) {
    for (const auto& text : container.request.environment) seen += text;
    for (const auto& text : container.request.command) seen += text;
    for (const auto& [key, value] : container.request.labels) seen += value;
    return program;
  };
  EXPECT_EQ(run(), 7);
  EXPECT_EQ(seen.find("s3cr3t"), std::string::npos);
  EXPECT_EQ(record().command.find("s3cr3t"), std::string::npos);
  EXPECT_TRUE(std::filesystem::is_empty(paths.runtime / "runs")) << "the file with them is gone";
}

TEST_F(Runs, ATemplatesEntrypointIsReplacedAndAnImagesIsKept) {
  RunRow row;
  row.id = {"01234567"};
  request.own_entrypoint = true;
  const auto with_own = make_run_container(row, request, instance, {}, "");
  EXPECT_TRUE(with_own.entrypoint.empty());
  EXPECT_EQ(with_own.command, request.command);
  const auto with_variables = make_run_container(row, request, instance, {"/entry"}, "/file");
  EXPECT_EQ(with_variables.entrypoint, std::vector<std::string>{"/bin/sh"});
  ASSERT_EQ(with_variables.command.size(), 6U);
  EXPECT_EQ(with_variables.command[3], "/entry");
  request.own_entrypoint = false;
  const auto replaced = make_run_container(row, request, instance, {"/entry"}, "");
  EXPECT_EQ(replaced.entrypoint, std::vector<std::string>{"make"});
  EXPECT_EQ(replaced.command, std::vector<std::string>{"test"});
  EXPECT_TRUE(replaced.drop_all_capabilities);
  EXPECT_TRUE(replaced.no_new_privileges);
  EXPECT_EQ(replaced.pids_limit, 1024);
}

}  // namespace
}  // namespace cai
