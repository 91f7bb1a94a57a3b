#include "cai/model/image_labels.hpp"

namespace cai {

Labels with_image_labels_silenced(Labels labels) {
  for (const char* name :
       {label::workspace,    label::branch,        label::variant,       label::ssh_port,
        label::data_volume,  label::template_name, label::template_hash, label::keep,
        label::workspace_id, label::generation,    label::spec_hash,     label::spec,
        label::operation,    label::volume_id,     label::run_id,        label::persistent,
        label::session,      label::workdir,       label::box_user,      label::box_variables,
        label::box_network})
    labels.try_emplace(name, "");
  return labels;
}

}  // namespace cai
