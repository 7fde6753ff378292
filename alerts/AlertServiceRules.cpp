#include "alerts/AlertService.h"

#include <QCoroFuture>
#include <QPointer>

/// Many rules at a time, for files of them.
namespace plimsoll::alerts {

namespace {

Error stopping() { return {ErrorCode::Cancelled, "The appliance is stopping.", {}}; }

} // namespace

std::vector<Rule> AlertService::rules() const
{
    std::vector<Rule> rules;
    for (const auto &[id, runtime] : m_rules)
        rules.push_back(runtime.rule());
    const auto place = [](const Rule &rule) {
        return std::tie(rule.createdMs, rule.group.file, rule.group.name, rule.group.position, rule.id);
    };
    std::sort(rules.begin(), rules.end(), [&](const Rule &a, const Rule &b) { return place(a) < place(b); });
    return rules;
}

std::string AlertService::makeRuleId() const { return makeTimedId(m_clock.nowMs()); }

QCoro::Task<Status> AlertService::storeRules(std::vector<Rule> rules, std::vector<std::string> gone)
{
    const QPointer<AlertService> self(this);
    std::set<std::string> ids(gone.begin(), gone.end());
    for (Rule &rule : rules) {
        if (Status status = checkChannels(rule); !status)
            co_return status;
        ids.insert(rule.id);
    }
    const bool busy =
        std::any_of(ids.begin(), ids.end(), [this](const std::string &id) { return m_writing.contains(id); });
    if (busy)
        co_return Error{ErrorCode::Conflict, "One of these alarms is being changed by somebody else.",
                        "Repeat it."};
    m_writing.insert(ids.begin(), ids.end());
    auto writing = writeRules(rules, gone);
    const Status written = co_await writing;
    if (!self)
        co_return stopping();
    for (const std::string &id : ids)
        m_writing.erase(id);
    if (!written)
        co_return written;
    for (const Rule &rule : rules)
        putInForce(rule);
    for (const std::string &id : gone)
        dropRule(id);
    refreshSummary();
    co_return Status();
}

/// Writes the records of all, or takes back those that were written.
QCoro::Task<Status> AlertService::writeRules(std::vector<Rule> &rules, const std::vector<std::string> &gone)
{
    const QPointer<AlertService> self(this);
    std::vector<QFuture<Status>> writes;
    for (Rule &rule : rules) {
        rule.updatedMs = m_clock.nowMs();
        const auto before = m_rules.find(rule.id);
        rule.createdMs = before == m_rules.end() ? rule.updatedMs : before->second.rule().createdMs;
        rule.version = before == m_rules.end() ? 1 : before->second.rule().version + 1;
        writes.push_back(m_records.put(rulesCollection, rule.id, rule.toJson(), rule.updatedMs));
    }
    for (const std::string &id : gone)
        writes.push_back(m_records.remove(rulesCollection, id));
    Status failure;
    for (const QFuture<Status> &write : writes) {
        const Status written = co_await write;
        if (!self)
            co_return stopping();
        if (!written && failure)
            failure = written;
    }
    if (failure)
        co_return failure;
    for (const Rule &rule : rules)
        restoreRecord(rule.id);
    for (const std::string &id : gone)
        restoreRecord(id);
    co_return failure;
}

/// Has the store hold what is in force.
void AlertService::restoreRecord(const std::string &ruleId)
{
    const auto current = m_rules.find(ruleId);
    if (current == m_rules.end())
        m_records.remove(rulesCollection, ruleId);
    else
        m_records.put(rulesCollection, ruleId, current->second.rule().toJson(), m_clock.nowMs());
}

} // namespace plimsoll::alerts
