#include "server/ingest/IngestAnswer.h"

#include "server/ingest/JsonText.h"

namespace plimsoll::ingest {
namespace {

constexpr size_t maxMessages = 10; ///< spelled out in an answer of text

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

http::Response replayable(http::Response response, const CommitReceipt &receipt)
{
    if (receipt.replayed)
        response.headers.emplace_back("Idempotent-Replayed", "true");
    return response;
}

} // namespace

std::string firstMessages(const std::vector<Rejection> &rejections)
{
    std::string out;
    for (size_t i = 0; i < rejections.size() && i < maxMessages; i++)
        (out += i == 0 ? "" : "\n") += rejections[i].message;
    return out;
}

http::Response ingestAnswer(const CommitReceipt &receipt)
{
    if (!receipt.status)
        return refusal(receipt.status.error());
    http::Response response;
    response.status = receipt.accepted > 0 || receipt.rejections.empty() ? 200 : 400;
    response.body = QByteArray::fromStdString("{\"accepted\":" + std::to_string(receipt.accepted) +
                                              ",\"rejected\":" + std::to_string(receipt.rejections.size()) +
                                              ",\"errors\":[" + errorList(receipt.rejections) + "]}");
    return replayable(std::move(response), receipt);
}

http::Response remoteWriteAnswer(const CommitReceipt &receipt)
{
    if (!receipt.status) {
        http::Response response = refusal(receipt.status.error());
        const Error &error = receipt.status.error();
        response.contentType = "text/plain; charset=utf-8";
        response.body = QByteArray::fromStdString(error.message + ' ' + error.hint + '\n');
        return response;
    }
    http::Response response = http::Response::noContent();
    if (!receipt.rejections.empty()) {
        const size_t refused = receipt.rejections.size();
        response = http::Response::text(QByteArray::fromStdString(
            std::to_string(refused) + " of " + std::to_string(refused + receipt.accepted) +
            " samples were refused, the others are stored.\n" + firstMessages(receipt.rejections) + '\n'));
        response.status = 400;
    }
    return replayable(std::move(response), receipt);
}

http::Response remoteWrite2Answer(const CommitReceipt &receipt, std::span<const uint32_t> histogramItems)
{
    http::Response response = remoteWriteAnswer(receipt);
    const bool stored = receipt.status.ok();
    const auto refused =
        std::count_if(receipt.rejections.begin(), receipt.rejections.end(), [&](const Rejection &rejection) {
            return std::binary_search(histogramItems.begin(), histogramItems.end(), rejection.item);
        });
    const auto histograms = stored ? static_cast<qint64>(histogramItems.size()) - refused : 0;
    const auto samples = stored ? static_cast<qint64>(receipt.accepted) - histograms : 0;
    response.headers.emplace_back("X-Prometheus-Remote-Write-Samples-Written", QByteArray::number(samples));
    response.headers.emplace_back("X-Prometheus-Remote-Write-Histograms-Written",
                                  QByteArray::number(histograms));
    response.headers.emplace_back("X-Prometheus-Remote-Write-Exemplars-Written", "0");
    return response;
}

const char *remoteWriteSource(const http::Request &request)
{
    const std::string_view type = request.header("content-type").value_or("");
    const std::string_view version = request.header("x-prometheus-remote-write-version").value_or("");
    const bool names = type.find("proto=") != std::string_view::npos;
    const bool second = names ? type.find("io.prometheus.write.v2.Request") != std::string_view::npos
                              : version.starts_with("2.");
    return second ? "remote_write_2" : "remote_write";
}

std::optional<http::Response> remoteWriteRefusal(const http::Request &request)
{
    const std::string_view type = request.header("content-type").value_or("");
    const size_t at = type.find("proto=");
    if (at == std::string_view::npos || type.find("prometheus.WriteRequest", at) != std::string_view::npos ||
        type.find("io.prometheus.write.v2.Request", at) != std::string_view::npos)
        return std::nullopt;
    http::Response response = http::Response::text(
        "This server takes prometheus.WriteRequest and io.prometheus.write.v2.Request.\n");
    response.status = 415;
    return response;
}

http::Response influxError(int status, const std::string &message)
{
    http::Response response;
    response.status = status;
    const std::string text = quoteJson(message);
    const char *code = status == 503 || status == 507 ? "unavailable"
                       : status == 413                ? "request too large"
                       : status >= 500                ? "internal error"
                                                      : "invalid";
    response.body = QByteArray::fromStdString("{\"code\":\"" + std::string(code) + "\",\"error\":" + text +
                                              ",\"message\":" + text + "}\n");
    return response;
}

http::Response influxAnswer(const CommitReceipt &receipt)
{
    if (!receipt.status) {
        http::Response response = refusal(receipt.status.error());
        response.body = influxError(response.status, receipt.status.error().message).body;
        return response;
    }
    if (receipt.rejections.empty())
        return replayable(http::Response::noContent(), receipt);
    const auto dropped =
        std::count_if(receipt.rejections.begin(), receipt.rejections.end(),
                      [](const Rejection &rejection) { return rejection.code != "bad_line"; });
    std::string message = firstMessages(receipt.rejections);
    if (receipt.accepted > 0 || dropped > 0)
        message = "partial write: " + message + " dropped=" + std::to_string(dropped);
    return replayable(influxError(400, message), receipt);
}

} // namespace plimsoll::ingest
