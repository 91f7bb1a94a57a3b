#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cai/engine/engine.hpp"
#include "cai/ssh/upkeep.hpp"
#include "cai/store/health.hpp"
#include "cai/store/store.hpp"

namespace cai {

class App;

/// Something that could not be asked: the sentence, and what to do.
struct Trouble {
  std::string message;
  std::string remedy;  ///< may be empty
};

struct EngineFacts {
  bool program_installed = false;      ///< docker, dockerd or podman is in PATH
  std::vector<std::string> contexts;   ///< names
  std::optional<Trouble> no_endpoint;  ///< none could be chosen
  std::string url;                     ///< "" when none was chosen
  std::string reason;                  ///< why this one
  bool local = false;                  ///< a unix socket
  std::optional<Trouble> no_answer;
  std::optional<EngineInformation> information;  ///< nullopt: not asked, or no answer
};

struct SshFacts {
  std::string version;  ///< of ssh(1), "OpenSSH_9.2p1"; "" when there is none, or it does not answer
  bool keygen = false;
  bool client_key = false;
  bool entries = false;  ///< there are entries of ours
  bool include_line = false;
  std::optional<Trouble> unreadable;
};

struct DiskFacts {
  std::string what;  ///< "state" or "engine"
  std::filesystem::path path;
  std::uint64_t free_bytes = 0;
  std::uint64_t total_bytes = 0;
};

/// What commands left that were killed, seen to be dead.
struct Leftovers {
  std::vector<std::filesystem::path> temporary_files;
  std::vector<JournalEntry> unfinished;  ///< begun, and nobody is at it any more
};

/// Everything that doctor judges; plain data.
struct DoctorFacts {
  std::optional<Trouble> settings;  ///< the configuration cannot be read
  EngineFacts engine;
  SshFacts ssh;
  StoreHealth store;
  std::vector<LooseMode> loose_modes;
  std::vector<DiskFacts> disks;
  Leftovers leftovers;
};

/// Looks at everything and changes nothing. What cannot be seen becomes a fact, not an exception; each
/// question to an engine or a program ends after five seconds.
DoctorFacts gather_facts(App& app);

}  // namespace cai
