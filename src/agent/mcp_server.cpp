#include "agent/mcp_server.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>

#include "agent/operation.hpp"
#include "cai/base/time.hpp"

namespace cai {
namespace {

constexpr std::size_t most_calls = 32;
constexpr std::size_t most_in_a_batch = 1000;
constexpr auto question_limit = std::chrono::minutes(5);
constexpr auto farewell_limit = std::chrono::seconds(15);

enum ErrorCode : int {
  parse_error = -32700,
  invalid_request = -32600,
  method_not_found = -32601,
  invalid_parameters = -32602,
  server_busy = -32000,
};

bool is_valid_id(const Json& id) {
  return id.is_string() || id.is_number_integer();
}

}  // namespace

void McpServer::send(const Json& value) {
  const std::string text = dump_json(value) + "\n";
  const std::scoped_lock lock(output_mutex_);
  std::size_t sent = 0;
  while (sent < text.size() && !output_closed_) {
    const ssize_t count = ::write(output_, text.data() + sent, text.size() - sent);
    if (count > 0) sent += static_cast<std::size_t>(count);
    if (count < 0 && errno == EAGAIN) {
      pollfd writable{output_, POLLOUT, 0};
      ::poll(&writable, 1, -1);
    } else if (count < 0 && errno != EINTR) {
      output_closed_ = true;  // the client is gone; end of input follows
    }
  }
}

void McpServer::line_too_long() {
  send_error(Json(), invalid_request, "the message is longer than 16 MiB");
}

void McpServer::line(std::string_view text) {
  if (text.find_first_not_of(" \t\r") == std::string_view::npos) return;
  const Json value = parse_json(text);
  if (value.is_discarded()) return send_error(Json(), parse_error, "this line is not JSON");
  if (!value.is_array()) return message(value);
  // Batches exist in 2025-03-26 only; their members are answered one by one.
  if (value.empty()) return send_error(Json(), invalid_request, "an empty batch");
  if (value.size() > most_in_a_batch) {
    return send_error(Json(), invalid_request,
                      fmt::format("a batch has at most {} messages", most_in_a_batch));
  }
  for (const auto& each : value) message(each);
}

void McpServer::message(const Json& value) {
  if (!value.is_object()) return send_error(Json(), invalid_request, "a message must be an object");
  const bool has_id = value.contains("id");
  const Json id = has_id && is_valid_id(value["id"]) ? value["id"] : Json();
  if (!value.contains("method")) {
    if (has_id && (value.contains("result") || value.contains("error"))) return answer_arrived(value);
    return send_error(id, invalid_request, "a message needs a method");
  }
  if (!value["method"].is_string() || value.value("jsonrpc", Json()) != "2.0") {
    return send_error(id, invalid_request, "not a JSON-RPC 2.0 message");
  }
  const Json parameters =
      value.contains("params") && value["params"].is_object() ? value["params"] : Json::object();
  const auto method = value["method"].get<std::string>();
  if (!has_id) return notification(method, parameters);
  if (id.is_null()) return send_error(id, invalid_request, "an id must be a string or an integer");
  if (value.contains("params") && !value["params"].is_object())
    return send_error(id, invalid_parameters, "params must be an object");
  request(id, method, parameters);
}

Json McpServer::initialize(const Json& parameters) {
  const auto& versions = mcp_protocol_versions();
  const Json wanted = parameters.value("protocolVersion", Json());
  const bool known = std::ranges::any_of(versions, [&](const auto& each) { return wanted == each; });
  const Json capabilities = parameters.value("capabilities", Json::object());
  client_can_be_asked_ = capabilities.is_object() && capabilities.contains("elicitation");
  return {{"protocolVersion", known ? wanted : Json(versions.front())},
          {"capabilities", {{"tools", Json::object()}}},
          {"serverInfo", {{"name", "cai"}, {"title", "ContainAI boxes"}, {"version", version_}}},
          {"instructions",
           "One tool, `containers`: make a box with operation \"create\", work in it with \"exec\", remove "
           "it with "
           "\"destroy\". Boxes that are not persistent end with this session."}};
}

void McpServer::request(const Json& id, const std::string& method, const Json& parameters) {
  if (method == "initialize") return send_result(id, initialize(parameters));
  if (method == "ping") return send_result(id, Json::object());
  if (method == "tools/list") {
    return send_result(id, {{"tools", Json::array({tool_description()})}});
  }
  if (method == "tools/call") return start_call(id, parameters);
  send_error(id, method_not_found, "there is no method " + shown_word(method));
}

void McpServer::notification(const std::string& method, const Json& parameters) {
  if (method != "notifications/cancelled" || !parameters.contains("requestId")) return;
  for (auto& each : running_) {
    if (each->id == parameters["requestId"]) each->cancelled = true;
  }
}

void McpServer::forget_finished() {
  std::erase_if(running_, [](auto& each) {
    if (!each->done) return false;
    each->thread.join();
    return true;
  });
}

void McpServer::start_call(const Json& id, const Json& parameters) {
  forget_finished();
  if (parameters.value("name", Json()) != "containers") {
    return send_error(id, invalid_parameters, "Unknown tool; there is one, \"containers\"");
  }
  // Two answers of one id could not be told apart, and a cancellation would be for both.
  if (std::ranges::any_of(running_, [&](const auto& each) { return !each->answered && each->id == id; }))
    return send_error(id, invalid_request, "a call with this id is running");
  if (running_.size() >= most_calls) {
    return send_error(id, server_busy, fmt::format("{} calls are running; wait for one", most_calls));
  }
  const Json meta = parameters.value("_meta", Json::object());
  const Json token = meta.is_object() ? meta.value("progressToken", Json()) : Json();
  running_.push_back(std::make_unique<Running>());
  Running& running = *running_.back();
  running.id = id;
  running.thread =
      std::thread([this, &running, arguments = parameters.value("arguments", Json::object()), token] {
        run_call(running, arguments, token);
        running.done = true;
      });
}

void McpServer::run_call(Running& running, const Json& arguments, const Json& progress_token) {
  int steps = 0;
  CallHooks hooks;
  hooks.cancelled = [&] { return running.cancelled || ending_; };
  if (is_valid_id(progress_token)) {
    hooks.progress = [&](const std::string& text) {
      send({{"jsonrpc", "2.0"},
            {"method", "notifications/progress"},
            {"params", {{"progressToken", progress_token}, {"progress", ++steps}, {"message", text}}}});
    };
  }
  hooks.ask = [&](const std::string& question) { return ask(question, running); };
  Json result = session_.call(arguments, hooks);
  // Who cancelled does not want an answer (MCP, utilities/cancellation).
  if (running.cancelled) return;
  running.answered = true;
  const bool failed = result.contains("error");
  Json content = Json::array({{{"type", "text"}, {"text", dump_json(result)}}});
  send_result(
      running.id,
      {{"content", std::move(content)}, {"structuredContent", std::move(result)}, {"isError", failed}});
}

std::optional<bool> McpServer::ask(const std::string& question, const Running& running) {
  if (!client_can_be_asked_) return std::nullopt;
  std::unique_lock lock(answers_mutex_);
  const std::string id = fmt::format("cai-{}", ++questions_);
  lock.unlock();
  const Json allow = {{"type", "boolean"}, {"title", "Allow"}, {"description", "Allow it this once"}};
  const Json schema = {
      {"type", "object"}, {"properties", {{"allow", allow}}}, {"required", Json::array({"allow"})}};
  send({{"jsonrpc", "2.0"},
        {"id", id},
        {"method", "elicitation/create"},
        {"params", {{"message", question}, {"requestedSchema", schema}}}});
  const auto deadline = Deadline::in(question_limit);
  lock.lock();
  while (!answers_.contains(id)) {
    if (deadline.expired() || running.cancelled || ending_) return false;
    answered_.wait_for(lock, std::chrono::milliseconds(200));
  }
  const Json answer = answers_[id];
  answers_.erase(id);
  if (!answer.contains("result")) return std::nullopt;
  const Json& result = answer["result"];
  return result.is_object() && result.value("action", Json()) == "accept" &&
         result.value("content", Json::object()).is_object() &&
         result.value("content", Json::object()).value("allow", Json(false)) == true;
}

void McpServer::answer_arrived(const Json& value) {
  if (!value["id"].is_string()) return;
  const std::scoped_lock lock(answers_mutex_);
  answers_[value["id"].get<std::string>()] = value;
  constexpr std::size_t most_answers = 64;  // to questions that nobody waits for
  if (answers_.size() > most_answers) answers_.erase(answers_.begin());
  answered_.notify_all();
}

void McpServer::farewell(std::chrono::milliseconds patience) {
  const auto wait = [this](Deadline deadline) {
    const auto is_done = [](const auto& each) { return each->done.load(); };
    while (!std::ranges::all_of(running_, is_done) && !deadline.expired()) ::poll(nullptr, 0, 20);
  };
  wait(Deadline::in(patience));
  ending_ = true;
  wait(Deadline::in(farewell_limit));
}

const std::vector<std::string>& mcp_protocol_versions() {
  static const std::vector<std::string> versions = {"2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05",
                                                    "2024-10-07"};
  return versions;
}

}  // namespace cai
