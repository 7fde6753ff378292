#pragma once

#include "server/http/ReplyConnection.h"
#include "server/http/Router.h"

#include <QByteArray>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace plimsoll::test {

/// A streamed answer that is kept, piece by piece. Safe from any thread.
class RecordedStream final : public http::Stream
{
public:
    explicit RecordedStream(const QByteArray &head)
        : m_bytes(head.toStdString())
    {
    }

    bool write(QByteArray piece) override
    {
        const std::lock_guard lock(m_mutex);
        if (m_closed)
            return false;
        m_bytes.append(piece.constData(), size_t(piece.size()));
        m_changed.notify_all();
        return true;
    }
    qint64 pendingBytes() const override { return pending; }
    bool closed() const override
    {
        const std::lock_guard lock(m_mutex);
        return m_closed;
    }
    void finish() override { close(); }

    void close()
    {
        const std::lock_guard lock(m_mutex);
        m_closed = true;
        m_changed.notify_all();
    }
    QByteArray bytes() const
    {
        const std::lock_guard lock(m_mutex);
        return QByteArray::fromStdString(m_bytes);
    }
    /// Waits until `condition(bytes, closed)` holds; false where it does not within 20 s.
    template<typename Condition>
    bool waitFor(Condition condition) const
    {
        std::unique_lock lock(m_mutex);
        return m_changed.wait_for(lock, std::chrono::seconds(20),
                                  [&] { return condition(QByteArray::fromStdString(m_bytes), m_closed); });
    }
    bool waitForText(const QByteArray &text) const
    {
        return waitFor([&](const QByteArray &bytes, bool) { return bytes.contains(text); });
    }

    std::atomic<qint64> pending{0};

private:
    mutable std::mutex m_mutex;
    mutable std::condition_variable m_changed;
    std::string m_bytes; ///< not a QByteArray: its reference counts hide from ThreadSanitizer inside Qt
    bool m_closed = false;
};

/// What a handler answered, for tests of handlers without a socket.
class RecordedReply final : public http::Reply::Connection
{
public:
    void send(http::Response response) override
    {
        const std::lock_guard lock(m_mutex);
        if (m_answered)
            return;
        m_response = std::move(response);
        m_answered = true;
        m_changed.notify_all();
    }
    std::shared_ptr<http::Stream> startStream(http::Response response) override
    {
        const std::lock_guard lock(m_mutex);
        stream = std::make_shared<RecordedStream>(response.body);
        m_response = std::move(response);
        m_answered = true;
        m_changed.notify_all();
        return stream;
    }
    bool answered() const override
    {
        const std::lock_guard lock(m_mutex);
        return m_answered;
    }
    bool clientGone() const override { return m_gone; }
    void onClientGone(std::function<void()> callback) override
    {
        {
            const std::lock_guard lock(m_mutex);
            if (!m_gone) {
                m_whenGone = std::move(callback);
                return;
            }
        }
        callback();
    }

    void leave()
    {
        std::function<void()> callback;
        {
            const std::lock_guard lock(m_mutex);
            m_gone = true;
            callback = std::move(m_whenGone);
        }
        if (callback)
            callback();
    }
    /// Waits for the answer; status 0 where none comes within 20 s.
    http::Response wait() const
    {
        std::unique_lock lock(m_mutex);
        if (!m_changed.wait_for(lock, std::chrono::seconds(20), [this] { return m_answered; }))
            return {0, {}, {}, {}};
        return m_response;
    }

    std::shared_ptr<RecordedStream> stream;

private:
    mutable std::mutex m_mutex;
    mutable std::condition_variable m_changed;
    http::Response m_response;
    bool m_answered = false;
    std::atomic<bool> m_gone{false};
    std::function<void()> m_whenGone;
};

/// Asks a router as a caller with the read right would: "/metrics/query?metric=a".
inline std::shared_ptr<RecordedReply> ask(const http::Router &router, const std::string &target,
                                          std::vector<std::pair<std::string, std::string>> headers = {},
                                          ProjectId project = defaultProject,
                                          http::Role role = http::Role::Read)
{
    const size_t mark = target.find('?');
    http::Request request;
    request.path = target.substr(0, mark);
    request.rawQuery = mark == std::string::npos ? std::string() : target.substr(mark + 1);
    request.headers = std::move(headers);
    request.principal.role = role;
    request.principal.project = project;
    auto recorder = std::make_shared<RecordedReply>();
    const http::Router::Match match = router.match(http::Method::Get, request.path);
    if (match.route)
        match.route->handler(std::make_shared<const http::Request>(std::move(request)),
                             http::Reply(recorder));
    return recorder;
}

} // namespace plimsoll::test
