#include "home/source.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include "cai/base/error.hpp"
#include "cai/base/text.hpp"

namespace cai {
namespace {

std::string door(const UniqueFd& handle) {
  return fmt::format("/proc/self/fd/{}", handle.get());
}

}  // namespace

HomeSource::HomeSource(const std::filesystem::path& directory) : directory_(directory) {
  std::error_code error;
  real_ = std::filesystem::canonical(directory, error).native();
  const bool is_directory = !error && std::filesystem::is_directory(real_, error);
  if (error) {
    const bool absent = error == std::errc::no_such_file_or_directory;
    throw Error(absent ? ErrorKind::not_found : ErrorKind::failed,
                "cannot read " + escape_for_terminal(directory.native()) + ": " + error.message());
  }
  if (!is_directory) {
    throw Error(ErrorKind::failed, escape_for_terminal(directory.native()) + " is no directory");
  }
  if (!real_.ends_with('/')) real_ += '/';
}

UniqueFd HomeSource::handle(const std::string& path, Links links) const {
  const int flags = O_PATH | O_CLOEXEC | (links == Links::stay ? O_NOFOLLOW : 0);
  return UniqueFd(open(path_of(path).c_str(), flags));
}

std::optional<std::string> HomeSource::place_of(const UniqueFd& handle) const {
  std::error_code error;
  const auto place = std::filesystem::read_symlink(door(handle), error).native();
  if (error) return std::nullopt;
  if (place + "/" == real_) return "";
  if (!place.starts_with(real_)) return std::nullopt;
  return place.substr(real_.size());
}

UniqueFd HomeSource::reopen(const UniqueFd& handle, int flags) {
  return UniqueFd(open(door(handle).c_str(), flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
}

std::optional<std::string> plain_relative_path(std::string_view path) {
  std::vector<std::string> kept;
  for (auto& component : split(path, '/')) {
    if (component.empty() || component == ".") continue;
    if (component != "..") {
      kept.push_back(std::move(component));
    } else if (kept.empty()) {
      return std::nullopt;
    } else {
      kept.pop_back();
    }
  }
  return join(kept, "/");
}

UniqueFd open_home_file(const HomeSource& source, const std::string& path, std::string& why) {
  const auto handle = source.handle(path, HomeSource::Links::follow);
  struct stat status = {};
  if (!handle.valid() || fstat(handle.get(), &status) != 0) {
    why = std::generic_category().message(errno);
  } else if (!S_ISREG(status.st_mode) || !source.place_of(handle)) {
    why = "is not what it was when the import began";
  } else {
    auto file = HomeSource::reopen(handle, O_RDONLY);
    if (!file.valid()) why = std::generic_category().message(errno);
    return file;
  }
  return {};
}

}  // namespace cai
