#pragma once

#include "alerts/DeliveryQueue.h"
#include "alerts/ResourceBook.h"

namespace plimsoll::alerts {

/// The resource `deliveries`, with the action "replay" of one that failed, and of the failed ones of a
/// channel or of all together: `{"replayed":n,"remaining":n}`, at most `maxReplayed` at a time.
class DeliveryResources final : public ResourceBook
{
public:
    static constexpr size_t maxReplayed = 500;

    /// `queue` outlives it.
    explicit DeliveryResources(DeliveryQueue &queue)
        : m_queue(queue)
    {
    }

    Answer list(Listing listing) const override;
    Answer read(std::string id) const override; ///< with what it says, while that is kept
    QCoro::Task<Answer> act(std::string id, Action action) override;

private:
    QCoro::Task<Answer> replay(std::string id, std::string by);
    QCoro::Task<Answer> replayFailed(std::string channelId, std::string by);

    DeliveryQueue &m_queue;
};

} // namespace plimsoll::alerts
