#pragma once

#include <string>
#include <string_view>

namespace cai {

/// Reads until the end of the file. Throws std::system_error.
std::string read_to_end(int fd);
/// Writes all of it, however many calls that takes. Throws std::system_error.
void write_whole(int fd, std::string_view bytes);

}  // namespace cai
