#include "server/http/Cors.h"

#include "server/http/Method.h"
#include "server/http/Router.h"

#include <QUrl>

#include <algorithm>

namespace plimsoll::http {

namespace {

constexpr const char *maxAgeSeconds = "600";
constexpr const char *requestHeaders =
    "Authorization, Content-Type, Content-Encoding, Idempotency-Key, X-Prometheus-Remote-Write-Version";

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

std::string lowered(std::string_view text)
{
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    return out;
}

/// Scheme, host and port, and nothing else: so browsers write an origin.
bool isOrigin(const std::string &text)
{
    const QUrl url(QString::fromStdString(text), QUrl::StrictMode);
    return url.isValid() && (url.scheme() == u"http" || url.scheme() == u"https") && !url.host().isEmpty() &&
           text.find('*') == std::string::npos && url.userInfo().isEmpty() && url.path().isEmpty() &&
           !url.hasQuery() && !url.hasFragment();
}

bool isForListed(const Route &route)
{
    return route.access == Access::Read || route.access == Access::Ingest || route.forOtherOrigins;
}

bool isForAll(const Route &route) { return route.access == Access::Read || route.forOtherOrigins; }

Response refused(const std::string &message, const std::string &hint)
{
    Response response = Response::error(403, "origin_not_allowed", message, hint);
    response.headers.emplace_back("Vary", "Origin");
    return response;
}

} // namespace

Result<Cors> Cors::parse(std::string_view list)
{
    Cors cors;
    while (!list.empty()) {
        const size_t comma = list.find(',');
        const std::string origin = lowered(trimmed(list.substr(0, comma)));
        list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
        if (origin == "*")
            cors.m_any = true;
        else if (isOrigin(origin))
            cors.m_origins.push_back(origin);
        else if (!origin.empty())
            return Error{ErrorCode::Invalid, "\"" + origin + "\" is not an origin.",
                         "Write scheme, host and port as the browser's address line has them, such as "
                         "https://app.example.com or http://localhost:3000; or * for every page, for reading "
                         "only."};
    }
    return cors;
}

bool Cors::lists(std::string_view origin) const
{
    return std::find(m_origins.begin(), m_origins.end(), lowered(origin)) != m_origins.end();
}

QByteArray Cors::allowed(const Route &route, std::string_view origin) const
{
    if (m_any && isForAll(route))
        return "*";
    if (isForListed(route) && lists(origin))
        return QByteArray(origin.data(), qsizetype(origin.size()));
    return {};
}

OriginShare Cors::shareOf(const Route *route, const Request &request) const
{
    if (!route || !enabled() || !isForListed(*route))
        return {};
    const auto origin = request.header("origin");
    return {origin ? allowed(*route, *origin) : QByteArray(), !(m_any && isForAll(*route))};
}

std::optional<Response> Cors::preflight(const Router &router, const Request &request) const
{
    const auto origin = request.header("origin");
    const auto wanted = request.header("access-control-request-method");
    if (request.method != Method::Options || !origin || !wanted)
        return std::nullopt;
    const auto method = methodNamed(*wanted);
    const Router::Match match = router.match(method.value_or(Method::Options), request.path);
    if (!match.route)
        return std::nullopt;
    const QByteArray allow = allowed(*match.route, *origin);
    if (allow.isEmpty() && isForListed(*match.route))
        return refused("Pages of " + std::string(*origin) + " may not call this server.",
                       "Add the origin to cors.origins (--cors-origins, PLIMSOLL_CORS_ORIGINS).");
    if (allow.isEmpty())
        return refused("This address is not for pages of other sites.",
                       "Reading and sending samples can be opened to them with cors.origins.");
    Response response = Response::noContent();
    response.headers = {
        {"Access-Control-Allow-Origin", allow},
        {"Access-Control-Allow-Methods", QByteArray(wanted->data(), qsizetype(wanted->size()))},
        {"Access-Control-Allow-Headers", requestHeaders},
        {"Access-Control-Max-Age", maxAgeSeconds},
        {"Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"}};
    return response;
}

} // namespace plimsoll::http
