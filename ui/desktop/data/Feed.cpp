#include "ui/desktop/data/Feed.h"

#include <QDateTime>
#include <QJsonArray>

#include <memory>

namespace plimsoll::desktop {

namespace {

/// While there is only little data, the shortest stretch that is drawn.
constexpr qint64 shortestMs = 2 * 60'000;

std::optional<double> numberOf(const QJsonValue &value)
{
    return value.isDouble() ? std::optional(value.toDouble()) : std::nullopt;
}

QUrlQuery rangeQuery(const QString &expr, const TimeSpan &span)
{
    QUrlQuery query;
    query.addQueryItem("query", QString::fromLatin1(QUrl::toPercentEncoding(expr)));
    query.addQueryItem("start", QString::number(double(span.fromMs) / 1000, 'f', 3));
    query.addQueryItem("end", QString::number(double(span.toMs) / 1000, 'f', 3));
    query.addQueryItem("step", QString::number(double(span.stepMs) / 1000, 'f', 3));
    return query;
}

} // namespace

Feed::Feed(Connection connection, QObject *parent)
    : QObject(parent)
    , m_api(std::move(connection))
    , m_stream(m_api)
    , m_panels(overviewPanels(nullptr, {}))
    , m_data(m_panels.size())
{
    m_retry.setInterval(retryMs);
    connect(&m_retry, &QTimer::timeout, this, &Feed::knock);
    connect(&m_charts, &QTimer::timeout, this, [this] {
        // A slow server is not asked again before it has answered.
        if (m_pending == 0)
            askPanels();
    });
    m_alarmTimer.setInterval(alarmsMs);
    connect(&m_alarmTimer, &QTimer::timeout, this, &Feed::askAlarms);
    m_vitalTimer.setInterval(vitalsMs);
    connect(&m_vitalTimer, &QTimer::timeout, this, &Feed::askVitals);
    connect(&m_vitalTimer, &QTimer::timeout, this, &Feed::askMetrics);
    m_soon.setSingleShot(true);
    m_soon.setInterval(soonMs);
    connect(&m_soon, &QTimer::timeout, this, [this] {
        if (m_pending == 0)
            askPanels();
    });
    connect(&m_stream, &LiveStream::received, this, &Feed::onLive);
    connect(&m_stream, &LiveStream::ended, this, [this] {
        const bool wasLive = std::exchange(m_live, false);
        Q_EMIT linkChanged();
        if (m_link == Link::Online && !m_retry.isActive())
            m_retry.start(wasLive ? 200 : retryMs);
    });
}

Standing Feed::standing() const
{
    if (m_link != Link::Online)
        return m_link == Link::Connecting ? Standing::Ok : Standing::Unreachable;
    Standing worst = Standing::Ok;
    for (const Alarm &alarm : m_alarms)
        worst = std::max(worst, alarm.standing());
    return worst;
}

void Feed::start() { knock(); }

void Feed::identify(const QString &secret)
{
    m_refusal.clear();
    if (secret.startsWith("plm_")) {
        m_api.setKey(secret.toUtf8());
        return knock();
    }
    m_api.post("/login", {{"password", secret}}, this, [this](const ApiAnswer &answer) {
        m_refusal = answer.hint.isEmpty() ? answer.error : answer.error + ' ' + answer.hint;
        knock();
    });
}

void Feed::setLength(qint64 lengthMs)
{
    m_lengthMs = lengthMs;
    askPanels();
}

void Feed::setPixels(size_t panel, int pixels)
{
    if (panel >= m_data.size() || pixels <= 0)
        return;
    const bool matters = std::abs(pixels - m_data[panel].pixels) > m_data[panel].pixels / 8;
    m_data[panel].pixels = pixels;
    if (matters)
        m_soon.start();
}

void Feed::setWatched(bool watched)
{
    const bool woken = watched && !m_watched;
    m_watched = watched;
    if (woken)
        askPanels();
}

void Feed::refresh()
{
    if (m_link != Link::Online)
        return knock();
    askAlarms();
    askVitals();
    askMetrics();
    askPanels();
}

void Feed::knock()
{
    if (std::exchange(m_knocking, true))
        return;
    m_api.get("/api/app/session", {}, this, [this](const ApiAnswer &answer) {
        m_knocking = false;
        onSession(answer);
    });
}

void Feed::onSession(const ApiAnswer &answer)
{
    if (!answer.ok()) {
        m_reason = answer.error;
        return lose();
    }
    m_host = answer.body["host"].toString();
    if (!answer.body["authenticated"].toBool() && !answer.body["open_loopback"].toBool()) {
        m_stream.close();
        m_retry.start(retryMs);
        if (!m_api.connection().key.isEmpty())
            m_refusal = "That key was refused.";
        return setLink(Link::KeyNeeded);
    }
    m_retry.stop();
    m_refusal.clear();
    setLink(Link::Online);
    m_alarmTimer.start();
    m_vitalTimer.start();
    m_stream.open();
    refresh();
}

void Feed::setLink(Link link)
{
    if (link == Link::Offline && m_link != Link::Offline)
        m_lostMs = QDateTime::currentMSecsSinceEpoch();
    m_link = link;
    Q_EMIT linkChanged();
}

void Feed::lose()
{
    m_charts.stop();
    m_alarmTimer.stop();
    m_vitalTimer.stop();
    m_stream.close();
    m_live = false;
    m_retry.start(retryMs);
    setLink(Link::Offline);
}

bool Feed::failed(const ApiAnswer &answer)
{
    if (answer.status == 0 && m_link == Link::Online)
        lose();
    else if (answer.status == 401 && m_link == Link::Online)
        knock();
    return !answer.ok();
}

void Feed::askAlarms()
{
    m_api.get("/api/app/rules", {}, this, [this](const ApiAnswer &answer) {
        if (failed(answer))
            return;
        std::vector<Alarm> alarms;
        for (const QJsonValue &item : answer.body["items"].toArray())
            alarms.push_back(Alarm::fromJson(item.toObject()));
        m_alarms = worstFirst(std::move(alarms));
        m_alarmsKnown = true;
        Q_EMIT alarmsChanged();
    });
    m_api.get("/api/app/episodes", QUrlQuery("state=firing"), this, [this](const ApiAnswer &answer) {
        if (failed(answer))
            return;
        std::vector<Episode> firing;
        for (const QJsonValue &item : answer.body["items"].toArray())
            firing.push_back(Episode::fromJson(item.toObject()));
        announceNew(std::move(firing));
    });
}

void Feed::announceNew(std::vector<Episode> firing)
{
    m_firing = std::move(firing);
    QSet<QString> ids;
    for (const Episode &episode : m_firing) {
        ids.insert(episode.id);
        // What was firing before we came is on the screen already; only news is announced.
        if (m_firingKnown && !m_announced.contains(episode.id))
            Q_EMIT episodeBegan(episode);
    }
    m_announced = ids;
    m_firingKnown = true;
    Q_EMIT alarmsChanged();
}

void Feed::askVitals()
{
    m_api.get("/api/app/storage", {}, this, [this](const ApiAnswer &answer) {
        if (failed(answer))
            return;
        m_vitals.samplesPerSecond = numberOf(answer.body["samples_per_second"]);
        m_vitals.daysLeft = numberOf(answer.body["days_left"]);
        m_vitals.diskFreeBytes = numberOf(answer.body["disk_free_bytes"]);
        Q_EMIT vitalsChanged();
    });
}

void Feed::askMetrics()
{
    m_api.get("/api/app/metrics", {}, this, [this](const ApiAnswer &answer) {
        if (failed(answer))
            return;
        m_metrics.emplace();
        for (const QJsonValue &item : answer.body["items"].toArray())
            m_metrics->push_back(Metric::fromJson(item.toObject()));
        m_own = chosenOwn(*m_metrics, m_own);
        layOut();
    });
}

bool Feed::withoutRequests() const
{
    return m_metrics && std::none_of(m_panels.begin(), m_panels.end(),
                                     [](const Panel &panel) { return panel.id == "requests"; });
}

void Feed::layOut()
{
    std::vector<Panel> panels = overviewPanels(&*m_metrics, m_own);
    const bool same =
        std::equal(panels.begin(), panels.end(), m_panels.begin(), m_panels.end(),
                   [](const Panel &a, const Panel &b) { return a.id == b.id && a.row == b.row; });
    std::vector<PanelData> data(panels.size());
    for (size_t index = 0; index < panels.size(); index++) {
        for (size_t old = 0; old < m_panels.size(); old++) {
            if (m_panels[old].id == panels[index].id)
                data[index] = m_data[old];
        }
    }
    m_panels = std::move(panels);
    m_data = std::move(data);
    if (same)
        return;
    m_round++;
    m_pending = 0;
    Q_EMIT panelsChanged();
    askPanels();
}

TimeSpan Feed::spanNow(int pixels) const
{
    const qint64 now = QDateTime::currentMSecsSinceEpoch();
    qint64 length = m_lengthMs;
    if (m_firstMs > 0 && m_lengthMs <= 3'600'000)
        length = std::clamp<qint64>(now - m_firstMs, shortestMs, m_lengthMs);
    return TimeSpan::last(length, now, pixels);
}

void Feed::askPanels()
{
    if (m_link != Link::Online || !m_watched)
        return;
    m_round++;
    m_pending = 0;
    int64_t shortestStepMs = 60'000;
    for (size_t index = 0; index < m_panels.size(); index++) {
        const TimeSpan span = spanNow(m_data[index].pixels);
        shortestStepMs = std::min(shortestStepMs, span.stepMs);
        askPanel(index, span);
    }
    m_charts.start(int(std::max<int64_t>(shortestStepMs, 2'000)));
}

void Feed::askPanel(size_t index, const TimeSpan &span)
{
    const Panel &panel = m_panels[index];
    auto gathered = std::make_shared<Gathered>();
    gathered->span = span;
    gathered->round = m_round;
    gathered->missing = panel.lines.size();
    gathered->curves.resize(panel.lines.size());
    for (size_t line = 0; line < panel.lines.size(); line++) {
        m_pending++;
        gathered->curves[line].name = panel.lines[line].name;
        m_api.get("/api/v1/query_range", rangeQuery(panel.query(line, span), span), this,
                  [this, index, line, gathered](const ApiAnswer &answer) {
                      if (failed(answer))
                          gathered->error = answer.error, gathered->hint = answer.hint;
                      else
                          gathered->curves[line] = curveFrom(gathered->curves[line].name, answer.body);
                      gathered->missing--;
                      takePanel(index, *gathered);
                  });
    }
}

void Feed::takePanel(size_t index, Gathered &gathered)
{
    if (gathered.round != m_round)
        return;
    m_pending--;
    if (gathered.missing > 0 || m_link != Link::Online)
        return;
    PanelData &data = m_data[index];
    data.error = gathered.error;
    data.hint = gathered.hint;
    data.asked = true;
    if (data.error.isEmpty()) {
        data.curves = m_panels[index].drawn(std::move(gathered.curves));
        data.span = gathered.span;
        for (const Curve &curve : data.curves) {
            if (!curve.points.empty() && (m_firstMs == 0 || curve.points.front().timeMs < m_firstMs))
                m_firstMs = curve.points.front().timeMs;
        }
    }
    Q_EMIT panelChanged(index);
}

void Feed::onLive(const QString &name, const QJsonObject &data)
{
    if (name == "hello") {
        m_live = true;
        Q_EMIT linkChanged();
    } else if (name == "episode") {
        askAlarms();
    } else if (name == "sample") {
        onSample(data["name"].toString());
    } else if (name == "status") {
        m_vitals.samplesPerSecond = numberOf(data["samples_per_second"]);
        Q_EMIT vitalsChanged();
        if (qsizetype(data["firing"].toDouble()) != qsizetype(m_firing.size()))
            askAlarms();
    }
}

void Feed::onSample(const QString &metric)
{
    const auto knows = [&](const Metric &known) { return known.name == metric; };
    if (m_metrics && std::none_of(m_metrics->begin(), m_metrics->end(), knows)) {
        // The newest is shown first; what it pushes out is still in the browser.
        m_metrics->push_back({metric, {}, 0, 0});
        if (Metric::isOwn(metric))
            m_own.prepend(metric);
        while (m_own.size() > 3)
            m_own.removeLast();
        askMetrics();
    } else if (!m_soon.isActive()) {
        m_soon.start();
    }
}

} // namespace plimsoll::desktop
