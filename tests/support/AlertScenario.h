#pragma once

#include "alerts/Duration.h"
#include "alerts/RuleRuntime.h"

#include <QDateTime>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QRegularExpression>
#include <QStringList>

#include <cmath>
#include <limits>
#include <map>
#include <vector>

namespace plimsoll::test {

/// The life of one alarm as text: what was seen at which evaluation, and what must come of it. The same
/// scenarios go through the state machine, the service with a real store, and the backtest.
///
/// A file holds scenarios; `#` begins a comment, empty lines are nothing. Each scenario is
///
///     scenario NAME                   begins it
///     rule {"for":"30s"}              JSON, over {"name":"n","expr":"load","op":">","threshold":90}
///     interval 15s                    between evaluations; 15s unless said
///     start 2026-03-29T00:59:00Z      the wall clock at 0s; 2026-01-06T12:00:00Z unless said
///     zone Europe/Berlin              the local time zone of the machine while it runs; UTC unless said
///
/// and then steps in order, each one evaluation, at a time since the start by a clock that never jumps:
///
///     0s a=95 b=10 => pending a warning        the series load{host="a"} and load{host="b"} have these
///     values 15s..60s a=95                            one step every interval; they expect nothing 75s - =>
///     resolved a warning gone         nothing was sent 90s error                                the query
///     fails clock +1h                                the wall clock is put ahead (or back) before the next
///     step restart                                  the program is killed and started anew before the next
///     step
///
/// Behind `=>` stand the transitions of the step, separated by commas: `pending`, `cleared`, `fired`, `level`
/// (it fires on at this level) or `resolved`, the host (`*` for no labels), the severity, and `gone` where it
/// ended because the series is gone, `silent` or `nodata` where it is in breach by being missing. A step
/// without it expects none.
struct AlertScenario
{
    struct Step
    {
        int64_t offsetMs = 0; ///< since the start, by the clock that never jumps
        int64_t atMs = 0;     ///< by the wall clock: when the evaluation takes place
        bool restarts = false;
        bool fails = false;
        std::map<std::string, double> values; ///< by host
        QString expected;
    };
    /// What a scenario says that the episodes are.
    struct Firing
    {
        std::string host;                                      ///< empty: no labels
        alerts::Severity severity = alerts::Severity::Warning; ///< the worst that it reached
        int64_t startMs = 0;
        std::optional<int64_t> endMs;
        bool operator==(const Firing &) const = default;
    };

    QString name;
    alerts::Rule rule;
    int64_t intervalMs = 15'000;
    int64_t startMs = 1'767'700'800'000;
    QByteArray zone = "UTC";
    std::vector<Step> steps;

    /// False where the wall clock went back, so that a store cannot hold what was seen.
    bool timeGoesOn() const
    {
        for (size_t i = 1; i < steps.size(); i++) {
            if (steps[i].atMs < steps[i - 1].atMs)
                return false;
        }
        return true;
    }
    bool anyFails() const
    {
        return std::any_of(steps.begin(), steps.end(), [](const Step &step) { return step.fails; });
    }

    /// What the rule's query yields at a step.
    static alerts::Evaluation evaluation(const Step &step)
    {
        alerts::Evaluation evaluation;
        if (step.fails)
            evaluation.status = Error{ErrorCode::Timeout, "The query took too long.", {}};
        for (const auto &[host, value] : step.values)
            evaluation.series.push_back({Labels{{"host", host}}, value});
        return evaluation;
    }

    /// Transitions as the scenarios write them.
    static QString say(const std::vector<alerts::Transition> &transitions, const alerts::Rule &rule)
    {
        static const char *const words[] = {"pending", "cleared", "fired", "level", "resolved"};
        QStringList said;
        for (const alerts::Transition &transition : transitions) {
            const alerts::AlertInstance &instance = transition.instance;
            const auto severity = alerts::severityName(rule.levels[instance.level].severity);
            const std::string host(instance.labels.value("host"));
            QStringList parts{QString::fromLatin1(words[size_t(transition.kind)]),
                              host.empty() ? QStringLiteral("*") : QString::fromStdString(host),
                              QString::fromUtf8(severity.data(), qsizetype(severity.size()))};
            if (transition.why == alerts::Transition::Why::Disappeared)
                parts << QStringLiteral("gone");
            if (instance.absence == alerts::Absence::SenderSilent)
                parts << QStringLiteral("silent");
            if (instance.absence == alerts::Absence::NoData)
                parts << QStringLiteral("nodata");
            said << parts.join(' ');
        }
        return said.join(QStringLiteral(", "));
    }

    /// The episodes that the expected transitions make, in the order of their beginnings.
    std::vector<Firing> firings() const
    {
        std::vector<Firing> made;
        for (const Step &step : steps) {
            for (const QString &change : step.expected.split(QStringLiteral(", "), Qt::SkipEmptyParts))
                note(change.split(' '), step.atMs, made);
        }
        return made;
    }

    /// All scenarios of a text; what cannot be read ends the program, since the tests would prove nothing.
    static std::vector<AlertScenario> parse(const QString &text)
    {
        std::vector<AlertScenario> scenarios;
        int64_t clockMs = 0;
        bool restarts = false;
        int number = 0;
        for (const QString &whole : text.split('\n')) {
            number++;
            const QString line = whole.section('#', 0, 0).trimmed();
            const QString word = line.section(' ', 0, 0);
            const QString rest = line.section(' ', 1).trimmed();
            if (line.isEmpty())
                continue;
            if (word == QLatin1String("scenario")) {
                scenarios.emplace_back().name = rest;
                scenarios.back().readRule(QStringLiteral("{}"), number);
                clockMs = 0;
                restarts = false;
            } else if (scenarios.empty()) {
                qFatal("line %d: a scenario begins with its name", number);
            } else if (word == QLatin1String("clock")) {
                clockMs += (rest.startsWith('-') ? -1 : 1) * duration(rest.mid(1), number);
            } else if (word == QLatin1String("restart")) {
                restarts = true;
            } else if (!scenarios.back().readSetting(word, rest, number)) {
                scenarios.back().readSteps(word, rest, clockMs, std::exchange(restarts, false), number);
            }
        }
        return scenarios;
    }

    static std::vector<AlertScenario> load(const QString &path)
    {
        QFile file(path);
        if (!file.open(QIODevice::ReadOnly))
            qFatal("%s cannot be read", qPrintable(path));
        return parse(QString::fromUtf8(file.readAll()));
    }

private:
    static int64_t duration(const QString &text, int line)
    {
        const auto ms = alerts::parseDurationMs(text.toStdString());
        if (!ms)
            qFatal("line %d: \"%s\" is not a duration", line, qPrintable(text));
        return *ms;
    }

    static void note(const QStringList &words, int64_t atMs, std::vector<Firing> &made)
    {
        const std::string host = words[1] == QLatin1String("*") ? std::string() : words[1].toStdString();
        const auto severity = alerts::severityFromName(words[2].toStdString()).value();
        if (words[0] == QLatin1String("fired"))
            return made.push_back({host, severity, atMs, {}});
        const auto open = std::find_if(made.rbegin(), made.rend(), [&](const Firing &firing) {
            return firing.host == host && !firing.endMs;
        });
        if (open == made.rend())
            return;
        if (words[0] == QLatin1String("level"))
            open->severity = std::max(open->severity, severity);
        if (words[0] == QLatin1String("resolved"))
            open->endMs = std::max(atMs, open->startMs);
    }

    void readRule(const QString &json, int line)
    {
        const QJsonObject over = QJsonDocument::fromJson(json.toUtf8()).object();
        QJsonObject base{{"name", "n"}, {"expr", "load"}, {"op", ">"}, {"threshold", 90}};
        for (const char *name : {"op", "threshold"}) {
            if (over.contains(QLatin1String("levels")) || over.contains(QLatin1String("expr")))
                base.remove(QLatin1String(name));
        }
        const Result<alerts::Rule> read = alerts::Rule::fromJson(alerts::mergePatch(base, over));
        if (!read)
            qFatal("line %d: %s", line, read.error().message.c_str());
        rule = *read;
        rule.id = "rule";
    }

    bool readSetting(const QString &word, const QString &rest, int line)
    {
        if (word == QLatin1String("rule"))
            readRule(rest, line);
        else if (word == QLatin1String("interval"))
            intervalMs = duration(rest, line);
        else if (word == QLatin1String("start"))
            startMs = QDateTime::fromString(rest, Qt::ISODate).toMSecsSinceEpoch();
        else if (word == QLatin1String("zone"))
            zone = rest.toUtf8();
        else
            return false;
        return true;
    }

    void readSteps(const QString &times, const QString &rest, int64_t clockMs, bool restarts, int line)
    {
        Step step;
        step.restarts = restarts;
        step.expected = rest.section(QStringLiteral("=>"), 1).simplified();
        for (const QString &word : rest.section(QStringLiteral("=>"), 0, 0).split(' ', Qt::SkipEmptyParts)) {
            bool isNumber = false;
            const double value = word.section('=', 1).toDouble(&isNumber);
            if (word == QLatin1String("error"))
                step.fails = true;
            else if (isNumber)
                step.values[word.section('=', 0, 0).toStdString()] = value;
            else if (word != QLatin1String("-"))
                qFatal("line %d: \"%s\" is no step", line, qPrintable(word));
        }
        const int64_t firstMs = duration(times.section(QStringLiteral(".."), 0, 0), line);
        const int64_t lastMs = times.contains(QLatin1String(".."))
                                   ? duration(times.section(QStringLiteral(".."), 1), line)
                                   : firstMs;
        for (step.offsetMs = firstMs; step.offsetMs <= lastMs; step.offsetMs += intervalMs) {
            step.atMs = startMs + step.offsetMs + clockMs;
            steps.push_back(step);
            step.restarts = false;
        }
    }
};

/// Firings as a line of text, in no order that matters; times in seconds since the scenario began.
inline QString describe(const std::vector<AlertScenario::Firing> &firings, int64_t startMs)
{
    QStringList lines;
    for (const AlertScenario::Firing &firing : firings)
        lines << QString("%1 %2 %3..%4")
                     .arg(QString::fromStdString(firing.host),
                          QString::fromUtf8(alerts::severityName(firing.severity).data()))
                     .arg(double(firing.startMs - startMs) / 1000)
                     .arg(firing.endMs ? QString::number(double(*firing.endMs - startMs) / 1000) : "now");
    lines.sort();
    return lines.join("; ");
}

} // namespace plimsoll::test
