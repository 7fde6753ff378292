#include "alerts/starters/StarterSet.h"

#include <QDir>
#include <QJsonDocument>

static void initResource() { Q_INIT_RESOURCE(starters); }

namespace plimsoll::alerts {

namespace {

std::vector<StarterSet> readAll()
{
    initResource();
    std::vector<StarterSet> sets;
    const QDir folder(QStringLiteral(":/starters"));
    for (const QString &name : folder.entryList({QStringLiteral("*.json")}, QDir::Files, QDir::Name)) {
        QFile file(folder.filePath(name));
        if (!file.open(QIODevice::ReadOnly))
            continue;
        Result<StarterSet> set = StarterSet::fromJson(QJsonDocument::fromJson(file.readAll()).object());
        if (set)
            sets.push_back(std::move(set).value());
        else
            qWarning("The starter set %s: %s", qPrintable(name), set.error().message.c_str());
    }
    return sets;
}

} // namespace

Result<StarterSet> StarterSet::fromJson(const QJsonObject &object)
{
    Fields fields(object, "a starter set");
    fields.refuseUnknown({"id", "title", "text", "metrics", "rules"});
    StarterSet set;
    set.id = fields.requiredText("id", 64);
    set.title = fields.requiredText("title", 200);
    set.text = fields.requiredText("text", 1000);
    for (const QJsonValue metric : fields.array("metrics", 16))
        set.metrics.push_back(metric.toString().toStdString());
    for (const QJsonValue rule : fields.array("rules", 64))
        set.rules.push_back(rule.toObject());
    if (Status sound = fields.status(); !sound)
        return sound.error();
    for (const QJsonObject &definition : set.rules) {
        if (const auto rule = Rule::fromJson(definition); !rule)
            return Error{rule.error().code,
                         definition.value("name").toString().toStdString() + ": " + rule.error().message,
                         {}};
    }
    return set;
}

const std::vector<StarterSet> &StarterSet::all()
{
    static const std::vector<StarterSet> sets = readAll();
    return sets;
}

const StarterSet *StarterSet::find(std::string_view id)
{
    for (const StarterSet &set : all()) {
        if (set.id == id)
            return &set;
    }
    return nullptr;
}

} // namespace plimsoll::alerts
