#include "server/ingest/PushBody.h"

#include "server/ingest/Exposition.h"
#include "server/ingest/ExpositionLine.h"
#include "server/ingest/LineReader.h"
#include "server/ingest/NameRules.h"

#include <map>
#include <set>

namespace plimsoll::ingest {
namespace {

/// Stands for "no timestamp": no sender has this one.
constexpr int64_t noTimestampMs = 1;

Error invalid(std::string message) { return {ErrorCode::Invalid, std::move(message), {}}; }
Error inconsistent(std::string message) { return {ErrorCode::Unprocessable, std::move(message), {}}; }

/// The families that `# TYPE` lines name, with their types.
std::map<std::string, std::string, std::less<>> typesIn(std::string_view body)
{
    std::map<std::string, std::string, std::less<>> types;
    while (!body.empty()) {
        ExpositionLine line(takeLine(body));
        if (line.word() != "#" || line.word() != "TYPE")
            continue;
        std::string_view family = line.word();
        if (family.size() >= 2 && family.front() == '"' && family.back() == '"')
            family = family.substr(1, family.size() - 2);
        types.emplace(family, line.word());
    }
    return types;
}

std::string familyOf(std::string_view name, const std::map<std::string, std::string, std::less<>> &types)
{
    for (const std::string_view suffix : {"", "_total", "_created", "_bucket", "_sum", "_count", "_info"}) {
        if (name.ends_with(suffix) && types.contains(name.substr(0, name.size() - suffix.size())))
            return std::string(name.substr(0, name.size() - suffix.size()));
    }
    return std::string(name);
}

Result<Labels> labelsOf(const Batch::Series &series, const Labels &group)
{
    auto labels = Labels::fromKey(series.canonicalKey());
    if (!labels)
        return invalid("A series cannot be read.");
    if (labels->name() == pushTimeMetric || labels->name() == pushFailureMetric)
        return inconsistent("The metric " + std::string(labels->name()) + " is made by Plimsoll itself.");
    for (const auto &[name, value] : group)
        labels->set(name, value);
    const std::string metric(labels->name());
    labels->remove(nameLabel);
    if (auto error = checkLabels(*labels))
        return invalid(metric + ": " + error->message);
    labels->set(nameLabel, metric);
    return *labels;
}

} // namespace

Result<std::vector<PushedSeries>> readPush(std::string_view body, const Labels &group, const Prices &prices)
{
    // A decoder of its own: the engine may change what series of a batch that it was given point to.
    Exposition decoder(prices);
    Payload payload;
    payload.body = body;
    payload.nowMs = noTimestampMs;
    Batch batch;
    if (Status decoded = decoder.decode(payload, batch); !decoded)
        return decoded.error();
    if (!batch.rejections.empty())
        return invalid(batch.rejections.front().message);
    if (batch.series.size() > maxPushedSeries)
        return Error{
            ErrorCode::TooLarge, "A push has more than " + std::to_string(maxPushedSeries) + " series.", {}};
    const auto types = typesIn(body);
    std::vector<PushedSeries> out;
    std::set<std::string, std::less<>> keys;
    for (const Batch::FloatSample &sample : batch.floats) {
        const Batch::Series &series = batch.series[sample.series];
        const auto labels = labelsOf(series, group);
        if (!labels)
            return labels.error();
        if (sample.timestampMs != noTimestampMs)
            return inconsistent("Pushed metrics must not have timestamps, and " + labels->toString() +
                                " has one.");
        if (!keys.insert(labels->key()).second)
            return inconsistent(labels->toString() + " is there twice.");
        out.push_back({familyOf(labels->name(), types), labels->key(), series.kind, sample.value});
    }
    return out;
}

} // namespace plimsoll::ingest
