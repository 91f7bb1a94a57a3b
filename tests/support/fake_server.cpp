#include "support/fake_server.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <set>
#include <stdexcept>

#include "cai/base/text.hpp"
#include "support/descriptor.hpp"
#include "support/fake_json.hpp"

namespace cai {

/// Greets whoever connects to 127.0.0.1:port as an sshd would, and hangs up.
class SshBanner {
 public:
  explicit SshBanner(int port) : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int yes = 1;
    ::setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<in_port_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener_.get(), 8) != 0) {
      throw std::runtime_error(fmt::format("cannot listen on port {}", port));
    }
    thread_ = std::thread([this] { greet_all(); });
  }
  SshBanner(const SshBanner&) = delete;
  SshBanner& operator=(const SshBanner&) = delete;
  ~SshBanner() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
  }

 private:
  void greet_all() const {
    while (true) {
      const UniqueFd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!client.valid()) return;
      constexpr std::string_view greeting = "SSH-2.0-fake\r\n";
      ::send(client.get(), greeting.data(), greeting.size(), MSG_NOSIGNAL);
    }
  }

  UniqueFd listener_;
  std::thread thread_;
};

namespace {

HttpReply json_reply(const Json& json, int status = 200) {
  return {.status = status, .body = dump_json(json)};
}

HttpReply message(int status, const std::string& text) {
  return json_reply({{"message", text}}, status);
}

HttpReply not_found(const std::string& what) {
  return message(404, "No such " + what);
}

HttpReply reply_of(Outcome outcome, int done = 204) {
  switch (outcome) {
    case Outcome::done:
      return {.status = done, .body = {}};
    case Outcome::unchanged:
      return {.status = 304, .body = {}};
    case Outcome::missing:
      return not_found("object");
    case Outcome::conflict:
      return message(409, "conflict");
  }
  return message(500, "unknown outcome");
}

/// 404 is how an engine says that there was nothing to remove.
HttpReply removal_reply(Outcome outcome, int done) {
  return outcome == Outcome::unchanged ? not_found("object") : reply_of(outcome, done);
}

std::string frame(int kind, const std::string& payload) {
  if (payload.empty()) return {};
  std::string text{static_cast<char>(kind), 0, 0, 0};
  for (int shift = 24; shift >= 0; shift -= 8) {
    text += static_cast<char>(payload.size() >> static_cast<unsigned>(shift));
  }
  return text + payload;
}

std::string query(const HttpQuestion& question, const std::string& name) {
  const auto found = question.query.find(name);
  return found == question.query.end() ? "" : found->second;
}

/// A file in memory that is read again from its beginning.
std::string content_of(int fd) {
  ::lseek(fd, 0, SEEK_SET);
  return read_to_end(fd);
}

}  // namespace

FakeServer::FakeServer(FakeEngine& engine, std::string socket_path)
    : engine_(engine), path_(std::move(socket_path)) {
  server_ = std::make_unique<UnixHttpServer>(
      path_, [this](const HttpQuestion& question) { return answer(question); });
}

FakeServer::~FakeServer() = default;

/// Paths are /_ping or /v1.41/RESOURCE/...
HttpReply FakeServer::answer(const HttpQuestion& question) {
  if (question.path == "/_ping") return {.status = 200, .body = "OK"};
  auto words = split(question.path, '/');
  words.erase(words.begin(), words.begin() + 2);
  try {
    const auto resource = words.at(0);
    words.erase(words.begin());
    HttpReply reply = route(resource, words, question);
    follow_ports();
    return reply;
  } catch (const Error& error) {
    return message(500, error.what());
  } catch (const std::exception& error) {
    return message(400, fmt::format("{} {}: {}", question.method, question.path, error.what()));
  }
}

HttpReply FakeServer::route(const std::string& resource, const std::vector<std::string>& words,
                            const HttpQuestion& question) {
  if (resource == "info") return json_reply(information_json(engine_.information()));
  if (resource == "containers") return containers(words, question);
  if (resource == "volumes") return volumes(words, question);
  if (resource == "images") return images(join(words, "/"), question);
  if (resource == "build") return build(question);
  if (resource == "exec") return exec(words);
  return not_found("page");
}

HttpReply FakeServer::containers(const std::vector<std::string>& words, const HttpQuestion& question) {
  const std::string& first = words.at(0);
  const std::string action = words.size() > 1 ? words[1] : "";
  if (first == "json") {
    Json list = Json::array();
    for (const auto& each : engine_.list_containers(filter_from(query(question, "filters")))) {
      list.push_back(entry_json(each));
    }
    return json_reply(list);
  }
  if (first == "create") return create_container(question);
  if (action == "json") {
    const auto details = engine_.inspect_container(first);
    return details ? json_reply(container_json(*details)) : not_found("container: " + first);
  }
  if (action == "logs") {
    const int lines = std::stoi(query(question, "tail"));
    return {.status = 200, .body = frame(1, engine_.container_logs({first}, lines))};
  }
  if (action == "archive" && question.method == "GET") {
    HttpReply reply;
    const auto sink = [&](std::string_view bytes) { reply.body += bytes; };
    const bool found = engine_.read_archive({first}, query(question, "path"), sink, [] { return false; });
    return found ? reply : not_found("file: " + first);
  }
  if (action == "stats") return json_reply(statistics_json(engine_.container_statistics({first})));
  if (action == "exec") {
    const auto id = sha256_hex(fmt::format("exec {}", execs_.size()));
    const Json body = parse_json(question.body);
    execs_[id] = {{first}, exec_request_from(body), body.at("AttachStdin").get<bool>(), 0};
    return json_reply({{"Id", id}}, 201);
  }
  return change_container({first}, action, question);
}

HttpReply FakeServer::change_container(const ContainerId& id, const std::string& action,
                                       const HttpQuestion& question) {
  if (question.method == "DELETE") return removal_reply(engine_.remove_container(id), 204);
  if (action == "stop") return reply_of(engine_.stop_container(id, std::stoi(query(question, "t"))));
  if (action == "unpause") return reply_of(engine_.unpause_container(id));
  if (action == "rename") return reply_of(engine_.rename_container(id, query(question, "name")));
  if (action != "start") return not_found("page");
  const auto busy = engine_.world.busy_ports;
  note_busy_ports(id);
  const auto started = engine_.start_container(id);
  engine_.world.busy_ports = busy;
  return started.port_taken ? message(500, started.message) : reply_of(started.outcome);
}

HttpReply FakeServer::create_container(const HttpQuestion& question) {
  const auto request = container_request_from(parse_json(question.body));
  const auto made = engine_.create_container(query(question, "name"), request);
  if (made.outcome == Outcome::done) return json_reply({{"Id", made.id.value}}, 201);
  return message(made.outcome == Outcome::missing ? 404 : 409, made.message);
}

HttpReply FakeServer::volumes(const std::vector<std::string>& words, const HttpQuestion& question) {
  if (question.method == "POST") {
    const Json body = parse_json(question.body);
    const auto name = body.at("Name").get<std::string>();
    return json_reply(volume_json(engine_.create_volume(name, labels_from(body.at("Labels")))), 201);
  }
  if (question.method == "DELETE") return removal_reply(engine_.remove_volume(words.at(0)), 204);
  if (words.empty()) {
    Json volumes = Json::array();
    for (const auto& volume : engine_.list_volumes({})) volumes.push_back(volume_json(volume));
    return json_reply({{"Volumes", volumes}});
  }
  const auto volume = engine_.inspect_volume(words.at(0));
  return volume ? json_reply(volume_json(*volume)) : not_found("volume: " + words.at(0));
}

HttpReply FakeServer::images(const std::string& reference, const HttpQuestion& question) {
  if (question.method == "DELETE") return removal_reply(engine_.remove_image(reference), 200);
  if (reference == "json") {
    Json images = Json::array();
    for (const auto& image : engine_.list_images(true)) images.push_back(image_json(image));
    return json_reply(images);
  }
  const auto name = reference.substr(0, reference.rfind("/json"));
  const auto image = engine_.inspect_image(name);
  return image ? json_reply(image_json(*image)) : not_found("image: " + name);
}

/// Success is known only at the end of the stream of progress objects.
HttpReply FakeServer::build(const HttpQuestion& question) {
  BuildRequest request;
  request.tag = query(question, "t");
  request.dockerfile = query(question, "dockerfile");
  for (const auto& [name, value] : labels_from(parse_json(query(question, "buildargs"))))
    request.arguments[name] = value;
  request.labels = labels_from(parse_json(query(question, "labels")));
  request.no_cache = query(question, "nocache") == "1";
  HttpReply reply;
  const auto tell = [&](const Json& object) { reply.body += dump_json(object) + "\r\n"; };
  try {
    const auto id = engine_.build_image(request, question.body, [&](std::string_view line) {
      tell({{"stream", std::string(line) + "\n"}});
    });
    tell({{"aux", {{"ID", id}}}});
  } catch (const Error& error) {
    tell({{"errorDetail", {{"message", error.what()}}}, {"error", error.what()}});
  }
  return reply;
}

HttpReply FakeServer::exec(const std::vector<std::string>& words) {
  const auto found = execs_.find(words.at(0));
  if (found == execs_.end()) return not_found("exec instance");
  auto& exec = found->second;
  if (words.at(1) == "json") return json_reply({{"Running", false}, {"ExitCode", exec.exit_code}});
  return {.status = 101, .body = {}, .hijack = [this, &exec](int fd) { run_exec(exec, fd); }};
}

void FakeServer::run_exec(Exec& exec, int fd) {
  const UniqueFd output(::memfd_create("output", MFD_CLOEXEC));
  const UniqueFd error(::memfd_create("error", MFD_CLOEXEC));
  const ExecStreams streams{exec.with_input ? fd : -1, output.get(), error.get()};
  const auto code = engine_.execute_streaming(exec.container, exec.request, streams, [] { return false; });
  exec.exit_code = code.value_or(126);
  write_whole(fd, frame(1, content_of(output.get())) + frame(2, content_of(error.get())));
}

/// The host is real: a port on which something else listens is taken.
void FakeServer::note_busy_ports(const ContainerId& id) {
  const auto* container = engine_.world.find_container(id.value);
  if (container == nullptr) return;
  for (const auto& [inside, port] : container->request.loopback_ports) {
    if (banners_.contains(port)) continue;
    try {
      const SshBanner attempt(port);
    } catch (const std::runtime_error&) {
      engine_.world.busy_ports.insert(port);
    }
  }
}

void FakeServer::follow_ports() {
  std::set<int> published;
  for (const auto& [id, container] : engine_.world.containers) {
    if (container.details.container.state != ContainerState::running) continue;
    for (const auto& [inside, port] : container.details.ports) published.insert(port);
  }
  std::erase_if(banners_, [&](const auto& banner) { return !published.contains(banner.first); });
  for (const int port : published) {
    if (!banners_.contains(port)) banners_[port] = std::make_unique<SshBanner>(port);
  }
}

}  // namespace cai
