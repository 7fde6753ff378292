#pragma once

#include "server/ingest/scrape/ScrapeTarget.h"

#include <QJsonObject>

namespace plimsoll::ingest {

/// A target as the API has it (SCRAPE.md, "Targets of the API"): what was given, checked, with its secrets.
struct TargetRecord
{
    std::string id;
    int64_t createdMs = 0;
    int64_t updatedMs = 0;
    QJsonObject given; ///< the fields that were set
    ScrapeTarget target;
    bool enabled = true;

    /// Checks what was given. Secrets that are "***" are those of `previous`, which a change of scheme, host
    /// or port forbids. Unprocessable, naming the field, where something is wrong.
    static Result<TargetRecord> fromJson(QJsonObject given, const TargetRecord *previous);
    /// What is stored.
    QJsonObject toJson() const;
    static Result<TargetRecord> fromStored(const std::string &id, const QJsonObject &stored);
    /// What is shown: defaults filled in, secrets masked.
    QJsonObject toShown() const;
};

} // namespace plimsoll::ingest
