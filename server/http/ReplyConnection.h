#pragma once

#include "server/http/Response.h"

#include <functional>
#include <memory>

namespace plimsoll::http {

/// What a Reply answers to: one request of one connection. Implemented by Exchange over a socket; tests of
/// handlers implement it with a recorder. All functions may be called from any thread.
class Reply::Connection
{
public:
    virtual ~Connection() = default;

    /// Takes the answer; a second one is dropped.
    virtual void send(Response response) = 0;
    virtual std::shared_ptr<Stream> startStream(Response response) = 0;
    virtual bool answered() const = 0;
    virtual bool clientGone() const = 0;
    virtual void onClientGone(std::function<void()> callback) = 0;
};

} // namespace plimsoll::http
