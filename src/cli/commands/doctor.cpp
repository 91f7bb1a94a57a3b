#include "cai/base/text.hpp"
#include "cli/commands/commands.hpp"
#include "cli/doctor/judge.hpp"
#include "cli/doctor/repair.hpp"
#include "cli/doctor/view.hpp"

namespace cai {
namespace {

int report(App& app, const DoctorFacts& facts) {
  const auto checks = judge(facts);
  app.console().data(app.invocation().flag("json") ? dump_json(doctor_json(checks), 2) + "\n"
                                                   : doctor_text(checks));
  return is_healthy(checks) ? 0 : 1;
}

/// Shows what would be done before it asks. A repair that fails does not keep the others from being done: the
/// checks afterwards tell what is left.
void mend(App& app, const std::vector<Repair>& repairs) {
  Console& console = app.console();
  for (const Repair& repair : repairs) console.notice("would " + to_text(repair));
  if (!console.question("Do that?")) {
    throw Error(ErrorKind::refused, "nothing was changed")
        .hint("`cai doctor fix --yes` does it without asking");
  }
  for (const Repair& repair : repairs) {
    try {
      carry_out(app, repair);
      console.notice("done: " + to_text(repair));
    } catch (const Error& error) {
      console.render_error(error);
    }
  }
}

}  // namespace

int doctor_command(App& app) {
  const auto action = app.invocation().positional(0);
  if (action && *action != "fix") {
    throw Error(ErrorKind::usage, "`cai doctor` knows nothing of '" + escape_for_terminal(*action) + "'")
        .hint("`cai doctor` looks, `cai doctor fix` mends what is safe to mend");
  }
  const auto facts = gather_facts(app);
  if (!action) return report(app, facts);
  const auto repairs = plan_repairs(facts);
  if (repairs.empty()) {
    app.console().notice("there is nothing that cai can mend by itself");
    return report(app, facts);
  }
  mend(app, repairs);
  return report(app, gather_facts(app));
}

}  // namespace cai
