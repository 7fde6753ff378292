#pragma once

#include "ui/desktop/data/ApiClient.h"
#include "ui/desktop/data/EventParser.h"

#include <QPointer>
#include <QTimer>

class QNetworkReply;

namespace plimsoll::desktop {

/// The server-sent events of /api/app/live. Once opened it stays open; a stream that was silent for silenceMs
/// (the server speaks every 15 s) or that ended is reported by ended(). It does not open itself again.
class LiveStream : public QObject
{
    Q_OBJECT

public:
    static constexpr int silenceMs = 45'000;

    explicit LiveStream(ApiClient &api, QObject *parent = nullptr);
    ~LiveStream() override;

    void open();
    void close();

Q_SIGNALS:
    /// One event with its JSON data, which is empty where it was not an object.
    void received(const QString &name, const QJsonObject &data);
    void ended();

private:
    void read();
    void end();

    ApiClient &m_api;
    QPointer<QNetworkReply> m_reply;
    EventParser m_parser;
    QTimer m_silence;
};

} // namespace plimsoll::desktop
