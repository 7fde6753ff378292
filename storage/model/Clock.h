#pragma once

#include <cstdint>

namespace plimsoll {

/// The role of the clock. Everything that asks for the time of day asks here, so that tests can set and
/// advance it. Implementations are safe to call from any thread.
class Clock
{
public:
    virtual ~Clock() = default;

    /// Milliseconds since the Unix epoch, UTC.
    virtual int64_t nowMs() const = 0;
};

/// The machine's clock.
class SystemClock final : public Clock
{
public:
    int64_t nowMs() const override;
};

} // namespace plimsoll
