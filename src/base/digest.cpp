#include <sha2.h>
#include <sys/random.h>

#include <array>
#include <span>

#include "base/system_call.hpp"
#include "cai/base/text.hpp"

namespace cai {

namespace {

std::string to_hex(std::span<const std::uint8_t> bytes) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    hex += digits[byte >> 4U];
    hex += digits[byte & 0xFU];
  }
  return hex;
}

}  // namespace

std::string sha256_hex(std::string_view bytes) {
  SHA2_CTX context;
  std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest{};
  SHA256Init(&context);
  SHA256Update(&context, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  SHA256Final(digest.data(), &context);
  return to_hex(digest);
}

std::string random_hex(std::size_t bytes) {
  std::vector<std::uint8_t> random(bytes);
  std::size_t filled = 0;
  while (filled < bytes) {
    const ssize_t count =
        retry_interrupted([&] { return getrandom(random.data() + filled, bytes - filled, 0); });
    if (count < 0) throw system_error(errno, "get random bytes from the kernel");
    filled += static_cast<std::size_t>(count);
  }
  return to_hex(random);
}

}  // namespace cai
