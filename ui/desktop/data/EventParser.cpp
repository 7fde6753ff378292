#include "ui/desktop/data/EventParser.h"

namespace plimsoll::desktop {

std::vector<EventParser::Event> EventParser::feed(const QByteArray &bytes)
{
    std::vector<Event> events;
    m_rest += bytes;
    qsizetype begin = 0;
    for (qsizetype end; (end = m_rest.indexOf('\n', begin)) >= 0; begin = end + 1) {
        const qsizetype length = end > begin && m_rest[end - 1] == '\r' ? end - 1 - begin : end - begin;
        takeLine(m_rest.mid(begin, length), events);
    }
    m_rest.remove(0, begin);
    if (m_rest.size() > maxEventBytes) {
        m_rest.clear();
        m_overflow = true;
    }
    return events;
}

void EventParser::takeLine(const QByteArray &line, std::vector<Event> &out)
{
    if (line.isEmpty()) {
        if (m_hasData && !m_overflow) {
            if (m_event.name.isEmpty())
                m_event.name = "message";
            out.push_back(std::move(m_event));
        }
        m_event = {};
        m_hasData = m_overflow = false;
        return;
    }
    const qsizetype colon = line.indexOf(':');
    const QByteArray field = colon < 0 ? line : line.left(colon);
    QByteArray value = colon < 0 ? QByteArray() : line.mid(colon + 1);
    if (value.startsWith(' '))
        value.remove(0, 1);
    if (field == "event") {
        m_event.name = value;
    } else if (field == "data" && !m_overflow) {
        if (m_hasData)
            m_event.data += '\n';
        m_event.data += value;
        m_hasData = true;
        m_overflow = m_event.data.size() > maxEventBytes;
    }
}

} // namespace plimsoll::desktop
