#pragma once

#include <QObject>

#include <cstdint>
#include <optional>

namespace plimsoll::desktop {

/// The one crosshair of all charts of a page: a time, or none.
class Crosshair : public QObject
{
    Q_OBJECT

public:
    using QObject::QObject;

    std::optional<int64_t> timeMs() const { return m_timeMs; }

    void moveTo(std::optional<int64_t> timeMs)
    {
        if (timeMs == m_timeMs)
            return;
        m_timeMs = timeMs;
        Q_EMIT moved();
    }

Q_SIGNALS:
    void moved();

private:
    std::optional<int64_t> m_timeMs;
};

} // namespace plimsoll::desktop
