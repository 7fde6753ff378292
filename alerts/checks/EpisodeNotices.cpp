#include "alerts/checks/EpisodeNotices.h"

namespace plimsoll::alerts {

namespace {

/// What was expected, in one line: the receipt of an episode keeps it.
std::string conditionOf(const Check &check)
{
    std::string text = check.kind + (check.target.empty() ? "" : " " + check.target);
    const QByteArray expect = QJsonDocument(check.expect).toJson(QJsonDocument::Compact);
    if (!check.expect.isEmpty())
        text += " " + expect.toStdString();
    return text;
}

std::optional<Severity> severityOf(CheckState state)
{
    if (state == CheckState::Down)
        return Severity::Critical;
    return state == CheckState::Degraded ? std::optional(Severity::Warning) : std::nullopt;
}

} // namespace

void EpisodeNotices::tell(const CheckRuntime &runtime, int64_t atMs)
{
    const Check &check = runtime.check();
    CheckFinding finding;
    finding.checkId = check.id;
    finding.name = check.name;
    finding.version = check.version;
    finding.condition = conditionOf(check);
    finding.labels.set("check", check.name);
    finding.labels.set("kind", check.kind);
    finding.severity = severityOf(runtime.machine().state());
    finding.atMs = atMs;
    finding.sinceMs = runtime.machine().sinceMs();
    finding.value = runtime.last() ? runtime.last()->durationMs / 1000 : 0;
    finding.message = runtime.last() ? runtime.last()->message : std::string();
    finding.routing.channels = check.channels;
    finding.routing.dependsOn = check.dependsOn;
    m_episodes.report(finding);
}

void EpisodeNotices::end(const std::string &checkId, int64_t atMs, End end)
{
    m_episodes.closeAllOf(checkId, atMs,
                          end == End::Removed ? Episode::End::RuleRemoved : Episode::End::RuleDisabled);
}

} // namespace plimsoll::alerts
