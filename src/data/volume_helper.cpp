#include "cai/data/volume_helper.hpp"

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

}  // namespace

VolumeLock VolumeLock::acquire(const std::filesystem::path& locks, const std::string& volume,
                               const std::function<void()>& on_wait) {
  return {FileLock::acquire(lock_file(locks, volume), lock_wait_milliseconds, on_wait), locks, volume};
}

VolumeHelper::VolumeHelper(Engine& engine, const InstanceId& instance, const std::string& image,
                           const VolumeLock& lock, Use use)
    : engine_(engine) {
  ContainerRequest request;
  request.image = image;
  request.entrypoint = {"/bin/false"};  // nobody starts it; if somebody does, nothing happens
  request.labels = {{label::managed, "true"},
                    {label::kind, helper_kind},
                    {label::instance, instance.value},
                    {label::owner, to_text(this_process_identity())},
                    {label::data_volume, lock.volume()}};
  request.mounts = {{MountRequest::Type::volume, lock.volume(), volume_mount_point, use == Use::read}};
  request.read_only_root = true;
  const auto name = "containai-helper-" + random_hex(6);
  const auto made = engine_.create_container(name, request);
  if (made.outcome != Outcome::done) {
    throw Error(ErrorKind::failed, made.message).during("creating a helper container from " + image);
  }
  id_ = made.id;
}

VolumeHelper::~VolumeHelper() {
  try {
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
