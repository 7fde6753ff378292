#pragma once

#include "server/http/Request.h"

namespace plimsoll::http {

/// "GET", "POST", …
std::string_view methodName(Method method);

/// The method of that (case-sensitive) name, if it is one that we know.
std::optional<Method> methodNamed(std::string_view name);

/// True for methods that change nothing: GET, HEAD and OPTIONS.
bool isSafe(Method method);

} // namespace plimsoll::http
