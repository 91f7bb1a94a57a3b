// create and restore: from arguments to a box that runs, or to nothing at all.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "agent/gates.hpp"
#include "agent/provision.hpp"
#include "cai/base/error.hpp"
#include "cai/base/process_identity.hpp"
#include "cai/base/text.hpp"

namespace cai {
namespace {

namespace fs = std::filesystem;

/// Survives images without tail; ends at once on SIGTERM, and does not spin without sleep.
constexpr const char* keep_alive = "trap 'exit 0' TERM INT; while sleep 3600 & wait $!; do :; done";
constexpr std::int64_t pids_limit = 256;

/// What a create is going to make.
struct Wish {
  std::string name;
  std::string purpose_word;  ///< as the caller said; "" without
  const Purpose* purpose = nullptr;
  bool clean = false;
  std::string workdir;
  std::vector<CheckedMount> mounts;
  std::vector<std::string> notes;
  std::string network;  ///< named network of ours, or ""
  std::string snapshot;
  ChosenImage image;
  bool service = false;
  std::string user;
  std::string ssh_directory;
  bool only_for_this_call = false;  ///< a container that merely looks at something
};

PurposeShop shop_of(Call& call) {
  return {.engine = call.engine,
          .paths = call.house().paths,
          .instance = call.house().instance,
          .settings = call.house().settings,
          .naming = "the parameter \"image\"",
          .cancelled = [&call] { return call.cancelled(); },
          .progress = [&call](const std::string& line) { call.progress(line); }};
}

std::int64_t memory_bytes(const Call& call) {
  constexpr std::int64_t least = 6 << 20;  // the engine's own minimum
  const auto bytes = parse_size(call.arguments.text("memory_limit"));
  if (bytes && *bytes >= least) return *bytes;
  throw Error(ErrorKind::usage,
              "the parameter \"memory_limit\" must be a size such as 512m or 4g, at least 6m");
}

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

bool name_is_taken(Call& call, const std::string& name) {
  return call.engine.inspect_container(name).has_value();
}

Error taken(const std::string& name) {
  Error error(ErrorKind::failed,
              fmt::format("the name \"{}\" is in use; its container was left as it is", name));
  error.hint("choose another name, or destroy that box first");
  return error;
}

ContainerRequest request_of(Call& call, const Wish& wish) {
  const auto& arguments = call.arguments;
  ContainerRequest request;
  request.image = wish.image.reference;
  request.hostname = wish.name;
  if (!wish.service) {
    request.entrypoint = {"/bin/sh", "-c", keep_alive};
    // Engines give root's execs no more capabilities than the container's own user has.
    request.user = root_user;
  }
  if (!wish.service || arguments.has("workdir")) request.working_directory = wish.workdir;
  for (const auto& [name, value] : arguments.map("env")) {
    if (wish.service || !names_a_secret(name)) request.environment.push_back(name + "=" + value);
  }
  for (const auto& mount : wish.mounts) {
    request.mounts.push_back({MountRequest::Type::bind, mount.host.string(), mount.inside, mount.read_only});
  }
  if (!wish.ssh_directory.empty()) {
    request.mounts.push_back({MountRequest::Type::bind, wish.ssh_directory, "/run/cai-ssh", true});
  }
  const auto ids = split(wish.user, ':');
  request.temporary_file_systems[private_directory] =
      fmt::format("rw,nosuid,nodev,size=64m,mode=0755,uid={},gid={}", ids[0], ids[1]);
  if (arguments.has("ports")) {
    for (const auto& each : arguments.value("ports")) {
      request.ports.push_back({each["container"].get<int>(), each["host"].get<int>(), "tcp"});
    }
  }
  request.network = arguments.text("network");
  request.all_gpus = arguments.flag("gpu");
  request.memory_bytes = memory_bytes(call);
  constexpr double nano = 1e9;
  request.nano_cpus = static_cast<std::int64_t>(arguments.number("cpu_limit") * nano);
  request.pids_limit = pids_limit;
  request.added_capabilities = call.house().settings.added_capabilities;
  request.engine_init = true;
  return request;
}

Labels labels_of(Call& call, const Wish& wish) {
  std::vector<std::string> names;
  for (const auto& [name, value] : call.arguments.map("env")) names.push_back(name);
  const bool agent = call.session.rules().agent;
  // A box that a person makes by hand stays until that person destroys it.
  const bool persistent = !wish.only_for_this_call && (call.arguments.flag("persistent") || !agent);
  Labels labels = {
      {label::managed, "true"},
      {label::kind, "box"},
      {label::instance, call.house().instance.value},
      {label::workdir, wish.workdir},
      {label::box_user, wish.user},
      {label::box_variables, join(names, ",")},
      {label::purpose, wish.purpose_word},
      {label::image_role, ""},
      {label::persistent, persistent ? "true" : "false"},
  };
  if (!wish.network.empty()) labels[label::box_network] = wish.network;
  if (agent) labels[label::session] = call.session.id();
  // The sweep takes what has a dead owner: what stays has none.
  if (!persistent) labels[label::owner] = to_text(this_process_identity());
  return labels;
}

/// Removes the container unless it was finished.
class Rollback {
 public:
  Rollback(Call& call, ContainerId id) : call_(call), id_(std::move(id)) {}
  Rollback(const Rollback&) = delete;
  Rollback& operator=(const Rollback&) = delete;
  ~Rollback() {
    if (id_.empty()) return;
    try {
      // On a connection of its own: the call's may be what failed.
      remove_box(*call_.house().connect(), id_, 0);
    } catch (const std::exception&) {
      return;  // The sweep finds it by its owner.
    }
  }
  void keep() { id_ = {}; }

 private:
  Call& call_;
  ContainerId id_;
};

/// Creates and starts; throws Error with nothing left behind.
Box start_box(Call& call, const Wish& wish, ContainerId& id) {
  auto request = request_of(call, wish);
  request.labels = labels_of(call, wish);
  const auto created = call.engine.create_container(wish.name, request);
  if (created.outcome == Outcome::conflict) throw taken(wish.name);
  if (created.outcome != Outcome::done) throw Error(ErrorKind::failed, created.message);
  id = created.id;
  Rollback rollback(call, id);
  const auto started = call.engine.start_container(id);
  if (started.outcome != Outcome::done) {
    throw Error(ErrorKind::start_failed, fmt::format("the box cannot be started: {}", started.message));
  }
  auto details = call.engine.inspect_container(id.value);
  if (!details || details->container.state != ContainerState::running) {
    throw Error(ErrorKind::start_failed,
                fmt::format("the box ended at once: {}",
                            escape_for_terminal(trim(call.engine.container_logs(id, 5)))))
        .hint("a box needs /bin/sh and sleep; name another image");
  }
  rollback.keep();
  return box_from(std::move(*details));
}

/// try-repo: which purpose the repository is for. Looked at inside a container, because nothing of a
/// stranger's repository is run or unpacked on the host.
const Purpose* detected_purpose(Provision& provision) {
  std::string script = "cd /workspace/repo 2>/dev/null || cd /tmp/cai-repo || exit 1\n";
  for (const auto& marker : purpose_markers()) {
    script += fmt::format("[ ! -f {} ] || {{ echo {}; exit 0; }}\n", marker.file, marker.purpose);
  }
  const auto seen = provision.run(script + "echo general");
  if (!seen.succeeded()) return nullptr;
  return find_purpose(trim(seen.output));
}

Provision provision_of(Call& call, Box box, const Wish& wish) {
  Provision provision{.call = call, .box = std::move(box)};
  provision.purpose = wish.purpose;
  provision.clean = wish.clean;
  provision.service = wish.service;
  provision.workdir_mounted = std::ranges::any_of(wish.mounts, [&](const CheckedMount& mount) {
    return (wish.workdir + "/").starts_with(mount.inside == "/" ? "/" : mount.inside + "/");
  });
  provision.image = wish.image;
  for (const auto& [name, value] : call.arguments.map("env")) {
    provision.explicit_variables[name] = value;
    if (!wish.service && names_a_secret(name)) provision.variables[name] = value;
  }
  provision.blanked = label_or_empty(wish.image.details.labels, label::box_variables);
  return provision;
}

/// A short-lived box of the general purpose clones the repository and looks at it.
const Purpose* look_at_repository(Call& call, const Wish& wish) {
  Wish scout = wish;
  scout.name = wish.name + "-look";
  scout.purpose = nullptr;
  scout.only_for_this_call = true;
  scout.mounts.clear();
  scout.workdir = "/tmp";
  scout.network.clear();
  scout.image = purpose_image(shop_of(call), *find_purpose("general"));
  ContainerId id;
  Box box = start_box(call, scout, id);
  const Rollback rollback(call, id);
  auto provision = provision_of(call, std::move(box), scout);
  collect_variables(provision);
  prepare_inside(provision);
  const auto wrong = clone_inside(provision, call.arguments.text("repo_url"), "", "/tmp/cai-repo", true);
  if (wrong) throw Error(ErrorKind::failed, "the repository cannot be cloned: " + *wrong);
  return detected_purpose(provision);
}

void choose_image(Call& call, Wish& wish) {
  const auto& arguments = call.arguments;
  if (!wish.snapshot.empty()) {
    wish.image.reference = wish.image.shown = wish.snapshot;
    wish.image.details = require_image(shop_of(call), wish.snapshot, "");
  } else if (arguments.has("image")) {
    wish.image.reference = wish.image.shown = arguments.text("image");
    wish.image.details = require_image(shop_of(call), wish.image.reference, wish.purpose_word);
  } else {
    if (wish.purpose_word == "try-repo") wish.purpose = look_at_repository(call, wish);
    if (wish.purpose != nullptr) {
      wish.image = purpose_image(shop_of(call), *wish.purpose);
    } else {
      wish.image.reference = wish.image.shown = base_image(call.house().settings, "");
      wish.image.details = require_image(shop_of(call), wish.image.reference, "");
    }
  }
  const bool declares_ports = !wish.image.details.exposed_ports.empty();
  wish.service = arguments.has("service") ? arguments.flag("service")
                                          : declares_ports && wish.purpose == nullptr &&
                                                wish.purpose_word.empty() && wish.snapshot.empty();
}

Json result_of(const Provision& provision, const Wish& wish, Json report) {
  const Box& box = provision.box;
  Variables all = provision.variables;
  all.insert(provision.explicit_variables.begin(), provision.explicit_variables.end());
  std::vector<std::string> names;
  for (const auto& [name, value] : all) names.push_back(name);
  Json result = {
      {"success", true},
      {"container", box.name()},
      {"container_id", box.id().value.substr(0, 12)},
      {"image", wish.image.shown},
      {"purpose", provision.purpose != nullptr ? Json(std::string(provision.purpose->name)) : Json()},
      {"connect_command",
       fmt::format("docker exec -it --user {} {} {}", box.user, box.name(), provision.shell)},
      {"workdir", box.workdir},
      {"env_vars_injected", names},
      {"persistent", box.persistent},
      {"cache_used", wish.image.cached},
      {"provisioning_report", std::move(report)}};
  if (!wish.notes.empty()) result["notes"] = wish.notes;
  return result;
}

Json make_box(Call& call, const std::string& snapshot) {
  auto wish = wish_of(call);
  wish.snapshot = snapshot;
  pass_gates(call, gates_of(call, wish.mounts));
  if (auto unready = call.session.preflight_once(call.engine)) {
    return {{"error", "the container engine is not ready"},
            {"guidance", unready->value("guidance", "see preflight")},
            {"preflight", *unready}};
  }
  check_network(call, wish);
  if (name_is_taken(call, wish.name)) throw taken(wish.name);
  const auto place = call.session.take_place(call.engine, wish.name);
  const auto ssh = call.house().environment.home() / ".ssh";
  if (call.arguments.flag("forward_ssh") && !wish.clean && fs::is_directory(ssh))
    wish.ssh_directory = ssh.string();
  choose_image(call, wish);

  call.progress(fmt::format("starting {}", wish.name));
  ContainerId id;
  Box box = start_box(call, wish, id);
  Rollback rollback(call, id);
  auto provision = provision_of(call, std::move(box), wish);
  collect_variables(provision);
  prepare_inside(provision);
  Json report = run_steps(provision);
  // Nobody waits for the box any more.
  if (call.cancelled()) throw Error(ErrorKind::interrupted, "cancelled");
  const auto after = call.engine.inspect_container(id.value);
  if (!after || after->container.state != ContainerState::running) {
    throw Error(ErrorKind::start_failed,
                fmt::format("the box ended while it was set up: {}",
                            escape_for_terminal(trim(call.engine.container_logs(id, 5)))));
  }
  if (wish.purpose_word == "try-repo" && provision.purpose == nullptr)
    provision.purpose = detected_purpose(provision);
  rollback.keep();
  return result_of(provision, wish, std::move(report));
}

}  // namespace

Json create_operation(Call& call) {
  return make_box(call, "");
}

Json restore_operation(Call& call) {
  const std::string name = call.arguments.text("snapshot");
  require_name("snapshot", name);
  const std::string tag = snapshot_tag(call.house().instance, name);
  const auto image = call.engine.inspect_image(tag);
  if (!image) {
    throw Error(ErrorKind::not_found, fmt::format("there is no snapshot \"{}\"", name))
        .hint("operation \"snapshot\" makes one");
  }
  const auto workdir = label_or_empty(image->labels, label::workdir);
  if (!call.arguments.has("workdir") && !workdir.empty()) call.arguments.set("workdir", workdir);
  Json result = make_box(call, tag);
  if (!result.contains("error")) result["snapshot"] = name;
  return result;
}

}  // namespace cai
