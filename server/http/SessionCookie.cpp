#include "server/http/SessionCookie.h"

#include "server/http/Sessions.h"

namespace plimsoll::http {

void setSessionCookie(Response &response, const Request &request, std::string_view token)
{
    QByteArray cookie(Sessions::cookieName.data(), qsizetype(Sessions::cookieName.size()));
    cookie += '=';
    cookie.append(token.data(), qsizetype(token.size()));
    cookie += "; Path=/; HttpOnly; SameSite=Strict; Max-Age=" +
              QByteArray::number(qint64(token.empty() ? 0 : Sessions::lifetimeMs / 1000));
    if (request.secure)
        cookie += "; Secure";
    response.headers.emplace_back("Set-Cookie", cookie);
}

std::optional<std::string_view> sessionTokenOf(const Request &request)
{
    const auto cookies = request.header("cookie");
    return cookies ? Sessions::tokenIn(*cookies) : std::nullopt;
}

} // namespace plimsoll::http
