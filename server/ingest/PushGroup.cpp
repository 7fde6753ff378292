#include "server/ingest/PushGroup.h"

#include <QJsonArray>

#include <charconv>

#include <xxhash.h>

namespace plimsoll::ingest {
namespace {

std::string textOf(double value)
{
    char digits[32];
    return {digits, std::to_chars(digits, digits + sizeof digits, value).ptr};
}

std::optional<double> numberIn(const std::string &text)
{
    double value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    return read.ec == std::errc() && read.ptr == text.data() + text.size() ? std::optional(value)
                                                                           : std::nullopt;
}

QJsonObject labelsToJson(const Labels &labels)
{
    QJsonObject out;
    for (const auto &[name, value] : labels)
        out[QString::fromStdString(name)] = QString::fromStdString(value);
    return out;
}

Labels labelsFromJson(const QJsonObject &json)
{
    std::vector<Labels::Pair> pairs;
    for (auto it = json.begin(); it != json.end(); ++it)
        pairs.emplace_back(it.key().toStdString(), it.value().toString().toStdString());
    return Labels(std::move(pairs));
}

std::string timeKey(const Labels &labels, std::string_view metric)
{
    Labels all = labels;
    all.set(nameLabel, metric);
    return all.key();
}

} // namespace

std::string PushGroup::idOf(ProjectId project, const Labels &labels)
{
    const std::string key = labels.key();
    const XXH128_hash_t hash = XXH3_128bits(key.data(), key.size());
    char text[64];
    std::snprintf(text, sizeof text, "%u-%016llx%016llx", project,
                  static_cast<unsigned long long>(hash.high64), static_cast<unsigned long long>(hash.low64));
    return text;
}

void addSample(Batch &batch, const std::string &key, Kind kind, int64_t timestampMs, double value,
               Batch::ItemIndex item)
{
    Batch::Series &entry = batch.series.emplace_back();
    entry.key = key;
    entry.kind = kind;
    entry.item = item;
    batch.floats.push_back({static_cast<uint32_t>(batch.series.size() - 1), timestampMs, value, item});
}

void PushGroup::addTo(Batch &batch, int64_t timestampMs, Batch::ItemIndex item) const
{
    for (const PushedSeries &one : series)
        addSample(batch, one.key, one.kind, timestampMs, one.value, item);
    addSample(batch, timeKey(labels, pushTimeMetric), Kind::Gauge, timestampMs,
              static_cast<double>(pushedMs) / 1000, item);
    addSample(batch, timeKey(labels, pushFailureMetric), Kind::Gauge, timestampMs,
              static_cast<double>(failedMs) / 1000, item);
}

QJsonObject PushGroup::toJson() const
{
    QJsonArray all;
    for (const PushedSeries &one : series) {
        const auto seriesLabels = Labels::fromKey(one.key);
        all.append(QJsonObject{{"family", QString::fromStdString(one.family)},
                               {"labels", labelsToJson(seriesLabels.value_or(Labels()))},
                               {"kind", QString::fromUtf8(kindName(one.kind).data())},
                               {"value", QString::fromStdString(textOf(one.value))}});
    }
    return {{"labels", labelsToJson(labels)},
            {"pushed_ms", qint64(pushedMs)},
            {"failed_ms", qint64(failedMs)},
            {"series", all}};
}

Result<PushGroup> PushGroup::fromJson(ProjectId project, const QJsonObject &json)
{
    PushGroup out;
    out.project = project;
    out.labels = labelsFromJson(json["labels"].toObject());
    out.pushedMs = json["pushed_ms"].toInteger();
    out.failedMs = json["failed_ms"].toInteger();
    const QJsonArray all = json["series"].toArray();
    for (const auto &element : all) {
        const QJsonObject one = element.toObject();
        const auto kind = kindFromName(one["kind"].toString().toStdString());
        const auto value = numberIn(one["value"].toString().toStdString());
        if (!kind || holdsHistograms(*kind) || !value)
            return Error{ErrorCode::Corrupt, "A stored push group holds a series that cannot be read.", {}};
        out.series.push_back({one["family"].toString().toStdString(),
                              labelsFromJson(one["labels"].toObject()).key(), *kind, *value});
    }
    if (out.labels.empty())
        return Error{ErrorCode::Corrupt, "A stored push group has no labels.", {}};
    return out;
}

} // namespace plimsoll::ingest
