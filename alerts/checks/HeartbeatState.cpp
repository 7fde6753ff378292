#include "alerts/checks/HeartbeatState.h"

#include "alerts/Duration.h"
#include "alerts/Fields.h"

#include <QDateTime>
#include <QLocale>

#include <array>

namespace plimsoll::alerts {

namespace {

constexpr std::array<std::string_view, 3> kindNames{"start", "success", "failure"};

/// The end of a text, from the beginning of a character on.
std::string tailOf(const std::string &text, size_t maxBytes)
{
    if (text.size() <= maxBytes)
        return text;
    size_t begin = text.size() - maxBytes;
    while (begin < text.size() && (static_cast<unsigned char>(text[begin]) & 0xc0) == 0x80)
        begin++;
    return text.substr(begin);
}

std::string clock(int64_t ms, const QTimeZone &zone)
{
    return QLocale::c()
        .toString(QDateTime::fromMSecsSinceEpoch(ms, zone), QStringLiteral("d MMM, HH:mm"))
        .toStdString();
}

/// To the second, or to the millisecond where it is less than one.
std::string lasted(int64_t ms) { return formatDurationMs(ms < 1000 ? ms : ms / 1000 * 1000); }

QJsonObject entryToJson(const HeartbeatState::Entry &entry)
{
    return {{"kind", QString::fromStdString(std::string(pingKindName(entry.kind)))},
            {"at_ms", qint64(entry.atMs)},
            {"exit_code", entry.exitCode ? QJsonValue(*entry.exitCode) : QJsonValue()},
            {"duration_ms", timeToJson(entry.durationMs)}};
}

HeartbeatState::Entry entryFromJson(const QJsonObject &object)
{
    HeartbeatState::Entry entry;
    const std::string kind = object.value("kind").toString().toStdString();
    for (size_t i = 0; i < kindNames.size(); i++) {
        if (kindNames[i] == kind)
            entry.kind = Ping::Kind(i);
    }
    entry.atMs = object.value("at_ms").toInteger();
    if (object.value("exit_code").isDouble())
        entry.exitCode = object.value("exit_code").toInt();
    entry.durationMs = timeFromJson(object.value("duration_ms"));
    return entry;
}

} // namespace

std::string_view pingKindName(Ping::Kind kind) { return kindNames[size_t(kind)]; }

void HeartbeatState::take(const Ping &ping)
{
    if (!ping.output.empty())
        m_output = tailOf(ping.output, maxOutputBytes);
    if (ping.kind == Ping::Kind::Start)
        takeStart(ping);
    else
        takeEnd(ping);
    if (m_pings.size() > maxPings)
        m_pings.pop_front();
}

void HeartbeatState::takeStart(const Ping &ping)
{
    const auto same = std::find_if(m_started.begin(), m_started.end(),
                                   [&](const auto &started) { return started.first == ping.run; });
    if (same != m_started.end()) {
        m_trouble = "The run before began and never said that it ended.";
        m_started.erase(same);
    }
    m_started.emplace_back(ping.run, ping.atMs);
    if (m_started.size() > maxStarted)
        m_started.erase(m_started.begin());
    m_pings.push_back({ping.kind, ping.atMs, {}, {}});
}

void HeartbeatState::takeEnd(const Ping &ping)
{
    Entry entry{ping.kind, ping.atMs, ping.exitCode, {}};
    const auto started = std::find_if(m_started.begin(), m_started.end(),
                                      [&](const auto &each) { return each.first == ping.run; });
    if (started != m_started.end()) {
        if (ping.atMs >= started->second)
            entry.durationMs = ping.atMs - started->second;
        m_started.erase(started);
    }
    m_trouble.clear();
    if (ping.kind == Ping::Kind::Failure)
        m_trouble = ping.exitCode ? "It ended with exit code " + std::to_string(*ping.exitCode) + "."
                                  : "It said that it failed.";
    m_lastEnd = entry;
    m_pings.push_back(entry);
}

std::optional<int64_t> HeartbeatState::lastSignMs() const
{
    return m_pings.empty() ? std::nullopt : std::optional(m_pings.back().atMs);
}

std::optional<int64_t> HeartbeatState::runningSinceMs() const
{
    return m_started.empty() ? std::nullopt : std::optional(m_started.front().second);
}

QJsonObject HeartbeatState::toJson() const
{
    QJsonArray pings;
    for (const Entry &entry : m_pings)
        pings.append(entryToJson(entry));
    QJsonArray started;
    for (const auto &[run, atMs] : m_started)
        started.append(QJsonObject{{"run", QString::fromStdString(run)}, {"at_ms", qint64(atMs)}});
    return {{"pings", pings},
            {"started", started},
            {"last_end", m_lastEnd ? QJsonValue(entryToJson(*m_lastEnd)) : QJsonValue()},
            {"trouble", QString::fromStdString(m_trouble)},
            {"output", QString::fromUtf8(m_output.data(), qsizetype(m_output.size()))}};
}

HeartbeatState HeartbeatState::fromJson(const QJsonObject &object)
{
    HeartbeatState state;
    for (const auto &entry : object.value("pings").toArray())
        state.m_pings.push_back(entryFromJson(entry.toObject()));
    for (const auto &entry : object.value("started").toArray())
        state.m_started.emplace_back(entry.toObject().value("run").toString().toStdString(),
                                     entry.toObject().value("at_ms").toInteger());
    if (object.value("last_end").isObject())
        state.m_lastEnd = entryFromJson(object.value("last_end").toObject());
    state.m_trouble = object.value("trouble").toString().toStdString();
    state.m_output = object.value("output").toString().toStdString();
    return state;
}

HeartbeatVerdict judge(const HeartbeatState &state, const HeartbeatPlan &plan, int64_t maxRunMs,
                       const Spans &watched, int64_t nowMs)
{
    HeartbeatVerdict verdict;
    const auto signMs = state.lastSignMs();
    if (!signMs) {
        verdict.message = "It has not reported yet.";
        return verdict;
    }
    verdict.known = true;
    const int64_t dueMs = plan.dueAfter(*signMs, watched, nowMs);
    verdict.dueMs = dueMs;
    const auto sinceMs = state.runningSinceMs();
    if (!state.trouble().empty()) {
        verdict.failed = true;
        verdict.message = state.trouble();
    } else if (sinceMs && maxRunMs > 0 && nowMs > *sinceMs + maxRunMs &&
               watched.covers({*sinceMs, *sinceMs + maxRunMs})) {
        verdict.failed = true;
        verdict.message = "It began at " + clock(*sinceMs, plan.zone()) + " and has not ended within " +
                          formatDurationMs(maxRunMs) + ".";
    } else if (nowMs > dueMs + plan.graceMs()) {
        verdict.failed = true;
        verdict.message = "It should have reported at " + clock(dueMs, plan.zone()) + "; the last time was " +
                          clock(*signMs, plan.zone()) + ".";
    } else if (nowMs > dueMs) {
        verdict.late = true;
        verdict.message =
            lasted(nowMs - dueMs) + " late, " + lasted(dueMs + plan.graceMs() - nowMs) + " of grace left.";
    } else if (sinceMs) {
        verdict.message = "It has run since " + clock(*sinceMs, plan.zone()) + ".";
    } else {
        verdict.message = "It reported at " + clock(*signMs, plan.zone());
        if (state.lastEnd() && state.lastEnd()->durationMs)
            verdict.message += " and took " + lasted(*state.lastEnd()->durationMs);
        verdict.message += ".";
    }
    return verdict;
}

} // namespace plimsoll::alerts
