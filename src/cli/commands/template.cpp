#include "cai/base/text.hpp"
#include "cai/converge/images.hpp"
#include "cai/json/json.hpp"
#include "cli/commands/commands.hpp"
#include "cli/subject.hpp"
#include "cli/sweep.hpp"
#include "cli/table.hpp"
#include "cli/template_usage.hpp"

namespace cai {
namespace {

TemplateFolders folders(App& app) {
  return {.repository = {}, .user = app.paths().templates()};
}

Template load(App& app, const std::string& name) {
  return load_template(name, folders(app), app.user_settings().text("engine.base_image"));
}

std::string names_of_users(const std::vector<TemplateUser>& users, const std::string& name) {
  std::vector<std::string> names;
  for (const auto& user : users) {
    if (user.template_name == name) names.push_back(user.workspace + (user.behind ? " (behind)" : ""));
  }
  return names.empty() ? "-" : join(names, ", ");
}

/// What a build of the template takes; a template has no workspace.
WorkspaceOptions build_options(App& app, const std::string& name) {
  WorkspaceOptions options;
  options.base_image = app.user_settings().text("engine.base_image");
  options.chosen = load(app, name);
  if (options.chosen.needs_default_image) {
    options.default_image = load_template("default", {.repository = {}, .user = {}}, options.base_image);
  }
  return options;
}

}  // namespace

int template_build_command(App& app) {
  app.store(Store::Mode::read_write);
  const auto options = build_options(app, app.invocation().positional(0).value_or("default"));
  sweep_orphans(app);
  ConsoleEvents events(app.console());
  events.show_output(true);
  const ImageShop shop{
      .engine = app.engine(), .paths = app.paths(), .instance = app.instance(), .events = events};
  if (app.invocation().flag("no-cache")) {
    const auto former = rebuild_template_image(shop, options.chosen, options);
    remove_former_image(shop, former, options.chosen);
  } else {
    build_template_image(shop, options.chosen, options, BuildCache::use);
  }
  app.console().data(options.chosen.image + "\n");
  return 0;
}

int template_list_command(App& app) {
  app.store(Store::Mode::read_only);
  const auto users = find_template_users(app);
  Json json = Json::array();
  Table table({"NAME", "IMAGE", "ORIGIN", "USED BY"});
  int failures = 0;
  for (const auto& name : template_names(folders(app))) {
    try {
      const auto chosen = load(app, name);
      json.push_back(template_json(chosen, users));
      table.add_row({chosen.name, chosen.image, escape_for_terminal(chosen.origin),
                     users ? names_of_users(*users, chosen.name) : "?"});
    } catch (const Error& error) {
      app.console().render_error(error);
      ++failures;
    }
  }
  app.console().data(app.invocation().flag("json") ? dump_json(json, 2) + "\n" : table.render());
  return failures == 0 ? 0 : 1;
}

int template_show_command(App& app) {
  app.store(Store::Mode::read_only);
  const auto chosen = load(app, app.invocation().positional(0).value_or(""));
  const auto users = find_template_users(app);
  if (app.invocation().flag("json")) {
    app.console().data(dump_json(template_json(chosen, users), 2) + "\n");
    return 0;
  }
  app.console().notice(chosen.name + ": " + escape_for_terminal(chosen.origin) + ", image " + chosen.image);
  if (users) app.console().notice("used by " + names_of_users(*users, chosen.name));
  for (const auto& file : chosen.files) {
    if (file.path == "Dockerfile") app.console().data(file.content);
  }
  return 0;
}

int template_new_command(App& app) {
  const auto name = app.invocation().positional(0).value_or("");
  const auto file = make_template(name, app.paths().templates());
  app.console().data(file.string() + "\n");
  app.console().notice(name == "default" ? "it stands in for the built-in template from now on"
                                         : "`cai --template " + name + "` makes a workspace from it");
  return 0;
}

int template_diff_command(App& app) {
  app.store(Store::Mode::read_only);
  const auto name = app.invocation().positional(0);
  if (name && *name != "repository") load(app, *name);  // a name that nobody has is a mistake
  const auto differences = find_template_differences(app, name);
  if (app.invocation().flag("json")) {
    app.console().data(dump_json(template_difference_json(differences), 2) + "\n");
    return 0;
  }
  for (const auto& difference : differences) app.console().data(template_difference_text(difference));
  if (!differences.empty()) {
    app.console().notice("`cai --fresh` makes a new container; the data volume is kept");
  } else {
    app.console().notice(name ? "no workspace is behind the template " + *name : "no workspace is behind");
  }
  return 0;
}

}  // namespace cai
