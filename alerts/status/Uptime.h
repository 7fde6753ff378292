#pragma once

#include "alerts/status/Spans.h"

#include <QTimeZone>

#include <optional>
#include <vector>

namespace plimsoll::alerts {

/// What the results of a check say of a span: an hour or a day of rollups, or the time that one result
/// stands for.
struct UptimePiece
{
    Span span;
    double results = 0; ///< how many there were
    double up = 0;      ///< how many of them found it up
};

/// How long a thing was watched, and how much of that it was down.
struct UptimeFigure
{
    int64_t watchedMs = 0;
    double downMs = 0;

    /// 0 to 1; nothing where nobody watched.
    std::optional<double> share() const;
    UptimeFigure &operator+=(const UptimeFigure &other);
};

/// Which time counts: that in which this appliance ran and nothing was announced as maintenance.
class CountedTime
{
public:
    CountedTime(Spans ran, Spans maintenance);

    /// A piece counts with as much of its span as does. Its share of good results is taken to hold for all of
    /// that, so a changed interval between results changes no weight.
    UptimeFigure figureOf(const UptimePiece &piece, const Span &bounds) const;
    /// True where some of the span counts and some is maintenance: its results say nothing of either.
    bool isMixed(const Span &span) const;

private:
    Spans m_counted;
    Spans m_maintenance;
};

/// Results in order of time as pieces: each stands for the time until the next, at most `longestMs`.
std::vector<UptimePiece> piecesOf(const std::vector<int64_t> &timesMs, const std::vector<double> &up,
                                  int64_t longestMs, int64_t endMs);

/// Sums up pieces over several windows that end at the same time.
std::vector<UptimeFigure> figuresOf(const std::vector<UptimePiece> &pieces, const CountedTime &counted,
                                    const std::vector<Span> &windows);

/// The same for windows that are in order and do not overlap, such as days.
std::vector<UptimeFigure> figuresOfDays(const std::vector<UptimePiece> &pieces, const CountedTime &counted,
                                        const std::vector<Span> &days);

/// The last `count` calendar days of a zone up to the one that `nowMs` is in, oldest first; that one ends at
/// its midnight to come. Days of 23 and 25 h have their length.
std::vector<Span> lastDays(int64_t nowMs, int count, const QTimeZone &zone);

} // namespace plimsoll::alerts
