#include "server/api/CostReport.h"

#include "server/api/JsonWriter.h"

#include <algorithm>

namespace plimsoll::api {

namespace {

constexpr std::array<std::string_view, 4> tokenTypes = {"input", "output", "cache_read", "cache_write"};
constexpr std::array<std::string_view, 3> topLabels = {"provider", "model", "endpoint"};

bool isTopLabel(std::string_view name)
{
    return std::find(topLabels.begin(), topLabels.end(), name) != topLabels.end();
}

/// Reads the three metrics into rows.
class Gathering
{
public:
    Gathering(const ReadScope &scope, CostReport &report)
        : m_scope(scope)
        , m_report(report)
    {
    }

    Status run()
    {
        Status done =
            each("llm_cost_usd_total", [this](const SelectedSeries &series) { return addCost(series); });
        if (done)
            done = each("llm_calls_total", [this](const SelectedSeries &series) { return addCalls(series); });
        if (done)
            done =
                each("llm_tokens_total", [this](const SelectedSeries &series) { return addTokens(series); });
        return done;
    }

private:
    template<typename Add>
    Status each(std::string_view metric, Add add)
    {
        const auto selected = m_scope.select(metric, {}, m_report.range);
        if (!selected)
            return selected.error();
        for (const SelectedSeries &series : *selected)
            if (series.kind == Kind::Delta)
                if (const Status added = add(series); !added)
                    return added;
        return {};
    }

    Status addCost(const SelectedSeries &series)
    {
        CostFigures &row = rowOf(series);
        Priced &priced = m_priced[callOf(*series.labels)];
        return read(
            series,
            [&](int64_t startMs, double count, const ExactSum &dollars) {
                row.cost.merge(dollars);
                row.priced = row.priced || count > 0;
                priced.spans[startMs] = count;
            },
            [&](int64_t t, double dollars) {
                row.cost.add(dollars);
                row.priced = true;
                priced.instants.push_back(t);
            });
    }

    Status addCalls(const SelectedSeries &series)
    {
        CostFigures &row = rowOf(series);
        const Priced &priced = m_priced[callOf(*series.labels)];
        return read(
            series,
            [&](int64_t startMs, double count, const ExactSum &calls) {
                const auto known = priced.spans.find(startMs);
                const double part = known == priced.spans.end() ? 0 : std::min(1.0, known->second / count);
                row.calls += calls.value();
                row.unpricedCalls += calls.value() * (1 - part);
            },
            [&](int64_t t, double calls) {
                row.calls += calls;
                if (!std::binary_search(priced.instants.begin(), priced.instants.end(), t))
                    row.unpricedCalls += calls;
            });
    }

    Status addTokens(const SelectedSeries &series)
    {
        double &tokens = rowOf(series).tokens[std::string(series.labels->value("type"))];
        return read(
            series, [&](int64_t, double, const ExactSum &count) { tokens += count.value(); },
            [&](int64_t, double count) { tokens += count; });
    }

    /// Hands over hours and days where samples are gone, then the samples.
    template<typename Span, typename Sample>
    Status read(const SelectedSeries &series, Span addSpan, Sample addSample)
    {
        const StoredRange stored = StoredRange::of(m_scope.reader.coverage(series.id), m_report.range);
        m_report.stored.add(stored);
        if (stored.samples.fromMs > m_report.range.fromMs) {
            RollupColumns rows;
            if (Status done = readRollups(m_scope, series.id, stored, rows); !done)
                return done;
            for (size_t i = 0; i < rows.size(); i++)
                addSpan(rows.startsMs[i], rows.counts[i], rows.exactSum(i));
        }
        return stored.samples.spanMs() > 0 ? m_scope.eachFloat(series.id, stored.samples, addSample)
                                           : Status();
    }

    CostFigures &rowOf(const SelectedSeries &series)
    {
        Labels group;
        for (const std::string &name : m_report.labels)
            group.set(name, series.labels->value(name));
        return m_report.rows[group];
    }

    /// The labels that the series of one call share.
    static Labels callOf(Labels labels)
    {
        labels.remove(nameLabel);
        return labels;
    }

    /// Where calls have costs.
    struct Priced
    {
        std::vector<int64_t> instants;   ///< in time order
        std::map<int64_t, double> spans; ///< how many instants of an hour or day, by its start
    };

    const ReadScope &m_scope;
    CostReport &m_report;
    std::map<Labels, Priced> m_priced; ///< by call
};

void writeGroup(JsonWriter &json, const std::vector<std::string> &names, const Labels &group)
{
    for (const std::string &name : names)
        if (isTopLabel(name))
            json.member(name, group.value(name));
    if (std::all_of(names.begin(), names.end(), isTopLabel))
        return;
    json.key("labels").beginObject();
    for (const std::string &name : names)
        if (!isTopLabel(name))
            json.member(name, group.value(name));
    json.endObject();
}

void writeTokens(JsonWriter &json, const CostFigures &row)
{
    json.key("tokens").beginObject();
    for (const std::string_view type : tokenTypes)
        if (!row.tokens.contains(std::string(type)))
            json.member(type, 0);
    for (const auto &[type, count] : row.tokens)
        json.member(type, count);
    json.endObject();
}

void write(JsonWriter &json, const std::vector<std::string> &names, const Labels &group,
           const CostFigures &row)
{
    json.beginObject();
    writeGroup(json, names, group);
    json.member("calls", row.calls).member("unpriced_calls", row.unpricedCalls);
    writeTokens(json, row);
    json.key("cost");
    row.priced ? json.value(row.cost.value()) : json.null();
    json.endObject();
}

} // namespace

Result<CostReport> CostReport::make(const ReadScope &scope, TimeRange range, std::vector<std::string> labels)
{
    CostReport report{range, std::move(labels), {}, {}};
    if (const Status done = Gathering(scope, report).run(); !done)
        return done.error();
    return report;
}

std::string CostReport::toJson() const
{
    ExactSum total;
    double unpriced = 0;
    std::vector<std::pair<const Labels *, const CostFigures *>> sorted;
    for (const auto &[group, row] : rows) {
        total.merge(row.cost);
        unpriced += row.unpricedCalls;
        sorted.emplace_back(&group, &row);
    }
    std::stable_sort(sorted.begin(), sorted.end(), [](const auto &a, const auto &b) {
        return a.second->cost.value() > b.second->cost.value();
    });
    JsonWriter json;
    json.beginObject().member("from", range.fromMs).member("to", range.toMs);
    stored.write(json);
    json.member("currency", "USD");
    json.member("total", total.value()).member("unpriced_calls", unpriced).key("by").beginArray();
    for (const auto &[group, row] : sorted)
        write(json, labels, *group, *row);
    json.endArray().endObject();
    return json.take();
}

} // namespace plimsoll::api
