#pragma once

#include "server/http/Response.h"

#include <QCoroTask>

#include <QObject>
#include <QPointer>
#include <QTimer>

#include <chrono>
#include <exception>
#include <optional>

namespace plimsoll::http {

namespace detail {

/// The Reply of a running coroutine: whoever comes first of answer, timeout and the owner's end takes it.
class PendingReply : public QObject
{
public:
    PendingReply(QObject *owner, Reply reply)
        : QObject(owner)
        , m_reply(std::move(reply))
    {
    }
    ~PendingReply() override
    {
        answer(
            Response::error({ErrorCode::Unavailable, "The server is stopping.", "Try again in a moment."}));
    }

    void answer(Response response)
    {
        if (auto reply = std::exchange(m_reply, std::nullopt))
            reply->send(std::move(response));
    }

private:
    std::optional<Reply> m_reply;
};

inline QCoro::Task<> answerWhenDone(QPointer<PendingReply> pending, QCoro::Task<Response> task)
{
    std::optional<Response> response;
    try {
        response = co_await task;
    } catch (const std::exception &failure) {
        qWarning("a request failed: %s", failure.what());
    } catch (...) {
        qWarning("a request failed");
    }
    if (!pending)
        co_return;
    if (response)
        pending->answer(std::move(*response));
    else
        pending->answer(Response::error({ErrorCode::Internal, "The request failed.", "Look at the log."}));
    pending->deleteLater();
}

} // namespace detail

/// Answers a request with what a coroutine returns. `owner` must live on the calling thread; when it goes, or
/// the time is up, the request is answered 503 and the coroutine's result is dropped (it must itself hold
/// what it uses by QPointer or shared_ptr, and stop soon). An exception is answered 500.
inline void spawn(QObject *owner, QCoro::Task<Response> task, Reply reply,
                  std::chrono::milliseconds timeout = std::chrono::seconds(30))
{
    auto *pending = new detail::PendingReply(owner, std::move(reply));
    QTimer::singleShot(timeout, pending, [pending] {
        pending->answer(Response::error(
            {ErrorCode::Timeout, "The request took too long.", "Ask for less at once, or try again."}));
    });
    detail::answerWhenDone(pending, std::move(task));
}

} // namespace plimsoll::http
