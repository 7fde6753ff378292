#pragma once

#include <QByteArray>

#include <vector>

namespace plimsoll::desktop {

/// Reads a text/event-stream, as the HTML standard describes it, from pieces of any size. Fields other than
/// `event` and `data` are ignored. An event that grows over maxEventBytes is dropped whole.
class EventParser
{
public:
    static constexpr qsizetype maxEventBytes = 1024 * 1024;

    struct Event
    {
        QByteArray name; ///< "message" where the stream names none
        QByteArray data; ///< lines joined by a line feed
    };

    /// The events that `bytes` completed.
    std::vector<Event> feed(const QByteArray &bytes);

private:
    void takeLine(const QByteArray &line, std::vector<Event> &out);

    QByteArray m_rest;
    Event m_event;
    bool m_hasData = false;
    bool m_overflow = false;
};

} // namespace plimsoll::desktop
