#include "archive_fixture.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include "cai/data/tar.hpp"

namespace cai::test {
namespace {

void put(std::string& header, std::size_t at, const std::string& text) {
  header.replace(at, text.size(), text);
}

ImportHooks hooks_with(bool go_on) {
  return {.should_stop = [] { return false; },
          .on_progress = [](const ArchiveSummary&) {},
          .go_on = [go_on](const std::string&) { return go_on; },
          .on_entry = {}};
}

UniqueFd open_file(const std::filesystem::path& file) {
  return UniqueFd(open(file.c_str(), O_RDONLY | O_CLOEXEC));
}

}  // namespace

std::string raw_header(char type, const std::string& name, const std::string& link, std::uint64_t size) {
  std::string header(tar_block, '\0');
  put(header, 0, name.substr(0, 100));
  put(header, 100, "0000644");
  put(header, 108, "0001750");
  put(header, 116, "0001750");
  put(header, 124, fmt::format("{:011o}", size));
  put(header, 136, "00000000000");
  put(header, 148, "        ");
  header[156] = type;
  put(header, 157, link.substr(0, 100));
  put(header, 257, "ustar");
  put(header, 263, "00");
  unsigned sum = 0;
  for (const char byte : header) sum += static_cast<unsigned char>(byte);
  put(header, 148, fmt::format("{:06o}", sum));
  header[154] = '\0';
  return header;
}

std::string raw_entry(char type, const std::string& name, const std::string& link,
                      const std::string& content) {
  auto entry = raw_header(type, name, link, content.size()) + content;
  entry.append(tar_padding(static_cast<std::int64_t>(content.size())), '\0');
  return entry;
}

std::string tar_of(const std::vector<std::string>& entries) {
  std::string tar;
  for (const auto& entry : entries) tar += entry;
  return tar + std::string(tar_end());
}

std::filesystem::path Archives::write(const std::string& name, const std::string& bytes) {
  const auto path = directory_.path() / name;
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  return path;
}

Verdict Archives::check(const std::filesystem::path& file, const ArchiveLimits& limits, bool go_on) {
  Verdict verdict;
  auto hooks = hooks_with(go_on);
  hooks.on_entry = [&](const TarEntry& entry) { verdict.paths.push_back(entry.path); };
  const auto descriptor = open_file(file);
  try {
    verdict.summary = check_archive(descriptor.get(), limits, hooks);
    verdict.accepted = true;
  } catch (const Error& error) {
    verdict.message = error.what();
    verdict.kind = error.kind();
  }
  return verdict;
}

std::string Archives::stream(const std::filesystem::path& file, const ArchiveSummary& summary,
                             const ImportOwner& owner, const ArchiveLayout* layout) {
  const auto descriptor = open_file(file);
  const auto hooks = hooks_with(false);
  ImportStream stream(descriptor.get(), summary, owner, hooks, layout);
  std::string tar;
  for (auto piece = stream.next(); !piece.empty(); piece = stream.next()) tar += piece;
  return tar;
}

std::string Archives::run(const std::vector<std::string>& argv) {
  const auto result = run_process(argv);
  EXPECT_EQ(result.exit_code, 0) << argv[0] << ": " << result.standard_error;
  return result.standard_output;
}

}  // namespace cai::test
