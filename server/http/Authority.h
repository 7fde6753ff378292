#pragma once

#include "server/http/Router.h"

#include <optional>

namespace plimsoll::http {

/// The role of whoever decides if a request may reach its route. Safe to call from any thread; must not
/// block.
class Authority
{
public:
    virtual ~Authority() = default;

    /// Called when the head of a request is complete and before its body is read. Fills `request.principal`
    /// where the caller may pass, else returns the refusal.
    virtual std::optional<Response> refusal(const Route &route, Request &request) = 0;
};

} // namespace plimsoll::http
