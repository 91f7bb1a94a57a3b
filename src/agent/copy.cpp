#include "agent/copy.hpp"

#include <fmt/format.h>

#include "agent/gates.hpp"
#include "agent/host_tree.hpp"
#include "cai/base/error.hpp"
#include "cai/base/text.hpp"

namespace cai {
namespace {

namespace fs = std::filesystem;

Json refused_copy(const Error& error) {
  Json result = {{"success", false}, {"error", error.what()}};
  if (!error.hints().empty()) result["guidance"] = join(error.hints(), "; ");
  return result;
}

void require_absolute(std::string_view parameter, const std::string& path) {
  if (path.starts_with('/')) return;
  throw Error(ErrorKind::usage, fmt::format("the parameter \"{}\" must be an absolute path", parameter));
}

/// The last component; trailing slashes do not count. "" for the root.
std::string last_component(const std::string& path) {
  fs::path clean = fs::path(path).lexically_normal();
  if (!clean.has_filename()) clean = clean.parent_path();
  return clean == clean.root_path() ? "" : clean.filename().string();
}

bool is_directory_inside(Call& call, const Box& box, const std::string& path) {
  return run_in_box(call, box,
                    {.command = "test -d \"$1\"", .words = {path}, .user = root_user, .directory = "/"})
      .succeeded();
}

/// As docker's own copy: into a directory that is there, else as it. A directory of the same name is merged
/// into, because "results/" to ".../results/" means that one.
struct Place {
  std::string directory;
  std::string name;
};
Place place_inside(Call& call, const Box& box, const std::string& target, const std::string& source_name,
                   bool source_is_directory) {
  const std::string name = last_component(target);
  const std::string parent = fs::path(target).lexically_normal().string();
  const bool there = is_directory_inside(call, box, target);
  if (there && (!source_is_directory || name != source_name)) return {target, source_name};
  if (name.empty()) return {"/", source_name};
  fs::path above = fs::path(parent);
  if (!above.has_filename()) above = above.parent_path();
  return {above.parent_path().string(), name};
}

Json copy_into(Call& call) {
  const Box box = find_box(call, call.arguments.text("container"));
  const std::string target = call.arguments.text("container_path");
  require_absolute("container_path", target);
  const auto source = checked_host_path(call, "host_path", call.arguments.text("host_path"));
  refuse_sensitive_path(call, source);
  const bool directory = fs::is_directory(source);
  const auto place = place_inside(call, box, target, source.filename().string(), directory);
  const auto made = run_in_box(call, box,
                               {.command = "[ -d \"$1\" ] || mkdir -p \"$1\"",
                                .words = {place.directory},
                                .user = box.user,
                                .directory = "/"});
  if (!made.succeeded()) {
    throw Error(ErrorKind::failed,
                fmt::format("{} cannot be made in the box: {}", place.directory, made.tail()));
  }
  send_to_box(call, box, source, place.directory, place.name);
  return {{"success", true},
          {"detail", fmt::format("{} copied to {}:{}/{}", escape_for_terminal(source.string()), box.name(),
                                 place.directory == "/" ? "" : place.directory, place.name)}};
}

fs::path destination_of(Call& call, const std::string& text, const std::string& source_name, bool directory) {
  fs::path path = text;
  if (text.starts_with("~/")) path = call.house().environment.home() / text.substr(2);
  if (path.is_relative()) path = call.house().environment.working_directory / path;
  path = path.lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  const bool is_there = fs::is_directory(path);
  if (is_there && (!directory || path.filename() != source_name)) path /= source_name;
  // Links above the destination are the caller's own way of naming it; the last component is not followed.
  std::error_code error;
  const auto parent = fs::weakly_canonical(path.parent_path(), error);
  if (error) {
    throw Error(ErrorKind::usage, fmt::format("the parameter \"host_path\" names {}, which cannot be reached",
                                              escape_for_terminal(text)));
  }
  return parent / path.filename();
}

/// A box may have a million devices; nobody reads that many names.
std::vector<std::string> beginning_of(std::vector<std::string> names) {
  constexpr std::size_t most = 100;
  if (names.size() <= most) return names;
  const auto more = names.size() - most;
  names.resize(most);
  names.push_back(fmt::format("and {} more", more));
  return names;
}

Json copy_from(Call& call) {
  const Box box = find_box(call, call.arguments.text("container"));
  const std::string source = call.arguments.text("container_path");
  require_absolute("container_path", source);
  const auto seen = run_in_box(call, box,
                               {.command = "readlink -f \"$1\" && if [ -d \"$1\" ]; then echo d; elif [ -e "
                                           "\"$1\" ]; then echo f; else exit 1; fi",
                                .words = {source},
                                .user = root_user,
                                .directory = "/"});
  const auto lines = split(seen.output, '\n');
  if (!seen.succeeded() || lines.size() < 2) {
    throw Error(ErrorKind::not_found,
                fmt::format("the box {} has no {}", box.name(), escape_for_terminal(source)));
  }
  const std::string real = lines[0];
  const std::string name = last_component(source).empty() ? "root" : last_component(source);
  const auto destination = destination_of(call, call.arguments.text("host_path"), name, lines[1] == "d");
  refuse_sensitive_path(call, destination);
  HostTreeUnpacker unpacker(destination);
  const bool found = call.engine.read_archive(
      box.id(), real, [&](std::string_view bytes) { unpacker.feed(bytes); },
      [&] { return call.cancelled(); });
  if (!found) {
    throw Error(ErrorKind::not_found,
                fmt::format("the box {} has no {}", box.name(), escape_for_terminal(source)));
  }
  unpacker.finish();
  Json result = {
      {"success", true},
      {"detail", fmt::format("{}:{} copied to {} ({} entries)", box.name(), escape_for_terminal(source),
                             escape_for_terminal(destination.string()), unpacker.files())}};
  if (!unpacker.left_out().empty()) result["left_out"] = beginning_of(unpacker.left_out());
  return result;
}

Json or_refused(Call& call, Json (*copy)(Call&)) {
  try {
    return copy(call);
  } catch (const Error& error) {
    return refused_copy(error);
  } catch (const fs::filesystem_error& error) {
    return refused_copy(Error(ErrorKind::failed, error.what()));
  }
}

}  // namespace

std::optional<fs::path> host_path_of(const Environment& environment, const std::string& address) {
  constexpr std::string_view scheme = "file://";
  fs::path path = address.starts_with(scheme) ? address.substr(scheme.size()) : address;
  if (address.starts_with("~/")) path = environment.home() / address.substr(2);
  const bool local = path.is_absolute() || address.starts_with("./") || address.starts_with("../");
  if (!local) return std::nullopt;
  if (path.is_relative()) path = environment.working_directory / path;
  std::error_code error;
  const auto canonical = fs::canonical(path, error);
  if (error || !fs::is_directory(canonical)) {
    throw Error(ErrorKind::usage,
                fmt::format("{} is no repository on the host", escape_for_terminal(address)));
  }
  return canonical;
}

void refuse_sensitive_path(Call& call, const fs::path& path) {
  const auto& environment = call.house().environment;
  std::error_code error;
  const auto home = fs::weakly_canonical(environment.home(), error);
  bool sensitive = is_system_directory(environment, path);
  for (const char* directory : {"/etc", "/boot", "/usr", "/bin", "/sbin", "/lib"}) {
    sensitive = sensitive || path.string().starts_with(std::string(directory) + "/");
  }
  const auto below = path.lexically_relative(home).string();
  sensitive = sensitive || (!below.starts_with("..") && below.starts_with('.') && below != ".");
  if (!sensitive) return;
  pass_gates(call, {{"copy", fmt::format("exchange files with {}", escape_for_terminal(path.string()))}});
}

void send_to_box(Call& call, const Box& box, const fs::path& source, const std::string& directory,
                 const std::string& name) {
  const auto ids = split(box.user, ':');
  HostTreeArchive archive(source, name, static_cast<uid_t>(parse_integer(ids[0]).value_or(0)),
                          static_cast<gid_t>(parse_integer(ids[1]).value_or(0)));
  const auto outcome = call.engine.write_archive(
      box.id(), directory, [&] { return archive.next(); }, [&] { return call.cancelled(); });
  if (outcome == Outcome::done) return;
  throw Error(ErrorKind::failed,
              fmt::format("{} cannot take files in box {}", escape_for_terminal(directory), box.name()));
}

Json copy_in_operation(Call& call) {
  return or_refused(call, copy_into);
}
Json copy_out_operation(Call& call) {
  return or_refused(call, copy_from);
}

}  // namespace cai
