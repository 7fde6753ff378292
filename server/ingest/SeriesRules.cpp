#include "server/ingest/SeriesRules.h"

#include "server/ingest/NameRules.h"
#include "storage/model/Labels.h"
#include "storage/model/LabelsKey.h"

namespace plimsoll::ingest {
namespace {

std::string tooLong(const char *what, std::string_view text, size_t limit)
{
    return std::string(what) + ' ' + quoted(text) + " has " + std::to_string(text.size()) +
           " bytes; the limit is " + std::to_string(limit) + '.';
}

/// A quota, as the engine asks for it.
class QuotaRule final : public NewSeriesRule
{
public:
    QuotaRule(ProjectId project, http::QuotaPtr quota, PersonalDataGuard &guard, const LabelDrops &drops,
              uint64_t budget)
        : m_project(project)
        , m_quota(std::move(quota))
        , m_guard(guard)
        , m_drops(drops)
        , m_budget(budget)
    {
    }

    std::optional<Refusal> refusal(std::string_view key) const override
    {
        if (m_quota->maxLabels == 0 && m_quota->maxNameBytes == 0 && m_quota->maxValueBytes == 0)
            return std::nullopt;
        uint32_t count = 0;
        while (const auto label = takeLabel(key)) {
            const bool isName = label->name == nameLabel;
            count += !isName;
            const std::string_view name = isName ? label->value : label->name;
            if (m_quota->maxNameBytes > 0 && name.size() > m_quota->maxNameBytes)
                return Refusal{"name_too_long", tooLong(isName ? "The metric name" : "The label name", name,
                                                        m_quota->maxNameBytes)};
            if (!isName && m_quota->maxValueBytes > 0 && label->value.size() > m_quota->maxValueBytes)
                return Refusal{"value_too_long", "The value of label " + quoted(label->name) + " has " +
                                                     std::to_string(label->value.size()) +
                                                     " bytes; the limit is " +
                                                     std::to_string(m_quota->maxValueBytes) + '.'};
        }
        if (m_quota->maxLabels > 0 && count > m_quota->maxLabels)
            return Refusal{"too_many_labels", "There are " + std::to_string(count) +
                                                  " labels; the limit is " +
                                                  std::to_string(m_quota->maxLabels) + '.'};
        return std::nullopt;
    }

    std::optional<std::string> rewritten(std::string_view key) const override
    {
        return m_guard.guarded(m_project, key, m_quota->personalData);
    }

    std::optional<std::string> withoutDropped(std::string_view key) const override
    {
        return m_drops.without(m_project, key);
    }
    bool dropsLabels() const override { return m_drops.any(m_project); }
    uint64_t dropsVersion() const override { return m_drops.version(); }

    uint64_t maxActiveSeries() const override { return m_budget; }
    int64_t maxAgeMs() const override { return m_quota->maxAgeMs; }
    int64_t maxFutureMs() const override { return m_quota->maxFutureMs; }

private:
    const ProjectId m_project;
    const http::QuotaPtr m_quota;
    PersonalDataGuard &m_guard;
    const LabelDrops &m_drops;
    const uint64_t m_budget;
};

} // namespace

SeriesRules::SeriesRules(const http::Quotas &quotas, PersonalDataGuard &guard, const LabelDrops &drops,
                         uint64_t maxActiveSeries)
    : m_quotas(quotas)
    , m_guard(guard)
    , m_drops(drops)
    , m_maxActiveSeries(maxActiveSeries)
{
}

SeriesRules::Rule SeriesRules::of(ProjectId project, const http::QuotaPtr &quota)
{
    const std::lock_guard lock(m_mutex);
    if (m_rules.size() > maxKept)
        m_rules.clear();
    Rule &rule = m_rules[{project, quota.get()}];
    if (!rule) {
        const uint64_t budget = quota->maxActiveSeries > 0 ? quota->maxActiveSeries : m_maxActiveSeries;
        rule = std::make_shared<const QuotaRule>(project, quota, m_guard, m_drops, budget);
    }
    return rule;
}

uint64_t SeriesRules::budgetOf(ProjectId project) const
{
    const http::QuotaPtr quota = m_quotas.of(project, {});
    return quota->maxActiveSeries > 0 ? quota->maxActiveSeries : m_maxActiveSeries;
}

} // namespace plimsoll::ingest
