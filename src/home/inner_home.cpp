#include "cai/home/inner_home.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <exception>
#include <thread>

#include "cai/base/error.hpp"
#include "cai/base/text.hpp"
#include "cai/data/full_disk.hpp"
#include "cai/data/volume_layout.hpp"

namespace cai {
namespace {

// The commands inside, in the volume's root. `work` is where an import unpacks.

/// Who may write takes away what a killed import left. What is not there makes stat fail, and xargs say 123.
constexpr const char* look_script = R"sh(
[ ! -w . ] || rm -rf "$work"
[ -d "$home" ] || exit 0
cd "$home"
xargs -0 -r stat --printf='%f %s %Y %n\0' -- 2>/dev/null || [ $? = 123 ])sh";

constexpr const char* unpack_script = R"sh(
rm -rf "$work"
mkdir -m 0700 "$work"
tar -C "$work" --no-same-owner -xpf - || { code=$?; rm -rf "$work"; exit $code; })sh";

/// A link to each unpacked file replaces the former one at once (rename(2) within cp), and then it is the
/// only one.
constexpr const char* name_script = R"sh(
mkdir -p -m 0700 "$home"
chmod --reference="$home" "$work"
cp -alf "$work"/. "$home"/ && code=0 || code=$?
rm -rf "$work"
exit $code)sh";

/// What the commands inside begin with.
std::string preamble() {
  return fmt::format("set -e; cd {}; umask 022; work={}; home={}\n", volume_mount_point, import_in_volume,
                     home_in_volume);
}

UniqueFd memory_file(std::string_view content = {}) {
  UniqueFd file(memfd_create("cai-home", MFD_CLOEXEC));
  if (!file.valid()) throw Error(ErrorKind::failed, "cannot set up a command in a helper container");
  while (!content.empty()) {
    const auto count = write(file.get(), content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw Error(ErrorKind::failed, "cannot set up a command in a helper container");
    content.remove_prefix(static_cast<std::size_t>(count));
  }
  lseek(file.get(), 0, SEEK_SET);
  return file;
}

std::string content_of(const UniqueFd& file) {
  const auto size = lseek(file.get(), 0, SEEK_END);
  std::string text(size > 0 ? static_cast<std::size_t>(size) : 0, '\0');
  std::size_t had = 0;
  while (had < text.size()) {
    const auto count = pread(file.get(), text.data() + had, text.size() - had, static_cast<off_t>(had));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    had += static_cast<std::size_t>(count);
  }
  text.resize(had);
  return text;
}

/// "81a4 12 1700000000 ./path", as stat(1) was told to write it.
std::optional<std::pair<std::string, InnerFile>> parse_line(std::string_view line) {
  InnerFile file;
  const auto number = [&](auto& into, int base) {
    const auto [end, problem] = std::from_chars(line.data(), line.data() + line.size(), into, base);
    const bool good = problem == std::errc() && end != line.data() + line.size() && *end == ' ';
    if (good) line.remove_prefix(static_cast<std::size_t>(end - line.data()) + 1);
    return good;
  };
  if (!number(file.mode, 16) || !number(file.size, 10) || !number(file.modified, 10)) return std::nullopt;
  if (!line.starts_with("./")) return std::nullopt;
  return std::pair(std::string(line.substr(2)), file);
}

/// Writes a stream into a pipe on a thread of its own, because the engine port reads until the command ends.
class Feeder {
 public:
  explicit Feeder(HomeStream& stream) {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) throw Error(ErrorKind::failed, "cannot make a pipe");
    read_end_.reset(ends[0]);
    write_end_.reset(ends[1]);
    thread_ = std::thread([this, &stream] { feed(stream); });
  }
  Feeder(const Feeder&) = delete;
  Feeder& operator=(const Feeder&) = delete;
  ~Feeder() { join(); }

  [[nodiscard]] int input() const { return read_end_.get(); }
  /// After the command ended; throws what the stream threw.
  void finish() {
    join();
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  void join() {
    read_end_.reset();  // whoever still writes hears that nobody reads
    if (thread_.joinable()) thread_.join();
  }
  void feed(HomeStream& stream) {
    try {
      for (auto piece = stream.next(); !piece.empty(); piece = stream.next()) {
        if (!send(piece)) break;
      }
    } catch (...) {
      failure_ = std::current_exception();
    }
    write_end_.reset();
  }
  [[nodiscard]] bool send(std::string_view piece) const {
    while (!piece.empty()) {
      const auto count = write(write_end_.get(), piece.data(), piece.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return false;
      piece.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  UniqueFd read_end_;
  UniqueFd write_end_;
  std::exception_ptr failure_;
  std::thread thread_;
};

Error inside_failure(const std::string& what, const std::string& said) {
  if (says_no_space(said)) {
    return Error(ErrorKind::failed, what + ": the disk of the container engine, or the volume, is full")
        .hint("make room there (`cai status --all` and `cai gc` help) and try again");
  }
  auto text = escape_for_terminal(trim(said.substr(0, said.find('\n'))));
  return Error(ErrorKind::failed, what + (text.empty() ? "" : ": " + text))
      .hint("the image needs tar, cp, stat and xargs; the home inside must belong to you");
}

}  // namespace

InnerHome::Outcome InnerHome::run(const std::string& script, int input) {
  const auto output = memory_file();
  const auto error = memory_file();
  const ExecRequest request{.command = {"/bin/sh", "-c", preamble() + script},
                            .environment = {"LC_ALL=C"},
                            .user = "",
                            .working_directory = "/"};
  const auto code =
      engine_.execute_streaming(helper_.id(), request, {input, output.get(), error.get()}, should_stop_);
  if (should_stop_()) throw Error(ErrorKind::interrupted, "interrupted");
  if (!code) throw Error(ErrorKind::failed, "the helper container has gone");
  return {content_of(output), content_of(error), *code};
}

InnerFiles InnerHome::look(const std::set<std::string>& paths) {
  std::string names;
  for (const auto& path : paths) names += "./" + path + '\0';
  const auto input = memory_file(names);
  const auto outcome = run(look_script, input.get());
  if (outcome.code != 0) throw inside_failure("cannot look into the home inside", outcome.error);
  InnerFiles files;
  std::string_view rest = outcome.output;
  for (auto end = rest.find('\0'); end != std::string_view::npos; end = rest.find('\0')) {
    if (auto line = parse_line(rest.substr(0, end))) files.insert(std::move(*line));
    rest.remove_prefix(end + 1);
  }
  return files;
}

void InnerHome::run_fed(const std::string& script, HomeStream& stream) {
  Feeder feeder(stream);
  const auto outcome = run(script, feeder.input());
  feeder.finish();
  if (outcome.code != 0) throw inside_failure("cannot unpack in the data volume", outcome.error);
}

void InnerHome::fill(HomeStream& stream) {
  run_fed(unpack_script, stream);
  const auto named = run(name_script, -1);
  if (named.code != 0) throw inside_failure("not every file could get its place inside", named.error);
}

}  // namespace cai
