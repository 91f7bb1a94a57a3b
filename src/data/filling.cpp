#include "cai/data/filling.hpp"

#include "cai/base/error.hpp"
#include "cai/base/text.hpp"

namespace cai {
namespace {

constexpr std::size_t nonce_bytes = 8;
constexpr int lock_wait_milliseconds = 10'000;

bool carries(const std::optional<ObservedVolume>& volume, const std::string& nonce) {
  return volume && !nonce.empty() && label_or_empty(volume->labels, label::volume_id) == nonce;
}

}  // namespace

FillingVolume::FillingVolume(Engine& engine, const std::filesystem::path& directory,
                             const std::string& volume, Labels labels)
    : engine_(engine),
      volume_(volume),
      nonce_(random_hex(nonce_bytes)),
      mark_(directory / (volume + "@" + nonce_)),
      lock_(FileLock::acquire(mark_, lock_wait_milliseconds, [] {})) {
  labels[label::volume_id] = nonce_;
  try {
    made_ = carries(engine_.create_volume(volume, labels), nonce_);
  } catch (...) {
    remove_file(mark_);
    throw;
  }
  if (made_) return;
  remove_file(mark_);
  throw Error(ErrorKind::failed, "there is a volume " + volume + " already").hint("try again");
}

FillingVolume::~FillingVolume() {
  if (!made_) return;
  try {
    engine_.remove_volume(volume_);
    remove_file(mark_);
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): the mark stays; the next import does it
  }
}

void FillingVolume::in_service() {
  made_ = false;
  remove_file(mark_);
}

std::vector<std::string> remove_half_filled(Engine& engine, const std::filesystem::path& directory,
                                            const std::function<bool(const std::string&)>& is_in_service) {
  std::vector<std::string> removed;
  for (const auto& file : std::filesystem::directory_iterator(directory)) {
    const auto name = file.path().filename().string();
    const auto at = name.find('@');
    if (at == std::string::npos) continue;
    const auto lock = FileLock::try_acquire(file.path());
    if (!lock) continue;  // somebody is at it
    const auto volume = name.substr(0, at);
    const bool ours = carries(engine.inspect_volume(volume), name.substr(at + 1));
    if (ours && !is_in_service(volume)) {
      if (engine.remove_volume(volume) == Outcome::conflict) continue;
      removed.push_back(volume);
    }
    remove_file(file.path());
  }
  return removed;
}

}  // namespace cai
