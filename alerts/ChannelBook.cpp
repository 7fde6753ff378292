#include "alerts/ChannelBook.h"

#include "alerts/EpisodeBook.h"
#include "alerts/Notification.h"
#include "alerts/channels/ChannelKind.h"

#include <QCoroFuture>
#include <QPointer>

namespace plimsoll::alerts {

namespace {

constexpr const char *collection = "channels";

Error notFound(const std::string &id)
{
    return {ErrorCode::NotFound, "There is no channel \"" + id + "\".", {}};
}

Error changedMeanwhile()
{
    return {ErrorCode::Conflict, "It was changed by somebody else at the same moment.",
            "Read it again and repeat."};
}

QJsonObject outcomeToJson(const SendOutcome &outcome)
{
    return {
        {"delivered", outcome.delivered},
        {"status", outcome.status ? QJsonValue(*outcome.status) : QJsonValue()},
        {"body", QString::fromStdString(outcome.body)},
        {"error", outcome.error.empty() ? QJsonValue() : QJsonValue(QString::fromStdString(outcome.error))},
        {"duration_ms", qint64(outcome.durationMs)}};
}

} // namespace

ChannelBook::ChannelBook(Options options, Records &records, OutboundHttp &http, const Clock &clock,
                         QObject *parent)
    : QObject(parent)
    , m_options(std::move(options))
    , m_records(records)
    , m_http(http)
    , m_clock(clock)
{
}

Status ChannelBook::load()
{
    const auto stored = m_records.list(collection);
    if (!stored)
        return stored.error();
    for (const QJsonObject &object : *stored) {
        Result<Channel> channel = Channel::fromStored(object, *m_options.secrets);
        if (!channel)
            continue;
        if (!channel->missingSecrets.empty())
            qWarning("The channel \"%s\" has secrets of another key: enter them again.",
                     channel->name.c_str());
        if (m_options.leads && Channel::holdsClear(object))
            m_records.put(collection, channel->id, channel->toStored(*m_options.secrets), channel->updatedMs);
        m_channels.insert_or_assign(channel->id, *channel);
    }
    return {};
}

const Channel *ChannelBook::find(const std::string &id) const
{
    const auto found = m_channels.find(id);
    return found == m_channels.end() ? nullptr : &found->second;
}

std::optional<std::string> ChannelBook::idOf(const std::string &name) const
{
    if (m_channels.contains(name))
        return name;
    const auto found = std::find_if(m_channels.begin(), m_channels.end(),
                                    [&](const auto &entry) { return entry.second.name == name; });
    return found == m_channels.end() ? std::nullopt : std::optional(found->first);
}

std::string ChannelBook::usersOf(const std::string &id) const
{
    std::string users;
    for (const Users &ask : m_users) {
        for (const std::string &name : ask(id))
            users.append(users.empty() ? "\"" : ", \"").append(name).append("\"");
    }
    return users;
}

QJsonObject ChannelBook::testBody() const
{
    const int64_t nowMs = m_clock.nowMs();
    Episode example;
    example.ruleName = "Test notification";
    example.expr = "vector(1)";
    example.peak = example.value = 1;
    example.startedMs = nowMs;
    example.annotations = {{"summary", "This is a test. Nothing is above its line."}};
    QJsonObject body = notificationBody(example, "test", makeTimedId(nowMs), m_options.baseUrl);
    body.insert("url", QString::fromStdString(m_options.baseUrl + "/alerts/channels"));
    return body;
}

ChannelBook::Answer ChannelBook::list(Listing listing) const
{
    const Result<Pager> pager = Pager::open(listing.page, Pager::Order::OldestFirst);
    if (!pager)
        return pager.error();
    std::vector<std::pair<Pager::Place, const Channel *>> items;
    for (const auto &[id, channel] : m_channels)
        items.push_back({{channel.createdMs, id}, &channel});
    return pager->cut(std::move(items), [](const Channel *item) { return item->toMaskedJson(); });
}

ChannelBook::Answer ChannelBook::read(std::string id) const
{
    const auto found = m_channels.find(id);
    if (found == m_channels.end())
        return notFound(id);
    return found->second.toMaskedJson();
}

QCoro::Task<ChannelBook::Answer> ChannelBook::create(QJsonObject definition)
{
    Result<Channel> channel = Channel::fromJson(definition, nullptr);
    if (!channel)
        co_return channel.error();
    channel->createdMs = m_clock.nowMs();
    channel->id = makeTimedId(channel->createdMs);
    auto storing = store(*channel);
    co_return co_await storing;
}

QCoro::Task<ChannelBook::Answer> ChannelBook::replace(std::string id, QJsonObject definition)
{
    const auto current = m_channels.find(id);
    if (current == m_channels.end())
        co_return notFound(id);
    Result<Channel> channel = Channel::fromJson(definition, &current->second);
    if (!channel)
        co_return channel.error();
    channel->id = id;
    channel->createdMs = current->second.createdMs;
    auto storing = store(*channel);
    co_return co_await storing;
}

QCoro::Task<ChannelBook::Answer> ChannelBook::patch(std::string id, QJsonObject patch)
{
    const auto current = m_channels.find(id);
    if (current == m_channels.end())
        co_return notFound(id);
    auto replacing = replace(id, mergePatch(current->second.toMaskedJson(), patch));
    co_return co_await replacing;
}

QCoro::Task<ChannelBook::Answer> ChannelBook::store(Channel channel)
{
    const QPointer<ChannelBook> self(this);
    if (!m_writing.insert(channel.id).second)
        co_return changedMeanwhile();
    channel.updatedMs = m_clock.nowMs();
    const auto writing =
        m_records.put(collection, channel.id, channel.toStored(*m_options.secrets), channel.updatedMs);
    const Status written = co_await writing;
    if (!self)
        co_return Error{ErrorCode::Cancelled, "The appliance is stopping.", {}};
    m_writing.erase(channel.id);
    if (!written)
        co_return written.error();
    const QJsonObject shown = channel.toMaskedJson();
    m_channels.insert_or_assign(channel.id, std::move(channel));
    co_return shown;
}

QCoro::Task<Status> ChannelBook::remove(std::string id)
{
    const QPointer<ChannelBook> self(this);
    if (!m_channels.contains(id))
        co_return notFound(id);
    const std::string users = usersOf(id);
    if (!users.empty())
        co_return Error{ErrorCode::Conflict, "The channel is used by " + users + ".",
                        "Take it out of these alarms and checks first."};
    if (!m_writing.insert(id).second)
        co_return changedMeanwhile();
    const auto removing = m_records.remove(collection, id);
    const Status removed = co_await removing;
    if (!self)
        co_return removed;
    m_writing.erase(id);
    if (removed)
        m_channels.erase(id);
    co_return removed;
}

QCoro::Task<ChannelBook::Answer> ChannelBook::act(std::string id, Action action)
{
    return action.name == "test" ? test(id) : ResourceBook::act(id, action);
}

QCoro::Task<ChannelBook::Answer> ChannelBook::test(std::string id)
{
    const auto found = m_channels.find(id);
    if (found == m_channels.end())
        co_return notFound(id);
    const QJsonObject body = testBody();
    auto sending = sendNotification(m_http, found->second, body);
    const SendOutcome outcome = co_await sending;
    co_return outcomeToJson(outcome);
}

} // namespace plimsoll::alerts
