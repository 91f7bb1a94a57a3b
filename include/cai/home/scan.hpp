#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace cai {

/// What of a home directory is wanted.
struct HomeSelection {
  bool secrets = true;
  bool on_request = true;               ///< also what may be large
  std::vector<std::string> additional;  ///< "~/path": what the table does not have
  std::vector<std::string> exclude;     ///< globs, as ExportRules takes them
  std::filesystem::path git_directory;  ///< whose conditional git settings count; empty: nobody's
};

/// One file, link or empty directory that a workspace gets. Paths are bytes, relative to the home.
struct HomeFile {
  enum class Kind { file, link, directory };
  std::string path;
  Kind kind = Kind::file;
  int mode = 0600;            ///< permission bits inside
  std::int64_t size = 0;      ///< of the content; of a link, of its target
  std::int64_t modified = 0;  ///< seconds since 1970
  std::string link;           ///< target of a link
  std::string signature;      ///< changes whenever the file does
  bool made = false;          ///< `content` is what arrives, not what the file holds
  std::string content;
};

/// Something that is left out, for a person.
struct HomeFinding {
  std::string path;
  std::string why;
  bool failure = false;  ///< it should have come along, and could not
};

struct HomeScan {
  std::vector<HomeFile> files;  ///< by path
  std::vector<HomeFinding> findings;
  int secrets_left_out = 0;
};

/// Looks for what the table names and `selection` adds below `source`, and reads nothing but git settings and
/// the files with a filter. Nothing that lies out of `source` is taken, whatever links say:
/// a link that leads to another place in the same imported directory stays one; any other is followed when
/// what it leads to lies in the source and is no login or key, and is a failure otherwise. Sockets, FIFOs and
/// devices are named. What cannot be read is a failure, and the rest goes on. Throws Error(not_found, failed)
/// when `source` is no directory.
HomeScan scan_home(const std::filesystem::path& source, const HomeSelection& selection);

}  // namespace cai
