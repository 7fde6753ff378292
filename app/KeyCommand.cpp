#include "app/AccessCommands.h"
#include "app/CommandLine.h"
#include "server/api/TimeArgument.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>

#include <cstdio>

namespace plimsoll::app {

namespace {

/// What is asked with which arguments, or why that is not clear.
Result<QJsonObject> argumentsOf(const QCommandLineParser &parser, const QString &action)
{
    if (action == QLatin1String("list"))
        return QJsonObject{{"project", parser.value(QStringLiteral("project"))}};
    if (action == QLatin1String("revoke"))
        return QJsonObject{{"id", parser.positionalArguments().value(1)}};
    QJsonObject wanted{{"role", parser.value(QStringLiteral("role"))},
                       {"project", parser.isSet(QStringLiteral("project"))
                                       ? parser.value(QStringLiteral("project"))
                                       : QStringLiteral("default")},
                       {"name", parser.value(QStringLiteral("name"))}};
    if (parser.isSet(QStringLiteral("expires"))) {
        const auto age = api::parseDuration(parser.value(QStringLiteral("expires")).toStdString());
        if (!age || *age <= 0)
            return Error{ErrorCode::Invalid, "--expires is not a length of time.",
                         "Write it like 90d or 12h."};
        wanted["expires_ms"] = qint64(SystemClock().nowMs() + *age);
    }
    return wanted;
}

bool isClear(const QCommandLineParser &parser, const QString &action)
{
    const qsizetype words = parser.positionalArguments().size();
    if (action == QLatin1String("create"))
        return words == 1 && parser.isSet(QStringLiteral("role"));
    return action == QLatin1String("list") ? words == 1 : action == QLatin1String("revoke") && words == 2;
}

void printList(const QJsonArray &items)
{
    const auto text = [](const QJsonValue &value) { return value.toString().toStdString(); };
    std::vector<std::vector<std::string>> rows{
        {"ID", "PROJECT", "ROLE", "NAME", "BEGINS WITH", "LAST USED", "EXPIRES"}};
    for (const QJsonValue item : items) {
        const bool expired = item["expired"].toBool();
        rows.push_back({text(item["id"]), text(item["project"]), text(item["role"]), text(item["name"]),
                        text(item["prefix"]), shellTime(item["last_used_ms"], "never"),
                        (expired ? "expired " : "") + shellTime(item["expires_ms"], "never")});
    }
    std::fputs(tableOf(rows).c_str(), stdout);
}

} // namespace

int runKey(Invocation &invocation)
{
    const QCoreApplication application(invocation.argc, invocation.argv);
    QStringList arguments = invocation.arguments;
    const auto configuration = Configuration::load(arguments);
    if (!configuration)
        return fail(configuration.error(), 2);

    QCommandLineParser parser;
    parser.addOptions(
        {{QStringLiteral("role"), {}, QStringLiteral("ROLE")},
         {QStringLiteral("project"), {}, QStringLiteral("PROJECT")},
         {QStringLiteral("expires"), {}, QStringLiteral("AGE")},
         {QStringLiteral("json"), {}},
         {QStringLiteral("name"), {}, QStringLiteral("NAME"), QStringLiteral("made in the shell")}});
    arguments.prepend(QStringLiteral("plimsoll key"));
    if (!parser.parse(arguments))
        return fail(
            {ErrorCode::Invalid, parser.errorText().toStdString() + ".", "plimsoll key --help tells more."},
            2);
    const QString action = parser.positionalArguments().value(0);
    if (!isClear(parser, action))
        return fail({ErrorCode::Invalid, "What to do with keys is not clear.",
                     "Write: plimsoll key create --role ingest [--project default] [--name NAME] [--expires "
                     "90d], plimsoll key list, or plimsoll key revoke ID."},
                    2);
    const auto wanted = argumentsOf(parser, action);
    if (!wanted)
        return fail(wanted.error(), 2);
    const auto answer = runAccessCommand(*configuration, "key." + action.toStdString(), *wanted);
    if (!answer)
        return fail(answer.error());
    if (action == QLatin1String("create"))
        std::printf("%s\n", qPrintable((*answer)["key"].toString()));
    else if (action == QLatin1String("revoke"))
        std::puts("Withdrawn.");
    else if (parser.isSet(QStringLiteral("json")))
        std::printf("%s\n", QJsonDocument(*answer).toJson(QJsonDocument::Compact).constData());
    else
        printList((*answer)["items"].toArray());
    return 0;
}

} // namespace plimsoll::app
