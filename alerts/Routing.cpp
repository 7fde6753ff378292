#include "alerts/Routing.h"

#include "alerts/Duration.h"

#include <QJsonArray>

namespace plimsoll::alerts {

namespace {

constexpr int maxLabels = 16;

QJsonArray toArray(const std::vector<std::string> &texts)
{
    QJsonArray array;
    for (const std::string &text : texts)
        array.append(QString::fromStdString(text));
    return array;
}

std::vector<std::string> fromArray(const QJsonArray &array)
{
    std::vector<std::string> texts;
    for (const QJsonValue entry : array)
        texts.push_back(entry.toString().toStdString());
    return texts;
}

} // namespace

NoticeRhythm NoticeRhythm::read(Fields &fields)
{
    NoticeRhythm rhythm;
    for (const QJsonValue entry : fields.array("group_by", maxLabels)) {
        if (entry.toString().isEmpty())
            fields.fail("group_by", "must be a list of label names.");
        else
            rhythm.groupBy.push_back(entry.toString().toStdString());
    }
    rhythm.waitMs = fields.durationMs("group_wait", rhythm.waitMs, maxMs);
    rhythm.intervalMs = fields.durationMs("group_interval", rhythm.intervalMs, maxMs);
    rhythm.repeatMs = fields.durationMs("repeat_interval", rhythm.repeatMs, maxMs);
    if (rhythm.repeatMs > 0 && rhythm.repeatMs < 60'000)
        fields.fail("repeat_interval", "is shorter than a minute.", "\"0s\" never repeats.");
    return rhythm;
}

void NoticeRhythm::write(QJsonObject &object) const
{
    object.insert("group_by", toArray(groupBy));
    object.insert("group_wait", QString::fromStdString(formatDurationMs(waitMs)));
    object.insert("group_interval", QString::fromStdString(formatDurationMs(intervalMs)));
    object.insert("repeat_interval", QString::fromStdString(formatDurationMs(repeatMs)));
}

QJsonObject Routing::toJson() const
{
    QJsonObject object{{"channels", toArray(channels)}, {"depends_on", toArray(dependsOn)}};
    rhythm.write(object);
    return object;
}

Routing Routing::fromJson(const QJsonObject &object)
{
    Routing routing;
    routing.channels = fromArray(object.value("channels").toArray());
    routing.dependsOn = fromArray(object.value("depends_on").toArray());
    Fields fields(object, "a routing");
    routing.rhythm = NoticeRhythm::read(fields);
    return routing;
}

} // namespace plimsoll::alerts
