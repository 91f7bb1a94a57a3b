#include "cai/home/stream.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "cai/base/error.hpp"
#include "cai/base/text.hpp"
#include "cai/data/tar.hpp"
#include "home/source.hpp"

namespace cai {
namespace {

/// A file of at most this size is read before its header is written, and so always comes whole.
constexpr std::int64_t small = std::int64_t{1} << 20;
constexpr std::size_t piece_size = std::size_t{256} << 10;
constexpr int attempts = 4;

/// Reads until `size` bytes are there or the file ends. False: it cannot be read.
bool read_some(const UniqueFd& file, std::string& into, std::size_t size) {
  into.resize(size);
  std::size_t had = 0;
  while (had < size) {
    const auto count = read(file.get(), into.data() + had, size - had);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    if (count == 0) break;
    had += static_cast<std::size_t>(count);
  }
  into.resize(had);
  return true;
}

bool same_content(const struct stat& one, const struct stat& other) {
  return one.st_size == other.st_size && one.st_mtim.tv_sec == other.st_mtim.tv_sec &&
         one.st_mtim.tv_nsec == other.st_mtim.tv_nsec;
}

}  // namespace

struct HomeStream::State {
  enum class Part { top, entry, content, end, done };
  /// What became of the file of the same number in the plan.
  struct Fate {
    bool written = false;
    std::int64_t size = 0;
    std::int64_t modified = 0;
  };

  explicit State(HomeStreamPlan given)
      : plan(std::move(given)), source(plan.source), fates(plan.files.size()) {}

  [[nodiscard]] std::string inner_path(const std::string& path) const {
    return plan.below.empty() ? path : plan.below + "/" + path;
  }

  TarEntry entry_of(TarEntry::Type type, const std::string& path, int mode) const {
    TarEntry entry;
    entry.type = type;
    entry.path = inner_path(path);
    entry.mode = mode;
    entry.uid = plan.uid;
    entry.gid = plan.gid;
    return entry;
  }

  void add_top() {
    if (!plan.below.empty()) {
      auto top = entry_of(TarEntry::Type::directory, "", 0700);
      top.path = plan.below;
      piece += tar_header(top);
    }
  }

  void add_directories_above(const std::string& path) {
    for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
      const auto parent = path.substr(0, slash);
      if (!directories.insert(parent).second) continue;
      struct stat found = {};
      const bool known = stat(source.path_of(parent).c_str(), &found) == 0;
      const auto inner = plan.inside.find(parent);
      const auto mode = inner != plan.inside.end() ? inner->second.mode
                        : known                    ? found.st_mode | 0700U
                                                   : 0700U;
      auto entry = entry_of(TarEntry::Type::directory, parent, static_cast<int>(mode & 0777U));
      entry.modified = known ? found.st_mtime : 0;
      piece += tar_header(entry);
    }
  }

  void finish(std::size_t number, std::int64_t size, std::int64_t modified) {
    auto& fate = fates[number];
    if (!fate.written) ++files;
    fate = {true, size, modified};
    bytes += size;
    if (plan.on_progress) plan.on_progress(files, bytes);
  }

  void add_whole(std::size_t number, TarEntry entry, std::string_view whole) {
    entry.size = static_cast<std::int64_t>(whole.size());
    piece += tar_header(entry);
    piece += whole;
    if (entry.type == TarEntry::Type::file) piece += tar_end().substr(0, tar_padding(entry.size));
    finish(number, plan.files[number]->kind == HomeFile::Kind::link ? plan.files[number]->size : entry.size,
           entry.modified);
  }

  void add_simple(std::size_t number) {
    const auto& file = *plan.files[number];
    const auto type = file.kind == HomeFile::Kind::link        ? TarEntry::Type::symbolic_link
                      : file.kind == HomeFile::Kind::directory ? TarEntry::Type::directory
                                                               : TarEntry::Type::file;
    if (file.kind == HomeFile::Kind::directory && !directories.insert(file.path).second) return;
    auto entry = entry_of(type, file.path, file.mode);
    entry.link = file.link;
    entry.modified = file.modified;
    add_whole(number, std::move(entry), file.content);
  }

  void give_up(const HomeFile& file, std::string why) {
    problems.push_back({file.path, std::move(why), true});
  }

  void begin_file(std::size_t number) {
    const auto& file = *plan.files[number];
    add_directories_above(file.path);
    if (file.kind != HomeFile::Kind::file || file.made) return add_simple(number);
    for (int attempt = 0; attempt < attempts; ++attempt) {
      std::string why;
      open_file = open_home_file(source, file.path, why);
      if (!open_file.valid() || fstat(open_file.get(), &status) != 0) {
        return give_up(file, why.empty() ? std::generic_category().message(errno) : why);
      }
      auto entry = entry_of(TarEntry::Type::file, file.path, file.mode);
      entry.size = status.st_size;
      entry.modified = status.st_mtime;
      if (status.st_size > small) {
        piece += tar_header(entry);
        left = status.st_size;
        part = Part::content;
        return;
      }
      struct stat after = {};
      if (!read_some(open_file, content, static_cast<std::size_t>(status.st_size))) {
        return give_up(file, std::generic_category().message(errno));
      }
      if (fstat(open_file.get(), &after) == 0 && same_content(status, after) &&
          static_cast<std::int64_t>(content.size()) == status.st_size) {
        return add_whole(number, std::move(entry), content);
      }
    }
    give_up(file, "keeps changing");
  }

  /// A piece of a large file; zeros stand for what is not there any more.
  void go_on_with_file() {
    const auto wanted = static_cast<std::size_t>(std::min<std::int64_t>(left, piece_size));
    if (!read_some(open_file, piece, wanted)) piece.clear();
    const bool cut = piece.size() < wanted;
    piece.resize(wanted, '\0');
    spoiled = spoiled || cut;
    left -= static_cast<std::int64_t>(wanted);
    if (left > 0) return;
    piece += tar_end().substr(0, tar_padding(status.st_size));
    struct stat after = {};
    spoiled = spoiled || fstat(open_file.get(), &after) != 0 || !same_content(status, after);
    part = Part::entry;
    if (!spoiled) return finish(now, status.st_size, status.st_mtime);
    spoiled = false;
    if (++repeats > attempts) {
      throw Error(ErrorKind::failed,
                  escape_for_terminal(plan.files[now]->path) + " keeps changing while it is read")
          .hint("try again later, or leave it out with `import.exclude`");
    }
    again.push_back(now);
  }

  std::optional<std::size_t> next_number() {
    if (number_to_come < plan.files.size()) return number_to_come++;
    if (again.empty()) return std::nullopt;
    const auto number = again.back();
    again.pop_back();
    return number;
  }

  HomeStreamPlan plan;
  HomeSource source;
  std::vector<Fate> fates;
  std::vector<HomeFinding> problems;
  std::set<std::string> directories;
  std::vector<std::size_t> again;
  std::size_t number_to_come = 0;
  std::size_t now = 0;
  int repeats = 0;
  std::int64_t files = 0;
  std::int64_t bytes = 0;
  UniqueFd open_file;
  struct stat status = {};
  std::int64_t left = 0;
  bool spoiled = false;
  std::string content;
  std::string piece;
  Part part = Part::top;
};

HomeStream::HomeStream(HomeStreamPlan plan) : state_(std::make_unique<State>(std::move(plan))) {}

HomeStream::~HomeStream() = default;

std::string_view HomeStream::next() {
  using Part = State::Part;
  auto& state = *state_;
  state.piece.clear();
  while (state.piece.size() < piece_size && state.part != Part::done) {
    switch (state.part) {
      case Part::top:
        state.add_top();
        state.part = Part::entry;
        break;
      case Part::entry:
        if (const auto number = state.next_number()) {
          state.now = *number;
          state.begin_file(*number);
          if (state.part == Part::content) return state.piece;
        } else {
          state.part = Part::end;
        }
        break;
      case Part::content:
        // Reads into the piece itself.
        if (!state.piece.empty()) return state.piece;
        state.go_on_with_file();
        return state.piece;
      default:
        state.piece += tar_end();
        state.part = Part::done;
    }
  }
  return state.piece;
}

const std::vector<HomeFinding>& HomeStream::problems() const {
  return state_->problems;
}

void HomeStream::remember(HomeRecord& record) const {
  for (std::size_t number = 0; number < state_->fates.size(); ++number) {
    const auto& fate = state_->fates[number];
    const auto& file = *state_->plan.files[number];
    if (fate.written) record.files[file.path] = {file.signature, fate.size, fate.modified};
  }
}

std::int64_t HomeStream::files() const {
  return state_->files;
}

std::int64_t HomeStream::bytes() const {
  return state_->bytes;
}

}  // namespace cai
