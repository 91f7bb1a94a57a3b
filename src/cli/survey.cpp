#include "cli/survey.hpp"

#include <algorithm>
#include <future>
#include <map>

#include "cai/base/text.hpp"
#include "cai/converge/rows.hpp"
#include "cli/subject.hpp"

namespace cai {
namespace {

/// What settings and choices come to for one workspace after another. For most that is the same as for the
/// one before, and working it out is a good part of what a look at a thousand costs.
class OptionsInTurn {
 public:
  const WorkspaceOptions& of(App& app, const Subject& subject, const Choices& choices) {
    if (!options_ || !is_as_before(subject, choices)) {
      options_ = resolve_options(app, subject, choices);
      subject_ = subject;
      choices_ = choices;
    }
    options_->git_directory = subject.location.git_directory.string();
    return *options_;
  }

 private:
  /// All that resolve_options looks at, but for the git directory.
  [[nodiscard]] bool is_as_before(const Subject& subject, const Choices& choices) const {
    return &subject.settings.all() == &subject_.settings.all() &&
           subject.repository_template == subject_.repository_template &&
           subject.folders.repository.native() == subject_.folders.repository.native() &&
           subject.folders.user.native() == subject_.folders.user.native() && choices == choices_;
  }

  std::optional<WorkspaceOptions> options_;
  Subject subject_;  ///< of `options_`, as `choices_`; keeps the settings, so that their address is theirs
  Choices choices_;
};

/// The template's and settings' state now, against what the container was made from. A workspace whose
/// directory or template cannot be read compares as up to date: `cai plan` says what is wrong with it.
std::vector<std::string> behind_fields(App& app, const WorkspaceView& view,
                                       const ObservedContainer& container, OptionsInTurn& options) {
  const auto& row = view.row;
  try {
    const auto subject = make_subject(app, row, view.directory_exists);
    const auto wanted = make_specification(row, options.of(app, subject, row.choices), app.files());
    return changed_fields(label_or_empty(container.labels, label::spec), wanted);
  } catch (const Error& error) {
    app.console().warning(escape_for_terminal(row.name) + ": " + error.what());
    return {};
  }
}

void fill(App& app, WorkspaceView& view, const ObservedContainer& container, OptionsInTurn& options) {
  view.status = container.state == ContainerState::unknown ? container.state_text
                                                           : std::string(to_string(container.state));
  view.container = container.id;
  view.image = container.image;
  view.template_name = label_or_empty(container.labels, label::template_name);
  for (const auto& [field, value] : parse_canonical_text(label_or_empty(container.labels, label::spec))) {
    if (field == "profile") view.profile = value;
  }
  view.created = container.created;
  view.behind = behind_fields(app, view, container, options);
}

WorkspaceView make_view(WorkspaceRow row) {
  WorkspaceView view;
  view.row = std::move(row);
  view.status = "absent";
  view.template_name = view.row.choices.template_name.value_or("");
  view.profile = std::string(to_string(view.row.choices.profile.value_or(Profile::strict)));
  std::error_code ignored;
  view.directory_exists = std::filesystem::is_directory(view.row.key.root, ignored);
  return view;
}

std::int64_t generation_label(const ObservedContainer& container) {
  return parse_integer(label_or_empty(container.labels, label::generation)).value_or(0);
}

/// Everything of this installation.
ContainerFilter own_containers(App& app) {
  return {.labels = {{label::managed, "true"}, {label::instance, app.instance_for_reading().value}},
          .states = {}};
}

/// One request, which others can use the time of. Until it is answered the engine is not for anybody else.
std::future<std::vector<ObservedContainer>> ask_for_own_containers(App& app) {
  return std::async(std::launch::async, [ours = own_containers(app), &engine = app.engine()] {
    return engine.list_containers(ours);
  });
}

/// Of each workspace of ours, the container of its newest generation. Keys and values live as long as
/// `listed`.
std::map<std::string_view, const ObservedContainer*> newest_of_ours(
    App& app, const std::vector<ObservedContainer>& listed) {
  std::map<std::string_view, const ObservedContainer*> newest;
  for (const auto& container : listed) {
    const bool ours = label_or_empty(container.labels, label::managed) == "true" &&
                      label_or_empty(container.labels, label::kind) == "workspace" &&
                      label_or_empty(container.labels, label::instance) == app.instance_for_reading().value;
    if (!ours) continue;
    auto& known = newest[label_or_empty(container.labels, label::workspace_id)];
    if (known == nullptr || generation_label(container) > generation_label(*known)) known = &container;
  }
  return newest;
}

/// Views are large: each is moved once, not once for each comparison.
std::vector<WorkspaceView> sorted_by_name(std::vector<WorkspaceView> views) {
  std::vector<WorkspaceView*> order;
  order.reserve(views.size());
  for (auto& view : views) order.push_back(&view);
  std::ranges::stable_sort(order, {},
                           [](const WorkspaceView* view) -> const std::string& { return view->row.name; });
  std::vector<WorkspaceView> sorted;
  sorted.reserve(views.size());
  for (auto* view : order) sorted.push_back(std::move(*view));
  return sorted;
}

std::vector<WorkspaceView> compare(App& app, std::vector<WorkspaceRow> rows,
                                   const std::vector<ObservedContainer>& listed) {
  auto containers = newest_of_ours(app, listed);
  const auto engine = app.remembered_engine();
  OptionsInTurn options;
  std::vector<WorkspaceView> views;
  views.reserve(rows.size() + containers.size());
  for (auto& row : rows) {
    auto view = make_view(std::move(row));
    if (const auto at = containers.find(view.row.id.value); at != containers.end()) {
      fill(app, view, *at->second, options);
      containers.erase(at);
    } else if (engine && view.row.engine != *engine) {
      view.status = "elsewhere";
    }
    views.push_back(std::move(view));
  }
  for (const auto& [id, container] : containers) {
    auto row = row_from_labels(*container, engine.value_or(EngineId{}), "");
    if (!row) continue;
    auto view = make_view(*std::move(row));
    fill(app, view, *container, options);
    views.push_back(std::move(view));
  }
  return sorted_by_name(std::move(views));
}

}  // namespace

std::vector<WorkspaceView> survey_all(App& app) {
  auto listed = ask_for_own_containers(app);
  auto rows = app.store(Store::Mode::read_only).workspaces();
  return compare(app, std::move(rows), listed.get());
}

Survey survey_everything(App& app) {
  auto listed = ask_for_own_containers(app);
  auto rows = app.store(Store::Mode::read_only).workspaces();
  const auto containers = listed.get();
  return {.workspaces = compare(app, std::move(rows), containers), .runs = view_runs(app, containers)};
}

std::vector<WorkspaceView> survey(App& app, const std::vector<ObservedContainer>& listed) {
  return compare(app, app.store(Store::Mode::read_only).workspaces(), listed);
}

WorkspaceView survey_one(App& app, const WorkspaceRow& row) {
  auto view = make_view(row);
  const auto known = app.remembered_engine();
  if (known && !row.engine.empty() && row.engine != *known) {
    view.status = "elsewhere";
    return view;
  }
  view.details = app.engine().inspect_container(row.container.empty() ? row.name : row.container.value);
  if (!view.details && !row.container.empty()) view.details = app.engine().inspect_container(row.name);
  if (view.details && label_or_empty(view.details->container.labels, label::workspace_id) != row.id.value) {
    view.details.reset();
  }
  OptionsInTurn options;
  if (view.details) fill(app, view, view.details->container, options);
  return view;
}

std::optional<WorkspaceRow> find_row_or_labels(App& app, const std::optional<std::string>& name) {
  if (auto row = find_row(app, name)) return row;
  const auto engine = app.remembered_engine().value_or(EngineId{});
  std::optional<WorkspaceKey> here;
  if (!name) here = locate(app.environment().working_directory).key();
  const auto listed = app.engine().list_containers(own_containers(app));
  for (const auto& [id, container] : newest_of_ours(app, listed)) {
    auto row = row_from_labels(*container, engine, "");
    if (row && (name ? row->name == *name : row->key == *here)) return row;
  }
  return std::nullopt;
}

}  // namespace cai
