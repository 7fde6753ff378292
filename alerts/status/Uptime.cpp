#include "alerts/status/Uptime.h"

#include <QDateTime>

#include <algorithm>

namespace plimsoll::alerts {

namespace {

Span cut(const Span &span, const Span &bounds)
{
    return {std::max(span.fromMs, bounds.fromMs), std::min(span.toMs, bounds.toMs)};
}

} // namespace

std::optional<double> UptimeFigure::share() const
{
    if (watchedMs <= 0)
        return {};
    return std::clamp(1 - downMs / double(watchedMs), 0.0, 1.0);
}

UptimeFigure &UptimeFigure::operator+=(const UptimeFigure &other)
{
    watchedMs += other.watchedMs;
    downMs += other.downMs;
    return *this;
}

CountedTime::CountedTime(Spans ran, Spans maintenance)
    : m_counted(std::move(ran))
    , m_maintenance(std::move(maintenance))
{
    m_counted.remove(m_maintenance);
}

UptimeFigure CountedTime::figureOf(const UptimePiece &piece, const Span &bounds) const
{
    const Span span = cut(piece.span, bounds);
    if (piece.results <= 0 || span.lengthMs() == 0)
        return {};
    const int64_t countedMs = m_counted.lengthWithin(span);
    const double down = std::clamp(1 - piece.up / piece.results, 0.0, 1.0);
    return {countedMs, down * double(countedMs)};
}

bool CountedTime::isMixed(const Span &span) const
{
    return m_maintenance.touches(span) && m_counted.touches(span);
}

std::vector<UptimePiece> piecesOf(const std::vector<int64_t> &timesMs, const std::vector<double> &up,
                                  int64_t longestMs, int64_t endMs)
{
    std::vector<UptimePiece> pieces;
    for (size_t i = 0; i < timesMs.size(); i++) {
        const int64_t nextMs = i + 1 < timesMs.size() ? timesMs[i + 1] : endMs;
        const Span span{timesMs[i], std::min(nextMs, timesMs[i] + longestMs)};
        if (span.lengthMs() > 0)
            pieces.push_back({span, 1, up[i]});
    }
    return pieces;
}

std::vector<UptimeFigure> figuresOf(const std::vector<UptimePiece> &pieces, const CountedTime &counted,
                                    const std::vector<Span> &windows)
{
    std::vector<UptimeFigure> figures(windows.size());
    for (size_t i = 0; i < windows.size(); i++) {
        for (const UptimePiece &piece : pieces)
            figures[i] += counted.figureOf(piece, windows[i]);
    }
    return figures;
}

std::vector<UptimeFigure> figuresOfDays(const std::vector<UptimePiece> &pieces, const CountedTime &counted,
                                        const std::vector<Span> &days)
{
    std::vector<UptimeFigure> figures(days.size());
    for (const UptimePiece &piece : pieces) {
        auto day = std::upper_bound(days.begin(), days.end(), piece.span.fromMs,
                                    [](int64_t atMs, const Span &span) { return atMs < span.toMs; });
        for (; day != days.end() && day->fromMs < piece.span.toMs; ++day)
            figures[size_t(day - days.begin())] += counted.figureOf(piece, *day);
    }
    return figures;
}

std::vector<Span> lastDays(int64_t nowMs, int count, const QTimeZone &zone)
{
    const QDate today = QDateTime::fromMSecsSinceEpoch(nowMs, zone).date();
    std::vector<Span> days;
    for (int back = count - 1; back >= 0; back--) {
        const QDate date = today.addDays(-back);
        days.push_back({date.startOfDay(zone).toMSecsSinceEpoch(),
                        date.addDays(1).startOfDay(zone).toMSecsSinceEpoch()});
    }
    return days;
}

} // namespace plimsoll::alerts
