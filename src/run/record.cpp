#include "cai/run/record.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "cai/base/error.hpp"
#include "cai/base/text.hpp"

namespace cai {
namespace {

constexpr std::size_t timeline_limit = 256U << 20U;
constexpr std::int64_t joined_milliseconds = 50;
constexpr std::array<const char*, 2> stream_files = {"stdout", "stderr"};

std::size_t index_of(OutputStream stream) {
  return stream == OutputStream::output ? 0 : 1;
}

UniqueFd create_file(const std::filesystem::path& path) {
  UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (file.valid()) return file;
  throw Error(ErrorKind::failed, fmt::format("cannot make {}: {}", path.native(), std::strerror(errno)));
}

std::uint64_t size_of(const UniqueFd& file) {
  struct stat status {};
  return file.valid() && ::fstat(file.get(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

/// At most `size` bytes from `offset`.
std::string read_at(const UniqueFd& file, std::uint64_t offset, std::uint64_t size) {
  std::string bytes(size, '\0');
  const ssize_t count = ::pread(file.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
  bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return bytes;
}

}  // namespace

std::filesystem::path run_directory(const Paths& paths, const RunId& id) {
  return paths.state / "runs" / id.value;
}

OutputRecorder::OutputRecorder(const std::filesystem::path& directory, const Clock& clock,
                               std::uint64_t limit)
    : clock_(clock), limit_(limit) {
  ensure_directory(directory.parent_path());
  ensure_directory(directory);
  for (std::size_t i = 0; i < streams_.size(); ++i)
    streams_[i].file = create_file(directory / stream_files[i]);
  timeline_ = create_file(directory / "timeline");
}

std::int64_t OutputRecorder::now() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(clock_.now().time_since_epoch()).count();
}

void OutputRecorder::write(const UniqueFd& file, std::string_view bytes) {
  while (!bytes.empty() && problem_.empty()) {
    const ssize_t count = ::write(file.get(), bytes.data(), bytes.size());
    if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
    if (count < 0 && errno != EINTR) {
      problem_ = fmt::format("its output cannot be kept: {}", std::strerror(errno));
    }
  }
}

void OutputRecorder::add(OutputStream stream, std::string_view piece) {
  Stream& kept = streams_[index_of(stream)];
  if (piece.empty() || kept.full || !problem_.empty()) return;
  const auto moment = now();
  if (stream != pending_stream_ || moment - pending_since_ > joined_milliseconds) {
    finish();
    pending_stream_ = stream;
    pending_since_ = moment;
  }
  std::string note;
  if (kept.size + piece.size() > limit_) {
    kept.full = true;
    piece = piece.substr(0, limit_ - kept.size);
    note = fmt::format("\n[cai kept the first {} of this stream]\n",
                       format_size(static_cast<std::int64_t>(limit_)));
  }
  write(kept.file, piece);
  write(kept.file, note);
  kept.size += piece.size();
  pending_bytes_ += piece.size() + note.size();
}

void OutputRecorder::finish() {
  if (pending_bytes_ == 0) return;
  const char letter = pending_stream_ == OutputStream::output ? 'o' : 'e';
  write(timeline_, fmt::format("{} {} {}\n", pending_since_, letter, pending_bytes_));
  pending_bytes_ = 0;
}

/// What came since the last time, in order.
std::vector<OutputReader::Piece> OutputReader::new_pieces(const std::array<UniqueFd, 2>& files) {
  std::vector<Piece> pieces;
  std::array<std::uint64_t, 2> known{};
  Timestamp last{};
  // Sizes first: a piece that is written meanwhile comes next time.
  const std::array<std::uint64_t, 2> sizes = {size_of(files[0]), size_of(files[1])};
  const auto deliver_from = [&](OutputStream stream, std::uint64_t offset, std::uint64_t end) {
    auto& delivered = delivered_[index_of(stream)];
    offset = std::max(offset, delivered);
    end = std::min(end, sizes[index_of(stream)]);
    if (offset >= end) return;
    pieces.push_back({stream, offset, end - offset, last});
    delivered = end;
  };
  const auto timeline = read_file(directory_ / "timeline", timeline_limit).value_or("");
  for (const auto& line : split(timeline, '\n')) {
    const auto words = split(line, ' ');
    if (words.size() != 3) continue;
    const auto moment = parse_integer(words[0]);
    const auto size = parse_integer(words[2]);
    if (!moment || !size || *size < 0) continue;
    last = Timestamp(std::chrono::milliseconds(*moment));
    const auto stream = words[1] == "e" ? OutputStream::error : OutputStream::output;
    auto& at = known[index_of(stream)];
    deliver_from(stream, at, at + static_cast<std::uint64_t>(*size));
    at += static_cast<std::uint64_t>(*size);
  }
  deliver_from(OutputStream::output, known[0], sizes[0]);
  deliver_from(OutputStream::error, known[1], sizes[1]);
  return pieces;
}

bool OutputReader::read(const LogRequest& request, const OutputTap& target) {
  std::array<UniqueFd, 2> files;
  for (std::size_t i = 0; i < files.size(); ++i) {
    files[i] = UniqueFd(::open((directory_ / stream_files[i]).c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  }
  if (!files[0].valid() && !files[1].valid()) return false;
  auto pieces = new_pieces(files);
  if (request.since) std::erase_if(pieces, [&](const Piece& piece) { return piece.time < *request.since; });
  const auto bytes_of = [&](const Piece& piece) {
    return read_at(files[index_of(piece.stream)], piece.offset, piece.size);
  };
  std::size_t first = 0;
  std::size_t cut = 0;  // bytes of the first piece that are not wanted
  if (request.lines) {
    int lines = *request.lines;
    bool at_end = true;
    first = pieces.size();
    while (first > 0 && lines > 0) {
      const auto bytes = bytes_of(pieces[--first]);
      for (std::size_t at = bytes.size(); at > 0 && lines > 0; --at) {
        // The line end at the very end belongs to the last line.
        if (bytes[at - 1] == '\n' && !at_end && --lines == 0) cut = at;
        at_end = false;
      }
    }
    if (lines == 0 && first < pieces.size() && cut == pieces[first].size) ++first, cut = 0;
  }
  for (; first < pieces.size(); ++first, cut = 0) {
    target(pieces[first].stream, std::string_view(bytes_of(pieces[first])).substr(cut));
  }
  return true;
}

void remove_run_output(const Paths& paths, const RunId& id) {
  if (!is_run_id(id.value)) throw Error(ErrorKind::failed, "\"" + id.value + "\" is no run id");
  std::error_code error;
  std::filesystem::remove_all(run_directory(paths, id), error);
  if (error)
    throw Error(ErrorKind::failed,
                "the output of run " + id.value + " cannot be removed: " + error.message());
}

}  // namespace cai
