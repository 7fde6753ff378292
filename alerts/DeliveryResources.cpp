#include "alerts/DeliveryResources.h"

#include <QCoroFuture>
#include <QPointer>

namespace plimsoll::alerts {

namespace {

Error notFound(const std::string &id)
{
    return {ErrorCode::NotFound, "There is no delivery \"" + id + "\".", {}};
}

} // namespace

DeliveryResources::Answer DeliveryResources::list(Listing listing) const
{
    const Result<Pager> pager = Pager::open(listing.page, Pager::Order::NewestFirst);
    if (!pager)
        return pager.error();
    const std::string state = listing.filter("state"), episode = listing.filter("episode_id"),
                      channel = listing.filter("channel_id");
    const bool known = state.empty() || state == "pending" || state == "delivered" || state == "failed";
    if (!known)
        return Error{ErrorCode::Invalid, "`state` must be \"pending\", \"delivered\" or \"failed\".", {}};
    std::vector<std::pair<Pager::Place, const Delivery *>> items;
    for (const auto &[id, delivery] : m_queue.all()) {
        const bool wanted = (episode.empty() || delivery.tellsOf(episode)) &&
                            (channel.empty() || channel == delivery.channelId) &&
                            (state.empty() || state == stateName(delivery.state));
        if (wanted)
            items.push_back({{delivery.createdMs, id}, &delivery});
    }
    return pager->cut(std::move(items), [](const Delivery *item) { return item->toJson(); });
}

DeliveryResources::Answer DeliveryResources::read(std::string id) const
{
    const Delivery *found = m_queue.find(id);
    if (!found)
        return notFound(id);
    QJsonObject object = found->toJson();
    object.insert("payload", found->payload.isEmpty() ? QJsonValue() : QJsonValue(found->payload));
    return object;
}

QCoro::Task<DeliveryResources::Answer> DeliveryResources::act(std::string id, Action action)
{
    if (action.name != "replay")
        return ResourceBook::act(id, action);
    if (id.empty())
        return replayFailed(action.body.value("channel_id").toString().toStdString(), action.by);
    return replay(id, action.by);
}

QCoro::Task<DeliveryResources::Answer> DeliveryResources::replay(std::string id, std::string by)
{
    const QPointer<DeliveryQueue> queue(&m_queue);
    if (const Status can = m_queue.canReplay(id); !can)
        co_return can.error();
    const auto writing = m_queue.replay(id, by);
    const Status written = co_await writing;
    if (!queue)
        co_return Error{ErrorCode::Cancelled, "The appliance is stopping.", {}};
    if (!written)
        co_return written.error();
    co_return read(id);
}

QCoro::Task<DeliveryResources::Answer> DeliveryResources::replayFailed(std::string channelId, std::string by)
{
    std::vector<QFuture<Status>> writes;
    int remaining = 0;
    for (const auto &[id, delivery] : m_queue.all()) {
        const bool wanted = channelId.empty() || delivery.channelId == channelId;
        if (!wanted || !m_queue.canReplay(id))
            continue;
        if (writes.size() < maxReplayed && m_queue.room(delivery.channelId) > 0)
            writes.push_back(m_queue.replay(id, by));
        else
            remaining++;
    }
    int replayed = 0;
    for (const QFuture<Status> &write : writes) {
        const Status written = co_await write;
        replayed += written ? 1 : 0;
    }
    co_return QJsonObject{{"replayed", replayed}, {"remaining", remaining}};
}

} // namespace plimsoll::alerts
