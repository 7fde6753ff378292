#pragma once

#include "alerts/status/CheckDirectory.h"
#include "alerts/status/StoredBook.h"

namespace plimsoll::alerts {

/// What is told of trouble, by people, on status pages: the resource `incidents`. title, impact (down, slow),
/// state (investigating, identified, monitoring, resolved), started_ms, resolved_ms, checks[], pages[] (none:
/// all of the project), updates[{id, at_ms, state, text, by}], oldest first; created_by. No page shows
/// who wrote what.
///
/// The action `updates` adds one: `{"state","text"}`. A `text` in a new incident is its first update.
class Incidents final : public StoredBook
{
    Q_OBJECT

public:
    static constexpr const char *collection = "incidents";
    static constexpr int maxUpdates = 200;

    Incidents(Records &records, const Clock &clock, const CheckDirectory &checks);

    QCoro::Task<Answer> act(std::string id, Action action) override;

    /// Those that a page shows: open ones first, then newest first, begun or ended since `sinceMs`, at
    /// most 50. `nameOf` gives the name of a check on that page, empty where it is not on it.
    std::vector<StatusView::Incident>
    ofPage(const std::string &pageId, int64_t sinceMs,
           const std::function<std::string(const std::string &)> &nameOf) const;

protected:
    Result<QJsonObject> accept(const QJsonObject &definition, const QJsonObject &previous) const override;
    bool isListed(const QJsonObject &stored, const Listing &listing) const override;
    int64_t orderMs(const QJsonObject &stored) const override;

private:
    const CheckDirectory &m_checks;
};

} // namespace plimsoll::alerts
