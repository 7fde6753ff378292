#include "alerts/status/UptimeReports.h"

namespace plimsoll::alerts {

namespace {

constexpr int64_t hourMs = 3'600'000;

/// The pieces of one series.
class PieceReader
{
public:
    PieceReader(const SeriesReader &reader, const UptimeQuestion &question, const CountedTime &counted)
        : m_reader(reader)
        , m_question(question)
        , m_counted(counted)
    {
    }

    Status read(SeriesId series, int64_t fromMs)
    {
        const Coverage coverage = m_reader.coverage(series);
        if (!coverage.hasHours)
            return readSamples(series, {fromMs, m_question.nowMs});
        if (coverage.hoursFromMs > fromMs) {
            RollupColumns days;
            if (Status status = m_reader.readDays(series, fromMs, coverage.hoursFromMs - 1, days); !status)
                return status;
            // A day whose hours are there is made of them.
            for (size_t i = 0; i < days.size(); i++) {
                if (days.endsMs[i] <= coverage.hoursFromMs)
                    takeSpan(days, i);
            }
            fromMs = coverage.hoursFromMs;
        }
        RollupColumns hours;
        if (Status status = m_reader.readHours(series, fromMs, m_question.nowMs, rollupSums, hours); !status)
            return status;
        for (size_t i = 0; i < hours.size(); i++) {
            const Span span{hours.startsMs[i], hours.endsMs[i]};
            if (!m_counted.isMixed(span))
                takeSpan(hours, i);
            else if (Status status = readSamples(series, span); !status)
                return status;
        }
        return {};
    }

    std::vector<UptimePiece> take() { return std::move(m_pieces); }

private:
    void takeSpan(const RollupColumns &columns, size_t i)
    {
        const Span span{columns.startsMs[i], columns.endsMs[i]};
        if (!m_counted.isMixed(span))
            m_pieces.push_back({span, columns.counts[i], columns.sums[i]});
    }

    Status readSamples(SeriesId series, const Span &span)
    {
        FloatColumns samples;
        if (Status status = m_reader.readFloats(series, span.fromMs, span.toMs - 1, samples); !status)
            return status;
        const int64_t longestMs = std::max(3 * m_question.intervalMs, hourMs / 20);
        const auto pieces =
            piecesOf(samples.timestampsMs, samples.values, longestMs, std::min(span.toMs, m_question.nowMs));
        m_pieces.insert(m_pieces.end(), pieces.begin(), pieces.end());
        return {};
    }

    const SeriesReader &m_reader;
    const UptimeQuestion &m_question;
    const CountedTime &m_counted;
    std::vector<UptimePiece> m_pieces;
};

} // namespace

Result<UptimeReport> reportUptime(const SeriesReader &reader, const UptimeQuestion &question)
{
    const int64_t nowMs = question.nowMs;
    const int64_t fromMs = std::max(nowMs - uptimeWindows.back().lengthMs, question.createdMs);
    const CountedTime counted(question.watched.within({fromMs, nowMs}),
                              question.maintenance.within({fromMs, nowMs}));
    const std::array matchers{Matcher{std::string(nameLabel), Matcher::Op::Equal, "check_up"},
                              Matcher{"check", Matcher::Op::Equal, question.check}};
    const auto series = reader.select(question.project, matchers, fromMs, nowMs);
    if (!series)
        return series.error();
    PieceReader pieces(reader, question, counted);
    for (const SelectedSeries &each : *series) {
        if (const Status status = pieces.read(each.id, fromMs); !status)
            return status.error();
    }
    const std::vector<UptimePiece> all = pieces.take();
    std::vector<Span> windows;
    for (const UptimeWindow &window : uptimeWindows)
        windows.push_back({nowMs - window.lengthMs, nowMs});
    UptimeReport report;
    const auto figures = figuresOf(all, counted, windows);
    std::copy(figures.begin(), figures.end(), report.windows.begin());
    const std::vector<Span> days = lastDays(nowMs, StatusView::shownDays, question.zone);
    const auto dayFigures = figuresOfDays(all, counted, days);
    for (size_t i = 0; i < days.size(); i++)
        report.days.push_back({days[i], dayFigures[i], question.maintenance.touches(days[i])});
    return report;
}

} // namespace plimsoll::alerts
