#pragma once

#include "alerts/Records.h"
#include "alerts/ResourceBook.h"
#include "storage/model/Clock.h"

#include <set>

namespace plimsoll::alerts {

/// Resources that are nothing but their records: read, checked, written, shown. Lives on the alert thread.
class StoredBook : public QObject, public ResourceBook
{
    Q_OBJECT

public:
    StoredBook(Records &records, const Clock &clock, const char *collection, const char *one);

    /// Reads everything back, blocking.
    Status open();

    Answer list(Listing listing) const override;
    Answer read(std::string id) const override;
    QCoro::Task<Answer> create(QJsonObject definition) override;
    QCoro::Task<Answer> replace(std::string id, QJsonObject definition) override;
    QCoro::Task<Answer> patch(std::string id, QJsonObject patch) override;
    QCoro::Task<Status> remove(std::string id) override;

    const std::map<std::string, QJsonObject> &all() const { return m_all; }

Q_SIGNALS:
    /// One was made, changed or removed; durable.
    void changed();

protected:
    /// The definition with all its fields, or what is wrong with it. `previous` is what it takes the place
    /// of; empty for a new one. Read-only fields (`id`, `created_ms`, `updated_ms`) are not its concern.
    virtual Result<QJsonObject> accept(const QJsonObject &definition, const QJsonObject &previous) const = 0;
    /// What a listing's filters let through.
    virtual bool isListed(const QJsonObject &, const Listing &) const { return true; }
    /// How it is shown.
    virtual QJsonObject shown(const QJsonObject &stored) const { return stored; }
    virtual int64_t orderMs(const QJsonObject &stored) const;

    /// Writes one, then puts it in force.
    QCoro::Task<Answer> store(std::string id, QJsonObject body);
    Error notFound(const std::string &id) const;
    const Clock &clock() const { return m_clock; }

private:
    Records &m_records;
    const Clock &m_clock;
    const char *m_collection;
    const char *m_one;
    std::map<std::string, QJsonObject> m_all;
    std::set<std::string> m_writing;
};

} // namespace plimsoll::alerts
