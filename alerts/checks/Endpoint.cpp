#include "alerts/checks/Endpoint.h"

#include <QUrl>

#include <charconv>

namespace plimsoll::alerts {

namespace {

Error wrong(const std::string &why)
{
    return {ErrorCode::Invalid, why, "Write it like \"db.example:5432\" or \"[::1]:443\"."};
}

/// Host names in ASCII, as the name server knows them; empty where it is none.
std::string toHost(std::string_view text)
{
    const QString name = QString::fromUtf8(text.data(), qsizetype(text.size()));
    if (text.find(':') != std::string_view::npos)
        return std::string(text);
    const std::string host = QUrl::toAce(name).toStdString();
    const bool sound =
        host.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") ==
        std::string::npos;
    return sound && host.size() <= 253 ? host : std::string();
}

} // namespace

Result<Endpoint> Endpoint::parse(std::string_view text, uint16_t defaultPort)
{
    std::string_view host = text;
    std::string_view port;
    if (text.starts_with('[')) {
        const size_t end = text.find(']');
        if (end == std::string_view::npos)
            return wrong("has no ] after its address.");
        host = text.substr(1, end - 1);
        port = text.substr(end + 1);
    } else if (const size_t colon = text.rfind(':');
               colon != std::string_view::npos && text.find(':') == colon) {
        host = text.substr(0, colon);
        port = text.substr(colon);
    }
    Endpoint endpoint{toHost(host), defaultPort};
    if (endpoint.host.empty())
        return wrong("has no host.");
    if (port.empty())
        return defaultPort ? Result<Endpoint>(endpoint) : wrong("has no port.");
    if (port.front() != ':')
        return wrong("is not a host and a port.");
    port.remove_prefix(1);
    const auto [rest, failure] = std::from_chars(port.data(), port.data() + port.size(), endpoint.port);
    if (failure != std::errc() || rest != port.data() + port.size() || endpoint.port == 0)
        return wrong("has a port that is not a number from 1 to 65535.");
    return endpoint;
}

std::string Endpoint::toString() const
{
    const bool six = host.find(':') != std::string::npos;
    return (six ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

} // namespace plimsoll::alerts
