#include "server/api/DroppedLabels.h"

#include <QCryptographicHash>
#include <QJsonDocument>

#include <algorithm>
#include <tuple>

namespace plimsoll::api {
namespace {

/// The same for the same metric and label, so that two requests at once make one record.
std::string idOf(std::string_view name, std::string_view label)
{
    QCryptographicHash hash(QCryptographicHash::Sha256);
    hash.addData(QByteArray(name.data(), qsizetype(name.size())));
    hash.addData(QByteArray(1, '\0'));
    hash.addData(QByteArray(label.data(), qsizetype(label.size())));
    return hash.result().toHex().left(32).toStdString();
}

std::optional<DroppedLabel> dropIn(const Document &document)
{
    const QJsonObject json = QJsonDocument::fromJson(QByteArray::fromStdString(document.body)).object();
    DroppedLabel drop;
    drop.id = document.id;
    drop.name = json["name"].toString().toStdString();
    drop.label = json["label"].toString().toStdString();
    drop.by = json["by"].toString().toStdString();
    drop.createdMs = json["created_ms"].toInteger();
    return drop.name.empty() || drop.label.empty() ? std::nullopt : std::optional(drop);
}

Document documentOf(const DroppedLabel &drop)
{
    QJsonObject json = drop.toJson();
    json.remove("id");
    return {drop.id, QJsonDocument(json).toJson(QJsonDocument::Compact).toStdString(), drop.createdMs};
}

Error notFound() { return {ErrorCode::NotFound, "No such label is dropped.", {}}; }

} // namespace

QJsonObject DroppedLabel::toJson() const
{
    return {{"id", QString::fromStdString(id)},
            {"name", QString::fromStdString(name)},
            {"label", QString::fromStdString(label)},
            {"by", QString::fromStdString(by)},
            {"created_ms", qint64(createdMs)}};
}

DroppedLabels::DroppedLabels(DocumentStore &documents, ingest::LabelDrops &drops, const Clock &clock)
    : m_documents(documents)
    , m_drops(drops)
    , m_clock(clock)
{
}

void DroppedLabels::load(const std::set<ProjectId> &projects)
{
    for (const ProjectId project : projects)
        reload(project);
}

void DroppedLabels::reload(ProjectId project)
{
    ingest::LabelDrops::ByMetric drops;
    for (const DroppedLabel &drop : list(project))
        drops[drop.name].insert(drop.label);
    m_drops.set(project, std::move(drops));
}

std::vector<DroppedLabel> DroppedLabels::list(ProjectId project) const
{
    std::vector<DroppedLabel> drops;
    const auto documents = m_documents.list(project, collection);
    for (size_t i = 0; documents && i < documents->size(); i++) {
        if (auto drop = dropIn((*documents)[i]))
            drops.push_back(*std::move(drop));
    }
    std::ranges::sort(drops, [](const DroppedLabel &a, const DroppedLabel &b) {
        return std::tie(a.name, a.label) < std::tie(b.name, b.label);
    });
    return drops;
}

Result<DroppedLabel> DroppedLabels::get(ProjectId project, std::string_view id) const
{
    const auto document = m_documents.get(project, collection, id);
    const auto drop = document ? dropIn(*document) : std::nullopt;
    return drop ? Result<DroppedLabel>(*drop) : Result<DroppedLabel>(notFound());
}

void DroppedLabels::create(ProjectId project, DroppedLabel drop, Done done)
{
    drop.id = idOf(drop.name, drop.label);
    drop.createdMs = m_clock.nowMs();
    if (get(project, drop.id))
        return done(Error{ErrorCode::Conflict, "That label is dropped already.", {}});
    if (list(project).size() >= maxDrops)
        return done(Error{ErrorCode::Unprocessable,
                          "A project drops at most " + std::to_string(maxDrops) + " labels.",
                          "Take some back first, or leave labels out where they are sent."});
    m_documents.put(project, collection, documentOf(drop),
                    [this, project, drop, done = std::move(done)](const Status &kept) {
                        if (kept)
                            reload(project);
                        done(kept ? Result<DroppedLabel>(drop) : Result<DroppedLabel>(kept.error()));
                    });
}

void DroppedLabels::remove(ProjectId project, std::string_view id, Done done)
{
    const auto drop = get(project, id);
    if (!drop)
        return done(drop.error());
    m_documents.remove(project, collection, id,
                       [this, project, drop = *drop, done = std::move(done)](const Status &removed) {
                           if (removed)
                               reload(project);
                           done(removed ? Result<DroppedLabel>(drop) : Result<DroppedLabel>(removed.error()));
                       });
}

} // namespace plimsoll::api
