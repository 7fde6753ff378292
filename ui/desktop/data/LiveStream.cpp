#include "ui/desktop/data/LiveStream.h"

#include <QJsonDocument>
#include <QNetworkReply>

namespace plimsoll::desktop {

LiveStream::LiveStream(ApiClient &api, QObject *parent)
    : QObject(parent)
    , m_api(api)
{
    m_silence.setSingleShot(true);
    m_silence.setInterval(silenceMs);
    connect(&m_silence, &QTimer::timeout, this, &LiveStream::end);
}

LiveStream::~LiveStream() { close(); }

void LiveStream::open()
{
    close();
    m_parser = {};
    QNetworkRequest request = m_api.request("/api/app/live");
    request.setRawHeader("Accept", "text/event-stream");
    request.setAttribute(QNetworkRequest::CacheLoadControlAttribute, QNetworkRequest::AlwaysNetwork);
    m_reply = m_api.network().get(request);
    connect(m_reply, &QNetworkReply::readyRead, this, &LiveStream::read);
    connect(m_reply, &QNetworkReply::finished, this, &LiveStream::end);
    m_silence.start();
}

void LiveStream::close()
{
    m_silence.stop();
    if (!m_reply)
        return;
    m_reply->disconnect(this);
    m_reply->abort();
    m_reply->deleteLater();
    m_reply.clear();
}

void LiveStream::read()
{
    m_silence.start();
    if (m_reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt() != 200)
        return;
    const QPointer<LiveStream> self(this);
    for (const EventParser::Event &event : m_parser.feed(m_reply->readAll())) {
        Q_EMIT received(QString::fromUtf8(event.name), QJsonDocument::fromJson(event.data).object());
        if (!self || !m_reply)
            return;
    }
}

void LiveStream::end()
{
    close();
    Q_EMIT ended();
}

} // namespace plimsoll::desktop
