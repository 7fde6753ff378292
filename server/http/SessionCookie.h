#pragma once

#include "server/http/Request.h"
#include "server/http/Response.h"

#include <optional>
#include <string_view>

namespace plimsoll::http {

/// Gives the browser that asked a session's token: HttpOnly, SameSite=Strict and, over TLS, Secure. An empty
/// one takes it back.
void setSessionCookie(Response &response, const Request &request, std::string_view token);

/// The token that came with a request.
std::optional<std::string_view> sessionTokenOf(const Request &request);

} // namespace plimsoll::http
