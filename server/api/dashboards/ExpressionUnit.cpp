#include "server/api/dashboards/ExpressionUnit.h"

#include <QRegularExpression>
#include <QStringList>

#include <array>
#include <utility>

namespace plimsoll::api {

namespace {

QRegularExpression pattern(const char *text)
{
    return QRegularExpression(QString::fromLatin1(text), QRegularExpression::UseUnicodePropertiesOption);
}

bool has(const QString &text, const char *expression) { return pattern(expression).match(text).hasMatch(); }

QString unitOfMetric(const QString &name)
{
    static constexpr std::array<std::pair<const char *, const char *>, 7> suffixes{
        {{"_(seconds|s)(_total|_sum)?$", "seconds"},
         {"_(milliseconds|ms)(_total|_sum)?$", "milliseconds"},
         {"_bytes(_total|_sum)?$", "bytes"},
         {"_ratio$", "ratio"},
         {"_percent$", "percent"},
         {"_usd(_total|_sum)?$", "usd"},
         {"_celsius$", "celsius"}}};
    for (const auto &[suffix, unit] : suffixes) {
        if (has(name, suffix))
            return QString::fromLatin1(unit);
    }
    return QStringLiteral("count");
}

bool isWord(const QString &text)
{
    static const QStringList words{"by",   "without", "on",       "ignoring", "group_left", "group_right",
                                   "and",  "or",      "unless",   "bool",     "offset",     "inf",
                                   "nan",  "sum",     "avg",      "min",      "max",        "count",
                                   "topk", "bottomk", "quantile", "stddev",   "stdvar",     "group"};
    return words.contains(text.toLower());
}

/// The metrics that an expression reads, in order, as far as they are written out.
QStringList metricsOf(const QString &expr)
{
    static const QRegularExpression braces = pattern(R"(\{(?:[^"}]|"(?:[^"\\]|\\.)*")*\})");
    static const QRegularExpression grouping = pattern(R"(\b(by|without|on|ignoring)\s*\([^)]*\))");
    static const QRegularExpression name =
        pattern(R"("(?:[^"\\]|\\.)*"|\[[^\]]*\]|(?<![\d.])([a-zA-Z_:][a-zA-Z0-9_:]*)\b(?!\s*\())");
    QString bare = expr;
    bare.replace(braces, QStringLiteral(" ")).replace(grouping, QStringLiteral(" "));
    QStringList found;
    for (auto each = name.globalMatch(bare); each.hasNext();) {
        const QString text = each.next().captured(1);
        if (!text.isEmpty() && !isWord(text) && !found.contains(text))
            found.append(text);
    }
    return found;
}

/// A thing over a thing of the same unit is a share.
bool isShare(QString expr, const QStringList &metrics)
{
    static const QRegularExpression strings = pattern(R"("(?:[^"\\]|\\.)*")");
    expr.remove(strings);
    return has(expr, R"(\)\s*/\s*[A-Za-z_(])") &&
           unitOfMetric(metrics[0]) == unitOfMetric(metrics.value(1, metrics[0]));
}

} // namespace

QString unitOfExpression(const QString &expr)
{
    const QStringList metrics = metricsOf(expr);
    if (metrics.isEmpty())
        return QStringLiteral("count");
    if (isShare(expr, metrics))
        return QStringLiteral("ratio");
    const QString unit = unitOfMetric(metrics[0]);
    const bool rates = has(expr, R"(\brate\s*\()");
    if (has(expr, "histogram_count"))
        return rates ? QStringLiteral("count/s") : QStringLiteral("count");
    if (!rates || has(expr, "histogram_(quantile|avg)"))
        return unit;
    return unit == u"seconds" ? QStringLiteral("ratio") : unit + "/s";
}

} // namespace plimsoll::api
