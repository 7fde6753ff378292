#include "alerts/backtest/Backtest.h"

#include "alerts/Duration.h"
#include "alerts/Episode.h"
#include "alerts/backtest/NoiseFinder.h"

#include <QJsonArray>

#include <algorithm>

namespace plimsoll::alerts {

namespace {

const char *resolutionName(BacktestAnswer::Resolution resolution)
{
    switch (resolution) {
    case BacktestAnswer::Resolution::Raw:
        return "raw";
    case BacktestAnswer::Resolution::Hourly:
        return "hourly";
    case BacktestAnswer::Resolution::Daily:
        return "daily";
    }
    return "raw";
}

/// The parts of what was watched that lie in the span that is asked for.
std::vector<WatchedSpan> watchedOf(const BacktestQuestion &question)
{
    if (question.watched.empty())
        return {{question.fromMs, question.toMs}};
    std::vector<WatchedSpan> spans;
    for (const WatchedSpan &span : question.watched) {
        const WatchedSpan inside{std::max(span.fromMs, question.fromMs), std::min(span.toMs, question.toMs)};
        if (inside.fromMs <= inside.toMs)
            spans.push_back(inside);
    }
    return spans;
}

/// The time during which at least one episode was under way.
int64_t coveredMs(const std::vector<ReplayedEpisode> &episodes, int64_t nowMs)
{
    std::vector<std::pair<int64_t, int64_t>> spans;
    for (const ReplayedEpisode &episode : episodes)
        spans.emplace_back(episode.startedMs, episode.startedMs + episode.lengthMs(nowMs));
    std::sort(spans.begin(), spans.end());
    int64_t covered = 0;
    int64_t untilMs = INT64_MIN;
    for (const auto &[fromMs, toMs] : spans) {
        if (toMs > untilMs)
            covered += toMs - std::max(fromMs, untilMs);
        untilMs = std::max(untilMs, toMs);
    }
    return covered;
}

size_t messagesOf(const std::vector<ReplayedEpisode> &episodes, size_t channels)
{
    size_t messages = 0;
    for (const ReplayedEpisode &episode : episodes)
        messages += episode.endedMs ? 2 : 1;
    return messages * std::max<size_t>(channels, 1);
}

QJsonObject episodeToJson(const ReplayedEpisode &episode)
{
    return {{"labels", labelsToJson(episode.labels)},
            {"severity", QString::fromUtf8(severityName(episode.severity).data())},
            {"pending_since", qint64(episode.pendingSinceMs)},
            {"start", qint64(episode.startedMs)},
            {"end", timeToJson(episode.endedMs)},
            {"peak", numberToJson(episode.peak)},
            {"approximate", episode.approximate}};
}

QJsonValue noiseToJson(const std::optional<Noise> &noise)
{
    if (!noise)
        return {};
    QJsonValue suggestion;
    if (!noise->field.empty())
        suggestion = QJsonObject{{QString::fromStdString(noise->field),
                                  QString::fromStdString(formatDurationMs(noise->suggestedMs))},
                                 {"times", qint64(noise->timesThen)}};
    return QJsonObject{{"times", qint64(noise->times)},
                       {"median_seconds", double(noise->medianMs) / 1000},
                       {"suggestion", suggestion},
                       {"text", QString::fromStdString(noise->text())}};
}

} // namespace

QJsonObject BacktestAnswer::toJson() const
{
    QJsonArray shown;
    for (size_t i = 0; i < std::min(episodes.size(), maxShown); i++)
        shown.append(episodeToJson(episodes[i]));
    return {{"from_ms", qint64(fromMs)},
            {"to_ms", qint64(toMs)},
            {"episodes", shown},
            {"episodes_total", qint64(episodes.size())},
            {"total_seconds", double(totalMs) / 1000},
            {"notifications", qint64(notifications)},
            {"resolution", resolutionName(resolution)},
            {"approximate", approximate},
            {"evaluations", qint64(evaluations)},
            {"failed_evaluations", qint64(failedEvaluations)},
            {"error", error.empty() ? QJsonValue() : QJsonValue(QString::fromStdString(error))},
            {"noise", noiseToJson(noise)}};
}

Status Backtest::check(const BacktestQuestion &question)
{
    if (question.fromMs >= question.toMs)
        return Error{ErrorCode::Invalid, "`from` must lie before `to`, and in the past.", {}};
    if (question.toMs - question.fromMs > maxSpanMs)
        return Error{ErrorCode::Invalid, "The span is longer than five years.", "Choose a shorter one."};
    if (question.rule.isRecording())
        return Error{ErrorCode::Unprocessable, "A recording rule fires nothing.", "Choose an alarm."};
    return {};
}

Backtest::Backtest(const ReaderSource &source, QueryLimits limits)
    : m_source(source)
    , m_limits(limits)
{
}

Result<BacktestAnswer> Backtest::replay(const BacktestQuestion &question, const std::atomic<bool> *cancelled,
                                        const Tell &tell) const
{
    TickFeed::Options options;
    options.project = question.project;
    options.intervalMs = question.rule.timing(question.intervalMs).intervalMs;
    options.limits = m_limits;
    TickFeed feed(options, question.rule.condition, m_source, cancelled);
    Replay replay(question.rule, question.intervalMs);
    const auto take = [&replay](int64_t atMs, const Evaluation &evaluation) {
        replay.take(evaluation, atMs);
    };
    const auto told = [&](int64_t doneToMs) {
        if (tell)
            tell(double(doneToMs - question.fromMs) / double(question.toMs - question.fromMs));
        return !cancelled || !*cancelled;
    };
    for (const WatchedSpan &span : watchedOf(question)) {
        if (Status done = feed.each(span.fromMs, span.toMs, take, told); !done)
            return done.error();
    }
    BacktestAnswer answer;
    answer.fromMs = question.fromMs;
    answer.toMs = question.toMs;
    answer.episodes = replay.episodes();
    answer.approximate = feed.rollupsUntilMs().has_value();
    if (answer.approximate)
        answer.resolution =
            feed.usedDays() ? BacktestAnswer::Resolution::Daily : BacktestAnswer::Resolution::Hourly;
    for (ReplayedEpisode &episode : answer.episodes)
        episode.approximate = feed.rollupsUntilMs() && episode.startedMs <= *feed.rollupsUntilMs();
    answer.totalMs = coveredMs(answer.episodes, question.toMs);
    answer.notifications = messagesOf(answer.episodes, question.rule.channels.size());
    answer.evaluations = feed.ticks();
    answer.failedEvaluations = feed.failedTicks();
    if (!feed.lastFailure())
        answer.error = feed.lastFailure().error().message;
    return answer;
}

Result<BacktestAnswer> Backtest::run(const BacktestQuestion &question, const std::atomic<bool> *cancelled,
                                     const Tell &tell) const
{
    if (Status sound = check(question); !sound)
        return sound.error();
    Result<BacktestAnswer> answer = replay(question, cancelled, tell);
    if (!answer)
        return answer;
    const auto again = [&](const Rule &changed) {
        BacktestQuestion other = question;
        other.rule = changed;
        return replay(other, cancelled, {});
    };
    answer->noise = findNoise(*answer, question.rule, again);
    return answer;
}

} // namespace plimsoll::alerts
