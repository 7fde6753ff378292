#include "server/api/MetricsQuery.h"

#include "server/api/BucketFigures.h"
#include "server/api/InQuotes.h"
#include "server/api/MetricDescription.h"
#include "server/api/MetricSearch.h"
#include "server/api/WordList.h"
#include "server/http/Request.h"

#include <map>
#include <set>

namespace plimsoll::api {

namespace {

/// How far before the range a running total's predecessor is looked for.
constexpr int64_t predecessorMs = 3600 * 1000;
/// Everything that may still be stored, for the question whether a metric exists at all.
constexpr int64_t longAgoMs = 0;

Status takeGrouping(std::string_view text, MetricsQuery &query)
{
    query.resolution = resolutionFor(query.range);
    bool hasBucket = false;
    for (std::string &word : splitList(text)) {
        if (const auto resolution = resolutionFromName(word)) {
            if (hasBucket)
                return Error{ErrorCode::Invalid, "group_by names two bucket widths.",
                             "Keep one of minute, hour and day."};
            query.resolution = *resolution;
            hasBucket = true;
        } else if (std::find(query.labels.begin(), query.labels.end(), word) == query.labels.end()) {
            query.labels.push_back(std::move(word));
        }
    }
    return {};
}

/// One line of the answer: the labels that its series share, and its buckets.
using Buckets = std::vector<BucketFigures>;
using Groups = std::map<Labels, Buckets>;

/// Fills the groups of an answer, series by series.
class Gathering
{
public:
    Gathering(const ReadScope &scope, const MetricsQuery &query, const BucketGrid &grid,
              const MetricsQueryLimits &limits)
        : m_scope(scope)
        , m_query(query)
        , m_grid(grid)
        , m_limits(limits)
    {
    }

    Status add(const SelectedSeries &series)
    {
        Buckets &buckets = m_groups[groupOf(*series.labels)];
        if (m_groups.size() * m_grid.size() > m_limits.maxBucketsInAll)
            return tooManyGroups();
        if (buckets.empty())
            buckets.resize(m_grid.size());
        const Status read = addSamples(series, buckets);
        if (!read)
            return read;
        return m_samples <= m_limits.maxSamples ? Status() : tooManySamples();
    }

    Groups &groups() { return m_groups; }

private:
    Labels groupOf(const Labels &labels) const
    {
        Labels group;
        for (const std::string &name : m_query.labels)
            group.set(name, labels.value(name));
        return group;
    }

    Status addSamples(const SelectedSeries &series, Buckets &buckets)
    {
        const Coverage coverage = m_scope.reader.coverage(series.id);
        if (m_grid.range().fromMs < coverage.samplesFromMs)
            return addRollups(series, coverage, buckets);
        switch (series.kind) {
        case Kind::Counter:
            return addCounter(series.id, buckets);
        case Kind::Histogram:
            return addCumulativeHistogram(series.id, buckets);
        case Kind::Distribution:
            return addDistribution(series.id, buckets);
        default:
            return addFloats(series.id, buckets);
        }
    }

    /// Where samples are gone: hours, and days before those.
    Status addRollups(const SelectedSeries &series, const Coverage &coverage, Buckets &buckets)
    {
        const TimeRange range = m_grid.range();
        int64_t fromMs = range.fromMs;
        RollupColumns rows;
        if (fromMs < coverage.hoursFromMs) {
            const int64_t toMs = std::min(range.toMs, coverage.hoursFromMs) - 1;
            if (Status read = m_scope.reader.readDays(series.id, fromMs, toMs, rows); !read)
                return read;
            fromMs = std::max(coverage.hoursFromMs, rows.size() > 0 ? rows.endsMs.back() : fromMs);
        }
        if (fromMs < range.toMs) {
            RollupColumns hours;
            if (Status read = m_scope.reader.readHours(series.id, fromMs, range.toMs - 1, rollupAll, hours);
                !read)
                return read;
            rows.append(hours);
        }
        for (size_t i = 0; i < rows.size(); i++)
            addRollup(series.kind, rows, i, bucketAt(buckets, std::max(rows.startsMs[i], range.fromMs)));
        return m_scope.alive();
    }

    static void addRollup(Kind kind, const RollupColumns &rows, size_t i, BucketFigures &bucket)
    {
        if (holdsHistograms(kind))
            return bucket.addObservations(rows.histograms[i]);
        if (kind != Kind::Counter)
            return bucket.addSpan(rows.counts[i], rows.exactSum(i), rows.mins[i], rows.maxs[i]);
        double increase = rows.increases[i];
        if (i > 0)
            increase +=
                rows.firsts[i] < rows.lasts[i - 1] ? rows.firsts[i] : rows.firsts[i] - rows.lasts[i - 1];
        bucket.addTotals(rows.counts[i], rows.mins[i], rows.maxs[i], increase);
    }

    Status addFloats(SeriesId series, Buckets &buckets)
    {
        return m_scope.eachFloat(series, m_grid.range(),
                                 [&](int64_t t, double value) { bucketAt(buckets, t).addValue(value); });
    }

    Status addCounter(SeriesId series, Buckets &buckets)
    {
        std::optional<double> earlier;
        return m_scope.eachFloat(series, withPredecessor(), [&](int64_t t, double value) {
            if (t >= m_grid.range().fromMs) {
                BucketFigures &bucket = bucketAt(buckets, t);
                bucket.addTotal(value);
                if (earlier)
                    bucket.addIncrease(*earlier, value);
            }
            earlier = value;
        });
    }

    /// Buckets that are wider than the engine's chunks are merged by the engine, which need not read each
    /// sample.
    Status addDistribution(SeriesId series, Buckets &buckets)
    {
        if (m_grid.resolution() != Resolution::Day)
            return m_scope.eachHistogram(series, m_grid.range(),
                                         [&](int64_t t, const Histogram &observations) {
                                             bucketAt(buckets, t).addObservations(observations);
                                         });
        for (size_t i = 0; i < m_grid.size(); i++) {
            const auto merged = m_scope.merged(series, m_grid.rangeOf(i));
            if (!merged)
                return merged.error();
            buckets[i].addObservations(*merged);
        }
        return {};
    }

    Status addCumulativeHistogram(SeriesId series, Buckets &buckets)
    {
        std::optional<Histogram> earlier;
        return m_scope.eachHistogram(series, withPredecessor(), [&](int64_t t, const Histogram &total) {
            if (t >= m_grid.range().fromMs && earlier) {
                Histogram increase = total;
                if (total.count() >= earlier->count())
                    increase.subtract(*earlier);
                bucketAt(buckets, t).addObservations(increase);
            }
            earlier = total;
        });
    }

    BucketFigures &bucketAt(Buckets &buckets, int64_t timestampMs)
    {
        m_samples++;
        return buckets[m_grid.bucketOf(timestampMs)];
    }

    TimeRange withPredecessor() const { return {m_grid.range().fromMs - predecessorMs, m_grid.range().toMs}; }

    Error tooManyGroups() const
    {
        return {ErrorCode::Unprocessable,
                "That is more than " + std::to_string(m_limits.maxBucketsInAll) + " buckets in all.",
                "Group by fewer labels, ask for a shorter range, or for a wider bucket."};
    }

    Error tooManySamples() const
    {
        return {ErrorCode::Unprocessable,
                "That reads more than " + std::to_string(m_limits.maxSamples) + " samples.",
                "Ask for a shorter range, or narrow it with where=label=value."};
    }

    const ReadScope &m_scope;
    const MetricsQuery &m_query;
    const BucketGrid &m_grid;
    const MetricsQueryLimits &m_limits;
    Groups m_groups;
    uint64_t m_samples = 0;
};

void writeLabels(JsonWriter &json, const Labels &labels)
{
    json.key("labels").beginObject();
    for (const auto &[name, value] : labels)
        json.member(name, value);
    json.endObject();
}

void writeLine(JsonWriter &json, const BucketGrid &grid, const Labels &labels, const Buckets &buckets)
{
    json.beginObject();
    writeLabels(json, labels);
    json.key("buckets").beginArray();
    for (size_t i = 0; i < buckets.size(); i++) {
        json.beginObject().member("t", grid.startMs(i));
        buckets[i].write(json);
        json.endObject();
    }
    json.endArray().endObject();
}

std::string writeAnswer(const MetricsQuery &query, const BucketGrid &grid, std::optional<Kind> kind,
                        const Groups &groups)
{
    JsonWriter json;
    json.beginObject().member("metric", query.metric);
    json.key("kind");
    kind ? json.value(kindName(*kind)) : json.null();
    json.member("unit", describe(query.metric).unit);
    json.member("from", query.range.fromMs).member("to", query.range.toMs);
    json.member("resolution", resolutionName(query.resolution));
    json.key("series").beginArray();
    for (const auto &[labels, buckets] : groups)
        writeLine(json, grid, labels, buckets);
    json.endArray().endObject();
    return json.take();
}

bool isAt(const Labels &labels, std::string_view endpoint)
{
    return endpoint.empty() || labels.value("endpoint") == endpoint || labels.value("route") == endpoint;
}

Result<std::optional<Kind>> kindEver(const ReadScope &scope, const MetricsQuery &query)
{
    const auto known = scope.select(query.metric, {}, {longAgoMs, scope.nowMs + predecessorMs});
    if (!known)
        return known.error();
    return known->empty() ? std::optional<Kind>() : std::optional(known->front().kind);
}

} // namespace

Result<Matcher> parseWhere(std::string_view text)
{
    const size_t at = text.find_first_of("=!");
    const std::string_view rest = at == std::string_view::npos ? std::string_view() : text.substr(at);
    const auto matcher = [&](Matcher::Op op, size_t length) {
        return Matcher{std::string(text.substr(0, at)), op, std::string(rest.substr(length))};
    };
    if (at != 0 && rest.starts_with("=~"))
        return matcher(Matcher::Op::Regex, 2);
    if (at != 0 && rest.starts_with("!~"))
        return matcher(Matcher::Op::NotRegex, 2);
    if (at != 0 && rest.starts_with("!="))
        return matcher(Matcher::Op::NotEqual, 2);
    if (at != 0 && rest.starts_with("="))
        return matcher(Matcher::Op::Equal, 1);
    return Error{ErrorCode::Invalid, inQuotes(text) + " is not a condition on a label.",
                 "Write where=method=POST, or with !=, =~ or !~ in place of the second =."};
}

Result<MetricsQuery> MetricsQuery::fromRequest(const http::Request &request, int64_t nowMs)
{
    MetricsQuery query;
    query.metric = request.argument("metric").value_or("");
    if (query.metric.empty())
        return Error{ErrorCode::Invalid, "The argument metric is missing.",
                     "Ask with ?metric=NAME; GET /metrics lists the names."};
    const auto range = parseTimeRange(request.argument("from"), request.argument("to"), nowMs);
    if (!range)
        return range.error();
    query.range = *range;
    if (const Status grouped = takeGrouping(request.argument("group_by").value_or(""), query); !grouped)
        return grouped.error();
    for (const std::string &text : request.arguments("where")) {
        const auto matcher = parseWhere(text);
        if (!matcher)
            return matcher.error();
        query.matchers.push_back(*matcher);
    }
    query.endpoint = request.argument("endpoint").value_or("");
    return query;
}

Result<std::string> answerMetricsQuery(const ReadScope &scope, const MetricsQuery &query,
                                       const MetricsQueryLimits &limits)
{
    const auto grid = BucketGrid::over(query.range, query.resolution);
    if (!grid)
        return grid.error();
    const auto selected = scope.select(query.metric, query.matchers, query.range);
    if (!selected)
        return selected.error();
    std::optional<Kind> kind;
    Gathering gathering(scope, query, *grid, limits);
    for (const SelectedSeries &series : *selected) {
        if (!isAt(*series.labels, query.endpoint))
            continue;
        kind = series.kind;
        if (const Status added = gathering.add(series); !added)
            return added.error();
    }
    if (!kind) {
        const auto known = kindEver(scope, query);
        if (!known)
            return known.error();
        if (!*known)
            return unknownMetric(scope, query.metric);
        kind = *known;
    }
    return writeAnswer(query, *grid, kind, gathering.groups());
}

Error unknownMetric(const ReadScope &scope, std::string_view metric)
{
    const auto all = scope.selectAll({longAgoMs, scope.nowMs + predecessorMs});
    std::set<std::string> names;
    if (all)
        for (const SelectedSeries &series : *all)
            names.emplace(series.labels->name());
    std::string hint;
    for (const std::string &name : closeNames(metric, {names.begin(), names.end()}))
        hint += (hint.empty() ? "Close: " : ", ") + name;
    if (hint.empty())
        hint =
            names.empty() ? "Nothing was sent to this project yet." : "GET /api/app/metrics lists all names.";
    else
        hint += ".";
    return {ErrorCode::NotFound, "Nothing is called " + inQuotes(metric, '\'') + ".", hint};
}

} // namespace plimsoll::api
