#include "server/api/dashboards/GrafanaUnits.h"

#include <QHash>

namespace plimsoll::api {

namespace {

/// Source: grafana.com/docs/grafana/latest/panels-visualizations/configure-standard-options, "Unit".
const QHash<QString, const char *> &knownUnits()
{
    static const QHash<QString, const char *> units{{"", ""},
                                                    {"none", "count"},
                                                    {"short", "count"},
                                                    {"locale", "count"},
                                                    {"string", ""},
                                                    {"sishort", "count"},
                                                    {"percent", "percent"},
                                                    {"percentunit", "ratio"},
                                                    {"s", "seconds"},
                                                    {"ms", "milliseconds"},
                                                    {"dtdurations", "seconds"},
                                                    {"dtdurationms", "milliseconds"},
                                                    {"clocks", "seconds"},
                                                    {"clockms", "milliseconds"},
                                                    {"dthms", "seconds"},
                                                    {"bytes", "bytes"},
                                                    {"decbytes", "bytes"},
                                                    {"Bps", "bytes/s"},
                                                    {"binBps", "bytes/s"},
                                                    {"currencyUSD", "usd"},
                                                    {"celsius", "celsius"},
                                                    {"reqps", "count/s"},
                                                    {"ops", "count/s"},
                                                    {"rps", "count/s"},
                                                    {"wps", "count/s"},
                                                    {"iops", "count/s"},
                                                    {"cps", "count/s"},
                                                    {"eps", "count/s"},
                                                    {"pps", "count/s"},
                                                    {"hertz", "count/s"}};
    return units;
}

bool isNamed(const QString &colour, const char *base)
{
    const QLatin1String name(base);
    return colour == name || colour.endsWith(QLatin1Char('-') + name);
}

struct Rgb
{
    int red;
    int green;
    int blue;
};

/// "#f2495c", "#F24" or "rgba(245, 54, 54, 0.9)".
bool readColour(const QString &text, Rgb &colour)
{
    if (text.startsWith(u'#') && (text.size() == 7 || text.size() == 9)) {
        bool ok = false;
        const uint value = QStringView(text).mid(1, 6).toUInt(&ok, 16);
        colour = {int(value >> 16), int((value >> 8) & 0xff), int(value & 0xff)};
        return ok;
    }
    if (!text.startsWith(u"rgb"))
        return false;
    const QString inside = text.section(u'(', 1).section(u')', 0, 0);
    const QStringList parts = inside.split(u',');
    if (parts.size() < 3)
        return false;
    colour = {parts[0].trimmed().toInt(), parts[1].trimmed().toInt(), parts[2].trimmed().toInt()};
    return true;
}

} // namespace

void ImportNotes::remark(std::string_view note) { notes.emplace_back(note); }

void ImportNotes::lose(std::string_view note)
{
    notes.emplace_back(note);
    lost = true;
}

QJsonArray ImportNotes::toJson() const
{
    QJsonArray out;
    for (const std::string &note : notes)
        out.append(QString::fromStdString(note));
    return out;
}

QString unitOfGrafana(const QString &unit, ImportNotes &notes)
{
    const auto known = knownUnits().constFind(unit);
    if (known != knownUnits().constEnd())
        return QLatin1String(*known);
    notes.lose("The unit " + unit.left(60).toStdString() + " is not known here; plain numbers are shown.");
    return QStringLiteral("count");
}

QString severityOfColour(const QString &given)
{
    const QString colour = given.toLower();
    if (isNamed(colour, "red"))
        return QStringLiteral("critical");
    for (const char *name : {"orange", "yellow"}) {
        if (isNamed(colour, name))
            return QStringLiteral("warning");
    }
    Rgb rgb{};
    if (!readColour(colour, rgb) || rgb.red < 140 || rgb.red < rgb.blue + 40)
        return {};
    if (rgb.green < rgb.red / 2)
        return QStringLiteral("critical");
    return rgb.green <= rgb.red ? QStringLiteral("warning") : QString();
}

std::string listed(const std::vector<std::string> &words)
{
    std::string out;
    for (size_t i = 0; i < words.size(); i++)
        out += (i == 0 ? "" : i + 1 == words.size() ? " and " : ", ") + words[i];
    return out;
}

std::string counted(qsizetype count, const char *one, const char *many)
{
    return std::to_string(count) + ' ' + (count == 1 ? one : many);
}

} // namespace plimsoll::api
