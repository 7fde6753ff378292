#include "server/ingest/OtlpAnswer.h"

#include "server/ingest/IngestAnswer.h"
#include "server/ingest/JsonText.h"

#include <protozero/pbf_writer.hpp>

#include <algorithm>

namespace plimsoll::ingest {
namespace {

enum class Form { Protobuf, Json };

/// Of google.rpc.Code.
int rpcCode(int status)
{
    switch (status) {
    case 400:
        return 3; // INVALID_ARGUMENT
    case 413:
    case 429:
        return 8; // RESOURCE_EXHAUSTED
    case 415:
        return 12; // UNIMPLEMENTED
    case 503:
        return 14; // UNAVAILABLE
    default:
        return status >= 500 ? 13 : 9; // INTERNAL, FAILED_PRECONDITION
    }
}

/// {field: number, field: text}, the shape of both messages.
std::string message(Form form, std::pair<int, const char *> number, int64_t value,
                    std::pair<int, const char *> text, const std::string &words)
{
    if (form == Form::Json)
        return std::string("{\"") + number.second + "\":" + std::to_string(value) + ",\"" + text.second +
               "\":" + quoteJson(words) + '}';
    std::string out;
    protozero::pbf_writer writer(out);
    writer.add_int64(static_cast<protozero::pbf_tag_type>(number.first), value);
    writer.add_string(static_cast<protozero::pbf_tag_type>(text.first), words);
    return out;
}

http::Response answered(Form form, int status, const std::string &body)
{
    http::Response response;
    response.status = status;
    response.contentType = form == Form::Json ? "application/json" : "application/x-protobuf";
    response.body = QByteArray::fromStdString(body);
    return response;
}

http::Response refused(Form form, int status, const std::string &words)
{
    return answered(form, status, message(form, {1, "code"}, rpcCode(status), {2, "message"}, words));
}

http::Response partialSuccess(Form form, const CommitReceipt &receipt)
{
    const std::string partial =
        message(form, {1, "rejectedDataPoints"}, static_cast<int64_t>(receipt.rejections.size()),
                {2, "errorMessage"}, firstMessages(receipt.rejections));
    if (form == Form::Json)
        return answered(form, 200, "{\"partialSuccess\":" + partial + '}');
    std::string out;
    protozero::pbf_writer(out).add_message(1, partial);
    return answered(form, 200, out);
}

http::Response answer(Form form, const CommitReceipt &receipt)
{
    if (!receipt.status) {
        const Error &error = receipt.status.error();
        http::Response response = ingestAnswer(receipt);
        // Senders try again after 503 and never after 507, where trying again helps as well.
        const int status = response.status == 507 ? 503 : response.status;
        http::Response own =
            refused(form, status, error.hint.empty() ? error.message : error.message + ' ' + error.hint);
        own.headers = std::move(response.headers);
        return own;
    }
    http::Response response;
    if (receipt.rejections.empty())
        response = answered(form, 200, form == Form::Json ? "{}" : "");
    else if (receipt.accepted > 0)
        response = partialSuccess(form, receipt);
    else
        response = refused(form, 400, firstMessages(receipt.rejections));
    if (receipt.replayed)
        response.headers.emplace_back("Idempotent-Replayed", "true");
    return response;
}

/// The media type, in lower case and without parameters.
std::string mediaType(const http::Request &request)
{
    std::string type(request.header("content-type").value_or(""));
    type.resize(std::min(type.find_first_of("; \t"), type.size()));
    std::transform(type.begin(), type.end(), type.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return type;
}

} // namespace

http::Response otlpProtobufAnswer(const CommitReceipt &receipt) { return answer(Form::Protobuf, receipt); }
http::Response otlpJsonAnswer(const CommitReceipt &receipt) { return answer(Form::Json, receipt); }

const char *otlpSource(const http::Request &request)
{
    return mediaType(request) == "application/json" ? "otlp_json" : "otlp";
}

std::optional<http::Response> otlpRefusal(const http::Request &request)
{
    const std::string type = mediaType(request);
    if (type == "application/json" || type == "application/x-protobuf" || type == "application/protobuf")
        return std::nullopt;
    return refused(Form::Json, 415,
                   "Send application/x-protobuf or application/json, not " +
                       (type.empty() ? "a body without Content-Type" : quoteJson(type)) + '.');
}

} // namespace plimsoll::ingest
