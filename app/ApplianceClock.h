#pragma once

#include "storage/model/Clock.h"

namespace plimsoll::app {

/// The machine's clock; or, for tests that need days within seconds, the one that PLIMSOLL_TEST_CLOCK names:
/// a file of eight bytes, milliseconds since the epoch, which the test moves on. It stays mapped, so that
/// time goes on where it was over any kill.
class ApplianceClock final : public Clock
{
public:
    ApplianceClock();
    ~ApplianceClock() override;
    ApplianceClock(const ApplianceClock &) = delete;
    ApplianceClock &operator=(const ApplianceClock &) = delete;

    int64_t nowMs() const override;

private:
    SystemClock m_system;
    int64_t *m_test = nullptr; ///< null: the machine's
};

} // namespace plimsoll::app
