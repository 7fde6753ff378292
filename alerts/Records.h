#pragma once

#include "alerts/WaitableTimer.h"
#include "storage/backend/DocumentStore.h"

#include <QFuture>
#include <QJsonObject>
#include <QObject>

namespace plimsoll::alerts {

/// The records of one project as JSON, with writes that can be awaited. Belongs to one thread; the futures
/// finish from the store's.
class Records : public QObject
{
    Q_OBJECT

public:
    Records(DocumentStore &store, ProjectId project, QObject *parent = nullptr);

    /// Blocking reads, for start-up. Records that are not JSON are left out.
    Result<std::vector<QJsonObject>> list(const char *collection) const;
    std::optional<QJsonObject> get(const char *collection, const std::string &id) const;

    /// Finishes once the write is durable, or with why it failed; also when the store goes away.
    QFuture<Status> put(const char *collection, const std::string &id, const QJsonObject &body,
                        int64_t nowMs);
    QFuture<Status> remove(const char *collection, const std::string &id);

    /// A pause before a write is tried again; false when it ended because of stop().
    QFuture<bool> pause(int64_t ms) { return m_pauses.wait(ms); }
    /// Ends all pauses; for the owner that is about to stop.
    void stop() { m_pauses.interrupt(); }

private:
    DocumentStore &m_store;
    ProjectId m_project;
    WaitableTimer m_pauses;
};

} // namespace plimsoll::alerts
