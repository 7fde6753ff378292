#include "tests/support/LedgerCheck.h"

namespace plimsoll::test {

namespace {

constexpr int64_t farMs = 8'000'000'000'000;
constexpr int64_t hourMs = 3'600'000;
constexpr int64_t dayMs = 24 * hourMs;
constexpr size_t mostWords = 12;
constexpr size_t mostKept = 10'000;

std::string number(double value)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.17g", value);
    return text;
}

std::string timeOf(int64_t ms)
{
    return std::to_string(ms / dayMs) + "d" + std::to_string(ms % dayMs / hourMs) + "h";
}

int64_t startOf(int64_t ms, int64_t spanMs) { return ms - ms % spanMs; }

/// How many spans of a length have samples from a time on and before another.
uint64_t spansOf(const Ledger::Series &sent, int64_t spanMs, int64_t fromMs, int64_t toMs)
{
    uint64_t spans = 0;
    for (auto it = sent.samples.lower_bound(fromMs); it != sent.samples.end() && it->first < toMs; spans++)
        it = sent.samples.lower_bound(startOf(it->first, spanMs) + spanMs);
    return spans;
}

} // namespace

LedgerCheck LedgerCheck::of(const SeriesReader &reader, const Ledger &ledger, int64_t daysFromMs,
                            int64_t daysUpToMs)
{
    LedgerCheck check;
    const auto selected = reader.select(defaultProject, {}, -farMs, farMs);
    if (!selected) {
        check.note("select failed: " + selected.error().message);
        return check;
    }
    std::map<std::string, const SelectedSeries *> stored;
    for (const SelectedSeries &series : *selected)
        stored[std::string(series.labels->name())] = &series;
    for (const auto &[name, sent] : ledger.series) {
        if (const auto it = stored.find(name); it != stored.end())
            check.compareSeries(reader, *it->second, sent, daysFromMs, daysUpToMs);
        else
            check.note(name + " is not there");
    }
    return check;
}

void LedgerCheck::note(const std::string &what)
{
    different++;
    if (differences.size() < mostKept)
        differences.push_back(what);
}

std::string LedgerCheck::text() const
{
    std::string all = std::to_string(different) + " differences in " + std::to_string(samples) +
                      " samples, " + std::to_string(hours) + " hours, " + std::to_string(days) + " days\n";
    for (size_t i = 0; i < std::min(differences.size(), mostWords); i++)
        all += differences[i] + "\n";
    return all;
}

void LedgerCheck::compareSeries(const SeriesReader &reader, const SelectedSeries &series,
                                const Ledger::Series &sent, int64_t daysFromMs, int64_t daysUpToMs)
{
    compareSamples(reader, series, sent);
    compareHours(reader, series, sent);
    if (daysUpToMs > daysFromMs)
        compareDays(reader, series, sent, daysFromMs, daysUpToMs);
}

void LedgerCheck::compareSamples(const SeriesReader &reader, const SelectedSeries &series,
                                 const Ledger::Series &sent)
{
    const std::string name(series.labels->name());
    const int64_t fromMs = std::max(reader.coverage(series.id).samplesFromMs, -farMs);
    std::map<int64_t, double> found;
    if (sent.kind == Ledger::Kind::Observations) {
        HistogramColumns columns;
        if (const Status read = reader.readHistograms(series.id, fromMs, farMs, columns); !read)
            return note(name + ": " + read.error().message);
        for (size_t i = 0; i < columns.size(); i++)
            found[columns.timestampsMs[i]] = columns.values[i].count() == 1 ? columns.values[i].sum() : -1;
    } else {
        FloatColumns columns;
        if (const Status read = reader.readFloats(series.id, fromMs, farMs, columns); !read)
            return note(name + ": " + read.error().message);
        for (size_t i = 0; i < columns.size(); i++)
            found[columns.timestampsMs[i]] = columns.values[i];
    }
    for (auto it = sent.samples.lower_bound(fromMs); it != sent.samples.end(); ++it) {
        samples++;
        const auto at = found.find(it->first);
        const double expected = Ledger::Sample{it->first, it->second}.value();
        if (at == found.end())
            note(name + ": the sample of " + timeOf(it->first) + " is lost");
        else if (at->second != expected)
            note(name + ": the sample of " + timeOf(it->first) + " is " + number(at->second) + ", not " +
                 number(expected));
        if (at != found.end())
            found.erase(at);
    }
    for (const auto &[ms, value] : found)
        note(name + ": a sample of " + timeOf(ms) + " was never sent");
}

void LedgerCheck::compareHours(const SeriesReader &reader, const SelectedSeries &series,
                               const Ledger::Series &sent)
{
    const std::string name(series.labels->name());
    const Coverage coverage = reader.coverage(series.id);
    const int64_t fromMs = std::max(coverage.hoursFromMs, -farMs);
    RollupColumns columns;
    if (const Status read = reader.readHours(series.id, fromMs, farMs, rollupAll, columns); !read)
        return note(name + ": hours: " + read.error().message);
    const uint64_t expected = spansOf(sent, hourMs, fromMs, farMs);
    if (columns.size() != expected)
        note(name + ": " + std::to_string(columns.size()) + " hours, not " + std::to_string(expected));
    for (size_t i = 0; i < columns.size(); i++) {
        compareSpan(name, columns, i, sent, false);
        hours++;
        lateHours += columns.startsMs[i] < coverage.samplesFromMs ? 1 : 0;
    }
}

void LedgerCheck::compareDays(const SeriesReader &reader, const SelectedSeries &series,
                              const Ledger::Series &sent, int64_t fromMs, int64_t upToMs)
{
    const std::string name(series.labels->name());
    RollupColumns columns;
    if (const Status read = reader.readDays(series.id, fromMs, upToMs - 1, columns); !read)
        return note(name + ": days: " + read.error().message);
    const uint64_t expected = spansOf(sent, dayMs, fromMs, upToMs);
    if (columns.size() != expected)
        note(name + ": " + std::to_string(columns.size()) + " days, not " + std::to_string(expected));
    for (size_t i = 0; i < columns.size(); i++, days++)
        compareSpan(name, columns, i, sent, true);
}

void LedgerCheck::compareSpan(const std::string &name, const RollupColumns &columns, size_t i,
                              const Ledger::Series &sent, bool day)
{
    const int64_t fromMs = columns.startsMs[i];
    const Ledger::Figures figures = sent.figures(fromMs, columns.endsMs[i]);
    const auto same = [&](const char *what, double found, double expected) {
        if (found != expected)
            note(name + ": " + (day ? "day " : "hour ") + timeOf(fromMs) + ": " + what + " " + number(found) +
                 ", not " + number(expected));
    };
    same("count", columns.counts[i], double(figures.count));
    if (sent.kind == Ledger::Kind::Observations) {
        same("observations", columns.histograms[i].count(), double(figures.count));
        same("sum", columns.histograms[i].sum(), figures.sum());
        same("min", columns.histograms[i].min(), figures.min);
        same("max", columns.histograms[i].max(), figures.max);
        return;
    }
    same("sum", columns.exactSum(i).value(), figures.sum());
    same("min", columns.mins[i], figures.min);
    same("max", columns.maxs[i], figures.max);
    same("first", columns.firsts[i], figures.first);
    same("last", columns.lasts[i], figures.last);
    if (sent.kind == Ledger::Kind::Counter)
        same("increase", columns.increases[i], figures.gained());
}

} // namespace plimsoll::test
