#include "image/context.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <system_error>

#include "cai/base/error.hpp"
#include "cai/base/filesystem.hpp"
#include "cai/base/text.hpp"
#include "image/ignore_rules.hpp"

namespace cai {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t max_files = 10'000;
constexpr std::size_t max_bytes = 256U << 20U;

Error failure(const fs::path& path, std::string_view what) {
  return {ErrorKind::failed, fmt::format("{} {}", escape_for_terminal(path.string()), what)};
}

/// Engines that apply ignore files themselves would apply them to the runtime layer too.
bool is_ignore_file(std::string_view path) {
  return path == ".dockerignore" || path == ".containerignore";
}

class ContextReader {
 public:
  explicit ContextReader(const fs::path& folder)
      : root_(fs::canonical(folder)), rules_(read_file(root_ / ".dockerignore").value_or("")) {}

  std::vector<ContextFile> read() {
    read_directory(root_, "");
    std::ranges::sort(files_, {}, &ContextFile::path);
    return std::move(files_);
  }

 private:
  void read_directory(const fs::path& directory, const std::string& prefix) {
    for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
      const std::string path = prefix + entry.path().filename().string();
      const bool ignored = rules_.ignores(path) && path != "Dockerfile";
      const fs::file_status status = entry.symlink_status();
      if (status.type() == fs::file_type::directory) {
        if (!ignored || rules_.has_exceptions()) read_directory(entry.path(), path + '/');
      } else if (!ignored && !is_ignore_file(path)) {
        read_entry(entry.path(), path, status);
      }
    }
  }

  void read_entry(const fs::path& file, const std::string& path, const fs::file_status& status) {
    if (files_.size() == max_files) throw too_large(fmt::format("has more than {} files", max_files));
    if (status.type() == fs::file_type::symlink) {
      read_link(file, path);
    } else if (status.type() == fs::file_type::regular) {
      read_regular(file, path, status);
    } else {
      throw failure(file,
                    "is neither a file, a directory nor a symbolic link, so it cannot be part of a template");
    }
  }

  void read_regular(const fs::path& file, const std::string& path, const fs::file_status& status) {
    const std::size_t left = max_bytes - bytes_;
    if (fs::file_size(file) > left) throw too_large("has more than 256 MiB");
    std::optional<std::string> content = read_file(file, left);
    if (!content) throw failure(file, "disappeared while the template was read");
    bytes_ += content->size();
    const bool executable = (status.permissions() & fs::perms::owner_exec) != fs::perms::none;
    files_.push_back({path, executable ? 0755 : 0644, false, std::move(*content)});
  }

  /// Links are sent as links; one that leaves the folder would mean something else in the build.
  void read_link(const fs::path& file, const std::string& path) {
    const fs::path target = fs::read_symlink(file);
    std::error_code error;
    const fs::path real = fs::weakly_canonical(file.parent_path() / target, error);
    const bool inside = !error && std::ranges::mismatch(root_, real).in1 == root_.end();
    if (target.is_absolute() || !inside)
      throw failure(file, "is a symbolic link that leaves the template's folder");
    files_.push_back({path, 0777, true, target.string()});
  }

  [[nodiscard]] Error too_large(std::string_view what) const {
    return failure(root_, what).hint("Name what the build does not need in its .dockerignore.");
  }

  fs::path root_;
  IgnoreRules rules_;
  std::vector<ContextFile> files_;
  std::size_t bytes_ = 0;
};

}  // namespace

std::vector<ContextFile> read_context(const fs::path& folder) {
  try {
    return ContextReader(folder).read();
  } catch (const fs::filesystem_error& error) {
    throw failure(error.path1(), fmt::format("cannot be read: {}", error.code().message()));
  }
}

}  // namespace cai
