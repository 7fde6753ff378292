#include "alerts/RuleSeries.h"

#include "alerts/Template.h"
#include "storage/model/Staleness.h"

#include <bit>

namespace plimsoll::alerts {

namespace {

constexpr std::string_view alerts = "ALERTS";
constexpr std::string_view alertsForState = "ALERTS_FOR_STATE";

std::string expanded(const std::string &text, const AlertInstance &instance)
{
    if (text.find("{{") == std::string::npos)
        return text;
    TemplateData data;
    data.labels = instance.labels;
    data.value = instance.value;
    return expandTemplate(text, data);
}

void put(std::map<std::string, MadeSample> &samples, const Labels &labels, int64_t atMs, double value)
{
    samples.insert_or_assign(labels.key(), MadeSample{labels, Kind::Gauge, atMs, value});
}

} // namespace

Labels alertLabels(const Rule &rule, const AlertInstance &instance)
{
    Labels labels = instance.labels;
    for (const auto &[name, text] : rule.labels)
        labels.set(name, expanded(text, instance));
    labels.set("alertname", rule.name);
    if (rule.levels.size() > 1 || !labels.contains("severity"))
        labels.set("severity", severityName(rule.levels[instance.level].severity));
    return labels;
}

std::vector<const AlertInstance *> activeInstances(const RuleStateMachine &machine)
{
    std::vector<const AlertInstance *> active;
    for (const auto &[key, instance] : machine.instances()) {
        if (instance.firing || !machine.firing(key.labels))
            active.push_back(&instance);
    }
    return active;
}

std::vector<MadeSample> RuleSeries::ofAlerts(const Rule &rule, const RuleStateMachine &machine, int64_t atMs)
{
    std::map<std::string, MadeSample> samples;
    for (const AlertInstance *instance : activeInstances(machine)) {
        Labels labels = alertLabels(rule, *instance);
        labels.set(nameLabel, alertsForState);
        put(samples, labels, atMs, static_cast<double>(instance->sinceMs) / 1000);
        labels.set(nameLabel, alerts);
        labels.set("alertstate", instance->firing ? "firing" : "pending");
        put(samples, labels, atMs, 1);
    }
    return made(std::move(samples), atMs);
}

Result<std::vector<MadeSample>> RuleSeries::ofRecord(const Rule &rule, const Evaluation &evaluation,
                                                     int64_t atMs)
{
    std::map<std::string, MadeSample> samples;
    for (const Evaluation::Series &series : evaluation.series) {
        Labels labels = series.labels;
        for (const auto &[name, text] : rule.labels)
            labels.set(name, text);
        labels.set(nameLabel, rule.record);
        put(samples, labels, atMs, series.value);
    }
    if (samples.size() < evaluation.series.size())
        return Error{ErrorCode::Unprocessable, "Two results have the same labels once `labels` are set.",
                     "Leave a label out of `labels`, or aggregate the expression."};
    return made(std::move(samples), atMs);
}

std::vector<MadeSample> RuleSeries::end(int64_t atMs) { return made({}, atMs); }

std::vector<MadeSample> RuleSeries::made(std::map<std::string, MadeSample> samples, int64_t atMs)
{
    for (const auto &[key, labels] : m_present)
        samples.try_emplace(key, MadeSample{labels, Kind::Gauge, atMs, std::bit_cast<double>(staleBits)});
    m_present.clear();
    std::vector<MadeSample> all;
    all.reserve(samples.size());
    for (auto &[key, sample] : samples) {
        if (std::bit_cast<uint64_t>(sample.value) != staleBits)
            m_present.emplace(key, sample.labels);
        all.push_back(std::move(sample));
    }
    return all;
}

} // namespace plimsoll::alerts
