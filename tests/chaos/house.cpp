#include "chaos/house.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace cai::chaos {
namespace {

namespace fs = std::filesystem;

constexpr const char* marker = "home/worth-keeping";

}  // namespace

House::House(e2e::World& world, PrivateEngine& engine) : world_(world), engine_(engine) {
  repository_ = world.repository("house");
  world.docker({"volume", "create", "bystander-data"});
  bystander_ = e2e::trimmed(
      world
          .docker({"run", "-d", "--name", "bystander", "--network", "none", "-v", "bystander-data:/data",
                   "debian:bookworm-slim", "sh", "-c", "echo theirs >/data/file; exec sleep infinity"})
          .out);
  furnish();
  must({"export", "--output", archive().string()});
}

std::vector<std::string> House::lines(const e2e::Words& docker_arguments) {
  std::istringstream text(world_.docker(docker_arguments).out);
  std::vector<std::string> result;
  for (std::string line; std::getline(text, line);) result.push_back(line);
  return result;
}

void House::must(const e2e::Words& arguments) {
  const auto result = world_.cai(repository_, arguments);
  if (result.code == 0) return;
  std::string words = "cai";
  for (const auto& each : arguments) words += " " + each;
  throw std::runtime_error(words + ": exit code " + std::to_string(result.code) + ": " + result.err);
}

void House::furnish() {
  must({"-d"});
  const auto volume = e2e::trimmed(world_.cai(repository_, {"config", "get", "data_volume"}).out);
  std::ofstream(engine_.volume(volume) / marker) << volume;
  precious_.insert(volume);
}

std::string House::what_is_lost() {
  for (const auto& volume : precious_) {
    std::string content;
    std::ifstream(engine_.volume(volume) / marker) >> content;
    if (content != volume) return "the data of volume " + volume + " is gone";
  }
  return "";
}

std::vector<std::string> House::containers(const std::string& format) {
  return lines({"ps", "-a", "--format", format, "--filter",
                "label=containai.workspace=" + fs::canonical(repository_).string(), "--filter",
                "label=containai.kind=workspace"});
}

std::string House::state() {
  std::string states;
  for (const auto& state : containers("{{.State}}")) states += (states.empty() ? "" : "\n") + state;
  return states;
}

std::string House::complaint() {
  const auto of_house = containers("{{.Names}} {{.State}}");
  if (of_house.size() != 1) return std::to_string(of_house.size()) + " containers of one workspace";
  if (!of_house[0].ends_with(" running")) return "the workspace does not run: " + of_house[0];
  const auto helpers = lines({"ps", "-a", "--format", "{{.Names}}", "--filter",
                              "label=containai.managed=true", "--filter", "label=containai.kind=run"});
  if (!helpers.empty()) return run_left + (": " + helpers[0]);
  if (world_.inspect("bystander", "{{.Id}}") != bystander_) return "somebody else's container is gone";
  if (!fs::exists(engine_.volume("bystander-data") / "file")) return "somebody else's volume was touched";
  if (fs::exists(export_target())) {
    const auto check = e2e::run({"tar", "tzf", export_target().string()}, world_.environment, "/");
    fs::remove(export_target());
    if (check.code != 0) return "an archive that is not whole has its final name";
  }
  return "";
}

}  // namespace cai::chaos
