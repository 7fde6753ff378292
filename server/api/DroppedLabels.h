#pragma once

#include "server/ingest/LabelDrops.h"
#include "storage/backend/DocumentStore.h"
#include "storage/model/Clock.h"

#include <functional>
#include <set>
#include <string>
#include <vector>

#include <QJsonObject>

namespace plimsoll::api {

/// A label of a metric that is left out, by whom and since when.
struct DroppedLabel
{
    std::string id;
    std::string name;
    std::string label;
    std::string by; ///< for people; empty for a stranger
    int64_t createdMs = 0;

    QJsonObject toJson() const;
};

/// What is dropped, kept as records of collection `label_drops`. Each change holds for what comes in once it
/// is durable, before it is answered. Safe from any thread.
class DroppedLabels
{
public:
    static constexpr const char *collection = "label_drops";
    static constexpr size_t maxDrops = 500; ///< of a project

    /// Called once the change holds, on the store thread, or at once with why it does not.
    using Done = std::function<void(Result<DroppedLabel>)>;

    /// All must outlive it and the calls of `done`.
    DroppedLabels(DocumentStore &documents, ingest::LabelDrops &drops, const Clock &clock);

    /// Lets those of these projects hold.
    void load(const std::set<ProjectId> &projects);

    /// By metric and label.
    std::vector<DroppedLabel> list(ProjectId project) const;
    Result<DroppedLabel> get(ProjectId project, std::string_view id) const;
    /// The labels of a metric.
    ingest::LabelDrops::Labels of(ProjectId project, std::string_view metric) const
    {
        return m_drops.of(project, metric);
    }

    /// Whether the label may be dropped is the caller's to know. Conflict where it is dropped already.
    void create(ProjectId project, DroppedLabel drop, Done done);
    void remove(ProjectId project, std::string_view id, Done done);

private:
    void reload(ProjectId project);

    DocumentStore &m_documents;
    ingest::LabelDrops &m_drops;
    const Clock &m_clock;
};

} // namespace plimsoll::api
