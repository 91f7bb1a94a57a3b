#include "store_fixture.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iterator>

#include "cai/base/filesystem.hpp"
#include "cai/base/text.hpp"

namespace cai {

Timestamp SteppingClock::now() const {
  return Timestamp(std::chrono::seconds(1'768'557'600 + seconds_++));
}

StoreTest::StoreTest() {
  std::string name = (std::filesystem::temp_directory_path() / "cai-store-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
  directory = name;
  file = directory / "state" / "containai.db";
}

StoreTest::~StoreTest() {
  std::error_code ignored;
  std::filesystem::remove_all(directory, ignored);
}

Store StoreTest::open(Store::Mode mode) const {
  return Store::open(file, mode, clock);
}

SQLite::Database StoreTest::raw(int flags) const {
  return {file.native(), flags};
}

void StoreTest::make_from_sql(const std::string& sql) const {
  std::filesystem::create_directories(file.parent_path());
  auto database = raw(SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  database.exec(sql);
}

Error StoreTest::opening_error(Store::Mode mode) const {
  return error_of([&] { static_cast<void>(open(mode)); });
}

NewWorkspace new_workspace(const std::string& repository, const std::string& branch) {
  NewWorkspace workspace;
  workspace.id.value = sha256_hex(repository + '\n' + branch).substr(0, 16);
  workspace.engine.value = "engine-one";
  workspace.key = {"/src/" + repository, branch, ""};
  workspace.repository = repository;
  return workspace;
}

std::function<std::string(const std::function<bool(const std::string&)>&)> named(const std::string& name) {
  return [name](const auto&) { return name; };
}

WorkspaceRow add_named(Store& store, const NewWorkspace& workspace) {
  return store.add(workspace, named(workspace.repository + "-" + workspace.key.branch), any_port);
}

bool any_port(int /*port*/) {
  return true;
}

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void write_bytes(const std::filesystem::path& path, const std::string& bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

bool mentions(const Error& error, const std::string& text) {
  if (std::string(error.what()).find(text) != std::string::npos) return true;
  for (const auto& hint : error.hints()) {
    if (hint.find(text) != std::string::npos) return true;
  }
  return false;
}

Error error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error was thrown";
  return {ErrorKind::failed, ""};
}

namespace {

int guarded(const std::function<int(int)>& work, int number) {
  try {
    return work(number);
  } catch (const std::exception& exception) {
    std::fprintf(stderr, "process %d: %s\n", number, exception.what());
    return 99;
  }
}

}  // namespace

std::vector<int> run_processes(int count, const std::function<int(int)>& work) {
  int gate[2];
  if (::pipe(gate) != 0) throw std::runtime_error("no pipe");
  std::vector<pid_t> children;
  for (int number = 0; number < count; ++number) {
    const pid_t child = ::fork();
    if (child < 0) throw std::runtime_error("no process");
    if (child == 0) {
      ::close(gate[1]);
      char byte = 0;
      while (::read(gate[0], &byte, 1) > 0) {
      }
      ::_exit(guarded(work, number));
    }
    children.push_back(child);
  }
  ::close(gate[0]);
  ::close(gate[1]);  // opens the gate: every child reads the end of the pipe
  std::vector<int> codes;
  for (const pid_t child : children) {
    int status = 0;
    ::waitpid(child, &status, 0);
    codes.push_back(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
  }
  return codes;
}

}  // namespace cai
