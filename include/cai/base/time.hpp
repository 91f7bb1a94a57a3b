#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace cai {

/// Wall-clock time of the engine or the host. Only for ages and display, never for time-outs.
using Timestamp = std::chrono::sys_time<std::chrono::nanoseconds>;

/// A point on the steady clock after which a call gives up.
class Deadline {
 public:
  static Deadline in(std::chrono::milliseconds duration) {
    return Deadline(std::chrono::steady_clock::now() + duration);
  }
  static Deadline never() { return Deadline(std::chrono::steady_clock::time_point::max()); }

  static Deadline earlier(Deadline one, Deadline other) { return one.at_ < other.at_ ? one : other; }

  [[nodiscard]] bool expired() const { return remaining() <= std::chrono::milliseconds(0); }
  /// Never negative; capped at one hour so that it fits poll(2).
  [[nodiscard]] std::chrono::milliseconds remaining() const;

 private:
  explicit Deadline(std::chrono::steady_clock::time_point at) : at_(at) {}
  std::chrono::steady_clock::time_point at_;
};

/// The wall clock as a seam: tests shift it.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Timestamp now() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] Timestamp now() const override;
};

/// RFC 3339 as engines write it ("2026-01-16T10:00:00.123456789Z", offsets allowed). The engines' year-1 time
/// means "never" and gives nullopt, as does anything unreadable.
std::optional<Timestamp> parse_rfc3339(std::string_view text);
std::string format_rfc3339(Timestamp time);

/// "3d 4h 12m", "4h 12m", "12m", "35s": at most three units, for uptimes and ages. Negative counts as zero.
std::string format_duration(std::chrono::nanoseconds duration);

/// Age words: "90m", "12h", "7d", "2w", "1d12h", "0h". A number without a unit, a sign, anything longer than
/// 1000 years, or an empty text gives nullopt.
std::optional<std::chrono::seconds> parse_age(std::string_view text);

}  // namespace cai
