#pragma once

#include "cli/app.hpp"

namespace cai {

// One function for each command of the table; each returns the exit code. cli/run.cpp calls them.
int attach_command(App& app);  ///< attach and shell
int run_command(App& app);
int exec_command(App& app);
int plan_command(App& app);
int apply_command(App& app);
int status_command(App& app);
int list_command(App& app);
int stop_command(App& app);
int destroy_command(App& app);
int system_images_command(App& app);
int system_containers_command(App& app);
int gc_command(App& app);
int clean_command(App& app);
int export_command(App& app);
int import_command(App& app);
int log_command(App& app);
int logs_command(App& app);
int config_get_command(App& app);
int config_list_command(App& app);
int config_set_command(App& app);
int config_unset_command(App& app);
int template_list_command(App& app);
int template_show_command(App& app);
int doctor_command(App& app);
int ssh_cleanup_command(App& app);
int ssh_config_command(App& app);
int completion_command(App& app);
int template_build_command(App& app);
int template_diff_command(App& app);
int template_new_command(App& app);
int mcp_command(App& app);
int box_command(App& app);  ///< the subcommands that are one operation of the tool
int box_exec_command(App& app);
int box_call_command(App& app);
int version_command(App& app);
int help_command(App& app);

}  // namespace cai
