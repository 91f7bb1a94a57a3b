// What g++ -fsanitize-coverage=trace-pc,trace-cmp calls. This file is built without it, and nothing here is a
// function of anybody else that could be built with it.
#include "fuzz/coverage.hpp"

#include <cstdint>
#include <cstring>

namespace {

constexpr std::size_t place_count = 1U << 17U;
constexpr std::size_t feature_count = 2 * place_count;  // comparisons are in the second half

/// Hits of each feature, of all threads; an increment that is lost matters to nobody.
unsigned char hits[feature_count];
bool is_told = false;

void hit(std::size_t feature) {
  __atomic_store_n(&is_told, true, __ATOMIC_RELAXED);
  const auto count = __atomic_load_n(&hits[feature], __ATOMIC_RELAXED);
  if (count < 255) __atomic_store_n(&hits[feature], count + 1, __ATOMIC_RELAXED);
}

std::size_t mixed(std::uintptr_t place) {
  return (place * 0x9E3779B97F4A7C15U) >> 47U;
}

/// The more bits two numbers share, the nearer is the branch behind them.
void compared(const void* place, std::uint64_t a, std::uint64_t b) {
  const auto near = static_cast<std::uintptr_t>(__builtin_popcountll(a ^ b));
  hit(place_count + mixed(reinterpret_cast<std::uintptr_t>(place) * 65 + near));
}

/// 1, 2, 3, 4, 8, 16, 32, 128: as bits.
unsigned char power_of(unsigned char count) {
  if (count >= 128) return 128;
  if (count >= 32) return 64;
  if (count >= 16) return 32;
  if (count >= 8) return 16;
  if (count >= 4) return 8;
  return static_cast<unsigned char>(1U << count >> 1U);
}

}  // namespace

extern "C" {
void __sanitizer_cov_trace_pc() {
  hit(mixed(reinterpret_cast<std::uintptr_t>(__builtin_return_address(0))));
}
void __sanitizer_cov_trace_cmp1(std::uint8_t a, std::uint8_t b) {
  compared(__builtin_return_address(0), a, b);
}
void __sanitizer_cov_trace_cmp2(std::uint16_t a, std::uint16_t b) {
  compared(__builtin_return_address(0), a, b);
}
void __sanitizer_cov_trace_cmp4(std::uint32_t a, std::uint32_t b) {
  compared(__builtin_return_address(0), a, b);
}
void __sanitizer_cov_trace_cmp8(std::uint64_t a, std::uint64_t b) {
  compared(__builtin_return_address(0), a, b);
}
void __sanitizer_cov_trace_const_cmp1(std::uint8_t a, std::uint8_t b) {
  compared(__builtin_return_address(0), a, b);
}
void __sanitizer_cov_trace_const_cmp2(std::uint16_t a, std::uint16_t b) {
  compared(__builtin_return_address(0), a, b);
}
void __sanitizer_cov_trace_const_cmp4(std::uint32_t a, std::uint32_t b) {
  compared(__builtin_return_address(0), a, b);
}
void __sanitizer_cov_trace_const_cmp8(std::uint64_t a, std::uint64_t b) {
  compared(__builtin_return_address(0), a, b);
}
/// `cases`: how many there are, how wide they are, and each.
void __sanitizer_cov_trace_switch(std::uint64_t value, void* cases) {
  const auto* numbers = static_cast<const std::uint64_t*>(cases);
  for (std::uint64_t i = 0; i < numbers[0]; ++i)
    compared(static_cast<const char*>(__builtin_return_address(0)) + i, value, numbers[2 + i]);
}
void __sanitizer_cov_trace_cmpf(float, float) {}
void __sanitizer_cov_trace_cmpd(double, double) {}
}

namespace cai::fuzz {

Coverage::Coverage() : seen_(feature_count) {}

void Coverage::forget() {
  if (__atomic_load_n(&is_told, __ATOMIC_RELAXED)) std::memset(hits, 0, sizeof hits);
}

bool Coverage::take_new() {
  if (!__atomic_load_n(&is_told, __ATOMIC_RELAXED)) return false;
  bool is_new = false;
  unsigned char* seen = seen_.data();
  for (std::size_t i = 0; i < feature_count; i += sizeof(std::uint64_t)) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, hits + i, sizeof eight);
    if (eight == 0) continue;
    for (std::size_t k = i; k < i + sizeof eight; ++k) {
      if (hits[k] == 0) continue;
      const unsigned char power = k < place_count ? power_of(hits[k]) : 1;
      if ((seen[k] & power) != 0) continue;
      seen[k] = static_cast<unsigned char>(seen[k] | power);
      is_new = true;
    }
  }
  return is_new;
}

std::vector<std::size_t> Coverage::places() {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < place_count; ++i)
    if (hits[i] != 0) found.push_back(i);
  return found;
}

}  // namespace cai::fuzz
