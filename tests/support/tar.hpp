#pragma once

#include <map>
#include <string>
#include <string_view>

namespace cai {

/// Path -> content of regular files.
using TarFiles = std::map<std::string, std::string>;

/// A ustar archive with fixed times and owners, so that equal files give equal bytes. Paths up to 99 bytes.
std::string make_tar(const TarFiles& files);

/// The regular files of an uncompressed archive, a leading "./" removed. Empty when it is not an archive.
/// Long names (pax, GNU) are not understood: the fake needs only the Dockerfile.
TarFiles read_tar(std::string_view archive);

}  // namespace cai
