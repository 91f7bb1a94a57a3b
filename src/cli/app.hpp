#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cai/base/environment.hpp"
#include "cai/base/time.hpp"
#include "cai/collect/inventory.hpp"
#include "cai/config/settings.hpp"
#include "cai/converge/reconciler.hpp"
#include "cai/engine/endpoint.hpp"
#include "cai/engine/engine.hpp"
#include "cai/image/template.hpp"
#include "cai/ssh/ssh.hpp"
#include "cai/store/store.hpp"
#include "cli/console.hpp"
#include "cli/invocation.hpp"

namespace cai {

/// What one command works with. Everything is made when it is first asked for: a command that needs no engine
/// opens no socket, and one that needs no store opens no file.
class App {
 public:
  App(Environment environment, Invocation invocation, Console& console);

  [[nodiscard]] const Environment& environment() const { return environment_; }
  [[nodiscard]] const Invocation& invocation() const { return invocation_; }
  [[nodiscard]] const Paths& paths() const { return paths_; }
  [[nodiscard]] const SshFiles& files() const { return files_; }
  [[nodiscard]] const Clock& clock() const { return clock_; }
  /// For the ages of what the engine has: by its own clock once it has answered, else by ours.
  Timestamp time_of_engine();
  [[nodiscard]] Console& console() { return console_; }

  /// The user's settings without any repository's.
  const Settings& user_settings();
  /// After the file was changed: whoever asks next reads it again.
  void forget_user_settings() { user_settings_.reset(); }
  [[nodiscard]] std::filesystem::path user_settings_file() const { return paths_.config / "config.toml"; }

  /// The first caller decides on the mode; asking for more later is a mistake in the program.
  Store& store(Store::Mode mode);

  const Endpoint& endpoint();
  Engine& engine();
  /// For questions side by side: connections of their own to the same engine, from any thread.
  Connect connect();
  /// The engine's own id: what the store remembers of this endpoint, without asking the engine; nullopt when
  /// it never was asked.
  std::optional<EngineId> remembered_engine();
  /// Asks the engine, and remembers the answer when the store may be written.
  EngineId ask_engine_id();

  /// Made on first use; only for commands that change something.
  const InstanceId& instance();
  /// For commands that only read: an id that owns nothing when there is none yet.
  const InstanceId& instance_for_reading();

  [[nodiscard]] PortRange port_range();

  /// load_template, once for each template of this command: its hash covers its whole content.
  const Template& find_template(const std::string& name, const TemplateFolders& folders,
                                const std::string& base_image);

 private:
  Environment environment_;
  Invocation invocation_;
  Paths paths_;
  SshFiles files_;
  SystemClock clock_;
  Console& console_;
  std::optional<Settings> user_settings_;
  std::optional<Store> store_;
  Store::Mode store_mode_ = Store::Mode::read_only;
  std::optional<Endpoint> endpoint_;
  std::unique_ptr<Engine> engine_;
  std::optional<InstanceId> instance_;
  std::map<std::vector<std::string>, Template> templates_;
  InstanceId nobody_{"(none)"};
};

/// Shows the reconciler's work on the console.
class ConsoleEvents final : public EventSink {
 public:
  explicit ConsoleEvents(Console& console) : console_(console) {}
  /// A build that somebody asked for by name shows its steps wherever it runs.
  void show_output(bool shows) { shows_output_ = shows; }
  void step_started(const std::string& text) override;
  void step_finished(std::chrono::milliseconds took) override;
  void output(std::string_view line) override;
  void notice(const std::string& text) override;

 private:
  Console& console_;
  bool shows_output_ = false;
};

}  // namespace cai
