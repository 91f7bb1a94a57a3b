#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <vector>

#include "cai/base/environment.hpp"
#include "cai/base/error.hpp"
#include "cai/engine/engine.hpp"
#include "cai/json/json.hpp"
#include "cai/model/ids.hpp"

namespace cai {

/// What configuration says of boxes.
struct BoxSettings {
  std::map<std::string, std::string> images;    ///< purpose -> image it starts from; "" -> without a purpose
  std::vector<std::string> env_patterns;        ///< globs of env_passthrough="auto"
  std::vector<std::string> added_capabilities;  ///< given back after all were dropped
  std::string settings_file;                    ///< named in hints
};

/// What boxes work with.
struct BoxHouse {
  /// A connection of its own for each call: an Engine serves one thread at a time.
  std::function<std::unique_ptr<Engine>()> connect;
  Environment environment;
  Paths paths;
  InstanceId instance;
  BoxSettings settings;
};

/// Things that an agent may do only when the person who started the server allowed them.
inline constexpr const char* gate_names[] = {"host_network", "mounts", "ssh", "env_all", "gpu", "copy"};

/// Whose boxes these are, and what is allowed.
struct SessionRules {
  bool agent = false;             ///< gates, limit and end of session apply; a person's boxes stay
  std::set<std::string> allowed;  ///< of gate_names
  int most_boxes = 10;
};

/// How one call talks back while it runs. All may be empty.
struct CallHooks {
  std::function<bool()> cancelled;
  std::function<void(const std::string&)> progress;
  /// Asks the person behind the client; nullopt: the client cannot ask.
  std::function<std::optional<bool>(const std::string&)> ask;
};

/// One client's use of the tool `containers` (sources/containers-tool-guide.md). `cai mcp` and `cai box` are
/// two doors to it. Calls may run side by side.
class BoxSession {
 public:
  BoxSession(BoxHouse house, SessionRules rules);

  /// The tool's result object; failures are results with `error`, nothing is thrown.
  /// `kind` is told what sort of failure it was.
  Json call(const Json& arguments, const CallHooks& hooks, std::optional<ErrorKind>* kind = nullptr);
  /// Runs a command in a box with these streams, for a person; its exit code. Throws Error.
  int exec_streaming(const std::string& box, const std::string& command, bool as_root,
                     const ExecStreams& streams);
  /// Removes what this session made and was not told to keep; each box gets a little time and no more.
  void end();

  [[nodiscard]] const BoxHouse& house() const { return house_; }
  [[nodiscard]] const SessionRules& rules() const { return rules_; }
  [[nodiscard]] const std::string& id() const { return id_; }

  /// Checks the engine the first time; nullopt: ready, else what preflight says.
  std::optional<Json> preflight_once(Engine& engine);
  /// "docker" or "podman": the client with which a person enters a box of this engine. Asks the engine once.
  std::string runtime(Engine& engine);
  /// A box of the session is being made under this name; throws Error(refused) when there are enough. The
  /// place is freed with the returned object.
  std::shared_ptr<void> take_place(Engine& engine, const std::string& name);
  /// Held while a box comes up; alone by one whose mounts another box could exchange.
  std::shared_mutex& coming_up() { return coming_up_; }

 private:
  void require_place(Engine& engine);

  BoxHouse house_;
  SessionRules rules_;
  std::string id_;
  std::shared_mutex coming_up_;
  std::mutex mutex_;
  std::mutex preflight_mutex_;  ///< for the two below
  bool preflight_passed_ = false;
  std::string runtime_;
  std::multiset<std::string> being_made_;  ///< names
  int made_ = 0;                           ///< how many are no longer being made, whatever became of them
};

/// The tool as tools/list shows it: name, description, inputSchema, annotations.
Json tool_description();
/// docs/reference/boxes.md: every operation with its parameters, defaults and meaning.
std::string operations_markdown();

/// The newest first: what @modelcontextprotocol/sdk supports.
const std::vector<std::string>& mcp_protocol_versions();

/// Serves MCP over these descriptors until end of input, SIGTERM or SIGINT, then ends the session. `stop` is
/// a descriptor that becomes readable when a signal came, or -1.
void serve_mcp(BoxSession& session, int input, int output, int stop, const std::string& version);

}  // namespace cai
