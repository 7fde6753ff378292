#include "server/api/PrometheusEnvelope.h"

#include "server/api/JsonWriter.h"
#include "server/api/PrometheusApiJson.h"

namespace plimsoll::api::prometheus {

namespace {

struct ErrorForm
{
    int status;
    const char *type;
};

/// Source: prometheus/web/api/v1/api.go, respondError(). 499 is the status of a client that went away.
ErrorForm formOf(ErrorCode code)
{
    switch (code) {
    case ErrorCode::Invalid:
        return {400, "bad_data"};
    case ErrorCode::NotFound:
        return {404, "not_found"};
    case ErrorCode::TooLarge:
    case ErrorCode::Unprocessable:
        return {422, "execution"};
    case ErrorCode::Timeout:
        return {503, "timeout"};
    case ErrorCode::Cancelled:
        return {499, "canceled"};
    case ErrorCode::Unavailable:
        return {503, "unavailable"};
    default:
        return {500, "internal"};
    }
}

http::Response respond(const std::string &json, int status)
{
    http::Response response;
    response.status = status;
    response.body = QByteArray(json.data(), static_cast<qsizetype>(json.size()));
    return response;
}

} // namespace

std::string notesToJson(const Notes &notes)
{
    std::string json;
    if (!notes.warnings.empty())
        json += ",\"warnings\":" + textsToJson(notes.warnings);
    if (!notes.infos.empty())
        json += ",\"infos\":" + textsToJson(notes.infos);
    return json;
}

http::Response success(std::string data, const Notes &notes)
{
    data.insert(0, R"({"status":"success","data":)");
    data += notesToJson(notes);
    data += '}';
    return respond(data, 200);
}

http::Response failure(const Error &error)
{
    const ErrorForm form = formOf(error.code);
    JsonWriter writer;
    writer.beginObject()
        .member("status", "error")
        .member("errorType", form.type)
        .member("error", error.message + (error.hint.empty() ? "" : " " + error.hint))
        .endObject();
    http::Response response = respond(writer.take(), form.status);
    if (error.code == ErrorCode::Unavailable)
        response.headers.emplace_back("Retry-After", "5");
    return response;
}

} // namespace plimsoll::api::prometheus
