#pragma once

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

namespace plimsoll::test {

/// JSON, with ' in place of ".
inline QJsonObject json(QByteArray text)
{
    QJsonParseError failure;
    const QJsonDocument document = QJsonDocument::fromJson(text.replace('\'', '"'), &failure);
    if (!document.isObject())
        qFatal("not JSON: %s: %s", qPrintable(failure.errorString()), text.constData());
    return document.object();
}

/// A notification of one episode, as alerts/channels/README.md has it.
inline QJsonObject sampleNotification(const QString &event)
{
    QJsonObject body = json(
        "{'version':1,'id':'d1','episode_id':'e1','dedup_key':'k1','rule':{'id':'r1','name':'CPU is high'},"
        "'severity':'critical','labels':{'instance':'web-1','job':'node'},"
        "'annotations':{'summary':'CPU of web-1 is at 91.5 %'},'expr':'cpu','op':'>','threshold':90,"
        "'value':91.5,'peak':97,'started_ms':1795248005000,'ended_ms':null,"
        "'url':'http://plimsoll.example/alerts/episodes/e1'}");
    body.insert("event", event);
    if (event == "resolved")
        body.insert("ended_ms", qint64(1795248605250));
    return body;
}

/// The same for a group; every second episode has ended where it fires. `text` becomes the summary of each.
inline QJsonObject sampleGroup(const QString &event, int count, const QString &text = "high")
{
    QJsonObject body = sampleNotification(event);
    QJsonArray episodes;
    for (int i = 0; i < count; i++) {
        const bool firing = event != "resolved" && i % 2 == 0;
        QJsonObject episode = sampleNotification(firing ? "firing" : "resolved");
        episode.insert("id", QStringLiteral("e%1").arg(i + 1));
        episode.insert("labels",
                       QJsonObject{{"instance", QStringLiteral("web-%1").arg(i + 1)}, {"job", "node"}});
        episode.insert("annotations", QJsonObject{{"summary", text}});
        episodes.append(episode);
    }
    body.insert("episodes", episodes);
    body.insert("group", json("{'labels':{'alertname':'CPU is high'}}"));
    body.insert("left_out", 2);
    return body;
}

} // namespace plimsoll::test
