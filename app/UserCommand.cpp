#include "app/AccessCommands.h"
#include "app/CommandLine.h"
#include "app/PasswordPrompt.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>

#include <cstdio>

namespace plimsoll::app {

namespace {

bool isClear(const QCommandLineParser &parser, const QStringList &words)
{
    const QString action = words.value(0);
    if (action == QLatin1String("list"))
        return words.size() == 1;
    if (action == QLatin1String("create"))
        return words.size() == 2 && parser.isSet(QStringLiteral("role"));
    return words.size() == 2 && (action == QLatin1String("password") || action == QLatin1String("remove"));
}

Result<QJsonObject> argumentsOf(const QCommandLineParser &parser, const QStringList &words)
{
    QJsonObject wanted{{"name", words.value(1)}};
    const bool creates = words[0] == QLatin1String("create");
    if (creates) {
        QStringList projects = parser.values(QStringLiteral("project"));
        if (projects.isEmpty())
            projects << QStringLiteral("*");
        wanted["role"] = parser.value(QStringLiteral("role"));
        wanted["projects"] = QJsonArray::fromStringList(projects);
    }
    if (creates || words[0] == QLatin1String("password")) {
        const auto password = readNewPassword(parser.isSet(QStringLiteral("password-stdin")));
        if (!password)
            return password.error();
        wanted["password"] = QString::fromStdString(*password);
    }
    return wanted;
}

void printList(const QJsonArray &items)
{
    std::vector<std::vector<std::string>> rows{{"NAME", "ROLE", "PROJECTS", "LAST LOGIN", "STATE"}};
    for (const QJsonValue item : items) {
        QStringList projects;
        for (const QJsonValue name : item["projects"].toArray())
            projects << (name.toString() == QLatin1String("*") ? QStringLiteral("all") : name.toString());
        rows.push_back({item["name"].toString().toStdString(), item["role"].toString().toStdString(),
                        projects.join(QStringLiteral(", ")).toStdString(),
                        shellTime(item["last_login_ms"], "never"),
                        item["disabled"].toBool() ? "disabled" : "may log in"});
    }
    std::fputs(tableOf(rows).c_str(), stdout);
}

void print(const QString &action, const QJsonObject &answer, bool asJson)
{
    if (action == QLatin1String("create"))
        std::printf("%s\n", qPrintable(answer["name"].toString()));
    else if (action == QLatin1String("password"))
        std::puts("Changed. Sessions of before have ended.");
    else if (action == QLatin1String("remove"))
        std::puts("Removed. Sessions of it have ended.");
    else if (asJson)
        std::printf("%s\n", QJsonDocument(answer).toJson(QJsonDocument::Compact).constData());
    else
        printList(answer["items"].toArray());
}

} // namespace

int runUser(Invocation &invocation)
{
    const QCoreApplication application(invocation.argc, invocation.argv);
    QStringList arguments = invocation.arguments;
    const auto configuration = Configuration::load(arguments);
    if (!configuration)
        return fail(configuration.error(), 2);

    QCommandLineParser parser;
    parser.addOptions({{QStringLiteral("role"), {}, QStringLiteral("ROLE")},
                       {QStringLiteral("project"), {}, QStringLiteral("PROJECT")},
                       {QStringLiteral("password-stdin"), {}},
                       {QStringLiteral("json"), {}}});
    arguments.prepend(QStringLiteral("plimsoll user"));
    const bool parsed = parser.parse(arguments);
    const QStringList words = parser.positionalArguments();
    if (!parsed || !isClear(parser, words))
        return fail(
            {ErrorCode::Invalid, "What to do with users is not clear.",
             "Write: plimsoll user create NAME --role edit [--project P] [--password-stdin], plimsoll "
             "user list, plimsoll user password NAME, or plimsoll user remove NAME."},
            2);
    const auto wanted = argumentsOf(parser, words);
    if (!wanted)
        return fail(wanted.error());
    const auto answer = runAccessCommand(*configuration, "user." + words[0].toStdString(), *wanted);
    if (!answer)
        return fail(answer.error());
    print(words[0], *answer, parser.isSet(QStringLiteral("json")));
    return 0;
}

} // namespace plimsoll::app
