#include "app/ApplianceControl.h"
#include "app/CommandLine.h"
#include "app/Configuration.h"
#include "app/ControlSocket.h"
#include "app/DataDirectory.h"

#include <QCommandLineParser>
#include <QCoreApplication>

#include <cstdio>
#include <future>

namespace plimsoll::app {

namespace {

/// Makes a key on a directory that no appliance holds.
Result<QJsonObject> createOffline(const Configuration &configuration, const QJsonObject &wanted)
{
    const auto lock = DataDirectory::lock(configuration.value("data"));
    if (!lock)
        return lock.error();
    const auto data = DataDirectory::open(configuration.value("data"), configuration.value("storage"));
    if (!data)
        return data.error();
    const SystemClock clock;
    http::Projects projects((*data)->documents(), clock);
    if (const Status loaded = projects.load(); !loaded)
        return loaded.error();
    http::ApiKeys keys((*data)->documents(), clock, projects);
    if (const Status loaded = keys.load(); !loaded)
        return loaded.error();
    std::promise<Result<QJsonObject>> made;
    createKey(keys, wanted, false,
              [&made](Result<QJsonObject> answer) { made.set_value(std::move(answer)); });
    return made.get_future().get();
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
         {QStringLiteral("project"), {}, QStringLiteral("PROJECT"), QStringLiteral("default")},
         {QStringLiteral("name"), {}, QStringLiteral("NAME"), QStringLiteral("made in the shell")}});
    arguments.prepend(QStringLiteral("plimsoll key"));
    if (!parser.parse(arguments))
        return fail(
            {ErrorCode::Invalid, parser.errorText().toStdString() + ".", "plimsoll key --help tells more."},
            2);
    if (parser.positionalArguments() != QStringList{QStringLiteral("create")} ||
        !parser.isSet(QStringLiteral("role")))
        return fail({ErrorCode::Invalid, "What to do with keys is not clear.",
                     "Write: plimsoll key create --role ingest [--project default] [--name NAME]"},
                    2);

    const QJsonObject wanted{{"role", parser.value(QStringLiteral("role"))},
                             {"project", parser.value(QStringLiteral("project"))},
                             {"name", parser.value(QStringLiteral("name"))}};
    auto answer = ControlSocket::ask(configuration->value("data"), "key.create", wanted);
    if (!answer && answer.error().code == ErrorCode::NotFound)
        answer = createOffline(*configuration, wanted);
    if (!answer)
        return fail(answer.error());
    std::printf("%s\n", qPrintable((*answer)["key"].toString()));
    return 0;
}

} // namespace plimsoll::app
