#include "cai/converge/images.hpp"

#include <fmt/format.h>

#include "cai/base/filesystem.hpp"
#include "cai/base/text.hpp"

namespace cai {
namespace {

constexpr int build_wait_milliseconds = 30 * 60 * 1000;

BuildRequest build_request(const ImageShop& shop, const Template& wanted, const WorkspaceOptions& options,
                           BuildCache cache) {
  BuildRequest request;
  request.tag = wanted.image;
  request.no_cache = cache == BuildCache::ignore;
  request.labels = {{label::managed, "true"},
                    {label::instance, shop.instance.value},
                    {label::template_name, wanted.name},
                    {label::template_hash, wanted.hash}};
  request.arguments["BASE_IMAGE"] = options.base_image;
  if (wanted.needs_default_image && options.default_image) {
    build_template_image(shop, *options.default_image, options, BuildCache::use);
    request.arguments["BASE_IMAGE"] = options.default_image->image;
  }
  return request;
}

}  // namespace

void build_template_image(const ImageShop& shop, const Template& wanted, const WorkspaceOptions& options,
                          BuildCache cache) {
  ensure_directory(shop.paths.locks());
  const auto lock = FileLock::acquire(
      shop.paths.locks() / ("image-" + wanted.hash.substr(0, 16) + ".lock"), build_wait_milliseconds,
      [&] { shop.events.notice("another cai is building " + wanted.image + "; waiting for it"); });
  if (cache == BuildCache::use && shop.engine.inspect_image(wanted.image)) return;

  const auto request = build_request(shop, wanted, options, cache);
  try {
    shop.engine.build_image(request, context_tar(wanted),
                            [&](std::string_view line) { shop.events.output(line); });
  } catch (Error& error) {
    if (error.kind() == ErrorKind::interrupted) throw;
    error.during("building template " + wanted.name + " (" + wanted.origin + ")");
    error.hint("nothing was changed; mend the Dockerfile and try again");
    throw;
  }
}

std::string rebuild_template_image(const ImageShop& shop, const Template& wanted,
                                   const WorkspaceOptions& options) {
  const auto former = shop.engine.inspect_image(wanted.image);
  shop.events.notice(former
                         ? "replacing the cached image " + wanted.image + "; building it again without cache"
                         : "building image " + wanted.image + " without cache");
  build_template_image(shop, wanted, options, BuildCache::ignore);
  const auto built = shop.engine.inspect_image(wanted.image);
  const auto size = built ? " (" + format_size(built->size_bytes) + ")" : std::string();
  shop.events.notice("image built: " + wanted.image + size);
  return former && (!built || built->id != former->id) ? former->id : std::string();
}

void remove_former_image(const ImageShop& shop, const std::string& former, const Template& wanted) {
  if (former.empty()) return;
  const auto outcome = shop.engine.remove_image(former);
  shop.events.notice(outcome == Outcome::conflict
                         ? "the former image of " + wanted.image + " stays: something uses it"
                         : "the former image of " + wanted.image + " is removed");
}

}  // namespace cai
