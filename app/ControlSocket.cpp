#include "app/ControlSocket.h"

#include <QDir>
#include <QElapsedTimer>
#include <QJsonDocument>
#include <QLocalSocket>
#include <QPointer>

namespace plimsoll::app {

namespace {

constexpr qint64 maxLineBytes = 1 << 20;

/// Absolute: QLocalServer takes a relative one for a name in the directory of temporary files.
QString socketPath(const QString &dataDirectory)
{
    return QDir(dataDirectory).absoluteFilePath(QStringLiteral("control.sock"));
}

QByteArray line(const QJsonObject &object)
{
    return QJsonDocument(object).toJson(QJsonDocument::Compact) + '\n';
}

QByteArray answerLine(const Result<QJsonObject> &result)
{
    if (result)
        return line({{"result", *result}});
    const Error &error = result.error();
    return line({{"error", QJsonObject{{"code", int(error.code)},
                                       {"message", QString::fromStdString(error.message)},
                                       {"hint", QString::fromStdString(error.hint)}}}});
}

} // namespace

ControlSocket::ControlSocket(QObject *parent)
    : QObject(parent)
{
    m_server.setSocketOptions(QLocalServer::UserAccessOption);
    connect(&m_server, &QLocalServer::newConnection, this, [this] {
        while (QLocalSocket *socket = m_server.nextPendingConnection()) {
            connect(socket, &QLocalSocket::disconnected, socket, &QObject::deleteLater);
            connect(socket, &QLocalSocket::readyRead, this, [this, socket] { serve(socket); });
        }
    });
}

void ControlSocket::add(std::string name, Command command)
{
    m_commands[std::move(name)] = std::move(command);
}

Status ControlSocket::listen(const QString &dataDirectory)
{
    const QString path = socketPath(dataDirectory);
    QLocalServer::removeServer(path);
    if (m_server.listen(path))
        return {};
    return Error{ErrorCode::Unavailable,
                 "The control socket cannot be opened: " + m_server.errorString().toStdString(),
                 "Shell commands such as \"plimsoll key create\" need it; a shorter data path may help."};
}

void ControlSocket::serve(QLocalSocket *socket)
{
    while (socket->canReadLine()) {
        const QJsonObject request = QJsonDocument::fromJson(socket->readLine(maxLineBytes)).object();
        const auto command = m_commands.find(request["command"].toString().toStdString());
        if (command == m_commands.end()) {
            socket->write(
                answerLine(Error{ErrorCode::Invalid, "The running appliance does not know this command.",
                                 "It may be of an older version; restart it."}));
            continue;
        }
        const QPointer<QLocalSocket> client(socket);
        command->second(request["arguments"].toObject(), [this, client](Result<QJsonObject> result) {
            const auto reply = [client, bytes = answerLine(result)] {
                if (client)
                    client->write(bytes);
            };
            QMetaObject::invokeMethod(this, reply, Qt::QueuedConnection);
        });
    }
    if (socket->bytesAvailable() > maxLineBytes)
        socket->abort();
}

Result<QJsonObject> ControlSocket::ask(const QString &dataDirectory, const std::string &command,
                                       const QJsonObject &arguments, int timeoutMs)
{
    QLocalSocket socket;
    socket.connectToServer(socketPath(dataDirectory));
    if (!socket.waitForConnected(2000))
        return Error{ErrorCode::NotFound, "No Plimsoll is running on " + dataDirectory.toStdString() + ".",
                     "Start it with \"plimsoll serve\", or name its directory with --data."};
    socket.write(line({{"command", QString::fromStdString(command)}, {"arguments", arguments}}));

    QElapsedTimer waited;
    waited.start();
    while (!socket.canReadLine() && waited.elapsed() < timeoutMs) {
        if (!socket.waitForReadyRead(timeoutMs - int(waited.elapsed())))
            break;
    }
    if (!socket.canReadLine())
        return Error{ErrorCode::Timeout, "The running Plimsoll did not answer.", "Look at its log."};

    const QJsonObject answer = QJsonDocument::fromJson(socket.readLine()).object();
    if (answer.contains(QLatin1String("result")))
        return answer["result"].toObject();
    const QJsonObject error = answer["error"].toObject();
    return Error{static_cast<ErrorCode>(error["code"].toInt(int(ErrorCode::Internal))),
                 error["message"].toString().toStdString(), error["hint"].toString().toStdString()};
}

} // namespace plimsoll::app
