#include "alerts/Episode.h"

#include "alerts/Duration.h"

#include <QJsonArray>

namespace plimsoll::alerts {

namespace {

constexpr std::array<std::pair<Episode::End, const char *>, 5> endNames{
    {{Episode::End::Cleared, "cleared"},
     {Episode::End::Disappeared, "disappeared"},
     {Episode::End::RuleRemoved, "rule_removed"},
     {Episode::End::RuleDisabled, "rule_disabled"},
     {Episode::End::RuleChanged, "rule_changed"}}};

QJsonValue endToJson(Episode::End end)
{
    for (const auto &[known, name] : endNames) {
        if (known == end)
            return QString::fromLatin1(name);
    }
    return {};
}

Episode::End endFromJson(const QJsonValue &value)
{
    for (const auto &[end, name] : endNames) {
        if (value.toString() == QLatin1String(name))
            return end;
    }
    return Episode::End::None;
}

constexpr std::array<const char *, 4> muteNames{"silence", "maintenance", "quiet_hours", "dependency"};

QJsonValue textOrNull(const std::string &text)
{
    return text.empty() ? QJsonValue() : QJsonValue(QString::fromStdString(text));
}

std::string textOf(const QJsonObject &object, const char *name)
{
    return object.value(QLatin1String(name)).toString().toStdString();
}

Fields::Texts textsFromJson(const QJsonObject &object)
{
    Fields::Texts texts;
    for (auto it = object.begin(); it != object.end(); ++it)
        texts.emplace(it.key().toStdString(), it->toString().toStdString());
    return texts;
}

} // namespace

QJsonObject labelsToJson(const Labels &labels)
{
    QJsonObject object;
    for (const auto &[name, value] : labels)
        object.insert(QString::fromStdString(name), QString::fromStdString(value));
    return object;
}

Labels labelsFromJson(const QJsonObject &object)
{
    std::vector<Labels::Pair> pairs;
    for (auto it = object.begin(); it != object.end(); ++it)
        pairs.emplace_back(it.key().toStdString(), it->toString().toStdString());
    return Labels(std::move(pairs));
}

QJsonObject Mute::toJson() const
{
    return {{"by", QString::fromLatin1(muteNames[size_t(by)])},
            {"id", textOrNull(id)},
            {"reason", textOrNull(reason)},
            {"who", textOrNull(who)},
            {"channel_id", textOrNull(channelId)},
            {"from_ms", qint64(fromMs)},
            {"until_ms", timeToJson(untilMs)}};
}

std::optional<Mute> Mute::fromJson(const QJsonObject &object)
{
    const auto name = std::find(muteNames.begin(), muteNames.end(), textOf(object, "by"));
    if (name == muteNames.end())
        return {};
    Mute mute;
    mute.by = By(name - muteNames.begin());
    mute.id = textOf(object, "id");
    mute.reason = textOf(object, "reason");
    mute.who = textOf(object, "who");
    mute.channelId = textOf(object, "channel_id");
    mute.fromMs = object.value("from_ms").toInteger();
    mute.untilMs = timeFromJson(object.value("until_ms"));
    return mute;
}

QJsonObject Episode::toJson() const
{
    QJsonArray muted;
    for (const Mute &mute : mutes)
        muted.append(mute.toJson());
    QJsonObject object{{"id", QString::fromStdString(id)},
                       {"source", source == Source::Check ? "check" : "rule"},
                       {source == Source::Check ? "check_id" : "rule_id", QString::fromStdString(ruleId)},
                       {source == Source::Check ? "rule_id" : "check_id", QJsonValue()},
                       {"rule_name", QString::fromStdString(ruleName)},
                       {"rule_version", qint64(ruleVersion)},
                       {"severity", QString::fromUtf8(severityName(level.severity).data())},
                       {"for", QString::fromStdString(formatDurationMs(level.forMs))},
                       {"labels", labelsToJson(labels)},
                       {"series_labels", labelsToJson(seriesLabels)},
                       {"annotations", textsToJson(annotations)},
                       {"state", firing() ? "firing" : "resolved"},
                       {"end", endToJson(end)},
                       {"expr", QString::fromStdString(expr)},
                       {"op", QJsonValue()},
                       {"threshold", QJsonValue()},
                       {"pending_since_ms", qint64(pendingSinceMs)},
                       {"started_ms", qint64(startedMs)},
                       {"ended_ms", timeToJson(endedMs)},
                       {"peak", numberToJson(peak)},
                       {"value", numberToJson(value)},
                       {"acknowledged_ms", timeToJson(acknowledgedMs)},
                       {"acknowledged_by", textOrNull(acknowledgedBy)},
                       {"message", textOrNull(message)},
                       {"routing", routing.toJson()},
                       {"mutes", muted}};
    if (level.comparison) {
        object.insert("op", QString::fromUtf8(comparisonSign(*level.comparison).data()));
        object.insert("threshold", level.threshold);
    }
    return object;
}

std::optional<Episode> Episode::fromJson(const QJsonObject &object)
{
    Episode episode;
    episode.id = textOf(object, "id");
    episode.source = textOf(object, "source") == "check" ? Source::Check : Source::Rule;
    episode.ruleId = textOf(object, episode.source == Source::Check ? "check_id" : "rule_id");
    episode.ruleName = textOf(object, "rule_name");
    episode.ruleVersion = uint32_t(object.value("rule_version").toInteger());
    episode.expr = textOf(object, "expr");
    episode.level.severity = severityFromName(textOf(object, "severity")).value_or(Severity::Warning);
    episode.level.comparison = comparisonFromSign(textOf(object, "op"));
    episode.level.threshold = object.value("threshold").toDouble();
    episode.level.forMs = parseDurationMs(textOf(object, "for")).value_or(0);
    episode.labels = labelsFromJson(object.value("labels").toObject());
    episode.seriesLabels = labelsFromJson(object.value("series_labels").toObject());
    episode.annotations = textsFromJson(object.value("annotations").toObject());
    episode.pendingSinceMs = object.value("pending_since_ms").toInteger();
    episode.startedMs = object.value("started_ms").toInteger();
    episode.endedMs = timeFromJson(object.value("ended_ms"));
    episode.end = endFromJson(object.value("end"));
    episode.peak = numberFromJson(object.value("peak"));
    episode.value = numberFromJson(object.value("value"));
    episode.acknowledgedMs = timeFromJson(object.value("acknowledged_ms"));
    episode.acknowledgedBy = textOf(object, "acknowledged_by");
    episode.message = textOf(object, "message");
    episode.routing = Routing::fromJson(object.value("routing").toObject());
    for (const QJsonValue entry : object.value("mutes").toArray()) {
        if (std::optional<Mute> mute = Mute::fromJson(entry.toObject()))
            episode.mutes.push_back(*std::move(mute));
    }
    if (episode.id.empty() || episode.ruleId.empty())
        return {};
    return episode;
}

void EpisodePoints::add(EvaluatedPoint point)
{
    m_points.push_back(point);
    if (m_points.size() <= maxPoints)
        return;
    size_t kept = 1;
    for (size_t i = 2; i < m_points.size(); i++) {
        if (i > maxPoints / 2 || i % 2 == 0)
            m_points[kept++] = m_points[i];
    }
    m_points.resize(kept);
}

QJsonArray EpisodePoints::toJson() const
{
    QJsonArray array;
    for (const EvaluatedPoint &point : m_points)
        array.append(QJsonArray{qint64(point.timestampMs), numberToJson(point.value)});
    return array;
}

EpisodePoints EpisodePoints::fromJson(const QJsonArray &array)
{
    EpisodePoints points;
    for (const QJsonValue entry : array)
        points.m_points.push_back({entry.toArray().at(0).toInteger(), numberFromJson(entry.toArray().at(1))});
    return points;
}

} // namespace plimsoll::alerts
