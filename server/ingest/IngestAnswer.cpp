#include "server/ingest/IngestAnswer.h"

#include "server/ingest/JsonText.h"

namespace plimsoll::ingest {
namespace {

http::Response refusal(const Error &error)
{
    http::Response response = http::Response::error(error);
    const bool retryHelps = response.status == 503 || response.status == 507;
    const auto isRetryAfter = [](const auto &header) { return header.first.toLower() == "retry-after"; };
    if (retryHelps && std::none_of(response.headers.begin(), response.headers.end(), isRetryAfter))
        response.headers.emplace_back("Retry-After", response.status == 507 ? "30" : "1");
    return response;
}

std::string errorList(const std::vector<Rejection> &rejections)
{
    std::string out;
    for (size_t i = 0; i < rejections.size() && i < maxReportedErrors; i++) {
        const Rejection &rejection = rejections[i];
        out += i == 0 ? "{\"index\":" : ",{\"index\":";
        (out += std::to_string(rejection.item)) += ",\"error\":";
        ((out += quoteJson(rejection.message)) += ",\"code\":") += quoteJson(rejection.code);
        out += '}';
    }
    return out;
}

} // namespace

http::Response ingestAnswer(const CommitReceipt &receipt)
{
    if (!receipt.status)
        return refusal(receipt.status.error());
    http::Response response;
    response.status = receipt.accepted > 0 || receipt.rejections.empty() ? 200 : 400;
    response.body = QByteArray::fromStdString("{\"accepted\":" + std::to_string(receipt.accepted) +
                                              ",\"rejected\":" + std::to_string(receipt.rejections.size()) +
                                              ",\"errors\":[" + errorList(receipt.rejections) + "]}");
    if (receipt.replayed)
        response.headers.emplace_back("Idempotent-Replayed", "true");
    return response;
}

} // namespace plimsoll::ingest
