#pragma once

#include <span>
#include <string>
#include <string_view>

#include "agent/operation.hpp"

namespace cai {

/// A profile of sources/containers-tool-guide.md.
struct Purpose {
  std::string_view name;
  std::string_view image;
  std::string_view packages;     ///< Debian's names, separated by spaces
  std::string_view image_setup;  ///< shell, as root, while the image is built
  std::string_view box_setup;    ///< shell, as the mapped user, in each box
  std::string_view variables;    ///< shell, sourced before each command
};

const Purpose* find_purpose(std::string_view name);

/// The image that a box starts from.
struct ChosenImage {
  std::string reference;  ///< what the container is made of
  std::string shown;      ///< what the purpose or the caller named
  bool cached = false;    ///< the purpose's image was there already
  ImageDetails details;
};

/// The image a purpose starts from: configuration's, else its own. "" is the image without a purpose.
std::string base_image(const BoxHouse& house, std::string_view purpose);

/// Finds or pulls it. Throws Error(failed) that says how to name another.
ImageDetails require_image(Call& call, const std::string& reference, std::string_view purpose);

/// The image with the purpose's packages: built once, before any credential is near, and found again by the
/// hash of all that went into it.
ChosenImage purpose_image(Call& call, const Purpose& purpose);

}  // namespace cai
