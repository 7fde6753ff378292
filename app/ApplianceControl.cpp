#include "app/ApplianceControl.h"

namespace plimsoll::app {

void createKey(http::ApiKeys &keys, const QJsonObject &arguments, bool temporary,
               std::function<void(Result<QJsonObject>)> answer)
{
    const auto role = http::roleNamed(arguments["role"].toString().toStdString());
    if (!role) {
        answer(Error{ErrorCode::Invalid,
                     "There is no role \"" + arguments["role"].toString().toStdString() + "\".",
                     "Roles are ingest, read, edit and admin."});
        return;
    }
    keys.create(arguments["name"].toString().toStdString(), *role,
                arguments["project"].toString(QStringLiteral("default")).toStdString(), temporary,
                [answer = std::move(answer)](Result<http::CreatedKey> made) {
                    if (!made)
                        return answer(made.error());
                    answer(QJsonObject{{"id", QString::fromStdString(made->key.id)},
                                       {"key", QString::fromStdString(made->secret)}});
                });
}

void addControlCommands(ControlSocket &socket, http::AccessControl &access, std::function<std::string()> url)
{
    socket.add("key.create", [&access](QJsonObject arguments, ControlSocket::Answer answer) {
        createKey(access.keys(), arguments, false, std::move(answer));
    });
    socket.add("import.open", [&access, url](QJsonObject, ControlSocket::Answer answer) {
        const QJsonObject wanted{{"role", "ingest"}, {"name", "an import from the shell"}};
        createKey(access.keys(), wanted, true, [answer = std::move(answer), url](Result<QJsonObject> made) {
            if (made)
                made->insert(QStringLiteral("url"), QString::fromStdString(url()));
            answer(std::move(made));
        });
    });
    socket.add("import.close", [&access](QJsonObject arguments, ControlSocket::Answer answer) {
        access.keys().remove(arguments["id"].toString().toStdString(),
                             [answer = std::move(answer)](Status removed) {
                                 answer(removed ? Result<QJsonObject>(QJsonObject()) : removed.error());
                             });
    });
}

} // namespace plimsoll::app
