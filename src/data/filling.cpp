#include "cai/data/filling.hpp"

#include "cai/base/error.hpp"
#include "cai/base/text.hpp"

namespace cai {
namespace {

constexpr std::size_t nonce_bytes = 8;

bool carries(const std::optional<ObservedVolume>& volume, const std::string& nonce) {
  return volume && !nonce.empty() && label_or_empty(volume->labels, label::volume_id) == nonce;
}

}  // namespace

FillingVolume::FillingVolume(Engine& engine, const std::filesystem::path& directory,
                             const std::string& volume, Labels labels)
    : engine_(engine),
      volume_(volume),
      nonce_(random_hex(nonce_bytes)),
      mark_(directory, volume + "@" + nonce_) {
  labels[label::volume_id] = nonce_;
  // When this throws, the mark stays: an answer that was lost may have been a yes.
  made_ = carries(engine_.create_volume(volume, labels), nonce_);
  if (made_) return;
  mark_.remove();
  throw Error(ErrorKind::failed, "there is a volume " + volume + " already").hint("try again");
}

FillingVolume::~FillingVolume() {
  if (!made_) return;
  try {
    if (engine_.remove_volume(volume_) != Outcome::conflict) mark_.remove();
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): the mark stays; the next command does it
  }
}

void FillingVolume::in_service() {
  made_ = false;
  mark_.remove();
}

std::vector<std::string> remove_half_filled(Engine& engine, const std::filesystem::path& directory,
                                            const std::function<bool(const std::string&)>& is_in_service) {
  std::vector<std::string> removed;
  clear_abandoned_marks(directory, [&](const std::string& name) {
    const auto at = name.find('@');
    if (at == std::string::npos) return Leftover::stays;
    const auto volume = name.substr(0, at);
    const auto observed = engine.inspect_volume(volume);
    if (!observed) return Leftover::nothing;
    if (!carries(observed, name.substr(at + 1)) || is_in_service(volume)) return Leftover::gone;
    if (engine.remove_volume(volume) == Outcome::conflict) return Leftover::stays;
    removed.push_back(volume);
    return Leftover::gone;
  });
  return removed;
}

}  // namespace cai
