#pragma once

#include "server/api/PriceRecord.h"
#include "server/ingest/PriceBook.h"
#include "storage/model/Clock.h"

#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <tuple>

namespace plimsoll::api {

/// The prices of projects: shipped ones, and own ones kept as records of collection `prices`. Each change is
/// in the book of the decoders once it is durable, before it is answered. Safe from any thread.
class PriceList
{
public:
    static constexpr const char *collection = "prices";
    static constexpr size_t maxOwn = 500; ///< of a project

    /// Called once the change holds, on the store thread, or at once with why it does not.
    using Done = std::function<void(Result<PriceRecord>)>;

    /// All must outlive it and the calls of `done`.
    PriceList(DocumentStore &documents, ingest::PriceBook &book, const Clock &clock);

    /// Puts the own prices of projects into the book.
    void load(const std::set<ProjectId> &projects);

    /// By provider, model and date, the newest date first.
    Result<std::vector<PriceRecord>> list(ProjectId project) const;
    Result<PriceRecord> get(ProjectId project, std::string_view id) const;
    ingest::PriceBook::Table table(ProjectId project) const { return m_book.of(project); }

    void create(ProjectId project, const QJsonObject &fields, Done done);
    /// Conflict for a shipped one.
    void patch(ProjectId project, std::string_view id, const QJsonObject &fields, Done done);
    void remove(ProjectId project, std::string_view id, Done done);

private:
    using Place = std::tuple<ProjectId, std::string, std::string, int64_t>;

    std::vector<PriceRecord> own(ProjectId project) const;
    void reload(ProjectId project);
    Status reserve(ProjectId project, const PriceRecord &record, size_t mostOthers);
    void keep(ProjectId project, const PriceRecord &record, Done done);

    DocumentStore &m_documents;
    ingest::PriceBook &m_book;
    const Clock &m_clock;
    std::mutex m_mutex;
    std::set<Place> m_underWay; ///< what is being written now; guarded
};

} // namespace plimsoll::api
