#include "server/ingest/scrape/ScrapeFormat.h"

#include <algorithm>

namespace plimsoll::ingest {
namespace {

struct Row
{
    ScrapeProtocol protocol;
    std::string_view name;
    std::string_view mediaType;
};

constexpr Row rows[] = {
    {ScrapeProtocol::OpenMetrics1, "OpenMetricsText1.0.0",
     "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8"},
    {ScrapeProtocol::OpenMetrics0, "OpenMetricsText0.0.1", "application/openmetrics-text;version=0.0.1"},
    {ScrapeProtocol::Text1, "PrometheusText1.0.0", "text/plain;version=1.0.0;escaping=allow-utf-8"},
    {ScrapeProtocol::Text0, "PrometheusText0.0.4", "text/plain;version=0.0.4"},
};

const Row &rowOf(ScrapeProtocol protocol)
{
    return *std::find_if(std::begin(rows), std::end(rows),
                         [&](const Row &row) { return row.protocol == protocol; });
}

} // namespace

std::optional<ScrapeProtocol> scrapeProtocolNamed(std::string_view name)
{
    for (const Row &row : rows) {
        if (row.name == name)
            return row.protocol;
    }
    return std::nullopt;
}

std::string_view scrapeProtocolName(ScrapeProtocol protocol) { return rowOf(protocol).name; }

const std::vector<ScrapeProtocol> &defaultScrapeProtocols()
{
    static const std::vector<ScrapeProtocol> all{ScrapeProtocol::OpenMetrics1, ScrapeProtocol::OpenMetrics0,
                                                 ScrapeProtocol::Text1, ScrapeProtocol::Text0};
    return all;
}

std::string acceptHeader(const std::vector<ScrapeProtocol> &protocols)
{
    std::string out;
    size_t tenths = protocols.size() + 1;
    for (const ScrapeProtocol protocol : protocols)
        out += std::string(rowOf(protocol).mediaType) + ";q=0." + std::to_string(tenths--) + ',';
    return out + "*/*;q=0." + std::to_string(tenths);
}

std::optional<ExpositionForm> formOfContentType(std::string_view contentType)
{
    std::string type(contentType.substr(0, contentType.find(';')));
    while (!type.empty() && (type.back() == ' ' || type.back() == '\t'))
        type.pop_back();
    std::transform(type.begin(), type.end(), type.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    if (type == "text/plain")
        return ExpositionForm::Text;
    if (type == "application/openmetrics-text")
        return ExpositionForm::OpenMetrics;
    return std::nullopt;
}

ExpositionForm formOf(ScrapeProtocol protocol)
{
    const bool open = protocol == ScrapeProtocol::OpenMetrics1 || protocol == ScrapeProtocol::OpenMetrics0;
    return open ? ExpositionForm::OpenMetrics : ExpositionForm::Text;
}

} // namespace plimsoll::ingest
