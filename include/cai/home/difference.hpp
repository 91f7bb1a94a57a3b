#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cai/home/scan.hpp"

namespace cai {

/// What an import once gave a volume, file by file: how the file looked outside, and how it then lay inside.
struct HomeRecord {
  struct Given {
    std::string signature;  ///< HomeFile's
    std::int64_t size = 0;
    std::int64_t modified = 0;
    friend bool operator==(const Given&, const Given&) = default;
  };
  std::string volume;    ///< nonce of the volume, or its name when it has none: another one starts empty
  bool pending = false;  ///< the volume is new, and what new workspaces get is still to come
  std::map<std::string, Given> files;

  void remember(const HomeFile& file) { files[file.path] = {file.signature, file.size, file.modified}; }
};

/// As a file of the state directory keeps it. What is no record reads as an empty one.
std::string to_text(const HomeRecord& record);
HomeRecord parse_home_record(std::string_view text);

/// What lies inside at one path.
struct InnerFile {
  std::uint32_t mode = 0;  ///< st_mode, with its type
  std::int64_t size = 0;
  std::int64_t modified = 0;
};
using InnerFiles = std::map<std::string, InnerFile, std::less<>>;

/// The files that changed outside since the volume got them; whatever was done inside does not count.
std::vector<const HomeFile*> changed_outside(const HomeScan& scan, const HomeRecord& record);

/// The paths that choose_home_files has to know the inside of: these files and all directories above them.
std::set<std::string> paths_to_ask(const std::vector<const HomeFile*>& files);

struct HomeChoice {
  std::vector<const HomeFile*> send;
  std::vector<const HomeFile*> there;  ///< the same inside already
  std::vector<HomeFinding> kept;       ///< changed inside too, or something else stands in the way
};

/// Which of these files may be written. The rule: what was changed inside, or made there, stays unless
/// `overwrite`; a file that is inside as it once came may be replaced. A link or file inside that stands
/// where a directory is needed always stays.
HomeChoice choose_home_files(const std::vector<const HomeFile*>& changed, const HomeRecord& record,
                             const InnerFiles& inside, bool overwrite);

}  // namespace cai
