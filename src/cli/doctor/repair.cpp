#include "cli/doctor/repair.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <system_error>

#include "cai/base/filesystem.hpp"
#include "cai/base/text.hpp"
#include "cli/app.hpp"

namespace cai {
namespace {

struct TextOf {
  std::string operator()(const SetMode& repair) const {
    return fmt::format("set the mode of {} to {:04o}", escape_for_terminal(repair.mode.path.native()),
                       repair.mode.wanted);
  }
  std::string operator()(const RemoveTemporaryFile& repair) const {
    return fmt::format("remove the temporary file {}", escape_for_terminal(repair.path.native()));
  }
  std::string operator()(const AddIncludeLine&) const {
    return "put one Include line on top of ~/.ssh/config";
  }
  std::string operator()(const CloseJournalEntry& repair) const {
    return fmt::format("close journal entry {} as failed: {}", repair.id, escape_for_terminal(repair.step));
  }
};

struct CarryOut {
  App& app;

  void operator()(const SetMode& repair) const {
    // Looked at again: a link that took the file's place would lead elsewhere.
    if (check_mode(repair.mode.path, repair.mode.wanted).empty()) return;
    if (::chmod(repair.mode.path.c_str(), repair.mode.wanted) == 0) return;
    throw Error(ErrorKind::failed, fmt::format("cannot change the mode of {}: {}", repair.mode.path.native(),
                                               std::generic_category().message(errno)))
        .hint("the file may belong to another user; look at it with ls -l");
  }
  void operator()(const RemoveTemporaryFile& repair) const { remove_file(repair.path); }
  void operator()(const AddIncludeLine&) const { ensure_include_line(app.paths()); }
  void operator()(const CloseJournalEntry& repair) const {
    app.store(Store::Mode::read_write)
        .journal_close_dead(repair.id, "cai ended before this did; closed by `cai doctor fix`");
  }
};

}  // namespace

std::vector<Repair> plan_repairs(const DoctorFacts& facts) {
  std::vector<Repair> repairs;
  for (const LooseMode& loose : facts.loose_modes) repairs.emplace_back(SetMode{loose});
  const bool lacks_line = facts.ssh.entries && !facts.ssh.include_line && !facts.ssh.unreadable;
  if (lacks_line) repairs.emplace_back(AddIncludeLine{});
  for (const auto& path : facts.leftovers.temporary_files) repairs.emplace_back(RemoveTemporaryFile{path});
  for (const auto& entry : facts.leftovers.unfinished)
    repairs.emplace_back(CloseJournalEntry{entry.id, entry.step});
  return repairs;
}

std::string to_text(const Repair& repair) {
  return std::visit(TextOf{}, repair);
}

void carry_out(App& app, const Repair& repair) {
  std::visit(CarryOut{app}, repair);
}

}  // namespace cai
