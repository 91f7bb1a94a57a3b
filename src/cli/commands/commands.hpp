#pragma once

#include "cli/app.hpp"

namespace cai {

// One function for each command of the table; each returns the exit code. cli/run.cpp calls them.
int attach_command(App& app);  ///< attach, run and shell
int exec_command(App& app);
int plan_command(App& app);
int apply_command(App& app);
int status_command(App& app);
int list_command(App& app);
int stop_command(App& app);
int destroy_command(App& app);
int log_command(App& app);
int config_get_command(App& app);
int config_list_command(App& app);
int template_list_command(App& app);
int template_show_command(App& app);
int version_command(App& app);
int help_command(App& app);

}  // namespace cai
