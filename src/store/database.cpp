#include "store/database.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <optional>

#include <fmt/format.h>

#include "cai/base/filesystem.hpp"
#include "cai/base/text.hpp"
#include "store/migrations.hpp"

namespace cai {
namespace {

namespace fs = std::filesystem;

/// Sixty-four first commands at once, each with a few transactions that wait for a busy disk, take a third of
/// this; SQLite does not queue those who wait, so that the unlucky wait for nearly all the others.
constexpr int busy_timeout_milliseconds = 30'000;
constexpr mode_t file_mode = 0600;
constexpr const char* in_memory = ":memory:";

Error system_failure(const fs::path& file, std::string_view what, int error) {
  return {ErrorKind::failed,
          fmt::format("{} cannot be {}: {}", describe_store(file), what, std::strerror(error))};
}

/// The mode of what is at `path` itself, or nullopt when there is nothing.
std::optional<mode_t> mode_of(const fs::path& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0) return status.st_mode;
  if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
  throw system_failure(path, "examined", errno);
}

/// SQLite's NOFOLLOW refuses a link anywhere in the path. A linked directory is the user's own arrangement, a
/// linked file is not accepted.
fs::path without_linked_directories(const fs::path& file) {
  std::error_code error;
  const auto directory = fs::canonical(file.parent_path(), error);
  if (error) throw system_failure(file, "opened", error.value());
  return directory / file.filename();
}

/// Makes an empty file of the right mode. Only ever with O_EXCL: closing a descriptor of a database that this
/// process has open would drop SQLite's locks on it.
void create_private_file(const fs::path& file) {
  const UniqueFd fd(::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, file_mode));
  if (!fd.valid() && errno != EEXIST) throw system_failure(file, "made", errno);
}

void require_regular_file(const fs::path& file, mode_t mode) {
  if (S_ISREG(mode)) return;
  throw Error(ErrorKind::failed, fmt::format("{} is not a regular file", describe_store(file)));
}

void make_private(const fs::path& file, mode_t mode) {
  if ((mode & 077) == 0) return;
  if (::chmod(file.c_str(), file_mode) != 0) throw system_failure(file, "made private", errno);
}

SQLite::Database open_database(const fs::path& file, int flags) {
  SQLite::Database database(file.native(), flags | SQLite::OPEN_NOFOLLOW, busy_timeout_milliseconds);
  // A schema from elsewhere must not run functions; a damaged page must be noticed before it is used.
  database.exec("PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON");
  return database;
}

/// A rollback journal: Debian 12's SQLite has the WAL-reset bug, which short writes of many processes would
/// meet.
void set_durability(SQLite::Database& database, const fs::path& file) {
  database.exec("PRAGMA synchronous = FULL");
  const auto mode = database.execAndGet("PRAGMA journal_mode = TRUNCATE").getString();
  if (mode != "truncate") {
    throw Error(ErrorKind::failed,
                fmt::format("{} cannot leave the journal mode \"{}\"", describe_store(file), mode))
        .hint("end every program that has the file open, then try again");
  }
}

SQLite::Database private_copy_in_memory(SQLite::Database* source, const fs::path& file) {
  SQLite::Database copy(in_memory, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  if (source != nullptr) copy_database(*source, copy);
  migrate(copy, file, embedded_migrations(), [](int) {});
  return copy;
}

/// A cai that died while committing left its journal. Only a writer can put the last committed state back,
/// and until that is done nobody can read.
void roll_back_interrupted_commit(const fs::path& file) {
  auto database = open_database(file, SQLite::OPEN_READWRITE);
  database.execAndGet("PRAGMA user_version");
}

int newest_version() {
  return static_cast<int>(embedded_migrations().size());
}

/// The version of a file that is ours and complete. SQLite fills a last page that was cut off with zeros, and
/// so would read rows that nobody wrote.
int inspect(SQLite::Database& database, const fs::path& file) {
  const SQLite::Transaction no_writer_meanwhile(database);
  const int version = schema_version(database, file, newest_version());
  const auto page_size = static_cast<std::uintmax_t>(database.execAndGet("PRAGMA page_size").getInt());
  std::error_code error;
  const auto size = fs::file_size(file, error);
  if (error) throw system_failure(file, "examined", error.value());
  if (size % page_size != 0) throw damaged_store(file, "its last page is cut off");
  return version;
}

SQLite::Database open_for_reading(const fs::path& file) {
  auto database = open_database(file, SQLite::OPEN_READONLY);
  if (inspect(database, file) == newest_version()) return database;
  return private_copy_in_memory(&database, file);
}

SQLite::Database open_for_reading_after_crash(const fs::path& file) {
  try {
    return open_for_reading(file);
  } catch (const SQLite::Exception& exception) {
    if (exception.getExtendedErrorCode() != SQLITE_READONLY_ROLLBACK) throw;
    roll_back_interrupted_commit(file);
    return open_for_reading(file);
  }
}

constexpr const char* opening = "opening the store";

/// Opens with `open`; the errno of a failure is no longer known here.
template <typename Open>
SQLite::Database open_or_explain(const fs::path& file, Open open) {
  try {
    return open();
  } catch (const SQLite::Exception& exception) {
    throw std::move(to_error(exception, file, 0).during(opening));
  }
}

}  // namespace

void keep_copy(const fs::path& file, int next_version) {
  const fs::path copy = file.native() + fmt::format(".before-{}", next_version);
  remove_file(copy);
  create_private_file(copy);
  // Another connection, because SQLite copies nothing out of one that is inside a write transaction.
  auto source = open_database(file, SQLite::OPEN_READONLY);
  auto target = open_database(copy, SQLite::OPEN_READWRITE);
  copy_database(source, target);
}

StoreDatabase StoreDatabase::open_read_write(const fs::path& file) {
  if (const auto mode = mode_of(file)) {
    require_regular_file(file, *mode);
    make_private(file, *mode);
  } else {
    ensure_directory(file.parent_path());
    create_private_file(file);
  }
  const auto path = without_linked_directories(file);
  StoreDatabase store(open_or_explain(path, [&] { return open_database(path, SQLite::OPEN_READWRITE); }),
                      path);
  store.read(opening, [&](SQLite::Database& database) {
    // First: a file that is not ours must not even change its journal mode.
    const int version = inspect(database, path);
    set_durability(database, path);
    if (version == newest_version()) return;
    migrate(database, path, embedded_migrations(), [&](int next) { keep_copy(path, next); });
  });
  return store;
}

StoreDatabase StoreDatabase::open_read_only(const fs::path& file) {
  const auto mode = mode_of(file);
  if (mode) require_regular_file(file, *mode);
  const auto path = mode ? without_linked_directories(file) : file;
  auto database = open_or_explain(path, [&] {
    auto opened = mode ? open_for_reading_after_crash(path) : private_copy_in_memory(nullptr, path);
    opened.exec("PRAGMA query_only = ON");
    return opened;
  });
  return {std::move(database), path};
}

}  // namespace cai
