#pragma once

#include "alerts/AlertService.h"
#include "alerts/ResourceBook.h"
#include "alerts/prometheus/RuleFolder.h"
#include "alerts/receipts/EpisodeChart.h"
#include "alerts/receipts/EpisodeLead.h"

namespace plimsoll::alerts {

/// The resource `rules`, with the actions "import", "export" and "files".
class RuleResources final : public ResourceBook
{
public:
    RuleResources(AlertService &service, const prometheus::RuleFolder &folder)
        : m_service(service)
        , m_folder(folder)
    {
    }

    Answer list(Listing listing) const override
    {
        return m_service.listRules(listing.page, listing.filter("active") == "true");
    }
    Answer read(std::string id) const override { return m_service.rule(id); }
    QCoro::Task<Answer> create(QJsonObject definition) override { return m_service.createRule(definition); }
    QCoro::Task<Answer> replace(std::string id, QJsonObject definition) override
    {
        return m_service.replaceRule(id, definition);
    }
    QCoro::Task<Answer> patch(std::string id, QJsonObject patch) override
    {
        return m_service.patchRule(id, patch);
    }
    QCoro::Task<Status> remove(std::string id) override { return m_service.removeRule(id); }
    QCoro::Task<Answer> act(std::string id, Action action) override
    {
        if (action.name == "export")
            co_return prometheus::exportRules(m_service);
        if (action.name == "files")
            co_return m_folder.report();
        if (action.name != "import") {
            auto other = ResourceBook::act(id, action);
            co_return co_await other;
        }
        QJsonObject asked = action.body;
        for (const auto &[name, text] : action.arguments)
            asked.insert(QString::fromStdString(name), QString::fromStdString(text));
        auto importing = prometheus::importRules(m_service, asked);
        co_return co_await importing;
    }

private:
    AlertService &m_service;
    const prometheus::RuleFolder &m_folder;
};

/// The resource `channels`, with the action "test".
class ChannelResources final : public ResourceBook
{
public:
    explicit ChannelResources(AlertService &service)
        : m_service(service)
    {
    }

    Answer list(Listing listing) const override { return m_service.listChannels(listing.page); }
    Answer read(std::string id) const override { return m_service.channel(id); }
    QCoro::Task<Answer> create(QJsonObject definition) override
    {
        return m_service.createChannel(definition);
    }
    QCoro::Task<Answer> replace(std::string id, QJsonObject definition) override
    {
        return m_service.replaceChannel(id, definition);
    }
    QCoro::Task<Answer> patch(std::string id, QJsonObject patch) override
    {
        return m_service.patchChannel(id, patch);
    }
    QCoro::Task<Status> remove(std::string id) override { return m_service.removeChannel(id); }
    QCoro::Task<Answer> act(std::string id, Action action) override
    {
        return action.name == "test" ? m_service.testChannel(id) : ResourceBook::act(id, action);
    }

private:
    AlertService &m_service;
};

/// The resource `episodes`, with the actions "acknowledge" and "chart.svg".
class EpisodeResources final : public ResourceBook
{
public:
    EpisodeResources(AlertService &service, const EpisodeLead &lead, const Clock &clock)
        : m_service(service)
        , m_lead(lead)
        , m_clock(clock)
    {
    }

    Answer list(Listing listing) const override
    {
        return m_service.listEpisodes(listing.page, {listing.filter("state"), listing.filter("rule_id")});
    }
    Answer read(std::string id) const override
    {
        Answer episode = m_service.episode(id);
        if (episode)
            episode->insert("before", m_lead.points(id));
        return episode;
    }
    QCoro::Task<Answer> act(std::string id, Action action) override
    {
        if (action.name == "chart.svg")
            return chart(id);
        if (action.name != "acknowledge")
            return ResourceBook::act(id, action);
        const std::string by = action.body.value("by").toString().toStdString();
        return m_service.acknowledge(id, by.empty() ? action.by : by);
    }

private:
    QCoro::Task<Answer> chart(std::string id)
    {
        const Answer episode = read(id);
        if (!episode)
            co_return episode.error();
        co_return QJsonObject{{"text", QString::fromUtf8(episodeChart(*episode, m_clock.nowMs()))}};
    }

    AlertService &m_service;
    const EpisodeLead &m_lead;
    const Clock &m_clock;
};

/// The resource `deliveries`, with the action "replay" of one and of the failed ones together.
class DeliveryResources final : public ResourceBook
{
public:
    explicit DeliveryResources(AlertService &service)
        : m_service(service)
    {
    }

    Answer list(Listing listing) const override
    {
        return m_service.listDeliveries(
            listing.page,
            {listing.filter("episode_id"), listing.filter("channel_id"), listing.filter("state")});
    }
    Answer read(std::string id) const override { return m_service.delivery(id); }
    QCoro::Task<Answer> act(std::string id, Action action) override
    {
        if (action.name != "replay")
            return ResourceBook::act(id, action);
        if (id.empty())
            return m_service.replayDeliveries(action.body.value("channel_id").toString().toStdString(),
                                              action.by);
        return m_service.replayDelivery(id, action.by);
    }

private:
    AlertService &m_service;
};

} // namespace plimsoll::alerts
