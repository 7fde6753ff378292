#pragma once

#include "storage/model/Batch.h"
#include "storage/model/Result.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll {

/// A small control-plane record (rule, channel, episode, delivery, key, setting): JSON text under an id.
struct Document
{
    std::string id;
    std::string body; ///< JSON object, UTF-8
    int64_t updatedMs = 0;
};

/// The role of whoever keeps such records. A collection ("rules", "channels", …) belongs to a project;
/// records of the appliance itself live in project 0.
///
/// Reads are served from any thread and see every write whose `done` was called. Writes are queued to the
/// store thread in order; `done` is called there once the transaction is durable (synchronous=FULL), or with
/// why it failed.
class DocumentStore
{
public:
    using Done = std::function<void(Status)>;

    virtual ~DocumentStore() = default;

    /// All records of a collection, ordered by id.
    virtual Result<std::vector<Document>> list(ProjectId project, std::string_view collection) const = 0;
    /// One record, or NotFound.
    virtual Result<Document> get(ProjectId project, std::string_view collection,
                                 std::string_view id) const = 0;
    /// Creates or replaces a record.
    virtual void put(ProjectId project, std::string_view collection, Document document, Done done) = 0;
    /// Removes a record; removing what is not there is a success.
    virtual void remove(ProjectId project, std::string_view collection, std::string_view id, Done done) = 0;
};

/// Waits for a write; never call it on an event loop that serves requests. For start-up, the shell and tests.
Status putAndWait(DocumentStore &store, ProjectId project, std::string_view collection, Document document);
Status removeAndWait(DocumentStore &store, ProjectId project, std::string_view collection,
                     std::string_view id);

} // namespace plimsoll
