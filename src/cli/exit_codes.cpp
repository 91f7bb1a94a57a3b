#include "cli/exit_codes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <csignal>

namespace cai {
namespace {

constexpr auto table = std::to_array<ExitCodeRow>({
    {0, std::nullopt, "done", "The state asked for holds."},
    {1, ErrorKind::failed, "failed", "Something failed; the message says what."},
    {2, ErrorKind::usage, "usage", "The command line or a configuration file could not be understood."},
    {3, ErrorKind::refused, "refused", "Not done on purpose: a rule forbids it, or it was not confirmed."},
    {4, std::nullopt, "protected", "Done, but something protected was skipped."},
    {10, ErrorKind::not_found, "not found", "The workspace, container or setting asked for does not exist."},
    {11, ErrorKind::start_failed, "start failed", "The container could not be started, or ended at once."},
    {12, ErrorKind::ssh_setup, "SSH set-up failed", "Keys, entries or sshd could not be brought up."},
    {13, ErrorKind::ssh_connect, "SSH connection failed",
     "The sshd inside could not be reached, or did not accept the key."},
    {14, ErrorKind::ssh_host_key, "host key mismatch", "Something else answers on the workspace's port."},
    {15, ErrorKind::not_ours, "not ours", "The container exists, but does not belong to this installation."},
    {20, ErrorKind::engine_unreachable, "engine unreachable",
     "No container engine, no permission, or no sensible answer in time."},
    {21, ErrorKind::busy, "busy", "Somebody else holds what is needed, for longer than cai waits."},
    {125, std::nullopt, "not started", "A run or box could not be started."},
    {130, ErrorKind::interrupted, "interrupted", "Interrupted from the keyboard (SIGINT)."},
    {143, ErrorKind::terminated, "terminated", "Ended by SIGTERM or SIGHUP."},
});

constexpr const ExitCodeRow* find_row(ErrorKind kind) {
  for (const ExitCodeRow& row : table) {
    if (row.kind == kind) return &row;
  }
  return nullptr;
}

constexpr bool every_kind_has_a_row() {
  for (int kind = 0; kind <= static_cast<int>(ErrorKind::terminated); ++kind) {
    if (find_row(static_cast<ErrorKind>(kind)) == nullptr) return false;
  }
  return true;
}
static_assert(every_kind_has_a_row(), "a new ErrorKind needs a row in the table of exit codes");

}  // namespace

std::span<const ExitCodeRow> exit_code_table() {
  return table;
}

int exit_code(ErrorKind kind) {
  return find_row(kind)->code;
}

Error ended_by_signal(int signal, const std::string& text) {
  return {signal == SIGINT ? ErrorKind::interrupted : ErrorKind::terminated, text};
}

std::string exit_codes_markdown() {
  std::string text =
      "# Exit codes\n\n"
      "<!-- Made from src/cli/exit_codes.cpp; a test compares. Rewrite it with CAI_UPDATE_GOLDEN=1. -->\n\n"
      "A command that runs inside a container (`cai -- CMD`, `cai exec -- CMD`) passes its own exit code on; "
      "otherwise:\n\n"
      "| Code | Name | Meaning |\n|---:|---|---|\n"
      "| the inner command's own | | The command inside ran, and this is its answer. |\n";
  for (const ExitCodeRow& row : table) {
    text += fmt::format("| {} | {} | {} |\n", row.code, row.name, row.meaning);
  }
  return text;
}

}  // namespace cai
