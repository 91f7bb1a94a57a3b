#include "cai/agent/purpose.hpp"

#include <fmt/format.h>

#include <array>
#include <thread>

#include "cai/base/error.hpp"
#include "cai/base/filesystem.hpp"
#include "cai/base/text.hpp"
#include "cai/image/template.hpp"

namespace cai {
namespace {

/// Distributions forbid pip to install into their own Python unless it is told to; other pips do not mind
/// being told.
constexpr std::string_view install_uv =
    "command -v uv || PIP_BREAK_SYSTEM_PACKAGES=1 pip install --no-cache-dir uv";

constexpr auto purposes = std::to_array<Purpose>({
    {.name = "python",
     .image = "python:3.12-slim",
     .packages = "git curl ca-certificates build-essential",
     .image_setup = install_uv,
     .box_setup = "[ -e /workspace/.venv ] || uv venv /workspace/.venv || python3 -m venv /workspace/.venv",
     .variables = "export VIRTUAL_ENV=/workspace/.venv\nexport PATH=\"/workspace/.venv/bin:$PATH\"\n"},
    {.name = "node",
     .image = "node:20-slim",
     .packages = "git curl ca-certificates",
     .image_setup = "{ command -v corepack || npm install -g corepack; } && corepack enable",
     .box_setup = {},
     .variables = {}},
    {.name = "rust",
     .image = "rust:1-slim",
     .packages = "git curl ca-certificates build-essential pkg-config libssl-dev",
     .image_setup = {},
     .box_setup = {},
     .variables = {}},
    {.name = "go",
     .image = "golang:1.22",
     .packages = "git curl ca-certificates",
     .image_setup = {},
     .box_setup = {},
     .variables = {}},
    {.name = "general",
     .image = "ubuntu:24.04",
     .packages = "git curl ca-certificates build-essential wget jq tree vim-tiny less make",
     .image_setup = {},
     .box_setup = {},
     .variables = {}},
    {.name = "amplifier",
     .image = "python:3.12-slim",
     .packages = "git curl ca-certificates jq",
     .image_setup = "{ command -v uv || PIP_BREAK_SYSTEM_PACKAGES=1 pip install --no-cache-dir uv; } && { "
                    "command -v amplifier || "
                    "UV_TOOL_DIR=/opt/uv-tools UV_TOOL_BIN_DIR=/usr/local/bin uv tool install amplifier; }",
     .box_setup = {},
     .variables = {}},
    {.name = "clean",
     .image = "ubuntu:24.04",
     .packages = {},
     .image_setup = {},
     .box_setup = {},
     .variables = {}},
});

constexpr auto markers = std::to_array<PurposeMarker>({
    {"Cargo.toml", "rust"},
    {"pyproject.toml", "python"},
    {"setup.py", "python"},
    {"requirements.txt", "python"},
    {"package.json", "node"},
    {"go.mod", "go"},
});

/// Installs what is missing, so that an image that has all of it needs no network.
constexpr std::string_view install_script = R"sh(set -eu
missing=
if command -v apt-get >/dev/null; then
  for p in "$@"; do
    dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing="$missing $p"
  done
  [ -z "$missing" ] && exit 0
  apt-get update
  DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing
  rm -rf /var/lib/apt/lists/*
elif command -v apk >/dev/null; then
  for p in "$@"; do
    case $p in
      build-essential) p=build-base ;; pkg-config) p=pkgconf ;; libssl-dev) p=openssl-dev ;; vim-tiny) p=vim ;;
    esac
    missing="$missing $p"
  done
  apk add --no-cache $missing
else
  for p in git curl; do
    command -v "$p" >/dev/null || { echo "the image has neither apt-get nor apk to install $p" >&2; exit 1; }
  done
fi
)sh";

std::string dockerfile_of(const Purpose& purpose, const std::string& base) {
  std::string text = fmt::format("FROM {}\nUSER root\n", base);
  if (!purpose.packages.empty()) {
    text += fmt::format(
        "COPY cai-install /tmp/cai-install\nRUN sh /tmp/cai-install {} && rm -f /tmp/cai-install\n",
        purpose.packages);
  }
  if (!purpose.image_setup.empty()) text += fmt::format("RUN {}\n", purpose.image_setup);
  return text;
}

std::string context_of(const std::string& dockerfile) {
  Template context;
  context.files = {{"Dockerfile", 0644, false, dockerfile},
                   {"cai-install", 0755, false, std::string(install_script)}};
  return context_tar(context);
}

void require_wanted(const PurposeShop& shop) {
  if (shop.cancelled && shop.cancelled()) throw Error(ErrorKind::interrupted, "cancelled");
}

/// Ten containers asked for at once build their image once; a caller who gives up need not wait for that.
FileLock turn_to_build(const PurposeShop& shop, const Purpose& purpose, const std::string& hash) {
  constexpr std::chrono::minutes patience(30);
  constexpr std::chrono::milliseconds pause(50);
  ensure_directory(shop.paths.state);
  ensure_directory(shop.paths.locks());
  const auto file = shop.paths.locks() / ("image-" + hash);
  if (auto turn = FileLock::try_acquire(file)) return std::move(*turn);
  shop.progress(fmt::format("waiting for another cai that builds the image of purpose {}", purpose.name));
  for (const auto deadline = Deadline::in(patience); !deadline.expired();
       std::this_thread::sleep_for(pause)) {
    require_wanted(shop);
    if (auto turn = FileLock::try_acquire(file)) return std::move(*turn);
  }
  throw Error(ErrorKind::busy, fmt::format("another cai has been building the image of purpose {} for {} "
                                           "minutes",
                                           purpose.name, patience.count()))
      .hint("wait until it has finished or end it, then try again");
}

void build(const PurposeShop& shop, const Purpose& purpose, const ChosenImage& chosen,
           const std::string& dockerfile) {
  shop.progress(fmt::format("building the image of purpose {}", purpose.name));
  BuildRequest request;
  request.tag = chosen.reference;
  request.labels = {{label::managed, "true"},
                    {label::instance, shop.instance.value},
                    {label::image_role, "purpose"},
                    {label::purpose, std::string(purpose.name)}};
  std::string last;
  try {
    shop.engine.build_image(request, context_of(dockerfile), [&](std::string_view line) {
      require_wanted(shop);
      last = line;
      shop.progress(last);
    });
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) throw;
    throw Error(ErrorKind::failed,
                fmt::format("the image of purpose {} cannot be built from {}: {} ({})", purpose.name,
                            chosen.shown, error.what(), escape_for_terminal(last)))
        .hint(fmt::format("name an image that has what is needed with {}, or set box.images.{} in {}",
                          shop.naming, purpose.name, shop.settings.settings_file));
  }
}

}  // namespace

std::vector<std::string> purpose_names() {
  std::vector<std::string> words;
  for (const auto& each : purposes) words.emplace_back(each.name);
  words.insert(words.end() - 1, "try-repo");
  return words;
}

const Purpose* find_purpose(std::string_view name) {
  const auto* found = std::ranges::find(purposes, name, &Purpose::name);
  return found == purposes.end() ? nullptr : &*found;
}

std::span<const PurposeMarker> purpose_markers() {
  return markers;
}

const Purpose& purpose_of_tree(const std::filesystem::path& root) {
  std::error_code ignored;  // what cannot be looked at is no marker
  const auto* found = std::ranges::find_if(markers, [&](const PurposeMarker& marker) {
    return std::filesystem::is_regular_file(root / marker.file, ignored);
  });
  return *find_purpose(found == markers.end() ? "general" : found->purpose);
}

std::string base_image(const BoxSettings& settings, std::string_view purpose) {
  const auto found = settings.images.find(std::string(purpose));
  if (found != settings.images.end() && !found->second.empty()) return found->second;
  const auto* known = find_purpose(purpose);
  return std::string(known != nullptr ? known->image : find_purpose("general")->image);
}

ImageDetails require_image(const PurposeShop& shop, const std::string& reference, std::string_view purpose) {
  if (auto there = shop.engine.inspect_image(reference)) return std::move(*there);
  shop.progress(fmt::format("pulling image {}", reference));
  try {
    shop.engine.pull_image(reference, [&](std::string_view) { require_wanted(shop); });
    if (auto there = shop.engine.inspect_image(reference)) return std::move(*there);
    throw Error(ErrorKind::failed, "the engine pulled it, and does not have it");
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) throw;
    const std::string key = purpose.empty() ? "box.image" : fmt::format("box.images.{}", purpose);
    throw Error(ErrorKind::failed, fmt::format("image {} is not on this machine and cannot be pulled: {}",
                                               escape_for_terminal(reference), error.what()))
        .hint(fmt::format("name another with {}, or set {} in {}", shop.naming, key,
                          shop.settings.settings_file));
  }
}

ChosenImage purpose_image(const PurposeShop& shop, const Purpose& purpose) {
  ChosenImage chosen;
  chosen.shown = base_image(shop.settings, purpose.name);
  const ImageDetails base = require_image(shop, chosen.shown, purpose.name);
  const std::string dockerfile = dockerfile_of(purpose, chosen.shown);
  if (purpose.packages.empty() && purpose.image_setup.empty()) {
    chosen.reference = chosen.shown;
    chosen.details = base;
    return chosen;
  }
  const auto hash = sha256_hex(base.id + "\n" + dockerfile + std::string(install_script)).substr(0, 12);
  chosen.reference = fmt::format("containai:purpose-{}-{}", purpose.name, hash);
  if (auto there = shop.engine.inspect_image(chosen.reference)) {
    chosen.cached = true;
    chosen.details = std::move(*there);
    return chosen;
  }
  const auto turn = turn_to_build(shop, purpose, hash);
  auto made = shop.engine.inspect_image(chosen.reference);
  chosen.cached = made.has_value();
  if (!made) {
    build(shop, purpose, chosen, dockerfile);
    made = shop.engine.inspect_image(chosen.reference);
  }
  if (!made)
    throw Error(ErrorKind::failed, fmt::format("image {} was built, and is gone again", chosen.reference));
  chosen.details = std::move(*made);
  return chosen;
}

}  // namespace cai
