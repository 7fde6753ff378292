#include "server/http/Response.h"

#include <QJsonDocument>

namespace plimsoll::http {

namespace {

struct ErrorRow
{
    int status;
    const char *code;
};

ErrorRow rowOf(ErrorCode code)
{
    switch (code) {
    case ErrorCode::Invalid:
        return {400, "invalid"};
    case ErrorCode::Unauthorized:
        return {401, "unauthorized"};
    case ErrorCode::Forbidden:
        return {403, "forbidden"};
    case ErrorCode::NotFound:
        return {404, "not_found"};
    case ErrorCode::Conflict:
        return {409, "conflict"};
    case ErrorCode::TooLarge:
        return {413, "too_large"};
    case ErrorCode::Unprocessable:
        return {422, "unprocessable"};
    case ErrorCode::TooMany:
        return {429, "too_many"};
    case ErrorCode::Unavailable:
        return {503, "unavailable"};
    case ErrorCode::NoSpace:
        return {507, "no_space"};
    case ErrorCode::Timeout:
        return {503, "timeout"};
    case ErrorCode::Cancelled:
        return {503, "cancelled"};
    case ErrorCode::Corrupt:
        return {500, "corrupt"};
    case ErrorCode::Unsupported:
        return {501, "unsupported"};
    case ErrorCode::Internal:
        break;
    }
    return {500, "internal"};
}

} // namespace

Response Response::json(const QJsonObject &object, int status)
{
    return {status, "application/json", QJsonDocument(object).toJson(QJsonDocument::Compact), {}};
}

Response Response::text(QByteArray body, QByteArray contentType)
{
    return {200, std::move(contentType), std::move(body), {}};
}

Response Response::noContent() { return {204, {}, {}, {}}; }

Response Response::error(const Error &error)
{
    const ErrorRow row = rowOf(error.code);
    return Response::error(row.status, row.code, error.message, error.hint);
}

Response Response::error(int status, const char *code, const std::string &message, const std::string &hint)
{
    QJsonObject inner{{"code", code}, {"message", QString::fromStdString(message)}};
    if (!hint.empty())
        inner.insert("hint", QString::fromStdString(hint));
    Response response = json({{"error", inner}}, status);
    if (status == 429)
        response.headers.emplace_back("Retry-After", "60");
    else if (status == 503)
        response.headers.emplace_back("Retry-After", "5");
    return response;
}

} // namespace plimsoll::http
