#pragma once

#include <string>

#include "cai/engine/engine.hpp"

namespace cai {

// The bodies of our requests, as JSON text. Throw Error(failed) when a text in them is not UTF-8: JSON cannot
// carry it, and a replaced byte would mount or run something else.

/// `podman`: leave out what only Docker understands.
std::string container_body(const ContainerRequest& request, bool podman);
std::string exec_body(const ExecRequest& request, bool with_input);
std::string volume_body(const std::string& name, const Labels& labels);
std::string network_body(const std::string& name, const Labels& labels);
std::string labels_text(const Labels& labels);
std::string arguments_text(const std::map<std::string, std::string>& arguments);
/// The `filters` parameter of a container list.
std::string filter_text(const ContainerFilter& filter);

}  // namespace cai
