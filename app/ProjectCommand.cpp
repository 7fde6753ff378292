#include "app/AccessCommands.h"
#include "app/CommandLine.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>

#include <cstdio>

namespace plimsoll::app {

namespace {

bool isClear(const QStringList &words)
{
    if (words.value(0) == QLatin1String("list"))
        return words.size() == 1;
    return words.size() == 2 && (words[0] == QLatin1String("create") || words[0] == QLatin1String("remove"));
}

void printList(const QJsonArray &items)
{
    std::vector<std::vector<std::string>> rows{{"NAME", "KEYS", "CREATED"}};
    for (const QJsonValue item : items)
        rows.push_back({item["name"].toString().toStdString(), std::to_string(item["keys"].toInteger()),
                        shellTime(item["created_ms"], "-")});
    std::fputs(tableOf(rows).c_str(), stdout);
}

} // namespace

int runProject(Invocation &invocation)
{
    const QCoreApplication application(invocation.argc, invocation.argv);
    QStringList arguments = invocation.arguments;
    const auto configuration = Configuration::load(arguments);
    if (!configuration)
        return fail(configuration.error(), 2);

    QCommandLineParser parser;
    parser.addOption({QStringLiteral("json"), {}});
    arguments.prepend(QStringLiteral("plimsoll project"));
    const bool parsed = parser.parse(arguments);
    const QStringList words = parser.positionalArguments();
    if (!parsed || !isClear(words))
        return fail({ErrorCode::Invalid, "What to do with projects is not clear.",
                     "Write: plimsoll project create NAME, plimsoll project list, or plimsoll project remove "
                     "NAME."},
                    2);
    const auto answer =
        runAccessCommand(*configuration, "project." + words[0].toStdString(), {{"name", words.value(1)}});
    if (!answer)
        return fail(answer.error());
    if (words[0] == QLatin1String("create"))
        std::printf("%s\n", qPrintable((*answer)["name"].toString()));
    else if (words[0] == QLatin1String("remove"))
        std::puts("Removed. What was stored of it stays on disk until retention drops it.");
    else if (parser.isSet(QStringLiteral("json")))
        std::printf("%s\n", QJsonDocument(*answer).toJson(QJsonDocument::Compact).constData());
    else
        printList((*answer)["items"].toArray());
    return 0;
}

} // namespace plimsoll::app
