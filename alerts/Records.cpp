#include "alerts/Records.h"

#include <QJsonDocument>
#include <QPromise>

namespace plimsoll::alerts {

namespace {

/// Answers a future exactly once, at the latest when the store drops its callback.
class Answer
{
public:
    Answer() { m_promise.start(); }
    ~Answer() { give(Error{ErrorCode::Cancelled, "The store has stopped.", {}}); }
    Answer(const Answer &) = delete;
    Answer &operator=(const Answer &) = delete;

    QFuture<Status> future() const { return m_promise.future(); }
    void give(Status status)
    {
        if (m_given.exchange(true))
            return;
        m_promise.addResult(std::move(status));
        m_promise.finish();
    }

private:
    QPromise<Status> m_promise;
    std::atomic<bool> m_given = false;
};

std::optional<QJsonObject> toObject(const Document &document)
{
    const QByteArray body = QByteArray::fromRawData(document.body.data(), qsizetype(document.body.size()));
    const QJsonDocument parsed = QJsonDocument::fromJson(body);
    return parsed.isObject() ? std::optional(parsed.object()) : std::nullopt;
}

} // namespace

Records::Records(DocumentStore &store, ProjectId project, QObject *parent)
    : QObject(parent)
    , m_store(store)
    , m_project(project)
{
}

Result<std::vector<QJsonObject>> Records::list(const char *collection) const
{
    const Result<std::vector<Document>> documents = m_store.list(m_project, collection);
    if (!documents)
        return documents.error();
    std::vector<QJsonObject> objects;
    for (const Document &document : *documents) {
        if (std::optional<QJsonObject> object = toObject(document))
            objects.push_back(std::move(*object));
    }
    return objects;
}

std::optional<QJsonObject> Records::get(const char *collection, const std::string &id) const
{
    const Result<Document> document = m_store.get(m_project, collection, id);
    return document ? toObject(*document) : std::nullopt;
}

QFuture<Status> Records::put(const char *collection, const std::string &id, const QJsonObject &body,
                             int64_t nowMs)
{
    const auto answer = std::make_shared<Answer>();
    Document document{id, QJsonDocument(body).toJson(QJsonDocument::Compact).toStdString(), nowMs};
    m_store.put(m_project, collection, std::move(document),
                [answer](Status status) { answer->give(std::move(status)); });
    return answer->future();
}

QFuture<Status> Records::remove(const char *collection, const std::string &id)
{
    const auto answer = std::make_shared<Answer>();
    m_store.remove(m_project, collection, id, [answer](Status status) { answer->give(std::move(status)); });
    return answer->future();
}

} // namespace plimsoll::alerts
