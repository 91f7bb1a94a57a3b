#include "cai/home/scan.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <set>

#include "cai/base/error.hpp"
#include "cai/base/text.hpp"
#include "cai/data/export_rules.hpp"
#include "cai/data/volume_layout.hpp"
#include "cai/home/entries.hpp"
#include "cai/home/git_settings.hpp"
#include "home/filters.hpp"
#include "home/source.hpp"

namespace cai {
namespace {

using Links = HomeSource::Links;

/// One row of the table, or one path that the user added.
struct Wanted {
  std::string path;  ///< without a slash at the end
  HomeEntry flags;
  bool added = false;
};

std::string failure_text(int number) {
  return std::generic_category().message(number);
}

std::string_view kind_of(mode_t mode) {
  if (S_ISSOCK(mode)) return "is a socket";
  if (S_ISFIFO(mode)) return "is a FIFO";
  return "is a device";
}

std::vector<std::string> names_in(int directory) {
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(fdopendir(directory), closedir);
  std::vector<std::string> names;
  while (const auto* entry = stream ? readdir(stream.get()) : nullptr) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  std::ranges::sort(names);
  return names;
}

class Scanner {
 public:
  Scanner(const HomeSource& source, const HomeSelection& selection)
      : source_(source), selection_(selection), rules_(selection.exclude) {
    for (const auto& entry : home_entries()) add({std::string(entry.path), entry, false});
    for (const auto& path : selection.additional) {
      if (auto plain = path.starts_with("~/") ? plain_relative_path(path.substr(2)) : std::nullopt;
          plain && !plain->empty())
        add({*plain, {}, true});
    }
  }

  HomeScan scan() {
    for (const auto& wanted : wanted_) {
      if (wanted.flags.on_request && !selection_.on_request) continue;
      wanted_now_ = &wanted;
      if (wanted.flags.filter == HomeFilter::git_settings) {
        take_git_settings();
      } else {
        look_at(wanted.path);
      }
    }
    std::ranges::sort(result_.files, {}, &HomeFile::path);
    return std::move(result_);
  }

 private:
  void add(Wanted wanted) {
    while (wanted.path.ends_with('/')) wanted.path.pop_back();
    if (own_.insert(wanted.path).second) wanted_.push_back(std::move(wanted));
  }

  void find(const std::string& path, std::string why, bool failure) {
    result_.findings.push_back({path, std::move(why), failure});
  }

  [[nodiscard]] bool is_left_out(const std::string& path) const {
    const auto& glob = wanted_now_->flags.leave_out;
    const auto name = path.substr(path.rfind('/') + 1);
    if (!glob.empty() && path != wanted_now_->path &&
        fnmatch(std::string(glob).c_str(), name.c_str(), 0) == 0)
      return true;
    // A path with a row of its own is taken there, with what that row says.
    if (path != wanted_now_->path && own_.contains(path)) return true;
    return rules_.excludes(std::string(home_in_volume) + "/" + path);
  }

  void look_at(const std::string& path) {
    if (is_left_out(path)) return;
    const auto handle = source_.handle(path, Links::stay);
    struct stat status = {};
    if (!handle.valid() || fstat(handle.get(), &status) != 0) {
      const bool absent = errno == ENOENT || errno == ENOTDIR;
      if (!absent) find(path, failure_text(errno), true);
      if (absent && wanted_now_->added) find(path, "does not exist", false);
    } else if (S_ISLNK(status.st_mode)) {
      look_at_link(path, handle, status);
    } else {
      take(path, handle, status);
    }
  }

  /// The target inside, when the link stays within the directory that is imported.
  [[nodiscard]] std::optional<std::string> target_inside(const std::string& path,
                                                         const std::string& target) const {
    if (path == wanted_now_->path) return std::nullopt;
    const auto slash = path.rfind('/');
    const auto here = path.substr(0, slash);
    const auto top = source_.directory().native() + "/";
    const bool absolute = target.starts_with('/');
    if (absolute && !target.starts_with(top)) return std::nullopt;
    const auto place = plain_relative_path(absolute ? target.substr(top.size()) : here + "/" + target);
    if (!place || !(*place + "/").starts_with(wanted_now_->path + "/")) return std::nullopt;
    return absolute ? std::filesystem::path(*place).lexically_relative(here).native() : target;
  }

  void look_at_link(const std::string& path, const UniqueFd& link, const struct stat& status) {
    std::string target(PATH_MAX, '\0');
    const auto length = readlinkat(link.get(), "", target.data(), target.size());
    if (length <= 0) return find(path, failure_text(errno), true);
    target.resize(static_cast<std::size_t>(length));
    if (const auto inside = target_inside(path, target)) return take_link(path, *inside, status);
    const auto handle = source_.handle(path, Links::follow);
    struct stat behind = {};
    if (!handle.valid() || fstat(handle.get(), &behind) != 0) {
      const bool absent = errno == ENOENT || errno == ENOTDIR;
      return find(path, absent ? "is a link that leads nowhere" : failure_text(errno), !absent);
    }
    take(path, handle, behind);
  }

  void take_link(const std::string& path, const std::string& target, const struct stat& status) {
    HomeFile file;
    file.path = path;
    file.kind = HomeFile::Kind::link;
    file.mode = 0777;
    file.size = static_cast<std::int64_t>(target.size());
    file.modified = status.st_mtime;
    file.link = target;
    file.signature = "l " + target;
    result_.files.push_back(std::move(file));
  }

  void take(const std::string& path, const UniqueFd& handle, const struct stat& status) {
    const auto place = source_.place_of(handle);
    if (!place) return find(path, "leads out of " + source_.directory().native(), true);
    if (*place != path && is_credential(*place) && !is_credential(path)) {
      return find(path, "leads to the login or key ~/" + *place, true);
    }
    const bool secret = wanted_now_->flags.secret || is_credential(path);
    if (secret && !selection_.secrets) {
      ++result_.secrets_left_out;
      return;
    }
    if (S_ISDIR(status.st_mode)) return take_directory(path, handle, status, secret);
    if (!S_ISREG(status.st_mode)) return find(path, std::string(kind_of(status.st_mode)), false);
    const auto mode = static_cast<int>(status.st_mode & 0777U);
    take_file(path, handle, status, secret ? 0600 | (mode & 0100) : mode);
  }

  void take_file(const std::string& path, const UniqueFd& handle, const struct stat& status, int mode) {
    HomeFile file;
    file.path = path;
    file.mode = mode;
    file.size = status.st_size;
    file.modified = status.st_mtime;
    file.signature = fmt::format("f {} {}.{:09} {:o}", status.st_size, status.st_mtim.tv_sec,
                                 status.st_mtim.tv_nsec, mode);
    if (wanted_now_->flags.filter == HomeFilter::home_paths) {
      const auto opened = HomeSource::reopen(handle, O_RDONLY);
      const auto text = opened.valid() ? read_small_file(opened) : std::nullopt;
      if (!text) return find(path, "cannot be read", true);
      make(file, with_paths_inside(*text, source_.directory()));
    } else if (faccessat(AT_FDCWD, fmt::format("/proc/self/fd/{}", handle.get()).c_str(), R_OK, 0) != 0) {
      return find(path, failure_text(errno), true);
    }
    result_.files.push_back(std::move(file));
  }

  static void make(HomeFile& file, std::string content) {
    file.made = true;
    file.size = static_cast<std::int64_t>(content.size());
    file.signature = fmt::format("m {} {:o}", sha256_hex(content).substr(0, 32), file.mode);
    file.content = std::move(content);
  }

  void take_directory(const std::string& path, const UniqueFd& handle, const struct stat& status,
                      bool secret) {
    const std::pair<dev_t, ino_t> identity{status.st_dev, status.st_ino};
    if (std::ranges::find(above_, identity) != above_.end()) {
      return find(path, "leads to a directory above it", false);
    }
    auto directory = HomeSource::reopen(handle, O_RDONLY | O_DIRECTORY);
    if (!directory.valid()) return find(path, failure_text(errno), true);
    const auto names = names_in(directory.release());
    if (names.empty()) {
      HomeFile file;
      file.path = path;
      file.kind = HomeFile::Kind::directory;
      file.mode = secret ? 0700 : static_cast<int>(status.st_mode & 0777U) | 0700;
      file.modified = status.st_mtime;
      file.signature = fmt::format("d {:o}", file.mode);
      result_.files.push_back(std::move(file));
    }
    above_.push_back(identity);
    for (const auto& name : names) look_at(fmt::format("{}/{}", path, name));
    above_.pop_back();
  }

  void take_git_settings() {
    const auto& path = wanted_now_->path;
    if (is_left_out(path)) return;
    std::vector<std::filesystem::path> files;
    HomeFile file;
    file.path = path;
    // git reads both, and the second one wins.
    for (const std::string& part : {std::string(".config/git/config"), path}) {
      const auto handle = source_.handle(part, Links::follow);
      struct stat status = {};
      if (!handle.valid() || fstat(handle.get(), &status) != 0) continue;
      if (!source_.place_of(handle)) {
        find(part, "leads out of " + source_.directory().native(), true);
      } else if (S_ISREG(status.st_mode)) {
        files.push_back(source_.path_of(part));
        file.modified = std::max<std::int64_t>(file.modified, status.st_mtime);
        file.mode = static_cast<int>(status.st_mode & 0777U);
      }
    }
    if (files.empty()) return;
    std::string why;
    const auto listing = list_git_settings(files, {source_.directory(), selection_.git_directory}, why);
    if (!listing) return find(path, why, true);
    make(file, git_settings_file(*listing, stays_outside_home));
    result_.files.push_back(std::move(file));
  }

  const HomeSource& source_;
  const HomeSelection& selection_;
  ExportRules rules_;
  std::vector<Wanted> wanted_;
  std::set<std::string> own_;
  const Wanted* wanted_now_ = nullptr;
  std::vector<std::pair<dev_t, ino_t>> above_;
  HomeScan result_;
};

}  // namespace

HomeScan scan_home(const std::filesystem::path& source, const HomeSelection& selection) {
  const HomeSource home(source);
  return Scanner(home, selection).scan();
}

}  // namespace cai
