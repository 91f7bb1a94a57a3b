#include "agent/preparation.hpp"

#include <fmt/format.h>

#include "cai/base/error.hpp"
#include "cai/base/text.hpp"

namespace cai {
namespace {

constexpr auto limit = std::chrono::seconds(60);
/// Begins the last line of the answer; its exit code follows. Shells read a subshell whole before they run
/// it, so that of a script that is cut off nothing happens.
constexpr std::string_view end_mark = "cai-prepared ";

/// Works without useradd. Prints home, shell, and whether the variables could be handed to the user: without
/// CHOWN the user has to write them itself.
constexpr const char* script_form = R"sh((
uid={uid} gid={gid} workdir={workdir} own={own}
home= shell=/bin/sh
for s in /bin/bash /usr/bin/bash /bin/zsh /usr/bin/zsh; do if [ -x $s ]; then shell=$s; break; fi; done
if [ -r /etc/passwd ]; then
  while IFS=: read -r name password u g comment h rest || [ -n "$name" ]; do
    if [ "$u" = "$uid" ]; then home=$h; break; fi
  done < /etc/passwd
fi
if [ -z "$home" ]; then
  home=/home/hostuser
  echo "hostuser:x:$uid:$gid::$home:$shell" >> /etc/passwd || exit 1
  grep -q "^[^:]*:[^:]*:$gid:" /etc/group 2>/dev/null || echo "hostuser:x:$gid:" >> /etc/group
fi
mkdir -p "$home" 2>/dev/null
[ "$uid" = 0 ] || chown "$uid:$gid" "$home" 2>/dev/null
[ "$(stat -c %u "$home" 2>/dev/null)" = "$uid" ] || home=/run/cai/home
if [ "$own" = 1 ]; then
  mkdir -p "$workdir" && {{ chown "$uid:$gid" "$workdir" 2>/dev/null || chmod 0777 "$workdir"; }}
fi
case $home in *[!A-Za-z0-9/._-]*) home=/run/cai/home ;; esac
umask 077
given=yes
{{ {{ echo "export HOME=$home"; echo "export SHELL=$shell"; cat <<'{end}'
{variables}{end}
  }} > /run/cai/env.new && mkdir -p /run/cai/jobs /run/cai/home &&
  {{ [ "$uid" = 0 ] || chown "$uid:$gid" /run/cai/env.new /run/cai/jobs /run/cai/home; }} &&
  mv /run/cai/env.new /run/cai/env; }} 2>/dev/null || given=no
printf '%s\n%s\n%s\n' "$home" "$shell" $given
)
echo "{mark}$?"
)sh";

std::string script_for(const Provision& provision) {
  const auto ids = split(provision.box.user, ':');
  const auto& workdir = provision.box.workdir;
  const bool own = workdir != "/" && !provision.workdir_mounted;
  return fmt::format(fmt::runtime(script_form), fmt::arg("uid", ids[0]), fmt::arg("gid", ids[1]),
                     fmt::arg("workdir", shell_quote(workdir)), fmt::arg("own", own ? 1 : 0),
                     fmt::arg("end", "end-" + random_hex(8)), fmt::arg("mark", end_mark),
                     fmt::arg("variables", variables_file(provision)));
}

bool is_whole(const std::string& output) {
  const auto at = output.find(end_mark);
  return at != std::string::npos && output.find('\n', at) != std::string::npos;
}

}  // namespace

Preparation::Preparation(Provision& provision) : provision_(provision), script_(script_for(provision)) {}

void Preparation::attach() {
  if (provision_.service) return;
  input_ = as_descriptor(script_);
  const auto keep = [this](OutputStream stream, std::string_view piece) {
    constexpr std::size_t most = 64U << 10U;
    auto& text = stream == OutputStream::output ? answer_.output : answer_.problem;
    text += piece.substr(0, most - std::min(text.size(), most));
  };
  stream_ = provision_.call.engine.attach_container(
      provision_.box.id(),
      {.streams = {.input = input_.get(), .output = -1, .error = -1}, .terminal = false, .tap = keep});
  if (!stream_) throw Error(ErrorKind::start_failed, "the box is gone before its start");
}

Preparation::Answer Preparation::run_by_exec() const {
  const auto result = run_in_box(provision_.call, provision_.box,
                                 {.command = "exec /bin/sh",
                                  .words = {},
                                  .user = root_user,
                                  .directory = "/",
                                  .input = script_,
                                  .limit = limit});
  return {result.output, result.tail()};
}

Preparation::Answer Preparation::read_from_program() {
  const auto deadline = Deadline::in(limit);
  const bool ended = stream_->pump(
      [&] { return is_whole(answer_.output) || provision_.call.cancelled() || deadline.expired(); });
  stream_.reset();
  if (ended && !is_whole(answer_.output)) throw box_ended(provision_.call, provision_.box, "at once");
  if (deadline.expired() && !is_whole(answer_.output)) {
    throw Error(ErrorKind::failed, fmt::format("the box was not set up within {} s", limit.count()))
        .hint("the container engine may be overloaded; try again");
  }
  return answer_;
}

void Preparation::finish() {
  const Answer answer = provision_.service ? run_by_exec() : read_from_program();
  if (provision_.call.cancelled()) throw Error(ErrorKind::interrupted, "cancelled");
  const auto lines = split(answer.output, '\n');
  if (lines.size() < 4 || lines[3] != fmt::format("{}0", end_mark)) {
    throw Error(ErrorKind::failed,
                fmt::format("the box cannot be set up inside: {}", escape_for_terminal(trim(answer.problem))))
        .hint("a box needs /bin/sh; name an image that has one");
  }
  provision_.home = lines[0];
  provision_.shell = lines[1];
  if (lines[2] != "yes") write_variables(provision_);
}

}  // namespace cai
