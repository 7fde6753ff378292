#pragma once

#include "alerts/EpisodeBook.h"
#include "alerts/ResourceBook.h"
#include "alerts/receipts/EpisodeLead.h"

namespace plimsoll::alerts {

/// The resource `episodes`, with the actions "acknowledge" and "chart.svg". Lists filter by `state`
/// ("firing", "resolved") and `rule_id`; one that is read has the points that were evaluated, and those
/// before it.
class EpisodeResources final : public ResourceBook
{
public:
    /// All of them outlive it.
    EpisodeResources(EpisodeBook &episodes, const EpisodeLead &lead, const Clock &clock)
        : m_episodes(episodes)
        , m_lead(lead)
        , m_clock(clock)
    {
    }

    Answer list(Listing listing) const override;
    Answer read(std::string id) const override;
    QCoro::Task<Answer> act(std::string id, Action action) override;

private:
    QCoro::Task<Answer> acknowledge(std::string id, std::string by);
    QCoro::Task<Answer> chart(std::string id);

    EpisodeBook &m_episodes;
    const EpisodeLead &m_lead;
    const Clock &m_clock;
};

} // namespace plimsoll::alerts
