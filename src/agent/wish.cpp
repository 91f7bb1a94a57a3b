// From a call's arguments to what is going to be made.
#include "agent/wish.hpp"

#include <fmt/format.h>

#include "agent/box.hpp"
#include "agent/credentials.hpp"
#include "cai/base/error.hpp"
#include "cai/base/text.hpp"

namespace cai {
namespace {

namespace fs = std::filesystem;

bool mounts_working_directory(const Call& call, const Wish& wish) {
  if (call.arguments.has("mount_cwd")) return call.arguments.flag("mount_cwd");
  return !wish.clean && wish.purpose_word != "try-repo";
}

std::vector<CheckedMount> checked_mounts(Call& call, Wish& wish) {
  std::vector<CheckedMount> mounts;
  const auto& here = call.house().environment.working_directory;
  if (mounts_working_directory(call, wish)) {
    const auto host = checked_host_path(call, "mount_cwd", here.string());
    if (is_system_directory(call.house().environment, host) && !call.arguments.has("mount_cwd")) {
      wish.notes.push_back(fmt::format("{} was not mounted: it is a directory of the system or a whole home",
                                       escape_for_terminal(host.string())));
    } else {
      mounts.push_back({host, wish.workdir, false});
    }
  }
  if (!call.arguments.has("mounts")) return mounts;
  for (const auto& each : call.arguments.value("mounts")) {
    const std::string inside = fs::path(each["container"].get<std::string>()).lexically_normal().string();
    if (inside == "/" || inside.starts_with(private_directory) || inside.starts_with("/proc") ||
        inside.starts_with("/sys") || inside.starts_with("/dev")) {
      throw Error(ErrorKind::usage, fmt::format("the parameter \"mounts\" cannot mount over {}", inside));
    }
    std::erase_if(mounts, [&](const CheckedMount& other) { return other.inside == inside; });
    mounts.push_back({checked_host_path(call, "mounts", each["host"].get<std::string>()), inside,
                      each.value("mode", "rw") == "ro"});
  }
  return mounts;
}

}  // namespace

std::int64_t memory_bytes(const Call& call) {
  constexpr std::int64_t least = 6 << 20;  // the engine's own minimum
  const auto bytes = parse_size(call.arguments.text("memory_limit"));
  if (bytes && *bytes >= least) return *bytes;
  throw Error(ErrorKind::usage,
              "the parameter \"memory_limit\" must be a size such as 512m or 4g, at least 6m");
}

void check_network(Call& call, Wish& wish) {
  const std::string network = call.arguments.text("network");
  if (network == "bridge" || network == "host" || network == "none") return;
  const auto found = call.engine.inspect_network(network);
  const bool ours = found && label_or_empty(found->labels, label::managed) == "true" &&
                    label_or_empty(found->labels, label::instance) == call.house().instance.value;
  if (!ours) {
    throw Error(found ? ErrorKind::not_ours : ErrorKind::not_found,
                fmt::format("{} \"{}\"", found ? "this cai did not make the network" : "there is no network",
                            escape_for_terminal(network)))
        .hint("operation \"create_network\" makes one; others are \"bridge\", \"host\" and \"none\"");
  }
  wish.network = network;
}

Wish wish_of(Call& call) {
  Wish wish;
  const auto& arguments = call.arguments;
  wish.purpose_word = arguments.text("purpose");
  wish.purpose = find_purpose(wish.purpose_word);
  wish.clean = wish.purpose_word == "clean";
  if (wish.purpose_word == "try-repo" && arguments.text("repo_url").empty()) {
    throw Error(ErrorKind::usage, "purpose \"try-repo\" needs the parameter \"repo_url\"");
  }
  wish.name = arguments.text("name");
  if (!arguments.has("name")) {
    wish.name =
        fmt::format("cai-{}-{}", wish.purpose_word.empty() ? "box" : wish.purpose_word, random_hex(3));
  }
  require_name("name", wish.name);
  wish.workdir = fs::path(arguments.text("workdir")).lexically_normal().string();
  if (!wish.workdir.starts_with('/')) {
    throw Error(ErrorKind::usage, "the parameter \"workdir\" must be an absolute path");
  }
  memory_bytes(call);
  for (const auto& [name, value] : arguments.map("env")) {
    if (!is_variable_name(name)) {
      throw Error(ErrorKind::usage,
                  fmt::format("the parameter \"env\" has the name \"{}\", which no shell can export",
                              escape_for_terminal(name)));
    }
    if (names_a_secret(name)) call.secrets.push_back(value);
  }
  wish.mounts = checked_mounts(call, wish);
  const auto& environment = call.house().environment;
  wish.user = fmt::format("{}:{}", environment.uid, environment.gid);
  return wish;
}

}  // namespace cai
