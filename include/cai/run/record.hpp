#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cai/base/environment.hpp"
#include "cai/base/filesystem.hpp"
#include "cai/base/time.hpp"
#include "cai/engine/engine.hpp"
#include "cai/model/run.hpp"

namespace cai {

/// Where the output of a run lies: <state>/runs/<id>/, 0700, with three files of 0600: `stdout` and `stderr`
/// as they came, and `timeline`, one line "MILLISECONDS o|e BYTES" for each piece, which keeps their order
/// and their times.
std::filesystem::path run_directory(const Paths& paths, const RunId& id);

/// Keeps at most this much of each stream.
inline constexpr std::uint64_t kept_output_bytes = 64ULL << 20U;

/// Writes the output of a run while it runs. A full disk must not end the run, so nothing here throws but the
/// constructor; `problem` says what was not kept.
class OutputRecorder {
 public:
  /// Makes the directory and empty files. Throws Error(failed).
  OutputRecorder(const std::filesystem::path& directory, const Clock& clock,
                 std::uint64_t limit = kept_output_bytes);
  OutputRecorder(const OutputRecorder&) = delete;
  OutputRecorder& operator=(const OutputRecorder&) = delete;
  ~OutputRecorder() { finish(); }

  void add(OutputStream stream, std::string_view piece);
  /// Writes what is still in memory (times only; output is written at once).
  void finish();
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  struct Stream {
    UniqueFd file;
    std::uint64_t size = 0;
    bool full = false;
  };
  void write(const UniqueFd& file, std::string_view bytes);
  [[nodiscard]] std::int64_t now() const;

  const Clock& clock_;
  std::uint64_t limit_;
  std::array<Stream, 2> streams_;
  UniqueFd timeline_;
  // The piece that is growing: programs that write byte by byte would need a line for each.
  OutputStream pending_stream_ = OutputStream::output;
  std::int64_t pending_since_ = 0;
  std::uint64_t pending_bytes_ = 0;
  std::string problem_;
};

/// Reads what an OutputRecorder has written so far, each piece once: call it again to follow. What the
/// timeline does not know (its writer was killed) comes last.
class OutputReader {
 public:
  explicit OutputReader(std::filesystem::path directory) : directory_(std::move(directory)) {}

  /// False: there is no such record.
  bool read(const LogRequest& request, const OutputTap& target);

 private:
  struct Piece {
    OutputStream stream;
    std::uint64_t offset;
    std::uint64_t size;
    Timestamp time;
  };
  std::vector<Piece> new_pieces(const std::array<UniqueFd, 2>& files);

  std::filesystem::path directory_;
  std::array<std::uint64_t, 2> delivered_{};
};

/// Removes the output of a run; a run without output is fine. Throws Error(failed).
void remove_run_output(const Paths& paths, const RunId& id);

}  // namespace cai
