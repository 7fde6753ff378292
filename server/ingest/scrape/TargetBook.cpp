#include "server/ingest/scrape/TargetBook.h"

#include "server/http/Secret.h"

#include <QJsonArray>
#include <QJsonDocument>

namespace plimsoll::ingest {
namespace {

constexpr std::string_view collection = "targets";
constexpr const char *source = "api";

Error notFound() { return {ErrorCode::NotFound, "There is no such target.", {}}; }

std::string_view healthName(ScrapeState::Health health)
{
    switch (health) {
    case ScrapeState::Health::Up:
        return "up";
    case ScrapeState::Health::Down:
        return "down";
    case ScrapeState::Health::Unknown:
        break;
    }
    return "unknown";
}

QJsonObject jsonOf(const ScrapeState &state)
{
    const std::string_view health = healthName(state.health);
    return {{"health", QString::fromUtf8(health.data(), qsizetype(health.size()))},
            {"last_error", QString::fromStdString(state.error)},
            {"last_scrape_ms", state.lastMs > 0 ? QJsonValue(qint64(state.lastMs)) : QJsonValue()},
            {"duration_ms", state.lastSeconds * 1000},
            {"samples", qint64(state.samples)},
            {"kept", qint64(state.kept)},
            {"refused", qint64(state.refused)},
            {"scrapes", qint64(state.scrapes)},
            {"failures", qint64(state.failures)}};
}

/// Merges a patch as RFC 7386 has it.
QJsonObject merged(QJsonObject into, const QJsonObject &patch)
{
    for (auto it = patch.begin(); it != patch.end(); ++it) {
        if (it.value().isNull())
            into.remove(it.key());
        else if (it.value().isObject())
            into.insert(it.key(), merged(into.value(it.key()).toObject(), it.value().toObject()));
        else
            into.insert(it.key(), it.value());
    }
    return into;
}

Result<TargetRecord> parsed(const Document &document)
{
    return TargetRecord::fromStored(
        document.id, QJsonDocument::fromJson(QByteArray::fromStdString(document.body)).object());
}

} // namespace

TargetBook::TargetBook(DocumentStore &documents, Scraper &scraper, const Clock &clock, Projects projects)
    : m_documents(documents)
    , m_scraper(scraper)
    , m_clock(clock)
    , m_projects(std::move(projects))
{
}

void TargetBook::reload()
{
    // One after the other, so that an older state never takes the place of a newer one.
    const std::lock_guard lock(m_reloading);
    ScrapeTargets targets;
    for (const ProjectId project : m_leads ? m_projects() : std::set<ProjectId>()) {
        const auto documents = m_documents.list(project, collection);
        for (size_t i = 0; documents && i < documents->size(); i++) {
            auto record = parsed((*documents)[i]);
            if (!record || !record->enabled)
                continue;
            record->target.project = project;
            record->target.id = record->id;
            targets.active.push_back(std::move(record->target));
        }
    }
    m_scraper.setTargets(source, std::move(targets));
}

void TargetBook::setLeads(bool leads)
{
    if (m_leads.exchange(leads) != leads)
        reload();
}

QJsonObject TargetBook::shown(ProjectId project, const TargetRecord &record) const
{
    QJsonObject object = record.toShown();
    object.insert("state", jsonOf(m_scraper.stateOf(project, record.id).value_or(ScrapeState())));
    return object;
}

Result<QJsonObject> TargetBook::list(ProjectId project, size_t limit, const std::string &cursor) const
{
    const auto documents = m_documents.list(project, collection);
    if (!documents)
        return documents.error();
    QJsonArray items;
    QJsonValue next;
    for (const Document &document : *documents) {
        if (document.id <= cursor)
            continue;
        if (size_t(items.size()) == limit) {
            next = items.last().toObject().value("id");
            break;
        }
        if (const auto record = parsed(document))
            items.append(shown(project, *record));
    }
    return QJsonObject{{"items", items}, {"next_cursor", next}};
}

Result<TargetRecord> TargetBook::recordOf(ProjectId project, const std::string &id) const
{
    const auto document = m_documents.get(project, collection, id);
    if (!document)
        return document.error().code == ErrorCode::NotFound ? notFound() : document.error();
    return parsed(*document);
}

Result<QJsonObject> TargetBook::read(ProjectId project, const std::string &id) const
{
    const auto record = recordOf(project, id);
    if (!record)
        return record.error();
    return shown(project, *record);
}

void TargetBook::write(ProjectId project, Result<TargetRecord> record, const Answer &done)
{
    if (!record)
        return done(record.error());
    TargetRecord written = std::move(record).value();
    written.updatedMs = m_clock.nowMs();
    if (written.createdMs == 0)
        written.createdMs = written.updatedMs;
    Document document{written.id,
                      QJsonDocument(written.toJson()).toJson(QJsonDocument::Compact).toStdString(),
                      written.updatedMs};
    m_documents.put(project, collection, std::move(document),
                    [this, project, written, done](const Status &stored) {
                        if (!stored)
                            return done(stored.error());
                        reload();
                        done(shown(project, written));
                    });
}

void TargetBook::create(ProjectId project, const QJsonObject &given, const Answer &done)
{
    const auto documents = m_documents.list(project, collection);
    if (!documents)
        return done(documents.error());
    if (documents->size() >= maxTargets)
        return done(Error{ErrorCode::Conflict,
                          "This project has " + std::to_string(maxTargets) + " targets, which is the most.",
                          "Remove one, or use a file with --scrape-config."});
    auto record = TargetRecord::fromJson(given, nullptr);
    if (record)
        record->id = http::randomId();
    write(project, std::move(record), done);
}

void TargetBook::replace(ProjectId project, const std::string &id, const QJsonObject &given,
                         const Answer &done)
{
    const auto before = recordOf(project, id);
    if (!before)
        return done(before.error());
    write(project, TargetRecord::fromJson(given, &*before), done);
}

void TargetBook::patch(ProjectId project, const std::string &id, const QJsonObject &patch, const Answer &done)
{
    const auto before = recordOf(project, id);
    if (!before)
        return done(before.error());
    // What is kept is masked, so that secrets do not follow a new address unasked.
    QJsonObject masked = before->toShown();
    for (const QString &name : masked.keys()) {
        if (!before->given.contains(name))
            masked.remove(name);
    }
    write(project, TargetRecord::fromJson(merged(masked, patch), &*before), done);
}

void TargetBook::remove(ProjectId project, const std::string &id, const Answer &done)
{
    if (const auto before = m_documents.get(project, collection, id); !before)
        return done(before.error().code == ErrorCode::NotFound ? notFound() : before.error());
    m_documents.remove(project, collection, id, [this, done](const Status &removed) {
        if (!removed)
            return done(removed.error());
        reload();
        done(QJsonObject());
    });
}

} // namespace plimsoll::ingest
