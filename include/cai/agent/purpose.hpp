#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cai/agent/agent.hpp"

namespace cai {

/// A profile of sources/containers-tool-guide.md.
struct Purpose {
  std::string_view name;
  std::string_view image;
  std::string_view packages;     ///< Debian's names, separated by spaces
  std::string_view image_setup;  ///< shell, as root, while the image is built
  std::string_view box_setup;    ///< shell, as the mapped user, in each container
  std::string_view variables;    ///< shell, sourced before each command
};

/// What a purpose's set-up and variables are about.
inline constexpr std::string_view purpose_directory = "/workspace";

/// Every word that a caller may say, "try-repo" too.
std::vector<std::string> purpose_names();
/// nullptr: there is none of this name. "try-repo" is none either: it stands for what the repository is.
const Purpose* find_purpose(std::string_view name);

/// A file that tells what a repository is, and the purpose for that. The first that is there decides.
struct PurposeMarker {
  std::string_view file;
  std::string_view purpose;
};
std::span<const PurposeMarker> purpose_markers();
/// The purpose of a repository on the host, by its markers alone; general when it has none.
const Purpose& purpose_of_tree(const std::filesystem::path& root);

/// What finding and building images of purposes takes. All borrowed.
struct PurposeShop {
  Engine& engine;
  const Paths& paths;
  const InstanceId& instance;
  const BoxSettings& settings;
  std::string_view naming;  ///< how the caller names another image: "the parameter \"image\"", "--image"
  std::function<bool()> cancelled;                   ///< true ends the work with Error(interrupted)
  std::function<void(const std::string&)> progress;  ///< a line, perhaps the engine's own
};

/// The image that a container starts from.
struct ChosenImage {
  std::string reference;  ///< what the container is made of
  std::string shown;      ///< what the purpose or the caller named
  bool cached = false;    ///< the purpose's image was there already
  ImageDetails details;
};

/// The image a purpose starts from: configuration's, else its own. "" is the image without a purpose.
std::string base_image(const BoxSettings& settings, std::string_view purpose);

/// Finds or pulls it. Throws Error(failed) that says how to name another.
ImageDetails require_image(const PurposeShop& shop, const std::string& reference, std::string_view purpose);

/// The image with the purpose's packages: built once, before any credential is near, and found again by the
/// hash of all that went into it. Who asks while another builds it waits for that. Throws Error(failed) that
/// says how to name another, Error(busy) when the other takes too long.
ChosenImage purpose_image(const PurposeShop& shop, const Purpose& purpose);

}  // namespace cai
