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

ContainerId make_helper(Engine& engine, const ContainerRequest& request) {
  const auto name = "containai-helper-" + random_hex(6);
  const auto made = engine.create_container(name, request);
  if (made.outcome != Outcome::done) {
    throw Error(ErrorKind::failed, made.message).during("creating a helper container from " + request.image);
  }
  return made.id;
}

}  // namespace

VolumeLock VolumeLock::acquire(const std::filesystem::path& locks, const std::string& volume,
                               const std::function<void()>& on_wait) {
  return {FileLock::acquire(lock_file(locks, volume), lock_wait_milliseconds, on_wait), locks, volume};
}

VolumeHelper::VolumeHelper(Engine& engine, const InstanceId& instance, const std::string& image,
                           const VolumeLock& lock, Use use)
    : engine_(engine), id_(make_helper(engine, helper_request(instance, image, lock, use == Use::read))) {}

VolumeHelper::~VolumeHelper() {
  try {
    engine_.remove_container(id_);
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): the next export or import removes it
  }
}

WorkingHelper::WorkingHelper(Engine& engine, const InstanceId& instance, const std::string& image,
                             const VolumeLock& lock, VolumeHelper::Use use, const std::string& user)
    : engine_(engine), input_(open("/dev/null", O_RDONLY | O_CLOEXEC)) {
  auto request = helper_request(instance, image, lock, use == VolumeHelper::Use::read);
  // It ends with its input, which is our connection: nobody has to be alive to end it.
  request.entrypoint = {"/bin/sh", "-c", "while read -r line; do :; done"};
  request.open_input = true;
  request.user = user;
  request.network = "none";
  id_ = make_helper(engine_, request);
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
    engine_.remove_container(id_);
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): the next export or import removes it
  }
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
