#include "cai/run/run.hpp"

#include <fmt/format.h>

#include <future>

#include "cai/base/error.hpp"
#include "cai/base/text.hpp"
#include "cai/run/record.hpp"
#include "cai/run/signals.hpp"
#include "cai/run/sweep.hpp"
#include "run/environment_file.hpp"

namespace cai {
namespace {

constexpr int lost_exit_code = 137;
constexpr std::chrono::seconds after_kill(5);
constexpr std::chrono::seconds one_wait(10);
constexpr std::chrono::seconds conflict_patience(5);

Error stopped_by(int signal) {
  return {signal == SIGINT ? ErrorKind::interrupted : ErrorKind::terminated,
          fmt::format("stopped by SIG{} before the command was started", name_of_signal(signal))};
}

/// What the engine says when the command is no program; nullopt: something else went wrong.
std::optional<int> code_of_start_failure(const std::string& message) {
  const auto says = [&](std::string_view words) { return message.find(words) != std::string::npos; };
  if (says("executable file not found") || says("no such file or directory")) return 127;
  if (says("permission denied") || says("is a directory")) return 126;
  return std::nullopt;
}

class Run {
 public:
  Run(const RunShop& shop, const RunRequest& request) : shop_(shop), request_(request) {}

  /// The command's exit code.
  int live();
  /// Removes the container and completes the record; nothing in it throws.
  void conclude(RunState state, const std::string& message);

 private:
  void begin_record();
  void await_record();
  void create();
  CreateResult create_or_pull(const ContainerRequest& container);
  std::optional<int> start();
  int supervise();
  int end_after(const char* signal, int exit_code);
  bool await_end(const std::function<bool()>& should_stop);
  std::optional<int> wait_for_exit(const std::function<bool()>& should_stop);
  void follow_terminal();
  void remove_container();
  [[nodiscard]] ContainerId find_container();
  void stop_if_signalled() const {
    if (const int signal = shop_.received_signal()) throw stopped_by(signal);
  }

  const RunShop& shop_;
  const RunRequest& request_;
  RunRow row_;
  std::future<std::string> recording_;  ///< when the record was made
  std::optional<OutputRecorder> recorder_;
  std::optional<EnvironmentFile> environment_;
  std::unique_ptr<ContainerStream> stream_;
  bool asked_for_container_ = false;
  bool output_ended_ = false;
  int exit_code_ = 0;
};

/// The record goes to the disk while the engine makes the container, which takes each about as long. The
/// container says by its labels whose it is, so a cai that dies between the two leaves nothing that the sweep
/// does not know (docs/decisions/0017).
void Run::begin_record() {
  row_ = {.id = {random_hex(4)},
          .engine = shop_.engine_id,
          .name = {},
          .command = shell_join(request_.command),
          .root = request_.root,
          .image = request_.image,
          .container = {},
          .keep = request_.keep,
          .owner = to_text(shop_.owner),
          .state = RunState::created,
          .exit_code = {},
          .message = {},
          .created_at = {},
          .started_at = {},
          .finished_at = {}};
  row_.name = request_.name.empty() ? "cai-run-" + row_.id.value : request_.name;
  recording_ = std::async(std::launch::async, [this, row = row_]() mutable {
    if (shop_.store.add_run(row)) return row.created_at;
    throw Error(ErrorKind::failed, "the id of the run is in use")
        .hint("try again: each attempt draws another");
  });
}

/// No command starts without its record.
void Run::await_record() {
  row_.created_at = recording_.get();
  recorder_.emplace(run_directory(shop_.paths, row_.id), shop_.clock);
}

CreateResult Run::create_or_pull(const ContainerRequest& container) {
  asked_for_container_ = true;
  auto made = shop_.engine.create_container(row_.name, container);
  if (made.outcome != Outcome::missing || !request_.template_name.empty()) return made;
  {
    const BoundedCalls bounded(shop_.engine,
                               {.interrupted = [this] { return shop_.received_signal() != 0; }});
    shop_.engine.pull_image(request_.image, shop_.progress);
  }
  stop_if_signalled();
  return shop_.engine.create_container(row_.name, container);
}

void Run::create() {
  environment_.emplace(shop_.paths, row_.id, row_.owner, request_);
  std::vector<std::string> entrypoint;
  if (!environment_->path().empty() && request_.own_entrypoint) {
    if (const auto image = shop_.engine.inspect_image(request_.image)) entrypoint = image->entrypoint;
  }
  const auto container = make_run_container(row_, request_, shop_.instance, entrypoint, environment_->path());
  const auto made = create_or_pull(container);
  if (made.outcome == Outcome::conflict) {
    throw Error(ErrorKind::failed, "the container name " + row_.name + " is in use")
        .hint("choose another --name");
  }
  if (made.outcome != Outcome::done) throw Error(ErrorKind::failed, escape_for_terminal(made.message));
  row_.container = made.id;
}

/// nullopt: it runs; else the exit code for a command that is no program.
std::optional<int> Run::start() {
  StartResult started;
  try {
    started = shop_.engine.start_container(row_.container);
  } catch (const Error& error) {
    const auto code = error.kind() == ErrorKind::failed ? code_of_start_failure(error.what()) : std::nullopt;
    if (!code) throw;
    shop_.warn(error.what());
    return code;
  }
  if (started.outcome != Outcome::done) {
    throw Error(ErrorKind::start_failed, escape_for_terminal(started.message));
  }
  environment_->remove();
  row_.started_at = format_rfc3339(shop_.clock.now());
  row_.state = RunState::running;
  return std::nullopt;
}

int Run::live() {
  begin_record();
  stop_if_signalled();
  create();
  await_record();
  stop_if_signalled();
  stream_ = shop_.engine.attach_container(
      row_.container,
      {.streams = request_.streams,
       .terminal = request_.terminal,
       .tap = [this](OutputStream stream, std::string_view piece) { recorder_->add(stream, piece); }});
  if (!stream_) throw Error(ErrorKind::failed, "the container is gone before its start");
  stop_if_signalled();
  if (const auto code = start()) {
    row_.exit_code = *code;
    return *code;
  }
  if (shop_.on_start) shop_.on_start(row_);
  const int code = supervise();
  row_.exit_code = code;
  return code;
}

/// The container's terminal has the size of ours, from its start and whenever ours changes.
void Run::follow_terminal() {
  const auto size = terminal_size();
  if (!size) return;
  try {
    shop_.engine.resize_container(row_.container, size->rows, size->columns);
  } catch (const Error&) {
    return;  // a wrong size is no reason to end anything
  }
}

/// True: the command ended, and `exit_code_` is known. False: `should_stop` said so.
bool Run::await_end(const std::function<bool()>& should_stop) {
  const auto ask = [&] {
    if (request_.terminal && shop_.terminal_resized()) follow_terminal();
    return should_stop();
  };
  if (!output_ended_) output_ended_ = stream_->pump(ask);
  if (!output_ended_) return false;
  // Usually the end of the output is the end of the command; but it may close its output and go on.
  try {
    const auto code = wait_for_exit(should_stop);
    if (!code) shop_.warn("somebody else removed the container of run " + row_.id.value);
    exit_code_ = code.value_or(lost_exit_code);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) return false;
    throw;
  }
  return true;
}

/// Asked anew every so often: an answer that was lost must not be waited for as long as the engine lives.
std::optional<int> Run::wait_for_exit(const std::function<bool()>& should_stop) {
  while (true) {
    const auto until = Deadline::in(one_wait);
    try {
      const BoundedCalls bounded(shop_.engine, {.until = until, .interrupted = should_stop});
      return shop_.engine.wait_container(row_.container);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::engine_unreachable || !until.expired()) throw;
    }
    // Throws when it is the engine that does not answer.
    if (!shop_.engine.inspect_container(row_.container.value)) return std::nullopt;
  }
}

/// Ends the command politely, then for good.
int Run::end_after(const char* signal, int exit_code) {
  const auto until = [](Deadline deadline) { return [deadline] { return deadline.expired(); }; };
  shop_.engine.kill_container(row_.container, signal);
  if (await_end(until(Deadline::in(shop_.grace)))) return exit_code;
  shop_.engine.kill_container(row_.container, "KILL");
  await_end(until(Deadline::in(after_kill)));
  return exit_code;
}

int Run::supervise() {
  std::optional<RawTerminal> raw;
  if (request_.terminal) {
    raw.emplace();
    follow_terminal();
  }
  const auto limit = request_.time_limit ? Deadline::in(*request_.time_limit) : Deadline::never();
  const bool ended =
      await_end([&] { return shop_.received_signal() != 0 || (request_.time_limit && limit.expired()); });
  if (ended) return exit_code_;
  if (const int signal = shop_.received_signal()) {
    return end_after(name_of_signal(signal), exit_code_of_signal(signal));
  }
  shop_.warn(
      fmt::format("run {} reached its time limit of {} s", row_.id.value, request_.time_limit->count()));
  return end_after("TERM", timed_out_exit_code);
}

/// When the answer to its creation was lost, the label says which one it is.
ContainerId Run::find_container() {
  if (!row_.container.empty() || !asked_for_container_) return row_.container;
  const Labels ours = {{label::run_id, row_.id.value}, {label::instance, shop_.instance.value}};
  const auto found = shop_.engine.list_containers({.labels = ours, .states = {}});
  return found.empty() ? ContainerId{} : found.front().id;
}

void Run::remove_container() {
  const bool stays = row_.keep && !row_.started_at.empty();
  if (stays) return;
  std::string problem;
  try {
    const BoundedCalls bounded(shop_.engine, {.until = Deadline::in(shop_.removal), .interrupted = {}});
    const auto id = find_container();
    if (id.empty()) return;
    problem = remove_run_container(shop_.engine, id, Deadline::in(conflict_patience));
  } catch (const Error& error) {
    problem = error.what();
  }
  if (problem.empty()) return;
  shop_.warn(fmt::format(
      "the container of run {} was not removed: {}; the next `cai run --rm` or `cai gc` tries again",
      row_.id.value, escape_for_terminal(problem)));
}

void Run::conclude(RunState state, const std::string& message) {
  if (recording_.valid()) {
    try {
      row_.created_at = recording_.get();
    } catch (const Error&) {
      // What kept the command from starting is told already.
    }
  }
  if (environment_) environment_->remove();
  if (recorder_) recorder_->finish();
  if (recorder_ && !recorder_->problem().empty())
    shop_.warn("run " + row_.id.value + ": " + recorder_->problem());
  row_.state = state;
  row_.message = message;
  row_.finished_at = format_rfc3339(shop_.clock.now());
  // The engine and the disk are slow, and neither has to wait for the other.
  auto written = std::async(std::launch::async, [this, row = row_] {
    if (!row.created_at.empty()) shop_.store.update_run(row);
  });
  remove_container();
  try {
    written.get();
  } catch (const Error& error) {
    shop_.warn("the record of run " + row_.id.value + " is not complete: " + error.what());
  }
}

}  // namespace

int run_once(const RunShop& shop, const RunRequest& request) {
  Run run(shop, request);
  try {
    const int code = run.live();
    run.conclude(RunState::exited, "");
    return code;
  } catch (const Error& error) {
    run.conclude(RunState::failed, error.what());
    if (error.kind() != ErrorKind::interrupted) throw;
  } catch (const std::exception& error) {
    run.conclude(RunState::failed, error.what());
    throw;
  }
  // A long call was interrupted: the signal says what by.
  throw stopped_by(shop.received_signal());
}

}  // namespace cai
