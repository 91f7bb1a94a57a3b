#pragma once

#include "cai/model/labels.hpp"

namespace cai {

/// An engine gives a container the labels of its image beside those that were asked for, and an image may be
/// anybody's. With what this returns, none of the image's labels says anything to cai: of those that decide,
/// the ones that `labels` does not have are there and empty. Not the owner, which the sweep finds by its mere
/// presence and which means nothing to it on a workspace.
Labels with_image_labels_silenced(Labels labels);

}  // namespace cai
