#pragma once

#include "ui/desktop/data/Alarm.h"
#include "ui/desktop/data/ApiClient.h"
#include "ui/desktop/data/LiveStream.h"
#include "ui/desktop/data/OverviewPanels.h"

#include <QSet>
#include <QTimer>

namespace plimsoll::desktop {

/// How the connection stands.
enum class Link {
    Connecting, ///< nothing has answered yet
    Online,
    Offline,   ///< it answered before, or never; it is asked again every 5 s
    KeyNeeded, ///< it answers, but not to us
};

/// The figures under the sidebar.
struct Vitals
{
    std::optional<double> samplesPerSecond, daysLeft, diskFreeBytes;
};

/// What one chart tile shows.
struct PanelData
{
    int pixels = 300; ///< the plot's width: as many points are asked for
    TimeSpan span;
    std::vector<Curve> curves;
    bool asked = false; ///< an answer has come, even if without points
    QString error, hint;
};

/// The window's one source of data: asks the API, listens to the live stream, and keeps what came last, also
/// while the server is away. Main thread only.
class Feed : public QObject
{
    Q_OBJECT

public:
    static constexpr int retryMs = 5'000;
    static constexpr int alarmsMs = 10'000;
    static constexpr int vitalsMs = 15'000;
    static constexpr int soonMs = 600; ///< from a sample that arrived to the chart that shows it

    explicit Feed(Connection connection, QObject *parent = nullptr);

    ApiClient &api() { return m_api; }
    const ApiClient &api() const { return m_api; }
    const std::vector<Panel> &panels() const { return m_panels; }
    const PanelData &panelData(size_t index) const { return m_data[index]; }
    const std::vector<Alarm> &alarms() const { return m_alarms; } ///< worst first
    const std::vector<Episode> &firing() const { return m_firing; }
    const Vitals &vitals() const { return m_vitals; }
    const QString &host() const { return m_host; }
    Link link() const { return m_link; }
    const QString &reason() const { return m_reason; } ///< why nothing answers
    qint64 lostMs() const { return m_lostMs; }         ///< since when nothing answers
    bool live() const { return m_live; }               ///< the stream is open
    bool alarmsKnown() const { return m_alarmsKnown; }
    /// No request was ever reported, as far as is known.
    bool withoutRequests() const;
    /// The worst of all: unreachable, or that of the worst alarm.
    Standing standing() const;

    void start();
    /// Lets us in where the server asked who we are: an API key, or the admin password for as long as this
    /// runs.
    void identify(const QString &secret);
    /// Why the last identify() did not help; empty where it did.
    const QString &refusal() const { return m_refusal; }
    /// The stretch of time the charts show.
    void setLength(qint64 lengthMs);
    void setPixels(size_t panel, int pixels);
    qint64 length() const { return m_lengthMs; }
    /// Charts are not asked for while nobody sees them.
    void setWatched(bool watched);
    void refresh();

Q_SIGNALS:
    void linkChanged();
    void alarmsChanged();
    void panelChanged(size_t index);
    /// There are other panels now; those that stayed kept their data.
    void panelsChanged();
    void vitalsChanged();
    void episodeBegan(const plimsoll::desktop::Episode &episode);

private:
    /// The answers to one tile's queries; shown when all are there.
    struct Gathered
    {
        TimeSpan span;
        unsigned round = 0;
        size_t missing = 0;
        std::vector<Curve> curves;
        QString error, hint;
    };

    void knock();
    void onSession(const ApiAnswer &answer);
    void setLink(Link link);
    void lose();
    void askAlarms();
    void askVitals();
    void askMetrics();
    void layOut();
    void askPanels();
    void askPanel(size_t index, const TimeSpan &span);
    void takePanel(size_t index, Gathered &gathered);
    void onSample(const QString &metric);
    void onLive(const QString &name, const QJsonObject &data);
    void announceNew(std::vector<Episode> firing);
    TimeSpan spanNow(int pixels) const;
    bool failed(const ApiAnswer &answer);

    ApiClient m_api;
    LiveStream m_stream;
    std::optional<std::vector<Metric>> m_metrics;
    QStringList m_own; ///< the user's metrics that have a tile
    std::vector<Panel> m_panels;
    std::vector<PanelData> m_data;
    std::vector<Alarm> m_alarms;
    std::vector<Episode> m_firing;
    Vitals m_vitals;
    QString m_host, m_refusal, m_reason;
    QTimer m_retry, m_charts, m_alarmTimer, m_vitalTimer, m_soon;
    QSet<QString> m_announced;
    Link m_link = Link::Connecting;
    qint64 m_lostMs = 0, m_lengthMs = 3'600'000;
    int64_t m_firstMs = 0; ///< the oldest point seen, 0 while there is none
    unsigned m_round = 0;  ///< answers of an older round are dropped
    int m_pending = 0;
    bool m_live = false, m_alarmsKnown = false, m_firingKnown = false, m_knocking = false, m_watched = true;
};

} // namespace plimsoll::desktop
