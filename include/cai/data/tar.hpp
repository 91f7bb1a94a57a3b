#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace cai {

/// One entry of a tar (POSIX.1-2001, pax). Names are bytes, without a leading "./" and without a slash at the
/// end; "" is the top directory itself.
struct TarEntry {
  enum class Type { file, directory, symbolic_link, hard_link, other };
  Type type = Type::file;
  std::string path;
  std::string link;  ///< target of a link; of a hard link, in the form of `path`
  std::int64_t size = 0;
  int mode = 0;  ///< permission bits with set-id and sticky
  std::int64_t uid = 0;
  std::int64_t gid = 0;
  std::int64_t modified = 0;                      ///< seconds since 1970
  std::map<std::string, std::string> attributes;  ///< extended attributes: "user.x" -> bytes
};

inline constexpr std::size_t tar_block = 512;

/// The header of `entry`, pax records included where ustar has no room. `size` bytes of content and
/// `tar_padding(size)` zeros follow. `other` cannot be written: Error(failed).
std::string tar_header(const TarEntry& entry);
std::size_t tar_padding(std::int64_t size);
/// What comes after the last entry.
std::string_view tar_end();

/// "./a//b/" -> "a/b"; "." and "./" -> "". Other components, ".." too, are left as they are.
std::string plain_path(std::string_view name);

}  // namespace cai
