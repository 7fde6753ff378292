#pragma once

#include "storage/backend/DocumentStore.h"

#include <QCoroTask>
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
    ~Records() override;

    /// Blocking reads, for start-up. Records that are not JSON are left out.
    Result<std::vector<QJsonObject>> list(const char *collection) const;
    std::optional<QJsonObject> get(const char *collection, const std::string &id) const;

    /// Finishes once the write is durable, or with why it failed; also when the store goes away.
    QFuture<Status> put(const char *collection, const std::string &id, const QJsonObject &body,
                        int64_t nowMs);
    QFuture<Status> remove(const char *collection, const std::string &id);

    /// Waits, but not longer than until stop(); true where it was not stopped.
    QCoro::Task<bool> pause(int64_t ms);
    /// Ends all pauses; for the owner that is about to stop.
    void stop();

Q_SIGNALS:
    void stopping();

private:
    DocumentStore &m_store;
    ProjectId m_project;
    bool m_stopped = false;
};

} // namespace plimsoll::alerts
