#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "cai/base/filesystem.hpp"
#include "cai/data/transfer_mark.hpp"
#include "cai/engine/engine.hpp"

namespace cai {

/// One reader or filler of a volume at a time. The kernel frees it when we die, and by that others see that
/// what we left behind is nobody's.
class VolumeLock {
 public:
  /// `locks`: the directory of lock files. `on_wait` is called once if somebody else works on the volume.
  static VolumeLock acquire(const std::filesystem::path& locks, const std::string& volume,
                            const std::function<void()>& on_wait);
  [[nodiscard]] const std::string& volume() const { return volume_; }
  [[nodiscard]] const std::filesystem::path& locks() const { return locks_; }

 private:
  VolumeLock(FileLock lock, std::filesystem::path locks, std::string volume)
      : lock_(std::move(lock)), locks_(std::move(locks)), volume_(std::move(volume)) {}
  FileLock lock_;
  std::filesystem::path locks_;
  std::string volume_;
};

/// The name of a new helper, marked as being in work.
class HelperName {
 public:
  explicit HelperName(const VolumeLock& lock);
  [[nodiscard]] const std::string& text() const { return name_; }
  /// The helper is gone.
  void forget() { mark_.remove(); }

 private:
  std::string name_;
  TransferMark mark_;
};

/// A container that is never started: only a handle by which the engine lets us read or fill a volume.
/// Nothing of the workspace's own container is touched, running or not. Removed with the object.
class VolumeHelper {
 public:
  enum class Use { read, fill };

  /// `image`: any that the engine has. Throws Error(failed) when the engine refuses.
  VolumeHelper(Engine& engine, const InstanceId& instance, const std::string& image, const VolumeLock& lock,
               Use use);
  VolumeHelper(const VolumeHelper&) = delete;
  VolumeHelper& operator=(const VolumeHelper&) = delete;
  ~VolumeHelper();

  [[nodiscard]] const ContainerId& id() const { return id_; }

 private:
  Engine& engine_;
  HelperName name_;
  ContainerId id_;
};

/// A container that runs commands on a volume and can reach nothing else: no network, nothing to write but
/// the volume, as this user. It ends with the object, or with this process: then it takes away what was
/// being unpacked.
class WorkingHelper {
 public:
  /// `user`: "uid:gid". Throws Error(failed) when the engine refuses, or the image has no /bin/sh.
  WorkingHelper(Engine& engine, const InstanceId& instance, const std::string& image, const VolumeLock& lock,
                VolumeHelper::Use use, const std::string& user);
  WorkingHelper(const WorkingHelper&) = delete;
  WorkingHelper& operator=(const WorkingHelper&) = delete;
  ~WorkingHelper();

  [[nodiscard]] const ContainerId& id() const { return id_; }

 private:
  void remove();

  Engine& engine_;
  HelperName name_;
  UniqueFd input_;
  ContainerId id_;
  std::unique_ptr<ContainerStream> stream_;
};

/// Removes the helpers that marks of killed commands name, when they have ended; one that runs is waited for.
/// False: one may still come into being, and a volume that it names would be made anew with it.
bool remove_marked_helpers(Engine& engine, const InstanceId& instance, const std::filesystem::path& locks);

/// Removes helpers of this installation whose command was killed, as the engine lists them: those of the
/// locked volume, and those of volumes that nobody has locked.
void remove_leftover_helpers(Engine& engine, const InstanceId& instance, const VolumeLock& lock);

}  // namespace cai
