#pragma once

#include "alerts/Channel.h"
#include "alerts/OutboundHttp.h"
#include "alerts/Records.h"
#include "alerts/ResourceBook.h"
#include "storage/model/Clock.h"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace plimsoll::alerts {

/// The channels of a project: the resource `channels`, with the action "test", and the look-up of whoever
/// sends. Secrets are masked in every answer and unreadable in the store.
///
/// Belongs to one thread; what it is given outlives it.
class ChannelBook final : public QObject, public ResourceBook
{
    Q_OBJECT

public:
    struct Options
    {
        std::shared_ptr<const SecretBox> secrets; ///< never null
        std::string baseUrl;                      ///< of the page, without a slash at the end
        bool leads = true;                        ///< false where another node writes the records
    };
    /// Who, by name, uses a channel; it cannot be removed while somebody does.
    using Users = std::function<std::vector<std::string>(const std::string &channelId)>;

    ChannelBook(Options options, Records &records, OutboundHttp &http, const Clock &clock,
                QObject *parent = nullptr);

    /// Asked one after the other, all of them.
    void addUsers(Users users) { m_users.push_back(std::move(users)); }

    /// Reads all back, blocking. Records that no longer parse are left out; clear secrets are made
    /// unreadable.
    Status load();

    /// Null where there is none.
    const Channel *find(const std::string &id) const;
    /// The id of the channel with this id or name.
    std::optional<std::string> idOf(const std::string &name) const;

    Answer list(Listing listing) const override;
    Answer read(std::string id) const override;
    QCoro::Task<Answer> create(QJsonObject definition) override;
    QCoro::Task<Answer> replace(std::string id, QJsonObject definition) override;
    QCoro::Task<Answer> patch(std::string id, QJsonObject patch) override;
    /// Conflict, naming them, while somebody uses it.
    QCoro::Task<Status> remove(std::string id) override;
    QCoro::Task<Answer> act(std::string id, Action action) override;
    /// Sends a notification with the event "test" at once:
    /// `{"delivered","status","body","error","duration_ms"}`.
    QCoro::Task<Answer> test(std::string id);

private:
    QCoro::Task<Answer> store(Channel channel);
    std::string usersOf(const std::string &id) const;
    QJsonObject testBody() const;

    Options m_options;
    Records &m_records;
    OutboundHttp &m_http;
    const Clock &m_clock;
    std::vector<Users> m_users;
    std::map<std::string, Channel> m_channels;
    std::set<std::string> m_writing; ///< whose record is being written; others must wait
};

} // namespace plimsoll::alerts
