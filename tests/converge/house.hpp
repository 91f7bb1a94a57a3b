#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cai/converge/reconciler.hpp"
#include "cai/converge/rows.hpp"
#include "support/fake_engine.hpp"
#include "support/temporary_directory.hpp"

namespace cai::test {

class SilentEvents final : public EventSink {
 public:
  void step_started(const std::string&) override {}
  void step_finished(std::chrono::milliseconds) override {}
  void output(std::string_view) override {}
  void notice(const std::string& text) override { notices.push_back(text); }
  std::vector<std::string> notices;
};

/// One user with one repository, a real store and real ssh files in a temporary home, and a fake engine.
class House {
 public:
  House() {
    Environment environment;
    environment.variables["HOME"] = directory.path().string();
    paths = Paths::of(environment);
    root = directory.path() / "myapp";
    std::filesystem::create_directories(root);
    files = std::make_unique<SshFiles>(paths);
    options.chosen.name = "default";
    options.chosen.hash = std::string(64, 'a');
    options.chosen.image = "containai:default-aaaaaaaaaaaa";
    options.chosen.files = {{.path = "Dockerfile", .content = "FROM scratch\n"}};
    options.uid = getuid();
    options.gid = getgid();
  }

  /// What one process of cai does: opens the store, takes the wish, converges.
  void process(const std::function<void(Workshop&, WorkspaceRow&)>& wish) {
    engine.revive();
    auto store = Store::open(paths.state / "containai.db", Store::Mode::read_write, *engine.clock);
    const auto instance = load_instance(paths);
    auto shop = workshop(store, instance);
    auto row = find_or_make_row(shop, {.engine = EngineId{"engine-1"},
                                       .key = {root.string(), "feature/auth", ""},
                                       .repository = "myapp",
                                       .volume = std::nullopt,
                                       .choices = {},
                                       .keep = false});
    wish(shop, row);
    Reconciler(shop).converge(row, options);
  }

  /// Plain `cai -d`: the person comes back.
  void come_back() {
    process([](Workshop& shop, WorkspaceRow& row) {
      shop.store.set_wanted(row.id, Wanted::running);
      row.wanted = Wanted::running;
    });
  }

  Workshop workshop(Store& store, const InstanceId& instance) {
    return {.engine = engine,
            .store = store,
            .files = *files,
            .paths = paths,
            .instance = instance,
            .events = events,
            .ports = {},
            .start_patience = std::chrono::milliseconds(0),
            .await_ready =
                [this](int, Deadline, const std::function<bool()>&) {
                  ++questions;
                  return answers;
                },
            .port_is_free = [](int) { return true; }};
  }

  WorkspaceRow row() {
    const auto store = Store::open(paths.state / "containai.db", Store::Mode::read_only, *engine.clock);
    return store.workspaces().at(0);
  }

  TemporaryDirectory directory;
  Paths paths;
  std::filesystem::path root;
  std::unique_ptr<SshFiles> files;
  FakeEngine engine;
  SilentEvents events;
  WorkspaceOptions options;
  bool answers = true;  ///< sshd in the container
  int questions = 0;    ///< how often it was asked
};

/// The wishes of the commands, as the command line writes them.
using Wish = std::function<void(Workshop&, WorkspaceRow&)>;

inline Wish wanting(Wanted wanted) {
  return [wanted](Workshop& shop, WorkspaceRow& row) {
    shop.store.set_wanted(row.id, wanted);
    row.wanted = wanted;
  };
}

inline Wish fresh() {
  return [](Workshop& shop, WorkspaceRow& row) {
    shop.store.set_wanted(row.id, Wanted::running);
    shop.store.set_generation(row.id, row.generation + 1);
    row = shop.store.find(row.id).value();
  };
}

inline Wish reset() {
  return [](Workshop& shop, WorkspaceRow& row) {
    shop.store.set_wanted(row.id, Wanted::running);
    shop.store.replace_volume(row.id, row.generation + 1,
                              "myapp-auth-data-" + std::to_string(row.generation));
    row = shop.store.find(row.id).value();
  };
}

}  // namespace cai::test
