// create and restore: from arguments to a box that runs, or to nothing at all.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "agent/preparation.hpp"
#include "agent/provision.hpp"
#include "agent/wish.hpp"
#include "cai/base/error.hpp"
#include "cai/base/text.hpp"

namespace cai {
namespace {

namespace fs = std::filesystem;

PurposeShop shop_of(Call& call) {
  return {.engine = call.engine,
          .paths = call.house().paths,
          .instance = call.house().instance,
          .settings = call.house().settings,
          .naming = "the parameter \"image\"",
          .cancelled = [&call] { return call.cancelled(); },
          .progress = [&call](const std::string& line) { call.progress(line); }};
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

void start(Call& call, const ContainerId& id) {
  StartResult started;
  try {
    started = call.engine.start_container(id);
  } catch (Error& error) {
    const bool no_driver = std::string_view(error.what()).find("device driver") != std::string_view::npos;
    if (!call.arguments.flag("gpu") || !no_driver) throw;
    throw Error(ErrorKind::start_failed, fmt::format("the engine has no GPU to give: {}", error.what()))
        .hint(
            "leave out the parameter \"gpu\", or set up the GPU on the engine's host (for NVIDIA: the "
            "Container Toolkit)");
  }
  if (started.outcome != Outcome::done) {
    throw Error(ErrorKind::start_failed, fmt::format("the box cannot be started: {}", started.message));
  }
}

/// Fills `provision.box` with a box that runs, with its user and variables in it; throws Error with nothing
/// left behind.
void start_box(Call& call, const Wish& wish, Provision& provision) {
  std::optional<StillMounts> still(std::in_place, call, wish.mounts);
  const auto request = request_of(call, wish);
  const auto created = call.engine.create_container(wish.name, request);
  if (created.outcome == Outcome::conflict) throw taken(wish.name);
  if (created.outcome != Outcome::done) throw Error(ErrorKind::failed, created.message);
  Rollback rollback(call, created.id);
  ContainerDetails details;
  details.container.id = created.id;
  details.container.name = wish.name;
  details.container.labels = request.labels;
  provision.box = box_from(std::move(details));
  Preparation preparation(provision);
  preparation.attach();
  start(call, created.id);
  still.reset();
  if (wish.service) require_running(call, provision.box, "at once");
  preparation.finish();
  rollback.keep();
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

/// What is known before there is a box.
Provision provision_of(Call& call, const Wish& wish) {
  Provision provision{.call = call};
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
  collect_variables(provision);
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
  auto provision = provision_of(call, scout);
  start_box(call, scout, provision);
  const Rollback rollback(call, provision.box.id());
  const auto wrong = clone_inside(provision, call.arguments.text("repo_url"), "", "/tmp/cai-repo", true);
  if (wrong) throw Error(ErrorKind::failed, "the repository cannot be cloned: " + *wrong);
  return detected_purpose(provision);
}

/// Who names the image that the purpose starts from wants what the purpose makes of it.
bool names_own_image(const Call& call, const Wish& wish) {
  return wish.purpose != nullptr &&
         call.arguments.text("image") == base_image(call.house().settings, wish.purpose->name);
}

void choose_image(Call& call, Wish& wish) {
  const auto& arguments = call.arguments;
  if (!wish.snapshot.empty()) {
    wish.image.reference = wish.image.shown = wish.snapshot;
    wish.image.details = require_image(shop_of(call), wish.snapshot, "");
  } else if (arguments.has("image") && !names_own_image(call, wish)) {
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
      {"connect_command", interactive_command(provision.call, box, provision.shell)},
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
  auto provision = provision_of(call, wish);
  start_box(call, wish, provision);
  Rollback rollback(call, provision.box.id());
  Json report = run_steps(provision);
  // Nobody waits for the box any more.
  if (call.cancelled()) throw Error(ErrorKind::interrupted, "cancelled");
  require_running(call, provision.box, "while it was set up");
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
