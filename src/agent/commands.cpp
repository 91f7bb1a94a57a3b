// What runs inside a box: exec, background jobs, waiting until something answers.
#include <fmt/format.h>
#include <poll.h>

#include "agent/box.hpp"
#include "cai/base/error.hpp"
#include "cai/base/text.hpp"

namespace cai {
namespace {

std::string user_of(const Call& call, const Box& box) {
  return call.arguments.flag("as_root") ? root_user : box.user;
}

std::chrono::milliseconds seconds(double value) {
  constexpr double milliseconds_per_second = 1000;
  return std::chrono::milliseconds(static_cast<std::int64_t>(value * milliseconds_per_second));
}

/// Job ids name directories.
std::string checked_job(const Call& call) {
  std::string job = call.arguments.text("job_id");
  if (job.size() == 8 && job.find_first_not_of("0123456789abcdef") == std::string::npos) return job;
  throw Error(ErrorKind::usage,
              "the parameter \"job_id\" must be what exec_background returned: 8 hex digits");
}

/// $1 the job, $2 the command. The job outlives the exec that starts it.
constexpr const char* start_job = R"sh(
umask 077
d=/run/cai/jobs/$1
mkdir -p "$d" && echo "$(id -u):$(id -g)" > "$d/user" || exit 1
{ /bin/sh -c "$2" > "$d/output" 2>&1 < /dev/null; echo $? > "$d/exit.new"; mv "$d/exit.new" "$d/exit"; } \
  > /dev/null 2>&1 < /dev/null &
echo $! > "$d/pid"
echo $!)sh";

/// First line: "exit CODE", "running" or "gone"; then what was printed.
constexpr const char* poll_job = R"sh(
d=/run/cai/jobs/$1
[ -d "$d" ] || exit 9
if [ -f "$d/exit" ]; then echo "exit $(cat "$d/exit")"
elif kill -0 "$(cat "$d/pid")" 2>/dev/null; then echo running
elif [ -f "$d/exit" ]; then echo "exit $(cat "$d/exit")"
else echo gone; fi
tail -n 100 "$d/output" 2>/dev/null; true)sh";

struct JobState {
  bool running = false;
  std::optional<int> exit_code;
  std::string output;
};

/// Jobs of root are seen by root only.
JobState look_at_job(Call& call, const Box& box, const std::string& job) {
  const auto seen =
      run_in_box(call, box, {.command = poll_job, .words = {job}, .user = root_user, .directory = "/"});
  if (seen.code == 9) {
    throw Error(ErrorKind::not_found, fmt::format("box {} has no job {}", box.name(), job))
        .hint("jobs are forgotten when the box is restarted");
  }
  if (!seen.succeeded()) throw Error(ErrorKind::failed, "the job cannot be looked at: " + seen.tail());
  JobState state;
  const auto line_end = seen.output.find('\n');
  const std::string first = seen.output.substr(0, line_end);
  if (line_end != std::string::npos) state.output = seen.output.substr(line_end + 1);
  state.running = first == "running";
  if (first.starts_with("exit ")) {
    state.exit_code = static_cast<int>(parse_integer(trim(std::string_view(first).substr(5))).value_or(1));
  }
  // Killed before it could say how it ended.
  if (!state.running && !state.exit_code) state.exit_code = 137;
  return state;
}

}  // namespace

Json exec_operation(Call& call) {
  const Box box = find_box(call, call.arguments.text("container"));
  const auto limit = call.arguments.number("timeout");
  const auto result = run_in_box(call, box,
                                 {.command = call.arguments.text("command"),
                                  .words = {},
                                  .user = user_of(call, box),
                                  .directory = {},
                                  .input = {},
                                  .limit = seconds(limit),
                                  .with_variables = true});
  if (result.cancelled) throw Error(ErrorKind::interrupted, "cancelled; the command was killed");
  Json answer = {{"returncode", result.timed_out ? -1 : result.code},
                 {"stdout", result.output},
                 {"stderr", result.error},
                 {"timed_out", result.timed_out}};
  if (result.output_cut || result.error_cut) answer["truncated"] = true;
  return answer;
}

Json exec_background_operation(Call& call) {
  const Box box = find_box(call, call.arguments.text("container"));
  const std::string job = random_hex(4);
  const auto started = run_in_box(call, box,
                                  {.command = start_job,
                                   .words = {job, call.arguments.text("command")},
                                   .user = user_of(call, box),
                                   .directory = {},
                                   .input = {},
                                   .limit = std::chrono::seconds(30),
                                   .with_variables = true,
                                   .mark = "job-" + job});
  const auto pid = parse_integer(trim(started.output));
  if (!started.succeeded() || !pid)
    throw Error(ErrorKind::failed, "the job cannot be started: " + started.tail());
  return {
      {"job_id", job}, {"pid", *pid}, {"container", box.name()}, {"command", call.arguments.text("command")}};
}

Json exec_poll_operation(Call& call) {
  const std::string job = checked_job(call);
  const Box box = find_box(call, call.arguments.text("container"));
  const auto state = look_at_job(call, box, job);
  return {{"job_id", job},
          {"running", state.running},
          {"exit_code", state.exit_code ? Json(*state.exit_code) : Json()},
          {"output", state.output}};
}

Json exec_cancel_operation(Call& call) {
  const std::string job = checked_job(call);
  const Box box = find_box(call, call.arguments.text("container"));
  const auto before = look_at_job(call, box, job);
  if (!before.running) {
    return {{"job_id", job}, {"cancelled", false}, {"detail", "it had ended already"}};
  }
  const auto owner = run_in_box(
      call, box,
      {.command = "cat \"/run/cai/jobs/$1/user\"", .words = {job}, .user = root_user, .directory = "/"});
  kill_marked(call.engine, box.id(), std::string(trim(owner.output)), "job-" + job);
  const auto after = look_at_job(call, box, job);
  Json result = {{"job_id", job}, {"cancelled", !after.running}};
  if (after.running) result["error"] = "the job still runs after it was killed";
  return result;
}

Json wait_healthy_operation(Call& call) {
  const Box box = find_box(call, call.arguments.text("container"));
  const auto retries = static_cast<int>(call.arguments.number("retries"));
  const auto interval = seconds(call.arguments.number("interval"));
  std::string last;
  for (int attempt = 1; attempt <= retries; ++attempt) {
    call.progress(fmt::format("attempt {} of {}", attempt, retries));
    const auto result = run_in_box(call, box,
                                   {.command = call.arguments.text("health_command"),
                                    .words = {},
                                    .user = box.user,
                                    .directory = {},
                                    .input = {},
                                    .limit = std::chrono::seconds(30),
                                    .with_variables = true});
    if (result.succeeded()) {
      return {{"healthy", true}, {"attempts", attempt}, {"detail", result.tail()}, {"last_error", Json()}};
    }
    last = result.timed_out ? "it did not end within 30 s"
                            : fmt::format("ended with {}: {}", result.code, result.tail());
    const auto next = Deadline::in(interval);
    while (attempt < retries && !next.expired()) {
      if (call.cancelled()) throw Error(ErrorKind::interrupted, "cancelled");
      ::poll(nullptr, 0, static_cast<int>(std::min<std::int64_t>(next.remaining().count(), 100)));
    }
  }
  return {{"healthy", false},
          {"attempts", retries},
          {"detail", fmt::format("not healthy after {} attempts", retries)},
          {"last_error", last}};
}

}  // namespace cai
