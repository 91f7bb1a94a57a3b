// The half of FakeEngine that runs a container's own program with our streams.
#include <map>
#include <thread>

#include "support/descriptor.hpp"
#include "support/fake_engine.hpp"

namespace cai {
namespace {

int code_of_signal(const std::string& signal) {
  static const std::map<std::string, int> numbers = {{"HUP", 1}, {"INT", 2}, {"KILL", 9}, {"TERM", 15}};
  const auto found = numbers.find(signal);
  if (found == numbers.end()) throw Error(ErrorKind::failed, "Invalid signal: " + signal);
  return 128 + found->second;
}

bool is_running(const FakeContainer& container) {
  const auto state = container.details.container.state;
  return state == ContainerState::running || state == ContainerState::paused;
}

void look_again_soon() {
  std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

}  // namespace

class FakeStream final : public ContainerStream {
 public:
  FakeStream(FakeEngine& engine, std::string id, AttachRequest request)
      : engine_(engine), id_(std::move(id)), request_(std::move(request)) {}

  bool pump(const std::function<bool()>& should_stop) override {
    if (engine_.crashed_) throw SimulatedCrash{*engine_.crashed_};
    while (true) {
      auto* container = engine_.world.find_container(id_);
      if (container == nullptr) return true;
      run_program(*container);
      deliver(*container);
      if (container->details.started && !is_running(*container)) return true;
      if (should_stop && should_stop()) return false;
      look_again_soon();
    }
  }

 private:
  void run_program(FakeContainer& container) {
    if (ran_ || !engine_.attached_program || !is_running(container)) return;
    ran_ = true;
    const auto& input = request_.streams.input;
    const auto result = engine_.attached_program(container, input < 0 ? "" : read_to_end(input));
    if (!result) return;
    container.log += result->standard_output + result->standard_error;
    container.pieces.emplace_back(OutputStream::output, result->standard_output);
    container.pieces.emplace_back(OutputStream::error, result->standard_error);
    engine_.end(id_, result->exit_code);
  }

  void deliver(const FakeContainer& container) {
    for (; delivered_ < container.pieces.size(); ++delivered_) {
      const auto& [stream, text] = container.pieces[delivered_];
      if (text.empty()) continue;
      if (request_.tap) request_.tap(stream, text);
      const int fd = stream == OutputStream::output ? request_.streams.output : request_.streams.error;
      if (fd >= 0) write_whole(fd, text);
    }
  }

  FakeEngine& engine_;
  std::string id_;
  AttachRequest request_;
  bool ran_ = false;
  std::size_t delivered_ = 0;
};

std::unique_ptr<ContainerStream> FakeEngine::attach_container(const ContainerId& id,
                                                              const AttachRequest& request) {
  return read("attach " + brief(id.value), [&]() -> std::unique_ptr<ContainerStream> {
    auto* container = world.find_container(id.value);
    if (container == nullptr) return nullptr;
    container->attached = true;
    return std::make_unique<FakeStream>(*this, id.value, request);
  });
}

std::optional<int> FakeEngine::wait_container(const ContainerId& id) {
  return read("wait " + brief(id.value), [&]() -> std::optional<int> {
    while (true) {
      const auto* container = world.find_container(id.value);
      if (container == nullptr) return std::nullopt;
      if (!is_running(*container)) return container->details.exit_code;
      if (bounds_.interrupted && bounds_.interrupted()) throw Error(ErrorKind::interrupted, "interrupted");
      if (bounds_.until.expired()) raise(Fault::error_before);
      look_again_soon();
    }
  });
}

Outcome FakeEngine::kill_container(const ContainerId& id, const std::string& signal) {
  const auto effect = [&] {
    const int code = code_of_signal(signal);
    auto* container = world.find_container(id.value);
    if (container == nullptr) return Outcome::missing;
    if (!is_running(*container)) return Outcome::conflict;
    end(id.value, code);
    return Outcome::done;
  };
  return change("kill " + brief(id.value) + " " + signal, effect, [] { return Outcome::conflict; });
}

Outcome FakeEngine::resize_container(const ContainerId& id, int /*rows*/, int /*columns*/) {
  return read("resize " + brief(id.value), [&] {
    const auto* container = world.find_container(id.value);
    if (container == nullptr) return Outcome::missing;
    return is_running(*container) ? Outcome::done : Outcome::conflict;
  });
}

void FakeEngine::read_logs(const ContainerId& id, const LogRequest& request, const OutputTap& target) {
  read("read-logs " + brief(id.value), [&] {
    std::size_t delivered = 0;
    while (true) {
      const auto& container = require(id.value);
      for (; delivered < container.pieces.size(); ++delivered) {
        const auto& [stream, text] = container.pieces[delivered];
        if (!text.empty()) target(stream, text);
      }
      if (!request.follow || !is_running(container)) return;
      if (bounds_.interrupted && bounds_.interrupted()) throw Error(ErrorKind::interrupted, "interrupted");
      look_again_soon();
    }
  });
}

}  // namespace cai
