#include "store/failures.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cerrno>
#include <cstring>

#include "cai/base/text.hpp"

namespace cai {
namespace {

Error with_move_hint(Error error, const std::filesystem::path& file) {
  const auto& path = file.native();
  error.hint(fmt::format("move the file away: mv {} {}", shell_quote(path), shell_quote(path + ".damaged")))
      .hint("the next cai command rebuilds it from the engine's labels");
  return error;
}

Error no_space(const std::filesystem::path& file) {
  return std::move(Error(ErrorKind::failed, fmt::format("no space left for {}", describe_store(file)))
                       .hint("free some space on that file system, then run the command again; "
                             "nothing that was stored before is lost"));
}

Error not_accessible(const std::filesystem::path& file, std::string_view what, int system_error) {
  const std::string reason = system_error == 0 ? "" : fmt::format(": {}", std::strerror(system_error));
  return std::move(
      Error(ErrorKind::failed, fmt::format("{} cannot be {}{}", describe_store(file), what, reason))
          .hint(fmt::format("the file and its directory must exist, be yours and be writable: ls -la {}",
                            shell_quote(file.parent_path().native()))));
}

/// SQLite does not always keep the reason of a failed write; a quota and a dying disk look the same then.
Error input_output_failure(const std::filesystem::path& file, int system_error) {
  const std::string reason = system_error == 0 ? "" : fmt::format(": {}", std::strerror(system_error));
  return std::move(
      Error(ErrorKind::failed, fmt::format("{} cannot be read or written{}", describe_store(file), reason))
          .hint("free some space or quota on that file system, or look for errors of the disk with `dmesg`; "
                "nothing that was stored before is lost"));
}

bool is_out_of_space(int system_error) {
  return system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG;
}

}  // namespace

std::string describe_store(const std::filesystem::path& file) {
  return "the store " + escape_for_terminal(file.native());
}

Error damaged_store(const std::filesystem::path& file, std::string_view what) {
  return with_move_hint(Error(ErrorKind::failed, fmt::format("{} is damaged: {}", describe_store(file),
                                                             escape_for_terminal(what))),
                        file);
}

Error newer_store(const std::filesystem::path& file, int version, int newest_known) {
  return std::move(
      Error(ErrorKind::failed, fmt::format("{} was written by a newer cai: it has version {}, and "
                                           "this cai knows versions up to {}",
                                           describe_store(file), version, newest_known))
          .hint("use the newer cai; the file was not touched"));
}

Error foreign_store(const std::filesystem::path& file) {
  return with_move_hint(
      Error(ErrorKind::failed, fmt::format("{} is a database of another program, and cai does "
                                           "not touch it",
                                           describe_store(file))),
      file);
}

Error to_error(const SQLite::Exception& exception, const std::filesystem::path& file, int system_error) {
  switch (exception.getErrorCode()) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return std::move(Error(ErrorKind::busy, fmt::format("another cai holds {}", describe_store(file)))
                           .hint("wait for it to end and try again"));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return damaged_store(file, exception.what());
    case SQLITE_FULL:
      return no_space(file);
    case SQLITE_READONLY:
      return not_accessible(file, "written", 0);
    case SQLITE_CANTOPEN:
      return is_out_of_space(system_error) ? no_space(file) : not_accessible(file, "opened", system_error);
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return not_accessible(file, "opened", system_error);
    case SQLITE_IOERR:
      return is_out_of_space(system_error) ? no_space(file) : input_output_failure(file, system_error);
    case SQLITE_CONSTRAINT:
      return {ErrorKind::failed,
              fmt::format("{} refused a value: {}", describe_store(file), exception.what())};
    case SQLITE_ERROR:  // above all a table or a column that is not there
      return damaged_store(file, exception.what());
    default:
      return {ErrorKind::failed,
              fmt::format("{} cannot be used: {}", describe_store(file), exception.what())};
  }
}

}  // namespace cai
