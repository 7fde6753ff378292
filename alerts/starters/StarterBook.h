#pragma once

#include "alerts/ResourceBook.h"
#include "alerts/starters/StarterSet.h"
#include "storage/model/Clock.h"
#include "storage/model/SeriesReader.h"

namespace plimsoll::alerts {

/// The resource `starters`: sets of alarms that are made at one click. The action without a name makes those
/// of a set that are not there yet; an alarm is told by its name, so what somebody changed stays as it is,
/// and a second click makes nothing twice.
class StarterBook final : public ResourceBook
{
public:
    /// All outlive it. `rules` and `channels` are the books of the same project.
    struct Parts
    {
        ResourceBook &rules;
        const ResourceBook &channels;
        const ReaderSource &source;
        const Clock &clock;
        ProjectId project = defaultProject;
    };

    explicit StarterBook(const Parts &parts)
        : m_parts(parts)
    {
    }

    /// `{"id","title","text","arrives","installed","rules":[{"name","expr",…,"rule_id"/null}]}` of each,
    /// those whose metrics arrive first.
    Answer list(Listing listing) const override;
    Answer read(std::string id) const override;
    /// With the body `{"channels":[ids]}`; without it, those who tell of the new alarms are the project's
    /// channel where there is just one. `{"id","created":[ids],"kept":[ids]}`.
    QCoro::Task<Answer> act(std::string id, Action action) override;

private:
    std::map<QString, QString> rulesByName() const;
    bool arrives(const StarterSet &set, const SeriesReader &reader) const;
    QJsonObject toJson(const StarterSet &set, const std::map<QString, QString> &existing, bool arrives) const;
    QJsonArray channelsFor(const Action &action) const;

    const Parts m_parts;
};

} // namespace plimsoll::alerts
