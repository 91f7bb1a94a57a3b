#include "cai/plan/plan.hpp"

#include <algorithm>

#include "cai/base/text.hpp"
#include "plan/buckets.hpp"

namespace cai {
namespace {

bool is_active(ContainerState state) {
  return state == ContainerState::running || state == ContainerState::paused ||
         state == ContainerState::restarting;
}

/// Builds one plan; each member function is one rule.
class Planner {
 public:
  Planner(const Desired& desired, const Observed& observed)
      : desired_(desired), observed_(observed), buckets_(sort_into_buckets(desired, observed)) {}

  Plan run() {
    note_unknown();
    if (desired_.wanted == Wanted::running) {
      plan_running();
    } else {
      plan_not_running();
    }
    if (plan_.refusal) plan_.steps.clear();
    return std::move(plan_);
  }

 private:
  void add(Action action, Cause cause) { plan_.steps.push_back({std::move(action), cause}); }

  void refuse(ErrorKind kind, std::string message, std::vector<std::string> hints) {
    if (!plan_.refusal) plan_.refusal = Refusal{kind, std::move(message), std::move(hints)};
  }

  void note_unknown() {
    for (const auto* container : buckets_.unknown) {
      plan_.notes.push_back("container " + container->name + " is in state \"" +
                            escape_for_terminal(container->state_text) +
                            "\", which this cai does not know; it is left alone");
    }
  }

  // ---- wanted: running
  // -------------------------------------------------------------------------------------------

  void plan_running() {
    refuse_newer_generation();
    refuse_lost_volume();
    refuse_taken_name();
    if (plan_.refusal) return;
    if (await_transition()) return;
    remove_dead();
    choose_current();
    if (!plan_.current) {
      create();
    } else {
      bring_up();
    }
    if (plan_.refusal) return;
    remove_leftovers();
  }

  /// An old store may name an old volume: whoever goes on has to know in which one the last work is.
  void refuse_newer_generation() {
    if (buckets_.ahead.empty()) return;
    const auto& newer = *buckets_.ahead.front();
    const auto& own = desired_.specification.volume;
    const auto volume = label_or_empty(newer.labels, label::data_volume);
    const bool same = volume.empty() || volume == own;
    refuse(ErrorKind::refused,
           "container " + newer.name + " is of generation " + std::to_string(generation_of(newer)) +
               ", newer than the store's " + std::to_string(desired_.generation) +
               " (was the store restored from a backup?)",
           {same ? "`cai --fresh` makes a new generation with the same data volume"
                 : "`cai --fresh --volume " + volume +
                       "` makes a new generation with the data of that container; `cai --fresh` alone takes "
                       "the store's volume, " +
                       own});
  }

  /// The engine would silently make an empty volume in the place of a missing one: that is how logins and
  /// history disappear without a word. A volume that was there and is not any more stops everything.
  void refuse_lost_volume() {
    const auto& volume = desired_.specification.volume;
    if (!observed_.volume) {
      // A container of this generation was made after its volume: then the volume was there too.
      if (desired_.volume_confirmed || !buckets_.current.empty()) {
        refuse(
            ErrorKind::failed,
            "the data volume " + volume + " of this workspace is gone: somebody removed it",
            {"restore it under that name if you have a copy, or `cai import ARCHIVE` if you have an export",
             "`cai --reset` starts with a new, empty volume"});
      }
      return;
    }
    if (!desired_.volume_id.empty() &&
        label_or_empty(observed_.volume->labels, label::volume_id) != desired_.volume_id) {
      refuse(desired_.volume_confirmed ? ErrorKind::failed : ErrorKind::not_ours,
             "the volume " + volume + " is not the one that this workspace had",
             {"`cai --reset` starts with a new volume and leaves this one alone"});
    }
  }

  void refuse_taken_name() {
    if (buckets_.name_holder != nullptr) {
      refuse(ErrorKind::not_ours,
             "the name " + desired_.name + " belongs to a container that is not this workspace's (" +
                 buckets_.name_holder->id.value.substr(0, 12) + ")",
             {"rename or remove that container, or choose another name with `cai --container NAME`"});
    }
    for (const auto* container : buckets_.unknown) {
      if (container->name == desired_.name) {
        refuse(ErrorKind::failed,
               "container " + container->name + " is in a state that this cai does not know",
               {"look at it with the engine's own client"});
      }
    }
  }

  /// What the engine is changing by itself is waited for, and then looked at again.
  bool await_transition() {
    for (const auto* list : {&buckets_.current, &buckets_.superseded}) {
      for (const auto* container : *list) {
        if (container->state == ContainerState::removing)
          add(AwaitContainer{container->id}, Cause::in_transition);
      }
    }
    for (const auto* container : buckets_.current) {
      if (container->state == ContainerState::restarting)
        add(AwaitContainer{container->id}, Cause::in_transition);
    }
    return !plan_.steps.empty();
  }

  void remove_dead() {
    for (auto* list : {&buckets_.current, &buckets_.superseded}) {
      std::erase_if(*list, [this](const ObservedContainer* container) {
        if (container->state != ContainerState::dead) return false;
        add(RemoveContainer{container->id}, Cause::dead);
        return true;
      });
    }
  }

  /// A container that never ran has nothing to lose: when the wish has changed meanwhile it is made again.
  void choose_current() {
    const auto wanted_hash = specification_hash(desired_.specification);
    std::erase_if(buckets_.current, [&](const ObservedContainer* container) {
      const bool stale = container->state == ContainerState::created &&
                         label_or_empty(container->labels, label::spec_hash) != wanted_hash;
      if (stale) add(RemoveContainer{container->id}, Cause::out_of_date);
      return stale;
    });
    if (buckets_.current.empty()) return;
    const auto* current = buckets_.current.front();
    plan_.current = current->id;
    if (label_or_empty(current->labels, label::spec_hash) != wanted_hash) {
      plan_.behind = changed_fields(label_or_empty(current->labels, label::spec), desired_.specification);
    }
  }

  void create() {
    if (!observed_.image_present) add(BuildImage{desired_.specification.image}, Cause::absent);
    if (!observed_.keys_present) add(PrepareKeys{}, Cause::absent);
    if (!observed_.volume) add(CreateVolume{desired_.specification.volume}, Cause::absent);
    silence_others();
    free_name(nullptr);
    add(CreateContainer{desired_.name}, Cause::absent);
    add(StartContainer{std::nullopt}, Cause::not_running);
    finish_start(std::nullopt);
  }

  void bring_up() {
    const auto* current = buckets_.current.front();
    free_name(current);
    if (current->name != desired_.name) add(RenameContainer{current->id, desired_.name}, Cause::renamed);
    switch (current->state) {
      case ContainerState::paused:
        silence_others();
        add(UnpauseContainer{current->id}, Cause::paused);
        finish_start(current->id);
        return;
      case ContainerState::created:
      case ContainerState::exited:
        if (!observed_.keys_present) add(PrepareKeys{}, Cause::absent);
        silence_others();
        add(StartContainer{current->id}, Cause::not_running);
        finish_start(current->id);
        return;
      default:
        silence_others();
        if (!observed_.ssh_entry_current) add(WriteSshEntry{}, Cause::out_of_date);
        if (current->id != desired_.verified) add(VerifyReady{current->id}, Cause::unverified);
    }
  }

  /// The entry is written while sshd comes up.
  void finish_start(const std::optional<ContainerId>& id) {
    if (!observed_.ssh_entry_current || !observed_.keys_present) add(WriteSshEntry{}, Cause::out_of_date);
    add(VerifyReady{id}, Cause::just_started);
  }

  /// One writer for each volume: every other container of the workspace stops before the wanted one starts.
  void silence_others() {
    for_each_other([this](const ObservedContainer& container, Cause cause) {
      if (container.state == ContainerState::paused) add(UnpauseContainer{container.id}, cause);
      if (is_active(container.state)) add(StopContainer{container.id}, cause);
    });
  }

  void free_name(const ObservedContainer* current) {
    for_each_other([&](const ObservedContainer& container, Cause cause) {
      if (&container == current || container.name != desired_.name) return;
      add(RenameContainer{container.id, aside_name(desired_.name, container.id)}, cause);
    });
  }

  void remove_leftovers() {
    for_each_other([this](const ObservedContainer& container, Cause cause) {
      add(RemoveContainer{container.id}, cause);
    });
  }

  template <typename Visit>
  void for_each_other(Visit visit) {
    for (std::size_t i = 1; i < buckets_.current.size(); ++i) visit(*buckets_.current[i], Cause::duplicate);
    for (const auto* container : buckets_.superseded) visit(*container, Cause::superseded);
  }

  // ---- wanted: stopped or absent
  // ---------------------------------------------------------------------------------

  void plan_not_running() {
    for (const auto* list : {&buckets_.current, &buckets_.superseded, &buckets_.ahead}) {
      for (const auto* container : *list) stop_or_remove(*container);
    }
    const bool keeps_entry = desired_.wanted == Wanted::stopped;
    if (!keeps_entry && observed_.ssh_entry_present) add(RemoveSshEntry{}, Cause::unwanted);
    if (!buckets_.current.empty()) plan_.current = buckets_.current.front()->id;
  }

  void stop_or_remove(const ObservedContainer& container) {
    if (container.state == ContainerState::removing) {
      add(AwaitContainer{container.id}, Cause::in_transition);
      return;
    }
    if (container.state == ContainerState::paused) add(UnpauseContainer{container.id}, Cause::unwanted);
    if (is_active(container.state)) add(StopContainer{container.id}, Cause::unwanted);
    if (desired_.wanted == Wanted::absent) {
      add(RemoveContainer{container.id}, Cause::unwanted);
    } else if (container.state == ContainerState::dead) {
      add(RemoveContainer{container.id}, Cause::dead);
    }
  }

  const Desired& desired_;
  const Observed& observed_;
  Buckets buckets_;
  Plan plan_;
};

}  // namespace

Plan make_plan(const Desired& desired, const Observed& observed) {
  return Planner(desired, observed).run();
}

std::string aside_name(const std::string& name, const ContainerId& id) {
  return name + "-" + id.value.substr(0, 12);
}

}  // namespace cai
