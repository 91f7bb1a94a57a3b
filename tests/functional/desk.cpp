#include "functional/desk.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <regex>

#include "cai/base/text.hpp"

namespace cai::test {
namespace {

constexpr auto days_ago = std::chrono::hours(72);
constexpr int ports_of_a_desk = 10;

void replace_all(std::string& text, const std::string& what, const std::string& by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
}

}  // namespace

Desk::Desk()
    : engine(std::make_shared<ManualClock>(
          std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now()) -
          days_ago)),
      repository(world.repository("myapp")),
      server_(std::make_unique<FakeServer>(engine, (world.root() / "engine.sock").string())) {
  world.environment["DOCKER_HOST"] = server_->url();
  world.environment.erase("CAI_BASE_IMAGE");
  world.environment.erase("CONTAINAI_BASE_IMAGE");
  world.environment.erase("CONTAINAI_PORT_RANGE_START");
  world.environment.erase("CONTAINAI_PORT_RANGE_END");
  engine.add_image("debian:bookworm-slim");
  choose_ports();
}

/// Ports are shared by all tests that run at once: every process has some of its own, below those that the
/// system hands out by itself.
void Desk::choose_ports() {
  first_port_ = 12000 + getpid() % 2000 * ports_of_a_desk;
  std::filesystem::create_directories(world.home() / ".config/containai");
  std::ofstream(world.home() / ".config/containai/config.toml")
      << "[ssh]\nport_range_start = " << first_port_
      << "\nport_range_end = " << first_port_ + ports_of_a_desk - 1 << "\n";
}

const FakeContainer& Desk::container() {
  const auto* found = engine.world.find_container("myapp-auth");
  if (found == nullptr) throw std::runtime_error("there is no container myapp-auth");
  return *found;
}

std::string Desk::with_placeholders(std::string text) const {
  replace_all(text, std::filesystem::canonical(world.root()).string(), "<root>");
  // As long as what they replace, so that columns stay where they are.
  for (int i = 0; i < ports_of_a_desk; ++i) {
    replace_all(text, std::to_string(first_port_ + i), "port" + std::to_string(i));
  }
  const std::pair<const char*, const char*> rules[] = {
      {"\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z", "<time>"},
      {"\\b[0-9a-f]{64}\\b", "<id>"},
      {"(containai:[a-z]+)-[0-9a-f]{12}", "$1-<hash>"},
      {"(myapp-auth-data)-[0-9a-f]{6}", "$1-<random>"},
      {"\\b3d( \\d+[hm])+", "3d"},
      {"\"uptime_seconds\": \\d+", "\"uptime_seconds\": <seconds>"},
      {"\"cpu_percent\": [0-9.e-]+", "\"cpu_percent\": <share>"},
      {" \\d+(\\.\\d+)? m?s\\b", " <took>"},
      {"\\b[0-9a-f]{12}\\b", "<id>"},
      {"\\b[0-9a-f]{16}\\b", "<id>"},
  };
  for (const auto& [pattern, word] : rules) text = std::regex_replace(text, std::regex(pattern), word);
  return text;
}

std::string Desk::transcript(const e2e::Words& arguments) {
  const auto result = cai(arguments);
  auto text = "$ cai " + join(arguments, " ") + "\n" + result.out;
  if (!result.err.empty()) text += "--- standard error\n" + result.err;
  return with_placeholders(text + "--- exit code " + std::to_string(result.code) + "\n");
}

}  // namespace cai::test
