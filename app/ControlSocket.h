#pragma once

#include "storage/model/Result.h"

#include <QJsonObject>
#include <QLocalServer>

#include <functional>
#include <map>
#include <string>

namespace plimsoll::app {

/// The door for upkeep commands of the shell while an appliance holds the data directory: `control.sock` in
/// it, mode 0600. One JSON object a line: `{"command":"key.create","arguments":{…}}` is answered by
/// `{"result":{…}}` or
/// `{"error":{"code","message","hint"}}`.
class ControlSocket final : public QObject
{
    Q_OBJECT

public:
    using Answer = std::function<void(Result<QJsonObject>)>;
    /// Runs on the socket's thread; calls back once, from any thread.
    using Command = std::function<void(QJsonObject arguments, Answer answer)>;

    explicit ControlSocket(QObject *parent = nullptr);

    void add(std::string name, Command command);
    /// Replaces a stale socket of a dead appliance. A directory whose path is too long for a socket is an
    /// error.
    Status listen(const QString &dataDirectory);

    /// The other end, for the shell: asks and waits. NotFound where no appliance answers in that directory.
    static Result<QJsonObject> ask(const QString &dataDirectory, const std::string &command,
                                   const QJsonObject &arguments, int timeoutMs = 30'000);

private:
    void serve(class QLocalSocket *socket);

    QLocalServer m_server;
    std::map<std::string, Command> m_commands;
};

} // namespace plimsoll::app
