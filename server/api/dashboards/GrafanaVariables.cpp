#include "server/api/dashboards/GrafanaVariables.h"

#include "server/api/dashboards/Dashboard.h"
#include "server/api/dashboards/GrafanaUnits.h"
#include "server/api/dashboards/Variables.h"

#include <QRegularExpression>

#include <optional>
#include <set>

namespace plimsoll::api {

namespace {

constexpr int maxOptions = 500;
constexpr int maxOptionCharacters = 250;

QString withoutQuotes(QString text)
{
    text = text.trimmed();
    const bool quoted =
        text.size() >= 2 && (text.startsWith(u'"') || text.startsWith(u'\'')) && text.endsWith(text.front());
    return quoted ? text.mid(1, text.size() - 2) : text;
}

/// The last comma that is not within braces or quotes; -1 where there is none.
qsizetype lastComma(const QString &text)
{
    qsizetype found = -1;
    int depth = 0;
    QChar quote;
    for (qsizetype i = 0; i < text.size(); i++) {
        const QChar c = text[i];
        if (!quote.isNull()) {
            if (c == u'\\')
                i++;
            else if (c == quote)
                quote = QChar();
        } else if (c == u'"' || c == u'\'') {
            quote = c;
        } else if (c == u'{' || c == u'(' || c == u'[') {
            depth++;
        } else if (c == u'}' || c == u')' || c == u']') {
            depth--;
        } else if (c == u',' && depth == 0) {
            found = i;
        }
    }
    return found;
}

struct LabelQuery
{
    QString metric;
    QString label;
};

/// `label_values(label)` or `label_values(selector, label)`.
std::optional<LabelQuery> labelQueryIn(const QString &text)
{
    const QString query = text.trimmed();
    static const QRegularExpression form(QStringLiteral("^label_values\\s*\\((.*)\\)$"),
                                         QRegularExpression::DotMatchesEverythingOption);
    const auto found = form.match(query);
    if (!found.hasMatch())
        return std::nullopt;
    const QString inside = found.captured(1);
    const qsizetype comma = lastComma(inside);
    LabelQuery out{comma < 0 ? QString() : inside.left(comma).trimmed(),
                   withoutQuotes(comma < 0 ? inside : inside.mid(comma + 1))};
    out.metric = QString::fromStdString(withPlainVariables(out.metric.toStdString()));
    if (out.label.isEmpty())
        return std::nullopt;
    return out;
}

/// Reads one variable.
class Reader
{
public:
    Reader(const QJsonObject &variable, const GrafanaSources &sources, const std::set<std::string> &before)
        : m_variable(variable)
        , m_sources(sources)
        , m_before(before)
    {
    }

    /// Nothing where it is left out; the notes say why.
    std::optional<QJsonObject> read(ImportNotes &notes)
    {
        const QString type = m_variable["type"].toString();
        if (!nameFits()) {
            notes.lose("Its name is not made of letters, digits and _; it is left out.");
            return std::nullopt;
        }
        if (type == u"datasource") {
            notes.remark("Left out: everything asks this appliance.");
            return std::nullopt;
        }
        if (type == u"query")
            return ofQuery(notes);
        if (type == u"custom" || type == u"interval" || type == u"constant" || type == u"textbox")
            return ofOptions(type, notes);
        notes.lose("Variables of the type " + type.left(40).toStdString() + " do not exist here.");
        return std::nullopt;
    }

private:
    bool nameFits() const
    {
        static const QRegularExpression form(QStringLiteral("^[A-Za-z_][A-Za-z0-9_]{0,63}$"));
        const QString name = m_variable["name"].toString();
        return form.match(name).hasMatch() && !name.startsWith(u"__");
    }

    QString queryText() const
    {
        const QJsonValue query = m_variable["query"];
        QString text = query.isObject() ? query["query"].toString() : query.toString();
        if (text.isEmpty() && query.isObject() && !query["label"].toString().isEmpty())
            text = "label_values(" + query["metric"].toString() +
                   (query["metric"].toString().isEmpty() ? "" : ", ") + query["label"].toString() + ')';
        return text.isEmpty() ? m_variable["definition"].toString() : text;
    }

    bool takesAll() const { return m_variable["includeAll"].toBool() || m_variable["multi"].toBool(); }

    static bool isAll(const QString &value) { return value == u"$__all" || value == u"All"; }

    /// What is chosen; all is the empty text.
    QJsonValue chosen() const
    {
        const QJsonValue value = m_variable["current"]["value"];
        const QJsonArray given = value.isArray() ? value.toArray() : QJsonArray{value};
        QJsonArray values;
        for (const QJsonValue &one : given) {
            const QString text = one.toString();
            if (isAll(text))
                return QString();
            if (!text.isEmpty() && text.size() <= maxOptionCharacters && values.size() < 100)
                values.append(m_sources.constant(text));
        }
        if (values.size() > 1 && takesAll())
            return values;
        return values.isEmpty() ? QJsonValue(QString()) : values[0];
    }

    QJsonObject base() const
    {
        const QJsonValue label = m_variable["label"];
        return {{"name", m_variable["name"].toString()},
                {"label", label.toString().left(50)},
                {"value", chosen()},
                {"all", takesAll()}};
    }

    void noteAllValue(ImportNotes &notes) const
    {
        const QString all = m_variable["allValue"].toString();
        if (takesAll() && !all.isEmpty() && all != u".*" && all != u".+")
            notes.lose("Its own text for all, " + all.left(80).toStdString() +
                       ", is not kept; all is .* here.");
    }

    std::optional<QJsonObject> ofQuery(ImportNotes &notes) const
    {
        const std::string foreign = m_sources.foreignKind(m_variable["datasource"]);
        if (!foreign.empty()) {
            notes.lose("It asks " + foreign.substr(0, 40) + ", not Prometheus.");
            return fixed(notes);
        }
        const auto query = labelQueryIn(queryText());
        if (!query) {
            notes.lose("Only label_values(…) is understood; " + queryText().left(120).toStdString() +
                       " is not.");
            return fixed(notes);
        }
        if (!query->metric.isEmpty() && !checkExpression(query->metric.toStdString(), m_before)) {
            notes.lose("Its selector does not parse: " + query->metric.left(120).toStdString() + '.');
            return fixed(notes);
        }
        const QString regex = m_variable["regex"].toString();
        if (!regex.isEmpty() && regex != u"/(.*)/" && regex != u"/.*/")
            notes.lose("The filter " + regex.left(120).toStdString() +
                       " is not kept; all values are offered.");
        noteAllValue(notes);
        QJsonObject out = base();
        out["metric"] = query->metric;
        out["label_name"] = query->label;
        return out;
    }

    /// The values that the export knew stand in for a query that cannot be asked.
    std::optional<QJsonObject> fixed(ImportNotes &notes) const
    {
        QJsonArray options = valuesOf(m_variable["options"].toArray());
        addTo(options, chosen());
        if (options.isEmpty()) {
            notes.lose("No values are known; it is left out.");
            return std::nullopt;
        }
        notes.lose("The values that the export knew are offered.");
        QJsonObject out = base();
        out["options"] = options;
        return out;
    }

    QJsonArray valuesOf(const QJsonArray &options) const
    {
        QJsonArray out;
        for (const QJsonValue &option : options) {
            const QString value = option["value"].toString();
            const bool fits = !value.isEmpty() && value.size() <= maxOptionCharacters;
            if (fits && !value.startsWith(u"$__") && !out.contains(value) && out.size() < maxOptions)
                out.append(value);
        }
        return out;
    }

    /// "a,b : 2,c\,d": what stands behind a colon is the value.
    QJsonArray listIn(const QString &query, ImportNotes &notes) const
    {
        QJsonArray out;
        bool named = false;
        static const QRegularExpression comma(QStringLiteral("(?<!\\\\),"));
        for (QString part : query.split(comma)) {
            part = part.trimmed().replace(QStringLiteral("\\,"), QStringLiteral(","));
            const qsizetype colon = part.indexOf(QStringLiteral(" : "));
            named = named || colon >= 0;
            const QString value = colon < 0 ? part : part.mid(colon + 3).trimmed();
            const bool fits = !value.isEmpty() && value.size() <= maxOptionCharacters;
            if (fits && !out.contains(value) && out.size() < maxOptions)
                out.append(value);
        }
        if (named)
            notes.remark("The names of its values are not kept; the values themselves are shown.");
        return out;
    }

    std::optional<QJsonObject> ofOptions(const QString &type, ImportNotes &notes) const
    {
        const QString query = m_sources.constant(queryText());
        QJsonArray options = type == u"custom" || type == u"interval" ? listIn(query, notes) : QJsonArray();
        if (options.isEmpty() && !query.isEmpty() && query.size() <= maxOptionCharacters)
            options.append(query);
        if (options.isEmpty())
            options = valuesOf(m_variable["options"].toArray());
        QJsonObject out = base();
        if (out["value"].toString().startsWith(u"$__auto"))
            out["value"] = QString();
        addTo(options, out["value"]);
        if (options.isEmpty()) {
            notes.lose("No values are known; it is left out.");
            return std::nullopt;
        }
        if (out["value"].toString().isEmpty() && !out["value"].isArray() && !takesAll())
            out["value"] = options[0];
        if (type == u"textbox")
            notes.lose("Free text is not typed here; its value is offered.");
        if (m_variable["auto"].toBool())
            notes.lose("The choice auto is not kept.");
        noteAllValue(notes);
        out["options"] = options;
        return out;
    }

    static void addTo(QJsonArray &options, const QJsonValue &value)
    {
        const QJsonArray given = value.isArray() ? value.toArray() : QJsonArray{value};
        for (const QJsonValue &one : given) {
            if (!one.toString().isEmpty() && !options.contains(one))
                options.append(one);
        }
    }

    const QJsonObject m_variable;
    const GrafanaSources &m_sources;
    const std::set<std::string> &m_before;
};

} // namespace

GrafanaVariables variablesOfGrafana(const QJsonObject &dashboard, const GrafanaSources &sources)
{
    GrafanaVariables out;
    std::set<std::string> names;
    const QJsonArray list = dashboard["templating"]["list"].toArray();
    for (const QJsonValue &variable : list) {
        if (out.report.size() >= 5 * maxVariables)
            break;
        ImportNotes notes;
        auto read = Reader(variable.toObject(), sources, names).read(notes);
        if (read && out.variables.size() >= maxVariables) {
            read.reset();
            notes.lose("A dashboard holds 20 variables.");
        }
        const std::string name = variable["name"].toString().left(100).toStdString();
        if (read && !names.insert(name).second) {
            read.reset();
            notes.lose("There are two of this name.");
        }
        if (read)
            out.variables.append(*read);
        const char *result = !read ? "left_out" : notes.lost ? "partly" : "whole";
        out.report.append(QJsonObject{
            {"name", QString::fromStdString(name)}, {"result", result}, {"notes", notes.toJson()}});
    }
    return out;
}

} // namespace plimsoll::api
