#include "server/api/MetricsQuery.h"

#include "server/api/InQuotes.h"
#include "server/api/MetricSearch.h"
#include "server/api/MetricsAnswer.h"
#include "server/api/WordList.h"
#include "server/http/Request.h"

#include <QDateTime>

#include <charconv>
#include <set>

namespace plimsoll::api {

namespace {

/// Samples may be this far ahead of the clock.
constexpr int64_t aheadMs = 3600 * 1000;
/// Everything that may still be stored, for the question whether a metric exists at all.
constexpr int64_t longAgoMs = 0;

Status takeGrouping(std::string_view text, MetricsQuery &query)
{
    query.resolution = resolutionFor(query.range);
    bool hasBucket = false;
    for (std::string &word : splitList(text)) {
        if (const auto resolution = resolutionFromName(word)) {
            if (hasBucket)
                return Error{ErrorCode::Invalid, "group_by: It names two bucket widths.",
                             "Keep one of minute, hour and day."};
            query.resolution = *resolution;
            hasBucket = true;
        } else if (std::find(query.labels.begin(), query.labels.end(), word) == query.labels.end()) {
            query.labels.push_back(std::move(word));
        }
    }
    return {};
}

/// A date alone is midnight in the zone that was asked for.
std::optional<std::string> localDay(const std::optional<std::string> &text, const QTimeZone &zone)
{
    if (!text || text->size() != 10)
        return text;
    const QDate date = QDate::fromString(QString::fromStdString(*text), Qt::ISODate);
    return date.isValid() ? std::to_string(date.startOfDay(zone).toMSecsSinceEpoch()) : text;
}

Status takeZone(const http::Request &request, MetricsQuery &query)
{
    const std::string name = request.argument("tz").value_or("");
    if (name.empty())
        return {};
    query.zone = QTimeZone(QByteArray::fromStdString(name));
    if (query.zone.isValid())
        return {};
    return Error{ErrorCode::Invalid, "tz: " + inQuotes(name) + " is not a time zone.",
                 "Use an IANA name such as UTC, Europe/Berlin or America/New_York."};
}

Status takeLimit(const http::Request &request, MetricsQuery &query)
{
    const std::string text = request.argument("limit").value_or("");
    if (text.empty())
        return {};
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), query.limit);
    if (failure == std::errc() && end == text.data() + text.size() && query.limit > 0)
        return {};
    return Error{ErrorCode::Invalid, "limit: " + inQuotes(text) + " is not a number of series.",
                 "Use a whole number from 1 on."};
}

Status takeFormat(const http::Request &request, MetricsQuery &query)
{
    const std::string name = request.argument("format").value_or("json");
    query.csv = name == "csv";
    if (name.empty() || name == "json" || query.csv)
        return {};
    return Error{ErrorCode::Invalid, "format: " + inQuotes(name) + " is not a format of this answer.",
                 "Use format=json or csv."};
}

/// The finest buckets that can be told for a whole range.
Resolution finestStored(const ReadScope &scope, const std::vector<SelectedSeries> &all, TimeRange range)
{
    Resolution finest = Resolution::Minute;
    for (const SelectedSeries &series : all) {
        const StoredRange stored = StoredRange::of(scope.reader.coverage(series.id), range);
        if (stored.days.spanMs() > 0)
            return Resolution::Day;
        if (stored.hours.spanMs() > 0)
            finest = Resolution::Hour;
    }
    return finest;
}

bool isAt(const Labels &labels, std::string_view endpoint)
{
    return endpoint.empty() || labels.value("endpoint") == endpoint || labels.value("route") == endpoint;
}

Result<std::optional<Kind>> kindEver(const ReadScope &scope, const MetricsQuery &query)
{
    const auto known = scope.select(query.metric, {}, {longAgoMs, scope.nowMs + aheadMs});
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
    return Error{ErrorCode::Invalid, "where: " + inQuotes(text) + " is not a condition on a label.",
                 "Write where=method=POST, or with !=, =~ or !~ in place of the second =."};
}

Result<std::vector<Matcher>> conditionsOf(const http::Request &request)
{
    std::vector<Matcher> conditions;
    for (const std::string &text : request.arguments("where")) {
        const auto matcher = parseWhere(text);
        if (!matcher)
            return matcher.error();
        conditions.push_back(*matcher);
    }
    return conditions;
}

Result<MetricsQuery> MetricsQuery::fromRequest(const http::Request &request, int64_t nowMs)
{
    MetricsQuery query;
    query.metric = request.argument("metric").value_or("");
    if (query.metric.empty())
        return Error{ErrorCode::Invalid, "The argument metric is missing.",
                     "Ask with ?metric=NAME; GET /api/app/metrics lists the names."};
    if (const Status zone = takeZone(request, query); !zone)
        return zone.error();
    const auto range = parseTimeRange(localDay(request.argument("from"), query.zone),
                                      localDay(request.argument("to"), query.zone), nowMs);
    if (!range)
        return range.error();
    query.range = *range;
    if (const Status grouped = takeGrouping(request.argument("group_by").value_or(""), query); !grouped)
        return grouped.error();
    auto conditions = conditionsOf(request);
    if (!conditions)
        return conditions.error();
    query.matchers = std::move(*conditions);
    query.endpoint = request.argument("endpoint").value_or("");
    for (const auto take : {takeLimit, takeFormat}) {
        if (const Status taken = take(request, query); !taken)
            return taken.error();
    }
    return query;
}

Result<std::string> answerMetricsQuery(const ReadScope &scope, const MetricsQuery &asked,
                                       const MetricsQueryLimits &limits)
{
    const auto selected = scope.select(asked.metric, asked.matchers, asked.range);
    if (!selected)
        return selected.error();
    std::vector<SelectedSeries> all;
    for (const SelectedSeries &series : *selected) {
        if (isAt(*series.labels, asked.endpoint))
            all.push_back(series);
    }
    MetricsQuery query = asked;
    query.resolution = std::max(asked.resolution, finestStored(scope, all, asked.range));
    const auto grid = BucketGrid::over(query.range, query.resolution, query.zone);
    if (!grid)
        return grid.error();
    MetricsGathering gathering(scope, query, *grid, limits);
    for (const SelectedSeries &series : all) {
        if (const Status added = gathering.add(series); !added)
            return added.error();
    }
    MetricsAnswerHead head;
    head.widened = query.resolution != asked.resolution;
    if (!all.empty()) {
        head.kind = all.front().kind;
    } else {
        const auto known = kindEver(scope, query);
        if (!known)
            return known.error();
        head.kind = *known;
        if (!*known)
            head.hint = closeTo(scope, query.metric);
    }
    return query.csv ? writeMetricsCsv(query, *grid, gathering)
                     : writeMetricsJson(query, *grid, gathering, head);
}

std::string closeTo(const ReadScope &scope, std::string_view metric)
{
    const auto all = scope.selectAll({longAgoMs, scope.nowMs + aheadMs});
    std::set<std::string> names;
    if (all)
        for (const SelectedSeries &series : *all)
            names.emplace(series.labels->name());
    std::string close;
    for (const std::string &name : closeNames(metric, {names.begin(), names.end()}))
        close += (close.empty() ? "Close: " : ", ") + name;
    const std::string nothing = "Nothing is called " + inQuotes(metric, '\'') + " yet. ";
    if (!close.empty())
        return nothing + close + '.';
    return nothing + (names.empty() ? "Nothing was sent to this project so far."
                                    : "GET /api/app/metrics lists all names.");
}

} // namespace plimsoll::api
