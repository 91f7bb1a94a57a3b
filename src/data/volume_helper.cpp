#include "cai/data/volume_helper.hpp"

#include <fcntl.h>

#include "cai/base/error.hpp"
#include "cai/base/process_identity.hpp"
#include "cai/base/text.hpp"
#include "cai/data/volume_layout.hpp"

namespace cai {
namespace {

constexpr int lock_wait_milliseconds = 60 * 60 * 1000;
constexpr const char* helper_kind = "helper";
constexpr const char* helper_prefix = "containai-helper-";

/// It ends with its input, which is our connection: nobody has to be alive to end it.
constexpr const char* waiting_script =
    R"sh(while read -r line; do :; done; [ ! -w "$1" ] || rm -rf "$1/$2")sh";

std::filesystem::path lock_file(const std::filesystem::path& locks, const std::string& volume) {
  return locks / ("volume-" + sha256_hex(volume).substr(0, 16) + ".lock");
}

ContainerRequest helper_request(const InstanceId& instance, const std::string& image, const VolumeLock& lock,
                                bool read_only) {
  ContainerRequest request;
  request.image = image;
  request.entrypoint = {"/bin/false"};  // nobody starts it; if somebody does, nothing happens
  request.labels = {{label::managed, "true"},
                    {label::kind, helper_kind},
                    {label::instance, instance.value},
                    {label::owner, to_text(this_process_identity())},
                    {label::data_volume, lock.volume()}};
  request.mounts = {{MountRequest::Type::volume, lock.volume(), volume_mount_point, read_only}};
  request.read_only_root = true;
  return request;
}

/// The answer to the creation may be lost, so a failure leaves the mark.
ContainerId make_helper(Engine& engine, HelperName& name, const ContainerRequest& request) {
  const auto made = engine.create_container(name.text(), request);
  if (made.outcome != Outcome::done) {
    name.forget();
    throw Error(ErrorKind::failed, made.message).during("creating a helper container from " + request.image);
  }
  return made.id;
}

}  // namespace

VolumeLock VolumeLock::acquire(const std::filesystem::path& locks, const std::string& volume,
                               const std::function<void()>& on_wait) {
  return {FileLock::acquire(lock_file(locks, volume), lock_wait_milliseconds, on_wait), locks, volume};
}

HelperName::HelperName(const VolumeLock& lock)
    : name_(helper_prefix + random_hex(6)), mark_(helper_marks(lock.locks()), name_) {}

VolumeHelper::VolumeHelper(Engine& engine, const InstanceId& instance, const std::string& image,
                           const VolumeLock& lock, Use use)
    : engine_(engine),
      name_(lock),
      id_(make_helper(engine, name_, helper_request(instance, image, lock, use == Use::read))) {}

VolumeHelper::~VolumeHelper() {
  try {
    if (engine_.remove_container(id_) != Outcome::conflict) name_.forget();
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): the mark stays; the next command does it
  }
}

WorkingHelper::WorkingHelper(Engine& engine, const InstanceId& instance, const std::string& image,
                             const VolumeLock& lock, VolumeHelper::Use use, const std::string& user)
    : engine_(engine), name_(lock), input_(open("/dev/null", O_RDONLY | O_CLOEXEC)) {
  auto request = helper_request(instance, image, lock, use == VolumeHelper::Use::read);
  request.entrypoint = {
      "/bin/sh", "-c", waiting_script, "sh", volume_mount_point, std::string(import_in_volume)};
  request.open_input = true;
  request.user = user;
  request.network = "none";
  id_ = make_helper(engine_, name_, request);
  try {
    stream_ = engine_.attach_container(
        id_, {.streams = {.input = input_.get(), .output = -1, .error = -1}, .terminal = false, .tap = {}});
    const auto started = engine_.start_container(id_);
    if (started.outcome != Outcome::done) {
      throw Error(ErrorKind::failed, started.message).during("starting a helper container from " + image);
    }
  } catch (...) {
    remove();
    throw;
  }
}

WorkingHelper::~WorkingHelper() {
  remove();
}

void WorkingHelper::remove() {
  try {
    stream_.reset();
    engine_.kill_container(id_, "KILL");
    engine_.wait_container(id_);
    if (engine_.remove_container(id_) != Outcome::conflict) name_.forget();
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): the mark stays; the next command does it
  }
}

bool remove_marked_helpers(Engine& engine, const InstanceId& instance, const std::filesystem::path& locks) {
  clear_abandoned_marks(helper_marks(locks), [&](const std::string& name) {
    const auto helper = engine.inspect_container(name);
    if (!helper) return Leftover::nothing;
    const auto& labels = helper->container.labels;
    const bool ours = label_or_empty(labels, label::kind) == helper_kind &&
                      label_or_empty(labels, label::instance) == instance.value;
    if (!ours) return Leftover::gone;
    engine.wait_container(helper->container.id);
    const auto outcome = engine.remove_container(helper->container.id);
    return outcome == Outcome::conflict ? Leftover::stays : Leftover::gone;
  });
  return !has_abandoned_marks(helper_marks(locks));
}

void remove_leftover_helpers(Engine& engine, const InstanceId& instance, const VolumeLock& lock) {
  const Labels ours = {
      {label::managed, "true"}, {label::kind, helper_kind}, {label::instance, instance.value}};
  for (const auto& container : engine.list_containers({.labels = ours, .states = {}})) {
    const auto volume = label_or_empty(container.labels, label::data_volume);
    if (volume == lock.volume()) {
      engine.remove_container(container.id);
    } else if (const auto free = FileLock::try_acquire(lock_file(lock.locks(), volume))) {
      engine.remove_container(container.id);
    }
  }
}

}  // namespace cai
