#include "boxes.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <thread>

#include "engine_request.hpp"

namespace cai::bench {
namespace {

constexpr const char* image = "debian:bookworm-slim";

/// An agent's client: one server, as many calls at once as one likes.
class Client {
 public:
  explicit Client(const std::string& cai) {
    std::array<int, 2> to{};
    std::array<int, 2> from{};
    if (::pipe2(to.data(), O_CLOEXEC) != 0 || ::pipe2(from.data(), O_CLOEXEC) != 0)
      throw std::runtime_error("no pipe");
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, to[0], 0);
    ::posix_spawn_file_actions_adddup2(&actions, from[1], 1);
    std::string program = cai;
    std::string word = "mcp";
    std::array<char*, 3> words{program.data(), word.data(), nullptr};
    const int error = ::posix_spawn(&child_, program.c_str(), &actions, nullptr, words.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(to[0]);
    ::close(from[1]);
    input_ = to[1];
    output_ = ::fdopen(from[0], "r");
    if (error != 0 || output_ == nullptr) throw std::runtime_error("cannot start " + cai);
    send(R"("method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{}})");
    receive();
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  /// The server removes its boxes when its input ends.
  ~Client() {
    ::close(input_);
    ::waitpid(child_, nullptr, 0);
    static_cast<void>(std::fclose(output_));
  }

  void call(const std::vector<std::string>& arguments) {
    for (const auto& each : arguments) {
      send(fmt::format(R"("method":"tools/call","params":{{"name":"containers","arguments":{{{}}}}})", each));
    }
    for (std::size_t i = 0; i < arguments.size(); ++i) receive();
  }

 private:
  void send(const std::string& members) {
    const auto line = fmt::format("{{\"jsonrpc\":\"2.0\",\"id\":{},{}}}\n", ++id_, members);
    if (::write(input_, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
      throw std::runtime_error("the server does not listen");
  }
  void receive() {
    char* line = nullptr;
    std::size_t room = 0;
    const auto size = ::getline(&line, &room, output_);
    const std::string text(line, size < 0 ? 0 : static_cast<std::size_t>(size));
    ::free(line);  // NOLINT: getline's own
    if (size < 0 || text.find("\"isError\":true") != std::string::npos ||
        text.find("\"error\":{") != std::string::npos)
      throw std::runtime_error("the server failed: " + text);
  }

  pid_t child_ = -1;
  int input_ = -1;
  std::FILE* output_ = nullptr;
  int id_ = 0;
};

std::vector<std::string> each_of(int count, const std::function<std::string(int)>& make) {
  std::vector<std::string> all;
  for (int i = 0; i < count; ++i) all.push_back(make(i));
  return all;
}

/// `docker run -d` of what a box is made of, as a process each.
void run_by_client(const std::string& name, int count) {
  std::vector<std::thread> threads;
  std::vector<int> codes(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      codes[static_cast<std::size_t>(i)] =
          run({"docker", "run", "-d", "--init", "--name", fmt::format("{}-{}", name, i), "--cap-drop=ALL",
               "--security-opt=no-new-privileges", "--memory=4g", "--pids-limit=256", image, "sleep", "3600"})
              .status;
    });
  }
  for (auto& each : threads) each.join();
  for (const int code : codes) {
    if (code != 0) throw std::runtime_error("docker run failed");
  }
}

void remove_by_client(const std::string& name, int count) {
  Argv argv{"docker", "rm", "-f"};
  for (const auto& each : each_of(count, [&](int i) { return fmt::format("{}-{}", name, i); }))
    argv.push_back(each);
  must(argv);
}

}  // namespace

void race_boxes(Table& table, const std::string& cai, const std::string& engine_socket,
                const std::string& name) {
  Client client(cai);
  const auto ours = name + "-box";
  const auto theirs = name + "-rival";
  const auto make = [&](int count) {
    client.call(each_of(count, [&](int i) {
      return fmt::format(R"("operation":"create","image":"{}","name":"{}-{}")", image, ours, i);
    }));
  };
  const auto destroy = [&] { client.call({R"("operation":"destroy_all","confirm":true)"}); };
  const auto race = [&](const std::string& job, const std::string& rival, int count) {
    table.race(job, {"", [] {}, [&] { return timed([&] { make(count); }); }, destroy},
               {rival, [] {}, [&] { return timed([&] { run_by_client(theirs, count); }); },
                [&] { remove_by_client(theirs, count); }},
               1.2, 10);
  };
  race("create of a box through MCP, image present", "`docker run -d`", 1);
  race("ten boxes at once", "ten `docker run -d` at once", 10);
  make(1);
  table.race(
      "exec in a box through MCP",
      {"", [] {},
       [&] {
         return timed([&] {
           client.call({fmt::format(R"("operation":"exec","container":"{}-0","command":"true")", ours)});
         });
       },
       [] {}},
      {"the engine's exec, three raw requests", [] {},
       [&] { return timed([&] { exec_by_engine(engine_socket, ours + "-0"); }); }, [] {}},
      1.3, 20);
}

}  // namespace cai::bench
