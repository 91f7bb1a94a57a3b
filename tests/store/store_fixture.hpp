#pragma once

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "cai/base/error.hpp"
#include "cai/store/store.hpp"

namespace cai {

/// Ten seconds past a fixed moment, then eleven, ...
class SteppingClock final : public Clock {
 public:
  [[nodiscard]] Timestamp now() const override;

 private:
  mutable int seconds_ = 10;
};

/// A directory of its own with a store in it, used directly with SQLite where a test must see or do what cai
/// would not.
class StoreTest : public testing::Test {
 protected:
  StoreTest();
  ~StoreTest() override;

  [[nodiscard]] Store open(Store::Mode mode = Store::Mode::read_write) const;
  [[nodiscard]] SQLite::Database raw(int flags = SQLite::OPEN_READWRITE) const;
  void make_from_sql(const std::string& sql) const;
  /// The Error of an attempt to open; fails the test if there is none.
  [[nodiscard]] Error opening_error(Store::Mode mode = Store::Mode::read_write) const;

  std::filesystem::path directory;  ///< the test's own
  std::filesystem::path file;       ///< in a directory below it that does not exist yet
  SteppingClock clock;
};

/// A workspace of the repository `repository` on `branch`; its id is derived from the two.
NewWorkspace new_workspace(const std::string& repository, const std::string& branch = "main");
/// The name "{repository}-{branch}", whatever is taken.
std::function<std::string(const std::function<bool(const std::string&)>&)> named(const std::string& name);
WorkspaceRow add_named(Store& store, const NewWorkspace& workspace);
bool any_port(int port);

std::string bytes_of(const std::filesystem::path& path);
void write_bytes(const std::filesystem::path& path, const std::string& bytes);
bool mentions(const Error& error, const std::string& text);
/// The Error that `work` throws; fails the test if it throws none.
Error error_of(const std::function<void()>& work);

/// Runs `work(number)` in `count` processes that start at the same moment; their exit codes. An exception is
/// exit code 99 and its message on stderr.
std::vector<int> run_processes(int count, const std::function<int(int)>& work);

}  // namespace cai
