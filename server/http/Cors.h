#pragma once

#include "server/http/Response.h"
#include "storage/model/Result.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll::http {

struct Request;
struct Route;
class Router;

/// What an answer tells a browser about the pages of other sites.
struct OriginShare
{
    QByteArray allowOrigin; ///< empty: nothing
    bool variesByOrigin = false;
};

/// Which pages of other sites may call this appliance from a browser (setting cors.origins).
///
/// A listed origin may call what reads and what takes samples; `*` lets every page call what reads. None of
/// them is sent credentials: a page needs an API key of its own, also on open loopback, and never rides on a
/// session. Routes that change settings are not open to other origins.
class Cors
{
public:
    /// No origin.
    Cors() = default;
    /// Reads a comma separated list such as "https://app.example.com,http://localhost:3000" or "*". Fails
    /// with Invalid and names the wrong one.
    static Result<Cors> parse(std::string_view list);

    bool enabled() const { return m_any || !m_origins.empty(); }
    OriginShare shareOf(const Route *route, const Request &request) const;
    /// The answer to a browser's question before a request; nothing where this is none.
    std::optional<Response> preflight(const Router &router, const Request &request) const;

private:
    bool lists(std::string_view origin) const;
    QByteArray allowed(const Route &route, std::string_view origin) const;

    std::vector<std::string> m_origins; ///< in lower case
    bool m_any = false;
};

} // namespace plimsoll::http
