// The image half of FakeEngine: tags, and a builder that understands as much of a Dockerfile as the tests
// need.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cai/base/error.hpp"
#include "cai/base/text.hpp"
#include "support/fake_engine.hpp"
#include "support/tar.hpp"

namespace cai {
namespace {

using Lines = std::vector<std::string>;

std::string with_tag(const std::string& reference) {
  const bool tagged = reference.find(':', reference.rfind('/') + 1) != std::string::npos;
  return tagged ? reference : reference + ":latest";
}

/// Instructions with continuation lines joined; comments and blank lines dropped.
Lines instructions_of(const std::string& dockerfile) {
  Lines found;
  bool continued = false;
  for (const auto& raw : split(dockerfile, '\n')) {
    std::string line(trim(raw));
    if (line.empty() || line.front() == '#') continue;
    const bool continues = line.back() == '\\';
    if (continues) line = std::string(trim(std::string_view(line).substr(0, line.size() - 1)));
    if (continued) {
      found.back() += " " + line;
    } else {
      found.push_back(line);
    }
    continued = continues;
  }
  return found;
}

Lines words_of(const std::string& instruction) {
  Lines words;
  for (const auto& word : split(instruction, ' ')) {
    if (!word.empty()) words.push_back(word);
  }
  return words;
}

/// "RUN ... false" and "RUN ... exit N" fail, as they would in a shell; nothing else is run.
std::optional<std::string> failing_code(const Lines& words) {
  if (to_lower_ascii(words.front()) != "run") return std::nullopt;
  if (words.back() == "false") return "1";
  if (words.size() >= 2 && words[words.size() - 2] == "exit" && words.back() != "0") return words.back();
  return std::nullopt;
}

void add_label(Labels& labels, const std::string& word) {
  const auto equals = word.find('=');
  if (equals == std::string::npos) return;
  std::string value = word.substr(equals + 1);
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
    value = value.substr(1, value.size() - 2);
  labels[word.substr(0, equals)] = value;
}

}  // namespace

void FakeEngine::tag_image(const std::string& id, const std::string& tag) {
  const std::string full = with_tag(tag);
  for (auto& [other_id, image] : world.images) std::erase(image.tags, full);
  world.images.at(id).tags.push_back(full);
}

std::optional<ImageDetails> FakeEngine::inspect_image(const std::string& reference) {
  return read("inspect-image " + reference, [&]() -> std::optional<ImageDetails> {
    const auto* image = world.find_image(reference);
    if (image == nullptr) return std::nullopt;
    return *image;
  });
}

std::string FakeEngine::build(const BuildRequest& request, std::string_view context,
                              const std::function<void(std::string_view)>& on_line) {
  const TarFiles files = read_tar(context);
  const auto dockerfile = files.find(request.dockerfile);
  if (dockerfile == files.end()) {
    throw Error(ErrorKind::failed, "Cannot locate specified Dockerfile: " + request.dockerfile);
  }
  ImageDetails image;
  image.size_bytes = 90'000'000;
  image.created = clock->now();
  std::set<std::string> stages{"scratch"};
  const Lines instructions = instructions_of(dockerfile->second);
  std::string identity_text;
  for (std::size_t step = 0; step < instructions.size(); ++step) {
    const auto& instruction = instructions[step];
    const Lines words = words_of(instruction);
    const std::string verb = to_lower_ascii(words.front());
    on_line(fmt::format("Step {}/{} : {}", step + 1, instructions.size(), instruction));
    if (verb == "from" && words.size() >= 2) {
      const std::string& base = words[1];
      const auto* found = world.find_image(base);
      // A base given by an argument ("${BASE}") is taken as present: arguments are not expanded here.
      const bool known = found != nullptr || stages.contains(base) || base.find('$') != std::string::npos ||
                         world.registry.contains(base);
      if (!known)
        throw Error(ErrorKind::failed, "pull access denied for " + base + ", repository does not exist");
      image.labels = found != nullptr ? found->labels : Labels();
      identity_text += found != nullptr ? found->id : base;
      if (words.size() >= 4) stages.insert(words[3]);
    } else if (verb == "label") {
      for (std::size_t word = 1; word < words.size(); ++word) add_label(image.labels, words[word]);
    } else if (const auto code = failing_code(words)) {
      throw Error(ErrorKind::failed, fmt::format("The command '/bin/sh -c {}' returned a non-zero code: {}",
                                                 instruction.substr(4), *code));
    }
  }
  if (build_failure) throw Error(ErrorKind::failed, *build_failure);
  for (const auto& [key, value] : request.labels) image.labels[key] = value;
  for (const auto& [key, value] : image.labels) identity_text += fmt::format("\n{}={}", key, value);
  for (const auto& [key, value] : request.arguments) identity_text += fmt::format("\n{}={}", key, value);
  for (const auto& [path, content] : files)
    identity_text += fmt::format("\n{}\n{}", path, sha256_hex(content));
  if (request.no_cache) identity_text += next_id();
  image.id = "sha256:" + sha256_hex(identity_text);
  const std::string id = image.id;
  world.images.try_emplace(id, std::move(image));
  if (!request.tag.empty()) tag_image(id, request.tag);
  on_line(fmt::format("Successfully built {}", id.substr(7, 12)));
  return id;
}

std::string FakeEngine::build_image(const BuildRequest& request, std::string_view context,
                                    const std::function<void(std::string_view)>& on_line) {
  return change(
      "build " + request.tag, [&] { return build(request, context, on_line); },
      [&]() -> std::string { raise(Fault::conflict); });
}

void FakeEngine::pull_image(const std::string& reference,
                            const std::function<void(std::string_view)>& on_line) {
  const auto effect = [&] {
    if (!world.registry.contains(reference)) {
      throw Error(ErrorKind::failed, "manifest for " + reference + " not found: manifest unknown");
    }
    on_line("Pulling from " + reference);
    if (world.find_image(reference) == nullptr) add_image(reference);
  };
  change("pull " + reference, effect, [&] { raise(Fault::conflict); });
}

Outcome FakeEngine::untag_or_remove(const std::string& reference) {
  const auto* found = world.find_image(reference);
  if (found == nullptr) return Outcome::unchanged;
  auto& image = world.images.at(found->id);
  const bool by_id = reference == image.id;
  if (!by_id && image.tags.size() > 1) {
    std::erase(image.tags, with_tag(reference));
    return Outcome::done;
  }
  const bool used = std::ranges::any_of(world.containers, [&](const auto& entry) {
    return entry.second.details.container.image_id == image.id;
  });
  if (used || image.tags.size() > 1) return Outcome::conflict;
  world.images.erase(std::string(image.id));
  return Outcome::done;
}

Outcome FakeEngine::remove_image(const std::string& reference) {
  return change(
      "remove-image " + reference, [&] { return untag_or_remove(reference); },
      [] { return Outcome::conflict; });
}

}  // namespace cai
