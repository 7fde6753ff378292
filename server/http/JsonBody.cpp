#include "server/http/JsonBody.h"

#include <QJsonDocument>

namespace plimsoll::http {

Result<QJsonObject> objectIn(const Request &request, bool mayLack)
{
    if (mayLack && request.body.isEmpty())
        return QJsonObject();
    QJsonParseError failure;
    const QJsonDocument document = QJsonDocument::fromJson(request.body, &failure);
    if (failure.error != QJsonParseError::NoError)
        return Error{
            ErrorCode::Invalid, "The body is not JSON: " + failure.errorString().toStdString() + ".", {}};
    if (!document.isObject())
        return Error{ErrorCode::Invalid, "The body is not a JSON object.", {}};
    return document.object();
}

} // namespace plimsoll::http
