#pragma once

#include <string_view>

namespace cai {

/// What cai needs to know of a Dockerfile.
struct DockerfileFacts {
  bool has_stage = false;           ///< there is a FROM
  bool from_base_image = false;     ///< a FROM names ${BASE_IMAGE}, declared by an ARG before it
  bool systemd = false;             ///< the last stage has LABEL containai.init=systemd
  bool ends_in_the_middle = false;  ///< the last instruction has a line continuation and no next line
};

DockerfileFacts read_dockerfile(std::string_view text);

}  // namespace cai
