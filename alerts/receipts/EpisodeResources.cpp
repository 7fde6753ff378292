#include "alerts/receipts/EpisodeResources.h"

#include "alerts/receipts/EpisodeChart.h"

#include <QCoroFuture>
#include <QPointer>

namespace plimsoll::alerts {

namespace {

Error notFound(const std::string &id)
{
    return {ErrorCode::NotFound, "There is no episode \"" + id + "\".", {}};
}

} // namespace

EpisodeResources::Answer EpisodeResources::list(Listing listing) const
{
    const Result<Pager> pager = Pager::open(listing.page, Pager::Order::NewestFirst);
    if (!pager)
        return pager.error();
    const std::string state = listing.filter("state"), rule = listing.filter("rule_id");
    if (!state.empty() && state != "firing" && state != "resolved")
        return Error{ErrorCode::Invalid, "`state` must be \"firing\" or \"resolved\".", {}};
    std::vector<std::pair<Pager::Place, const Episode *>> items;
    for (const auto &[id, episode] : m_episodes.all()) {
        const bool wanted = (state.empty() || (state == "firing") == episode.firing()) &&
                            (rule.empty() || rule == episode.ruleId);
        if (wanted)
            items.push_back({{episode.startedMs, id}, &episode});
    }
    return pager->cut(std::move(items), [this](const Episode *item) { return m_episodes.toJson(*item); });
}

EpisodeResources::Answer EpisodeResources::read(std::string id) const
{
    const Episode *found = m_episodes.find(id);
    if (!found)
        return notFound(id);
    QJsonObject shown = m_episodes.toJsonWithPoints(*found);
    shown.insert("before", m_lead.points(id));
    const QJsonObject around = m_lead.around(id);
    for (const char *name : {"normal", "deploy"})
        shown.insert(QLatin1String(name), around.contains(QLatin1String(name))
                                              ? around.value(QLatin1String(name))
                                              : QJsonValue(QJsonValue::Null));
    return shown;
}

QCoro::Task<EpisodeResources::Answer> EpisodeResources::acknowledge(std::string id, std::string by)
{
    const QPointer<EpisodeBook> book(&m_episodes);
    if (!m_episodes.find(id))
        co_return notFound(id);
    if (by.size() > 200)
        co_return Error{ErrorCode::Invalid, "`by` is longer than 200 bytes.", {}};
    const auto writing = m_episodes.acknowledge(id, by);
    const Status written = co_await writing;
    if (!written || !book)
        co_return written ? Error{ErrorCode::Cancelled, "The appliance is stopping.", {}} : written.error();
    const Episode *episode = m_episodes.find(id);
    if (!episode)
        co_return notFound(id);
    const QJsonObject shown = m_episodes.toJson(*episode);
    Q_EMIT m_episodes.acknowledged(QString::fromStdString(id));
    co_return shown;
}

QCoro::Task<EpisodeResources::Answer> EpisodeResources::act(std::string id, Action action)
{
    if (action.name == "chart.svg")
        return chart(id);
    if (action.name != "acknowledge")
        return ResourceBook::act(id, action);
    const std::string by = action.body.value("by").toString().toStdString();
    return acknowledge(id, by.empty() ? action.by : by);
}

QCoro::Task<EpisodeResources::Answer> EpisodeResources::chart(std::string id)
{
    const Answer episode = read(id);
    if (!episode)
        co_return episode.error();
    co_return QJsonObject{{"text", QString::fromUtf8(episodeChart(*episode, m_clock.nowMs()))}};
}

} // namespace plimsoll::alerts
