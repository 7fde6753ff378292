#pragma once

#include "storage/backend/BackendSnapshot.h"
#include "storage/engine/Catalogue.h"
#include "storage/engine/Head.h"

#include <functional>
#include <memory>
#include <string>

namespace plimsoll {

/// Everything that an engine holds as of one commit: the database, and what is in memory and journal only.
///
/// Made by Engine::snapshot(); used and destroyed by the thread that made it, before the engine. Commits go
/// on meanwhile.
class EngineSnapshot
{
public:
    EngineSnapshot(const Catalogue &catalogue, Head &head, HeadView view, std::string receipts,
                   std::unique_ptr<BackendSnapshot> database);
    ~EngineSnapshot();
    EngineSnapshot(const EngineSnapshot &) = delete;
    EngineSnapshot &operator=(const EngineSnapshot &) = delete;

    BackendSnapshot &database() { return *m_database; }
    /// The seals that its readers would see.
    const std::shared_ptr<const Seals> &seals() const { return m_view.seals; }

    /// Calls `take` with payloads of journal frames (JOURNAL.md) that hold together what the database lacks:
    /// samples in the order of their arrival per series, the definitions of those series, receipts. Ends with
    /// the first failure of `take`. The head is let go afterwards; call it once.
    Status eachFrame(const std::function<Status(std::string_view payload)> &take);

private:
    void release();

    const Catalogue &m_catalogue;
    Head &m_head;
    HeadView m_view;
    bool m_held = true;
    std::string m_receipts;
    std::unique_ptr<BackendSnapshot> m_database;
};

} // namespace plimsoll
