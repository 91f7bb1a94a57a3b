#include <fmt/format.h>

#include "engine/docker_engine.hpp"

namespace cai {
namespace {

std::string archive_path(const ContainerId& id, const std::string& path) {
  return fmt::format("/containers/{}/archive?path={}", url_encode(id.value), url_encode(path));
}

}  // namespace

bool DockerEngine::read_archive(const ContainerId& id, const std::string& path, const ArchiveSink& sink,
                                const std::function<bool()>& should_stop) {
  const BoundedCalls bounded(*this, {.interrupted = should_stop});
  const Patience patience{.limit = deadlines_.stream_silence, .per_byte = true, .interruptible = true};
  const HttpResponse response = api_.get_stream(archive_path(id, path), patience, sink);
  if (response.status == 404) return false;
  if (response.status != 200) throw_refusal(response, fmt::format("reading {} of a container", path));
  return true;
}

Outcome DockerEngine::write_archive(const ContainerId& id, const std::string& directory,
                                    const ArchiveSource& source, const std::function<bool()>& should_stop) {
  const BoundedCalls bounded(*this, {.interrupted = should_stop});
  const Patience patience{.limit = deadlines_.stream_silence, .per_byte = true, .interruptible = true};
  const std::string path = archive_path(id, directory) + "&noOverwriteDirNonDir=1";
  const HttpResponse response = api_.put_stream(path, patience, "application/x-tar", source);
  if (response.status == 404) return Outcome::missing;
  if (response.status != 200) throw_refusal(response, fmt::format("writing to {} of a container", directory));
  return Outcome::done;
}

}  // namespace cai
