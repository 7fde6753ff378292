#include "app/CommandLine.h"
#include "app/Configuration.h"
#include "app/ControlSocket.h"
#include "app/OfflineEngine.h"
#include "app/RunningJob.h"
#include "server/api/SeriesExport.h"
#include "server/api/TimeArgument.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QEventLoop>
#include <QFile>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QUrlQuery>

#include <cstdio>

namespace plimsoll::app {

namespace {

constexpr qint64 maxBufferedBytes = 4 << 20;

/// Where the export goes: a file that appears once it is whole, or standard output.
class Output
{
public:
    explicit Output(const QString &name)
        : m_name(name)
    {
    }

    Status open()
    {
        const bool opened = m_name == QLatin1String("-")
                                ? m_file.open(stdout, QIODevice::WriteOnly)
                                : (m_file.setFileName(m_name + QLatin1String(".partial")),
                                   m_file.open(QIODevice::WriteOnly | QIODevice::Truncate));
        return opened ? Status() : failure();
    }
    bool write(const QByteArray &piece)
    {
        m_bytes += piece.size();
        return m_file.write(piece) == piece.size();
    }
    Status close()
    {
        if (!m_file.flush())
            return failure();
        if (m_name == QLatin1String("-"))
            return {};
        m_file.close();
        QFile::remove(m_name);
        return m_file.rename(m_name) ? Status() : failure();
    }
    void giveUp()
    {
        if (m_name != QLatin1String("-"))
            m_file.remove();
    }
    Error failure() const
    {
        return {ErrorCode::Unavailable,
                "The export cannot be written: " + m_file.errorString().toStdString() + ".",
                "Name another file."};
    }
    qint64 bytes() const { return m_bytes; }

private:
    const QString m_name;
    QFile m_file;
    qint64 m_bytes = 0;
};

/// By the HTTP port of the appliance that holds the directory, with a key for this one export.
Status exportOnline(const QJsonObject &access, const QUrlQuery &query, Output &output)
{
    QUrl url(access["url"].toString() + QLatin1String("/metrics/export"));
    url.setQuery(query);
    QNetworkRequest request(url);
    request.setRawHeader("Authorization", "Bearer " + access["key"].toString().toUtf8());
    QNetworkAccessManager network;
    const std::unique_ptr<QNetworkReply> reply(network.get(request));
    reply->setReadBufferSize(maxBufferedBytes);
    // The appliance's own certificate names its host, and this is the loopback.
    QObject::connect(reply.get(), &QNetworkReply::sslErrors, reply.get(),
                     [&reply](const QList<QSslError> &errors) { reply->ignoreSslErrors(errors); });
    Status written;
    QByteArray last;
    QObject::connect(reply.get(), &QNetworkReply::readyRead, reply.get(), [&] {
        const QByteArray piece = reply->readAll();
        last = (last + piece).right(1024);
        if (written && !output.write(piece)) {
            written = output.failure();
            reply->abort();
        }
    });
    QEventLoop loop;
    QObject::connect(reply.get(), &QNetworkReply::finished, &loop, &QEventLoop::quit);
    loop.exec();
    if (!written)
        return written;
    if (reply->error() != QNetworkReply::NoError)
        return Error{ErrorCode::Unavailable,
                     "The appliance did not export: " + reply->errorString().toStdString() + ".",
                     {}};
    if (const qsizetype mark = last.lastIndexOf("\n!! "); mark >= 0)
        return Error{ErrorCode::Unavailable, last.mid(mark + 4).trimmed().toStdString(), {}};
    return {};
}

Result<api::ExportOptions> optionsOf(const QCommandLineParser &parser, int64_t nowMs)
{
    api::ExportOptions options;
    options.nowMs = nowMs;
    const auto format = api::exportFormatNamed(parser.value(QStringLiteral("format")).toStdString());
    if (!format)
        return Error{ErrorCode::Invalid, "There is no such format.", "Use json, csv or prometheus."};
    options.format = *format;
    for (const QString &metric : parser.values(QStringLiteral("metric")))
        options.metrics.push_back(metric.toStdString());
    for (const char *name : {"from", "to"}) {
        const QString text = parser.value(QLatin1String(name));
        if (text.isEmpty())
            continue;
        const auto time = api::parseTime(text.toStdString(), nowMs);
        if (!time)
            return time.error();
        (*name == 'f' ? options.fromMs : options.toMs) = *name == 'f' ? *time : *time - 1;
    }
    return options;
}

Status exportOffline(const Configuration &configuration, const QString &projectName,
                     api::ExportOptions options, Output &output)
{
    const auto offline = OfflineEngine::open(configuration);
    if (!offline)
        return offline.error();
    const auto project = (*offline)->project(projectName.toStdString());
    if (!project)
        return project.error();
    options.project = *project;
    api::SeriesExport series((*offline)->engine(), options, [&](const std::string &piece) {
        return output.write(QByteArray::fromStdString(piece));
    });
    const Status done = series.run();
    const Status closed = (*offline)->close();
    return done ? closed : done;
}

QUrlQuery queryOf(const QCommandLineParser &parser)
{
    QUrlQuery query;
    for (const char *name : {"format", "from", "to", "metric"}) {
        for (const QString &value : parser.values(QLatin1String(name)))
            query.addQueryItem(QLatin1String(name), QString::fromLatin1(QUrl::toPercentEncoding(value)));
    }
    return query;
}

Status exportTo(const Configuration &configuration, const QCommandLineParser &parser, Output &output)
{
    const auto options = optionsOf(parser, SystemClock().nowMs());
    if (!options)
        return options.error();
    if (Status opened = output.open(); !opened)
        return opened;
    const QString directory = configuration.value("data");
    const QString project = parser.value(QStringLiteral("project"));
    const auto access = ControlSocket::ask(directory, "export.open", {{"project", project}});
    Status done;
    if (access) {
        done = exportOnline(*access, queryOf(parser), output);
        (void)ControlSocket::ask(directory, "import.close", {{"id", (*access)["id"]}});
    } else if (access.error().code == ErrorCode::NotFound) {
        done = exportOffline(configuration, project, *options, output);
    } else {
        done = access.error();
    }
    if (done)
        return output.close();
    output.giveUp();
    return done;
}

} // namespace

int runExport(Invocation &invocation)
{
    const QCoreApplication application(invocation.argc, invocation.argv);
    QStringList arguments = invocation.arguments;
    const auto configuration = Configuration::load(arguments);
    if (!configuration)
        return fail(configuration.error(), 2);
    QCommandLineParser parser;
    for (const char *name : {"format", "from", "to", "metric"})
        parser.addOption({QLatin1String(name), {}, QLatin1String(name)});
    parser.addOption({QStringLiteral("project"), {}, QStringLiteral("PROJECT"), QStringLiteral("default")});
    arguments.prepend(QStringLiteral("plimsoll export"));
    if (!parser.parse(arguments) || parser.positionalArguments().size() != 1)
        return fail({ErrorCode::Invalid, "Name the file to write.",
                     "Write: plimsoll export FILE [--format json] [--data DIR]."},
                    2);
    const QString directory = configuration->value("data");
    if (!QFile::exists(directory))
        return fail({ErrorCode::NotFound, "There is no data directory " + directory.toStdString() + ".",
                     "Name it with --data."});
    Output output(parser.positionalArguments().constFirst());
    if (const Status done = exportTo(*configuration, parser, output); !done)
        return fail(done.error());
    std::fprintf(stderr, "%.1f MB exported.\n", double(output.bytes()) / 1e6);
    return 0;
}

} // namespace plimsoll::app
