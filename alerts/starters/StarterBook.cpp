#include "alerts/starters/StarterBook.h"

#include <algorithm>

namespace plimsoll::alerts {

namespace {

constexpr int64_t arrivesWithinMs = 86'400'000;

Error notFound(const std::string &id)
{
    return {ErrorCode::NotFound, "There is no starter set \"" + id + "\".", {}};
}

/// The ids of all resources of a book, by name.
std::map<QString, QString> idsByName(const ResourceBook &book)
{
    std::map<QString, QString> ids;
    ResourceBook::Listing listing;
    listing.page.limit = PageRequest::maxLimit;
    while (true) {
        const auto page = book.list(listing);
        if (!page)
            return ids;
        for (const QJsonValue item : page->value("items").toArray())
            ids.emplace(item.toObject().value("name").toString(), item.toObject().value("id").toString());
        listing.page.cursor = page->value("next_cursor").toString().toStdString();
        if (listing.page.cursor.empty())
            return ids;
    }
}

} // namespace

std::map<QString, QString> StarterBook::rulesByName() const { return idsByName(m_parts.rules); }

bool StarterBook::arrives(const StarterSet &set, const SeriesReader &reader) const
{
    const int64_t nowMs = m_parts.clock.nowMs();
    return std::any_of(set.metrics.begin(), set.metrics.end(), [&](const std::string &metric) {
        const Matcher matcher{std::string(nameLabel), Matcher::Op::Equal, metric};
        const auto found =
            reader.select(m_parts.project, std::span(&matcher, 1), nowMs - arrivesWithinMs, nowMs);
        return found && !found->empty();
    });
}

QJsonObject StarterBook::toJson(const StarterSet &set, const std::map<QString, QString> &existing,
                                bool arrives) const
{
    QJsonArray rules;
    bool installed = true;
    for (QJsonObject rule : set.rules) {
        const auto found = existing.find(rule.value("name").toString());
        rule.insert("rule_id", found == existing.end() ? QJsonValue() : QJsonValue(found->second));
        installed = installed && found != existing.end();
        rules.append(rule);
    }
    return {{"id", QString::fromStdString(set.id)},
            {"title", QString::fromStdString(set.title)},
            {"text", QString::fromStdString(set.text)},
            {"arrives", arrives},
            {"installed", installed},
            {"rules", rules}};
}

StarterBook::Answer StarterBook::list(Listing) const
{
    const auto existing = rulesByName();
    const std::unique_ptr<SeriesReader> reader = m_parts.source.openReader();
    std::vector<QJsonObject> items;
    for (const StarterSet &set : StarterSet::all())
        items.push_back(toJson(set, existing, arrives(set, *reader)));
    std::stable_sort(items.begin(), items.end(), [](const QJsonObject &a, const QJsonObject &b) {
        return a.value("arrives").toBool() && !b.value("arrives").toBool();
    });
    QJsonArray shown;
    for (const QJsonObject &item : items)
        shown.append(item);
    return QJsonObject{{"items", shown}, {"next_cursor", QJsonValue()}};
}

StarterBook::Answer StarterBook::read(std::string id) const
{
    const StarterSet *set = StarterSet::find(id);
    if (!set)
        return notFound(id);
    return toJson(*set, rulesByName(), arrives(*set, *m_parts.source.openReader()));
}

QJsonArray StarterBook::channelsFor(const Action &action) const
{
    if (action.body.contains("channels"))
        return action.body.value("channels").toArray();
    const auto channels = idsByName(m_parts.channels);
    return channels.size() == 1 ? QJsonArray{channels.begin()->second} : QJsonArray();
}

QCoro::Task<StarterBook::Answer> StarterBook::act(std::string id, Action action)
{
    const StarterSet *set = StarterSet::find(id);
    if (!set || !action.name.empty())
        co_return notFound(id);
    if (!action.body.value("channels").isUndefined() && !action.body.value("channels").isArray())
        co_return Error{ErrorCode::Invalid, "`channels` must be a list of channel ids.", {}};
    ResourceBook &rules = m_parts.rules;
    const auto existing = rulesByName();
    const QJsonArray channels = channelsFor(action);
    QJsonArray created;
    QJsonArray kept;
    for (QJsonObject definition : set->rules) {
        if (const auto found = existing.find(definition.value("name").toString()); found != existing.end()) {
            kept.append(found->second);
            continue;
        }
        definition.insert("channels", channels);
        auto creating = rules.create(definition);
        const Answer made = co_await creating;
        if (!made)
            co_return made.error();
        created.append(made->value("id"));
    }
    co_return QJsonObject{{"id", QString::fromStdString(id)}, {"created", created}, {"kept", kept}};
}

} // namespace plimsoll::alerts
