#include "alerts/status/Markup.h"

#include <QDateTime>
#include <QLocale>
#include <QString>

#include <algorithm>
#include <array>

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

/// Marks that turn the direction of writing, and characters without width.
bool isHidden(uint32_t point)
{
    struct Span
    {
        uint32_t first;
        uint32_t last;
    };
    static constexpr std::array<Span, 11> spans{{{0x7f, 0x9f},
                                                 {0xad, 0xad},
                                                 {0x61c, 0x61c},
                                                 {0x180e, 0x180e},
                                                 {0x200b, 0x200b},
                                                 {0x200e, 0x200f},
                                                 {0x2028, 0x202e},
                                                 {0x2060, 0x206f},
                                                 {0xfeff, 0xfeff},
                                                 {0xfff9, 0xfffb},
                                                 {0xe0000, 0xe007f}}};
    return std::any_of(spans.begin(), spans.end(),
                       [point](const Span &span) { return point >= span.first && point <= span.last; });
}

/// Scripts and pictures need the joiners between their own letters; beside one of ASCII they only hide.
bool isLoneJoiner(const QList<uint> &points, qsizetype at)
{
    if (points[at] != 0x200c && points[at] != 0x200d)
        return false;
    return at == 0 || at + 1 == points.size() || points[at - 1] < 0x80 || points[at + 1] < 0x80;
}

QString shown(const QList<uint> &points, qsizetype at)
{
    const char32_t point = points[at];
    if (!isAllowed(point))
        return QString(QChar(QChar::ReplacementCharacter));
    if (isHidden(point) || isLoneJoiner(points, at))
        return QStringLiteral("\u2039U+%1\u203a").arg(QString::number(point, 16).toUpper(), 4, u'0');
    return QString::fromUcs4(&point, 1);
}

} // namespace

std::string visible(std::string_view text)
{
    // By way of UTF-16, so that bytes that are no UTF-8 become U+FFFD.
    const QList<uint> points = QString::fromUtf8(text.data(), qsizetype(text.size())).toUcs4();
    QString clean;
    for (qsizetype at = 0; at < points.size(); at++)
        clean += shown(points, at);
    return clean.toStdString();
}

std::string escaped(std::string_view text)
{
    return QString::fromStdString(visible(text))
        .toHtmlEscaped()
        .replace(u'\'', QLatin1String("&#39;"))
        .toStdString();
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
