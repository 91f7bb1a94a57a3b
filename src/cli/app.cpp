#include "cli/app.hpp"

#include "cai/base/filesystem.hpp"
#include "cai/base/text.hpp"
#include "cai/converge/rows.hpp"

namespace cai {
namespace {

/// What a terminal would show of a build's line in the end: after the last carriage return, without colours.
std::string last_state(std::string_view line) {
  while (line.ends_with('\r')) line.remove_suffix(1);
  if (const auto carriage_return = line.rfind('\r'); carriage_return != line.npos)
    line.remove_prefix(carriage_return + 1);
  std::string text;
  while (!line.empty()) {
    if (line.starts_with("\x1b[")) {
      const auto end = line.find('m');
      const bool is_color =
          end != line.npos && line.substr(2, end - 2).find_first_not_of("0123456789;") == line.npos;
      if (is_color) {
        line.remove_prefix(end + 1);
        continue;
      }
    }
    text += line.front();
    line.remove_prefix(1);
  }
  return text;
}

}  // namespace

App::App(Environment environment, Invocation invocation, Console& console)
    : environment_(std::move(environment)),
      invocation_(std::move(invocation)),
      paths_(Paths::of(environment_)),
      files_(paths_),
      console_(console) {
  if (invocation_.flag("quiet")) console_.set_level(Console::Level::quiet);
  if (invocation_.flag("verbose")) console_.set_level(Console::Level::verbose);
  console_.set_assume_yes(invocation_.flag("yes") || invocation_.flag("force"));
}

const Settings& App::user_settings() {
  if (!user_settings_) user_settings_ = load_settings(user_settings_file(), std::nullopt, environment_);
  return *user_settings_;
}

Store& App::store(Store::Mode mode) {
  if (!store_) {
    store_ = Store::open(paths_.state / "containai.db", mode, clock_);
    store_mode_ = mode;
  }
  return *store_;
}

const Endpoint& App::endpoint() {
  if (!endpoint_) {
    auto context = invocation_.option("context");
    if (!context) context = user_settings().optional_text("engine.context");
    endpoint_ = choose_endpoint(environment_, context);
  }
  return *endpoint_;
}

Connect App::connect() {
  DockerEngineOptions options;
  if (const auto known = store(Store::Mode::read_only).known_engine(endpoint().url())) {
    options.api_version = known->api_version;
  }
  return [endpoint = endpoint(), options] { return make_docker_engine(endpoint, options); };
}

Engine& App::engine() {
  if (!engine_) engine_ = connect()();
  return *engine_;
}

Timestamp App::time_of_engine() {
  const auto told = engine_ ? engine_->time() : std::nullopt;
  return told.value_or(clock_.now());
}

std::optional<EngineId> App::remembered_engine() {
  const auto known = store(Store::Mode::read_only).known_engine(endpoint().url());
  return known ? std::optional(known->id) : std::nullopt;
}

EngineId App::ask_engine_id() {
  const auto information = engine().information();
  const KnownEngine seen{information.id, information.product.api_version};
  if (store_mode_ == Store::Mode::read_write) {
    const auto known = store_->known_engine(endpoint().url());
    if (!known || known->id != seen.id || known->api_version != seen.api_version) {
      store_->remember_engine(endpoint().url(), seen);
    }
  }
  return seen.id;
}

const InstanceId& App::instance() {
  if (!instance_) instance_ = load_instance(paths_);
  return *instance_;
}

const InstanceId& App::instance_for_reading() {
  if (!instance_) instance_ = find_instance(paths_);
  // Not remembered: the same command may make one a moment later.
  return instance_ ? *instance_ : nobody_;
}

const Template& App::find_template(const std::string& name, const TemplateFolders& folders,
                                   const std::string& base_image) {
  std::vector<std::string> key = {name, folders.repository.string(), folders.user.string(), base_image};
  const auto known = templates_.find(key);
  if (known != templates_.end()) return known->second;
  return templates_.emplace(std::move(key), load_template(name, folders, base_image)).first->second;
}

PortRange App::port_range() {
  return {user_settings().integer("ssh.port_range_start"), user_settings().integer("ssh.port_range_end")};
}

void ConsoleEvents::step_started(const std::string& text) {
  console_.step(escape_for_terminal(text));
}
void ConsoleEvents::step_finished(std::chrono::milliseconds took) {
  console_.step_finished(took);
}
void ConsoleEvents::output(std::string_view line) {
  const auto text = escape_for_terminal(last_state(line));
  shows_output_ ? console_.notice("   " + text) : console_.progress(text);
}
void ConsoleEvents::notice(const std::string& text) {
  console_.notice(escape_for_terminal(text));
}

}  // namespace cai
