#include "alerts/status/Markup.h"

#include <QDateTime>
#include <QLocale>
#include <QString>

namespace plimsoll::alerts {

namespace {

std::string localText(int64_t ms, const QTimeZone &zone, const char *format)
{
    const QDateTime time = QDateTime::fromMSecsSinceEpoch(ms, zone);
    return QLocale::c().toString(time, QString::fromLatin1(format)).toStdString();
}

/// Whether XML 1.0 may hold it (section 2.2).
bool isAllowed(uint unit)
{
    return unit == '\t' || unit == '\n' || unit == '\r' || (unit >= 0x20 && unit != 0xfffe && unit != 0xffff);
}

} // namespace

std::string escaped(std::string_view text)
{
    // By way of UTF-16, so that bytes that are no UTF-8 become U+FFFD.
    QString clean = QString::fromUtf8(text.data(), qsizetype(text.size()));
    for (QChar &unit : clean) {
        if (!isAllowed(unit.unicode()))
            unit = QChar(QChar::ReplacementCharacter);
    }
    std::string out;
    for (const char c : clean.toStdString()) {
        switch (c) {
        case '&':
            out += "&amp;";
            break;
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        case '"':
            out += "&quot;";
            break;
        case '\'':
            out += "&#39;";
            break;
        default:
            out += c;
        }
    }
    return out;
}

std::string timeText(int64_t ms, const QTimeZone &zone) { return localText(ms, zone, "d MMM yyyy, HH:mm"); }

std::string dateText(int64_t ms, const QTimeZone &zone) { return localText(ms, zone, "d MMM yyyy"); }

std::string isoTime(int64_t ms) { return localText(ms, QTimeZone::utc(), "yyyy-MM-ddTHH:mm:ssZ"); }

std::string_view stateColour(PublicState state)
{
    static constexpr std::array<std::string_view, 5> colours{"#62707b", "#0f7652", "#0e6e88", "#8f5b00",
                                                             "#bf2e1b"};
    return colours[size_t(state)];
}

} // namespace plimsoll::alerts
