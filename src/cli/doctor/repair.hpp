#pragma once

#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "cli/doctor/facts.hpp"

namespace cai {

struct SetMode {
  LooseMode mode;
};
struct RemoveTemporaryFile {
  std::filesystem::path path;
};
struct AddIncludeLine {};
struct CloseJournalEntry {
  std::int64_t id = 0;
  std::string step;
};

/// Something that can be put right without losing anything.
using Repair = std::variant<SetMode, RemoveTemporaryFile, AddIncludeLine, CloseJournalEntry>;

/// What `doctor fix` would do about these facts; pure.
std::vector<Repair> plan_repairs(const DoctorFacts& facts);
/// "set the mode of /p to 0600", for a terminal.
std::string to_text(const Repair& repair);
/// Throws Error when it does not succeed.
void carry_out(App& app, const Repair& repair);

}  // namespace cai
