#pragma once

#include "storage/model/Batch.h"
#include "storage/model/Labels.h"
#include "storage/model/Result.h"

#include <QJsonObject>

#include <string>
#include <string_view>
#include <vector>

namespace plimsoll::ingest {

inline constexpr std::string_view pushTimeMetric = "push_time_seconds";
inline constexpr std::string_view pushFailureMetric = "push_failure_time_seconds";

/// One sample that was pushed, as it is repeated.
struct PushedSeries
{
    std::string family; ///< of its `# TYPE` line; its name where it has none
    std::string key;    ///< Labels::key(), with the labels of the group
    Kind kind = Kind::Untyped;
    double value = 0;
    bool operator==(const PushedSeries &) const = default;
};

/// What was pushed under one set of labels.
struct PushGroup
{
    ProjectId project = defaultProject;
    Labels labels; ///< `job` among them
    std::vector<PushedSeries> series;
    int64_t pushedMs = 0; ///< last success; 0: never
    int64_t failedMs = 0; ///< last push that did not fit; 0: never

    /// The same for the same project and labels, whatever their order in the path.
    std::string id() const { return idOf(project, labels); }
    static std::string idOf(ProjectId project, const Labels &labels);

    /// Adds its samples to a batch of its project, and the times of its pushes; each is of `item`.
    void addTo(Batch &batch, int64_t timestampMs, Batch::ItemIndex item) const;
    QJsonObject toJson() const;
    static Result<PushGroup> fromJson(ProjectId project, const QJsonObject &json);
};

/// Adds a sample of a series that a batch does not name yet.
void addSample(Batch &batch, const std::string &key, Kind kind, int64_t timestampMs, double value,
               Batch::ItemIndex item);

} // namespace plimsoll::ingest
