#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cai/image/edition.hpp"
#include "cai/json/json.hpp"
#include "cli/app.hpp"
#include "cli/survey.hpp"

namespace cai {

/// A workspace whose container was made from a template.
struct TemplateUser {
  std::string template_name;
  std::string workspace;
  std::string image;
  bool behind = false;
};
/// Of all templates. One list request. nullopt, with a warning: the engine could not be asked.
std::optional<std::vector<TemplateUser>> find_template_users(App& app);

/// One value of a container's specification that is not what a new container would get.
struct ChangedField {
  std::string field;
  std::string former;
  std::string now;
};

/// Why one workspace is behind.
struct TemplateDifference {
  std::string workspace;
  std::string path;
  std::string branch;
  std::string former_template;
  std::string template_name;
  std::string former_image;
  std::string image;
  std::vector<ChangedField> settings;  ///< all but the template's own fields
  bool files_known = false;            ///< whether what the former image was made from is remembered
  std::vector<ChangedField> base;      ///< at most one: the image that ${BASE_IMAGE} stands for
  bool runtime_changed = false;        ///< cai's own layer, which came with another version of cai
  std::vector<FileChange> files;
};
/// Of the workspaces whose container was, or would be, made from `name` (nullopt: any) and that are behind.
std::vector<TemplateDifference> find_template_differences(App& app, const std::optional<std::string>& name);

Json template_json(const Template& chosen, const std::optional<std::vector<TemplateUser>>& users);
std::string template_difference_text(const TemplateDifference& difference);
Json template_difference_json(const std::vector<TemplateDifference>& differences);

}  // namespace cai
