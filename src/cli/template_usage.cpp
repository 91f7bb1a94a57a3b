#include "cli/template_usage.hpp"

#include "cai/base/text.hpp"
#include "cli/subject.hpp"

namespace cai {
namespace {

bool is_of_template(const std::string& field) {
  return field == "template" || field == "template_hash" || field == "image";
}

std::vector<ChangedField> changed_settings(const SpecificationFields& former,
                                           const SpecificationFields& now) {
  std::vector<ChangedField> changed;
  for (const auto& [field, value] : now) {
    const auto old = std::ranges::find(former, field, [](const auto& pair) { return pair.first; });
    const std::string was = old == former.end() ? "" : old->second;
    if (!is_of_template(field) && was != value) changed.push_back({field, was, value});
  }
  return changed;
}

void compare_templates(TemplateDifference& difference, const std::optional<TemplateEdition>& former,
                       const Template& chosen) {
  if (!former) return;
  const auto now = edition_of(chosen);
  difference.files_known = true;
  difference.files = changed_files(*former, now);
  difference.runtime_changed = former->runtime != now.runtime;
  if (former->base != now.base) difference.base.push_back({"BASE_IMAGE", former->base, now.base});
}

TemplateDifference difference_of(App& app, const WorkspaceView& view, const ContainerDetails& details) {
  const auto& labels = details.container.labels;
  const auto& row = view.row;
  const auto options = resolve_options(app, make_subject(app, row), row.choices);
  const auto desired = make_desired(app.instance_for_reading(), row, options, app.files());
  const auto former_fields = parse_canonical_text(label_or_empty(labels, label::spec));

  TemplateDifference difference;
  difference.workspace = row.name;
  difference.path = row.key.root;
  difference.branch = row.key.branch;
  difference.former_template = label_or_empty(labels, label::template_name);
  difference.template_name = options.chosen.name;
  difference.former_image = view.image;
  difference.image = options.chosen.image;
  difference.settings = changed_settings(former_fields, fields_of(desired.specification));
  const auto former_hash = label_or_empty(labels, label::template_hash);
  if (former_hash == options.chosen.hash) {
    difference.files_known = true;
  } else {
    compare_templates(difference, recall_edition(editions_folder(app.paths()), former_hash), options.chosen);
  }
  return difference;
}

}  // namespace

std::optional<std::vector<TemplateUser>> find_template_users(App& app) {
  try {
    std::vector<TemplateUser> users;
    for (const auto& view : survey_all(app)) {
      if (view.container.empty()) continue;
      users.push_back({view.template_name, view.row.name, view.image, !view.behind.empty()});
    }
    return users;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::engine_unreachable) throw;
    app.console().warning(std::string("who uses the templates is not known: ") + error.what());
    return std::nullopt;
  }
}

std::vector<TemplateDifference> find_template_differences(App& app, const std::optional<std::string>& name) {
  std::vector<TemplateDifference> differences;
  for (const auto& view : survey_all(app)) {
    if (view.behind.empty()) continue;
    const auto details = app.engine().inspect_container(view.container.value);
    if (!details) continue;  // gone since it was listed
    auto difference = difference_of(app, view, *details);
    if (name && difference.template_name != *name && difference.former_template != *name) continue;
    differences.push_back(std::move(difference));
  }
  return differences;
}

}  // namespace cai
