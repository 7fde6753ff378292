#include "server/api/MetricsAnswer.h"

#include "server/api/CsvField.h"
#include "server/api/JsonWriter.h"
#include "server/api/MetricDescription.h"

#include <QDateTime>

#include <array>
#include <cmath>

namespace plimsoll::api {

namespace {

using Line = std::map<Labels, Buckets>::value_type;

constexpr std::array<std::string_view, 3> spans = {"1m", "1h", "1d"};
constexpr std::array<std::string_view, 4> operators = {"=", "!=", "=~", "!~"};

double sizeOf(const Buckets &buckets)
{
    double size = 0;
    for (const BucketFigures &bucket : buckets)
        size += std::abs(bucket.sum().value_or(0));
    return size;
}

/// All lines by their labels or, with a limit, the largest ones.
std::vector<const Line *> linesOf(const MetricsQuery &query, const MetricsGathering &gathered)
{
    std::vector<const Line *> lines;
    for (const Line &line : gathered.lines())
        lines.push_back(&line);
    if (query.limit == 0 || lines.size() <= query.limit)
        return lines;
    std::stable_sort(lines.begin(), lines.end(), [](const Line *left, const Line *right) {
        return sizeOf(left->second) > sizeOf(right->second);
    });
    lines.resize(query.limit);
    return lines;
}

void writeLine(JsonWriter &json, const BucketGrid &grid, const Line &line)
{
    json.beginObject().key("labels").beginObject();
    for (const auto &[name, value] : line.first)
        json.member(name, value);
    json.endObject().key("buckets").beginArray();
    for (size_t i = 0; i < line.second.size(); i++) {
        json.beginObject().member("t", grid.startMs(i));
        line.second[i].write(json);
        json.endObject();
    }
    json.endArray().endObject();
}

std::string moreInfo(const MetricsQuery &query, const MetricsGathering &gathered, bool widened)
{
    std::string info;
    if (widened)
        info = "The buckets are one " + std::string(resolutionName(query.resolution)) +
               " wide, as finer ones are not stored for the whole range.";
    if (gathered.hasForeignDays())
        info += std::string(info.empty() ? "" : " ") + "Some stored days or hours begin at another time than "
                                                       "those asked for and stand in the bucket that "
                                                       "holds their middle.";
    return info;
}

/// A name as PromQL has it: in quotation marks where it is not a word.
std::string nameOf(const std::string &name)
{
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    };
    const bool plain =
        !name.empty() && !(name[0] >= '0' && name[0] <= '9') && std::all_of(name.begin(), name.end(), fits);
    return plain ? name : quoteLabelValue(name);
}

std::string selectorOf(const MetricsQuery &query)
{
    const std::string name = nameOf(query.metric);
    const bool plain = name == query.metric;
    std::string text = plain ? std::string() : name;
    for (const Matcher &matcher : query.matchers)
        text += (text.empty() ? "" : ",") + nameOf(matcher.name) +
                std::string(operators[static_cast<size_t>(matcher.op)]) + quoteLabelValue(matcher.value);
    return (plain ? name : "") + (text.empty() ? "" : '{' + text + '}') + '[' +
           std::string(spans[static_cast<size_t>(query.resolution)]) + ']';
}

std::string byClause(const MetricsQuery &query)
{
    std::string names;
    for (const std::string &name : query.labels)
        names += (names.empty() ? "" : ", ") + nameOf(name);
    return names.empty() ? std::string(" ") : " by (" + names + ") ";
}

} // namespace

std::map<std::string, std::string> promqlOf(const MetricsQuery &query, Kind kind)
{
    std::map<std::string, std::string> all;
    if (!query.endpoint.empty())
        return all;
    const std::string range = selectorOf(query);
    const std::string by = byClause(query);
    const auto aggregate = [&](const char *how, const char *function) {
        return how + by + '(' + function + '(' + range + "))";
    };
    if (holdsHistograms(kind)) {
        if (kind == Kind::Histogram) // its increase is extrapolated there
            return all;
        const std::string merged = "sum" + by + "(increase(" + range + "))";
        all["count"] = "histogram_count(" + merged + ')';
        all["sum"] = "histogram_sum(" + merged + ')';
        all["avg"] = "histogram_avg(" + merged + ')';
        for (const auto &[name, q] :
             {std::pair("p50", "0.5"), std::pair("p95", "0.95"), std::pair("p99", "0.99")})
            all[name] = std::string("histogram_quantile(") + q + ", " + merged + ')';
        return all;
    }
    if (kind == Kind::Delta) {
        all["sum"] = aggregate("sum", "increase");
        return all;
    }
    all["count"] = aggregate("sum", "count_over_time");
    all["min"] = aggregate("min", "min_over_time");
    all["max"] = aggregate("max", "max_over_time");
    if (kind == Kind::Counter)
        return all;
    all["sum"] = aggregate("sum", "sum_over_time");
    all["avg"] = all["sum"] + " / " + all["count"];
    return all;
}

std::string writeMetricsJson(const MetricsQuery &query, const BucketGrid &grid,
                             const MetricsGathering &gathered, const MetricsAnswerHead &head)
{
    JsonWriter json;
    json.beginObject().member("metric", query.metric);
    json.key("kind");
    head.kind ? json.value(kindName(*head.kind)) : json.null();
    json.member("unit", describe(query.metric).unit);
    json.member("from", query.range.fromMs).member("to", query.range.toMs);
    json.member("resolution", resolutionName(query.resolution));
    json.member("tz", std::string(query.zone.id().constData()));
    json.key("series").beginArray();
    for (const Line *line : linesOf(query, gathered))
        writeLine(json, grid, *line);
    json.endArray().key("promql").beginObject();
    if (head.kind)
        for (const auto &[figure, expression] : promqlOf(query, *head.kind))
            json.member(figure, expression);
    json.endObject();
    gathered.stored().write(json, moreInfo(query, gathered, head.widened));
    if (!head.hint.empty())
        json.member("hint", head.hint);
    json.endObject();
    return json.take();
}

std::string writeMetricsCsv(const MetricsQuery &query, const BucketGrid &grid,
                            const MetricsGathering &gathered)
{
    std::string out = "time,";
    for (const std::string &name : query.labels)
        out += csvField(name) + ',';
    out += "count,sum,avg,min,max,p50,p95,p99\n";
    const auto cell = [&out](std::optional<double> figure) {
        out += ',' + (figure ? formatDouble(*figure) : std::string());
    };
    for (const Line *line : linesOf(query, gathered)) {
        for (size_t i = 0; i < line->second.size(); i++) {
            const BucketFigures &bucket = line->second[i];
            out += QDateTime::fromMSecsSinceEpoch(grid.startMs(i), query.zone)
                       .toString(QStringLiteral("yyyy-MM-dd HH:mm:ss"))
                       .toStdString();
            for (const std::string &name : query.labels)
                out += ',' + csvField(line->first.value(name));
            cell(bucket.count());
            for (const auto &figure : {bucket.sum(), bucket.average(), bucket.min(), bucket.max(),
                                       bucket.quantile(0.50), bucket.quantile(0.95), bucket.quantile(0.99)})
                cell(figure);
            out += '\n';
        }
    }
    return out;
}

} // namespace plimsoll::api
