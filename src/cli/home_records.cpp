#include "cli/home_records.hpp"

#include "cai/base/filesystem.hpp"

namespace cai {
namespace {

constexpr std::size_t most_bytes = std::size_t{1} << 30U;

}  // namespace

HomeRecord HomeRecords::load(const WorkspaceId& id, const std::string& volume) const {
  const auto text = read_file(directory_ / id.value, most_bytes);
  auto record = text ? parse_home_record(*text) : HomeRecord{};
  if (record.volume == volume) return record;
  HomeRecord fresh;
  fresh.volume = volume;
  return fresh;
}

void HomeRecords::save(const WorkspaceId& id, const HomeRecord& record) const {
  ensure_directory(directory_);
  write_file_atomically(directory_ / id.value, to_text(record), 0600);
}

void HomeRecords::forget(const WorkspaceId& id) const {
  remove_file(directory_ / id.value);
}

}  // namespace cai
