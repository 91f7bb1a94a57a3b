#include "support/tar.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <numeric>

namespace cai {
namespace {

constexpr std::size_t block = 512;

std::string header(const std::string& path, std::size_t size) {
  std::string bytes(block, '\0');
  const auto put = [&](std::size_t offset, const std::string& text) {
    bytes.replace(offset, text.size(), text);
  };
  put(0, path.substr(0, 99));
  put(100, "0000644");
  put(108, "0000000");
  put(116, "0000000");
  put(124, fmt::format("{:011o}", size));
  put(136, "00000000000");
  put(148, "        ");  // the checksum counts its own field as blanks
  put(156, "0");
  put(257, "ustar");
  put(263, "00");
  const unsigned sum = std::accumulate(bytes.begin(), bytes.end(), 0U, [](unsigned total, char byte) {
    return total + static_cast<unsigned char>(byte);
  });
  put(148, fmt::format("{:06o}", sum));
  bytes[154] = '\0';
  return bytes;
}

}  // namespace

std::string make_tar(const TarFiles& files) {
  std::string archive;
  for (const auto& [path, content] : files) {
    archive += header(path, content.size());
    archive += content;
    archive.append((block - content.size() % block) % block, '\0');
  }
  archive.append(2 * block, '\0');
  return archive;
}

TarFiles read_tar(std::string_view archive) {
  TarFiles files;
  while (archive.size() >= block && archive.front() != '\0') {
    std::string path = std::string(archive.substr(0, 100)).c_str();
    const std::string size_text(archive.substr(124, 12));
    const std::size_t size = std::strtoul(size_text.c_str(), nullptr, 8);
    const char type = archive[156];
    archive.remove_prefix(block);
    if (size > archive.size()) return {};
    if (path.starts_with("./")) path.erase(0, 2);
    if (type == '0' || type == '\0') files[path] = archive.substr(0, size);
    archive.remove_prefix(std::min(archive.size(), (size + block - 1) / block * block));
  }
  return files;
}

}  // namespace cai
