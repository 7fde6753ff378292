#pragma once

#include "storage/model/Clock.h"

#include <QByteArray>
#include <QTemporaryFile>

#include <atomic>

namespace plimsoll::test {

/// A clock that a test moves, for itself and for the appliances that it starts with PLIMSOLL_TEST_CLOCK set
/// to path(). Safe from any thread.
class SharedClock final : public Clock
{
public:
    explicit SharedClock(int64_t nowMs)
    {
        if (!m_file.open() || !m_file.resize(sizeof(int64_t)))
            qFatal("no temporary file for the clock");
        m_nowMs = reinterpret_cast<int64_t *>(m_file.map(0, sizeof(int64_t)));
        advance(nowMs);
    }

    int64_t nowMs() const override { return std::atomic_ref(*m_nowMs).load(); }
    void advance(int64_t byMs) { std::atomic_ref(*m_nowMs).fetch_add(byMs); }
    QString path() const { return m_file.fileName(); }

private:
    QTemporaryFile m_file;
    int64_t *m_nowMs = nullptr;
};

} // namespace plimsoll::test
