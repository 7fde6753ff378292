#include "app/Appliance.h"

#include "app/AlertAdapter.h"
#include "app/AlertSeries.h"
#include "app/AlertThread.h"
#include "app/ApplianceClock.h"
#include "app/ApplianceControl.h"
#include "app/BacktestAdapter.h"
#include "app/ControlSocket.h"
#include "app/DataDirectory.h"
#include "app/DatabaseHealth.h"
#include "app/EngineSettings.h"
#include "app/Guard.h"
#include "app/HostMetrics.h"
#include "app/HttpThreads.h"
#include "app/LineListeners.h"
#include "app/PublicAdapter.h"
#include "app/QuerySettings.h"
#include "app/Scraping.h"
#include "app/SelfMetrics.h"
#include "server/api/AlertRoutes.h"
#include "server/api/Annotations.h"
#include "server/api/ExportRoute.h"
#include "server/api/Health.h"
#include "server/api/JournalHealth.h"
#include "server/api/LiveHub.h"
#include "server/api/OpenApi.h"
#include "server/api/PriceRoutes.h"
#include "server/api/PrometheusApi.h"
#include "server/api/QueryPool.h"
#include "server/api/ReadingApi.h"
#include "server/api/StorageSettings.h"
#include "server/api/TargetRoutes.h"
#include "server/api/UpkeepRoutes.h"
#include "server/api/dashboards/Dashboards.h"
#include "server/api/dashboards/Shares.h"
#include "server/http/AccessRoutes.h"
#include "server/http/Listener.h"
#include "server/http/StaticFiles.h"
#include "server/ingest/PushRoutes.h"
#include "server/ingest/Routes.h"
#include "storage/engine/Engine.h"
#include "storage/model/Version.h"
#include "ui/web/WebPage.h"

#include <QJsonDocument>
#include <QSysInfo>
#include <QTimer>

namespace plimsoll::app {

namespace {

/// The routes of the page; each answers with the page itself.
const std::vector<std::string> pageRoutes{"/",
                                          "/welcome",
                                          "/login",
                                          "/explore",
                                          "/costs",
                                          "/dashboards",
                                          "/dashboards/{rest:path}",
                                          "/endpoints",
                                          "/endpoints/{rest:path}",
                                          "/checks",
                                          "/checks/{rest:path}",
                                          "/alerts",
                                          "/alerts/{rest:path}",
                                          "/data",
                                          "/data/{rest:path}",
                                          "/settings",
                                          "/settings/{rest:path}",
                                          "/docs",
                                          "/docs/{rest:path}",
                                          "/share/{token}"};

constexpr int leadershipIntervalMs = 500;
constexpr int pushIntervalMs = 1'000; ///< between two looks at whether pushed groups are due

/// The key of the secrets in the records; where nothing is kept, one that is not kept either.
Result<alerts::SecretBox> openSecrets(const Configuration &configuration,
                                      const std::filesystem::path &directory)
{
    const std::string file = configuration.value("secrets-key").toStdString();
    if (file.empty() && configuration.value("storage") == QLatin1String("memory:"))
        return alerts::SecretBox::forNow();
    return alerts::SecretBox::open(file.empty() ? directory / "secrets.key" : std::filesystem::path(file));
}

Result<bool> allowsPrivate(const Configuration &configuration, bool loopbackOnly)
{
    const QString policy = configuration.value("outbound-private");
    if (policy == QLatin1String("auto"))
        return loopbackOnly;
    if (policy == QLatin1String("allow") || policy == QLatin1String("deny"))
        return policy == QLatin1String("allow");
    return Error{ErrorCode::Invalid, "--outbound-private is \"" + policy.toStdString() + "\".",
                 "Write auto, allow or deny."};
}

} // namespace

/// Members are destroyed from the bottom up, so each may use those above it.
struct Appliance::Rooms
{
    ApplianceClock clock;
    std::unique_ptr<DataDirectory> data;
    std::unique_ptr<Engine> engine;
    const ReaderSource *readers = nullptr; ///< of this appliance and those that share its database

    ingest::Prices prices;
    ingest::PriceBook priceBook;
    ingest::MetricMetadata metadata; ///< observes the one below
    std::unique_ptr<ingest::IngestThread> ingest;
    std::unique_ptr<ingest::DecoderThread> decoders;

    std::unique_ptr<api::LiveHub> live;
    QuerySettings querySettings;
    std::vector<std::pair<std::string, std::string>> shownSettings;
    std::unique_ptr<QueryMemory> queryMemory;
    std::unique_ptr<api::Dashboards> dashboards; ///< these two outlive the pool that works for them
    std::unique_ptr<api::Shares> shares;
    std::unique_ptr<api::QueryPool> pool;
    std::unique_ptr<api::QueryPool> streams; ///< for answers that take minutes
    api::ProjectTurns costingTurns;
    std::unique_ptr<api::PriceList> priceList;
    api::Jobs jobs{clock};
    std::unique_ptr<api::Backups> backups;
    std::string database; ///< the scheme of the address that --storage names
    std::unique_ptr<http::AccessControl> access;
    std::unique_ptr<Guard> guard;
    std::unique_ptr<api::ReadingApi> reading;
    std::unique_ptr<api::PrometheusApi> prometheus;
    std::unique_ptr<api::DirectoryHealth> directoryHealth;
    api::JournalHealth journalHealth;
    std::unique_ptr<DatabaseHealth> databaseHealth;
    api::Health health;
    std::unique_ptr<AlertSeries> alertSeries;
    AlertThread alerts;
    std::unique_ptr<AlertAdapter> alertAdapter;
    PublicAdapter publicPages{alerts};
    std::unique_ptr<BacktestAdapter> backtests;
    QTimer leadership;
    bool leads = true;
    std::atomic<bool> alertsStale = false; ///< another node changed their records

    http::HttpStats httpStats;
    http::Tls tls;
    http::Router router;
    std::unique_ptr<HttpThreads> http;

    std::unique_ptr<api::Annotations> annotations;
    std::unique_ptr<LineListeners> lines;
    std::unique_ptr<ingest::Pushgateway> pushes;
    QTimer pushTimer;
    std::unique_ptr<Scraping> scraping;
    std::unique_ptr<HostMetrics> hostMetrics;
    std::unique_ptr<SelfMetrics> selfMetrics;
    ControlSocket control;
    bool running = false;

    Status openStorage(const Configuration &configuration);
    Status openAccess(const Configuration &configuration);
    Status openGuard(const Configuration &configuration);
    Status openTls(const Configuration &configuration);
    Status startAlerts(const Configuration &configuration);
    void tellAlertStatus(ProjectId project, const alerts::AlertService &service);
    void projectsChanged();
    void documentsChanged();
    void watchLeadership();
    void addPrometheus();
    void addDashboards();
    void addRoutes();
    Status listen(const Configuration &configuration);
    Status openLines(const Configuration &configuration);
    Status openPushes(const Configuration &configuration);
    void loadPushes();
    Status openScraping(const Configuration &configuration);
    void startOwnMetrics();
    Status start(const Configuration &configuration);
    Status stop();
};

Status Appliance::Rooms::openStorage(const Configuration &configuration)
{
    auto opened = DataDirectory::open(configuration.value("data"), configuration.value("storage"));
    if (!opened)
        return opened.error();
    data = std::move(opened).value();
    database = configuration.value("storage").section(QLatin1Char(':'), 0, 0).toStdString();

    auto queries = QuerySettings::from(configuration);
    if (!queries)
        return queries.error();
    querySettings = *queries;
    Query::setExperimental(querySettings.experimental);
    shownSettings = app::shownSettings(configuration);

    const auto configured = configuredEngine(configuration, data->path());
    if (!configured)
        return configured.error();
    auto options = engineOptions(configuration, data->path(), data->documents());
    if (!options)
        return options.error();
    api::addSettingsRoutes(router, data->documents(), *configured, *options);
    options->commits = &data->cluster().commits();
    auto started = Engine::open(*options, data->store(), data->disk(), clock);
    if (!started)
        return started.error();
    engine = std::move(started).value();
    readers = &data->cluster().join(*engine, [this] { documentsChanged(); });

    prices = ingest::Prices::shipped();
    ingest = std::make_unique<ingest::IngestThread>(*engine);
    decoders = std::make_unique<ingest::DecoderThread>(prices, &priceBook);
    live = std::make_unique<api::LiveHub>(clock);
    ingest->addObserver(*live);
    ingest->addObserver(metadata);
    ingest->addObserver(journalHealth);
    queryMemory = std::make_unique<QueryMemory>(querySettings.memoryBytes);
    querySettings.limits.memory = queryMemory.get();
    pool = std::make_unique<api::QueryPool>(querySettings.threads, querySettings.maxWaiting);
    streams = std::make_unique<api::QueryPool>();
    backups = std::make_unique<api::Backups>(*engine, clock, jobs, data->path());
    return {};
}

Status Appliance::Rooms::openAccess(const Configuration &)
{
    access = std::make_unique<http::AccessControl>(data->documents(), clock);
    if (Status loaded = access->load(); !loaded)
        return loaded;
    priceList = std::make_unique<api::PriceList>(data->documents(), priceBook, clock);
    priceList->load(access->projects().ids());
    const QByteArray password = qgetenv("PLIMSOLL_ADMIN_PASSWORD");
    return password.isEmpty() || access->passwordSet() ? Status()
                                                       : access->setPassword(password.toStdString());
}

Status Appliance::Rooms::openGuard(const Configuration &configuration)
{
    const bool survives = configuration.value("storage") != QLatin1String("memory:");
    auto opened = Guard::open(configuration, *access, data->documents(), clock,
                              survives ? data->path() : std::filesystem::path());
    if (!opened)
        return opened.error();
    guard = std::move(opened).value();
    guard->join(*ingest);
    return {};
}

Status Appliance::Rooms::openTls(const Configuration &configuration)
{
    const std::string certificate = configuration.value("tls-certificate").toStdString();
    const std::string key = configuration.value("tls-key").toStdString();
    if (certificate.empty() && key.empty())
        return {};
    if (certificate.empty() || key.empty())
        return Error{ErrorCode::Invalid, "TLS needs both a certificate and its key.",
                     "Set --tls-certificate and --tls-key."};
    return tls.load(certificate, key);
}

Status Appliance::Rooms::startAlerts(const Configuration &configuration)
{
    const auto intervalMs = configuration.durationMs("alert-interval");
    if (!intervalMs)
        return intervalMs.error();
    const auto privateAllowed = allowsPrivate(configuration, http->listener().loopbackOnly());
    if (!privateAllowed)
        return privateAllowed.error();

    alerts::AlertOptions options;
    options.intervalMs = *intervalMs;
    options.allowPrivate = *privateAllowed;
    options.baseUrl = http->listener().url();
    options.version = versionText;
    auto secrets = openSecrets(configuration, data->path());
    if (!secrets)
        return secrets.error();
    options.secrets = std::make_shared<const alerts::SecretBox>(*std::move(secrets));
    options.rulesFolder = configuration.value("rules").toStdString();
    options.leads = leads = data->cluster().leadership().isLeader();
    const auto prepare = [this](ProjectId project, alerts::ProjectAlerts &alerts) {
        alerts::AlertService &service = alerts.service();
        const auto publish = [this, project, &service](const QJsonObject &episode) {
            live->publishEpisode(project,
                                 QJsonDocument(episode).toJson(QJsonDocument::Compact).toStdString());
            tellAlertStatus(project, service);
        };
        QObject::connect(&service, &alerts::AlertService::episodeChanged, &service, publish);
        QObject::connect(&alerts.checks(), &alerts::CheckBook::checkChanged, &service,
                         [this, project](const QJsonObject &check) {
                             live->publishCheck(
                                 project, QJsonDocument(check).toJson(QJsonDocument::Compact).toStdString());
                         });
        tellAlertStatus(project, service);
    };
    alertSeries = std::make_unique<AlertSeries>(*ingest);
    backtests = std::make_unique<BacktestAdapter>(BacktestAdapter::Parts{
        [this](ProjectId project, AlertAdapter::Work work) { alerts.post(project, std::move(work)); },
        *readers, clock, *intervalMs, querySettings.limits});
    const Status started = alerts.start(options, {*readers, data->documents(), clock, *alertSeries}, prepare,
                                        access->projects().ids());
    if (started) {
        access->projects().onChanged([this] { projectsChanged(); });
        projectsChanged();
    }
    return started;
}

void Appliance::Rooms::tellAlertStatus(ProjectId project, const alerts::AlertService &service)
{
    const alerts::AlertSummary summary = service.summary();
    const std::string worst = summary.worst ? std::string(alerts::severityName(*summary.worst)) : "ok";
    live->setAlertStatus(project, int(summary.firing), worst);
}

/// On any thread. What is kept of removed projects goes once their alarms have ended.
void Appliance::Rooms::projectsChanged()
{
    if (scraping)
        scraping->book().reload();
    alerts.serve(access->projects().ids(), [this, removed = access->projects().removedIds()] {
        for (const ProjectId project : removed)
            data->documents().removeAll(project);
    });
    loadPushes();
}

/// On the thread that follows the other nodes; goes on on the store thread.
void Appliance::Rooms::documentsChanged()
{
    data->documents().reload([this](const std::set<std::string> &collections) {
        if (const Status loaded = access->load(); !loaded)
            qWarning("%s", loaded.error().message.c_str());
        if (priceList && (collections.contains("prices") || collections.contains("projects")))
            priceList->load(access->projects().ids());
        if (guard && (collections.contains("label_drops") || collections.contains("projects")))
            guard->loadDrops();
        if (scraping && collections.contains("targets"))
            scraping->book().reload();
        for (const char *alarms : {"rules", "channels", "episodes", "deliveries"})
            alertsStale = alertsStale || collections.contains(alarms);
        if (collections.contains("push_groups"))
            loadPushes();
    });
}

/// Alarms are evaluated where this node leads; elsewhere their records are shown as the leader keeps them.
void Appliance::Rooms::watchLeadership()
{
    if (!data->cluster().isShared())
        return;
    QObject::connect(&leadership, &QTimer::timeout, [this] {
        const bool leadsNow = data->cluster().leadership().isLeader();
        if (leadsNow == leads && !alertsStale.exchange(false))
            return;
        leads = leadsNow;
        scraping->book().setLeads(leads);
        alerts.restart(leads);
    });
    leadership.start(leadershipIntervalMs);
}

void Appliance::Rooms::addPrometheus()
{
    api::PrometheusParts parts{*readers, clock, *pool, versionText, querySettings.limits};
    parts.maxPoints = querySettings.maxPoints;
    parts.maxResultBytes = querySettings.maxResultBytes;
    parts.startedMs = clock.nowMs();
    parts.settings = shownSettings;
    for (const auto &[name, value] : shownSettings) {
        if (name == "retention-raw")
            parts.retention = value;
    }
    parts.engine = [this] { return engine->stats(); };
    parts.metadata = &metadata;
    parts.targets = [this](ProjectId project) { return scraping->scraper().reports(project); };
    parts.droppedTargets = [this](ProjectId project) { return scraping->scraper().dropped(project); };
    parts.listAlerts =
        [this](ProjectId project, const std::string &resource, const api::AlertControl::Listing &listing,
               const api::AlertControl::Done &done) { alertAdapter->list(project, resource, listing, done); };
    prometheus = std::make_unique<api::PrometheusApi>(std::move(parts));
    prometheus->addRoutes(router);
}

void Appliance::Rooms::addDashboards()
{
    dashboards = std::make_unique<api::Dashboards>(data->documents(), clock, *pool);
    dashboards->addRoutes(router);
    shares = std::make_unique<api::Shares>(api::Shares::Parts{data->documents(), clock, *pool, *dashboards,
                                                              *readers, querySettings.limits,
                                                              [this] { return access->projects().ids(); }});
    shares->addRoutes(router);
    dashboards->onRemoved(
        [this](ProjectId project, const std::string &id) { shares->removeOf(project, id); });
}

void Appliance::Rooms::addRoutes()
{
    const std::string host = QSysInfo::machineHostName().toStdString();
    http::addAccessRoutes(router, *access, {versionText, host, clock.nowMs()});
    ingest::IngestParts writing{*ingest, *decoders, prices, clock};
    writing.book = &priceBook;
    auto replay = ingest::registerIngestRoutes(router, guard->parts(writing));
    guard->addRoutes(router, std::move(replay), *engine, *readers, *pool);

    const api::StorageFigures figures{[this] { return engine->stats(); },
                                      [this] { return live->samplesPerSecond(); }, data->path(), database};
    reading = std::make_unique<api::ReadingApi>(*readers, clock, *pool, figures, host);
    reading->setMetadata(metadata);
    reading->addRoutes(router);
    addPrometheus();
    addDashboards();
    live->setMayWatch([this](const http::Principal &caller) { return access->stillReads(caller); });
    live->addRoutes(router);
    directoryHealth = std::make_unique<api::DirectoryHealth>(data->path());
    health.add(*directoryHealth);
    health.add(journalHealth);
    databaseHealth = std::make_unique<DatabaseHealth>(data->cluster());
    if (data->cluster().isShared())
        health.add(*databaseHealth);
    health.addRoutes(router);
    alertAdapter = std::make_unique<AlertAdapter>(
        [this](ProjectId project, AlertAdapter::Work work) { alerts.post(project, std::move(work)); });
    api::addAlertRoutes(router, *alertAdapter);
    api::addPublicRoutes(router, publicPages);
    health.setReadyChecks([this](ProjectId project) { return publicPages.readyChecks(project); });
    api::addBacktestRoute(router, *backtests, jobs);
    api::addTargetRoutes(router, scraping->book());
    api::addPriceRoutes(router, {*priceList, jobs, *pool, {*readers, *ingest, clock, costingTurns}});
    api::addUpkeepRoutes(router, jobs, *backups, *streams);
    api::addExportRoute(router, *readers, clock, *streams);
    api::addOpenApiRoute(router, versionText);

    initWebPage();
    const http::StaticFiles page(QStringLiteral(":/web"));
    page.addFiles(router, "/");
    page.addPages(router, pageRoutes);
}

Status Appliance::Rooms::listen(const Configuration &configuration)
{
    const auto cors = http::Cors::parse(configuration.value("cors-origins").toStdString());
    if (!cors)
        return Error{ErrorCode::Invalid, "--cors-origins: " + cors.error().message, cors.error().hint};
    const http::ServerContext context{router, guard->authority(), clock, httpStats,
                                      tls,    http::Limits{},     *cors};
    http = std::make_unique<HttpThreads>(context, ingest->thread(), *ingest);
    if (Status bound = http->listener().listen(configuration.value("listen").toStdString()); !bound)
        return bound;
    if (http->listener().loopbackOnly() || access->passwordSet())
        return {};
    return Error{ErrorCode::Forbidden,
                 "Others could reach " + configuration.value("listen").toStdString() +
                     ", and no admin password exists yet.",
                 "Set one with PLIMSOLL_ADMIN_PASSWORD, or on the page while listening on 127.0.0.1."};
}

Status Appliance::Rooms::openLines(const Configuration &configuration)
{
    annotations = std::make_unique<api::Annotations>(data->documents(), clock);
    annotations->addRoutes(router);
    lines = std::make_unique<LineListeners>(
        LineParts{*ingest, clock, *readers, access->projects(),
                  [this](ProjectId project, const ingest::StatsdEvent &event) {
                      return annotations->note(project, event);
                  },
                  guard->refusals()});
    return lines->open(configuration);
}

Status Appliance::Rooms::openPushes(const Configuration &configuration)
{
    ingest::Pushgateway::Options options;
    if (!configuration.value("pushgateway-ttl").isEmpty()) {
        const auto ttlMs = configuration.durationMs("pushgateway-ttl");
        if (!ttlMs)
            return ttlMs.error();
        options.ttlMs = *ttlMs;
    }
    pushes = std::make_unique<ingest::Pushgateway>(*ingest, data->documents(), clock, options);
    ingest::addPushRoutes(router, *pushes, *decoders, prices);
    // Where several appliances share a database, one repeats what was pushed to any.
    QObject::connect(&pushTimer, &QTimer::timeout, [this] {
        if (data->cluster().leadership().isLeader())
            pushes->tick();
    });
    return pushes->load(access->projects().ids());
}

void Appliance::Rooms::loadPushes()
{
    if (const Status loaded = pushes->load(access->projects().ids()); !loaded)
        qWarning("%s", loaded.error().message.c_str());
}

Status Appliance::Rooms::openScraping(const Configuration &configuration)
{
    scraping = std::make_unique<Scraping>(*ingest, clock, data->documents(),
                                          [this] { return access->projects().ids(); });
    return scraping->open(configuration);
}

void Appliance::Rooms::startOwnMetrics()
{
    const std::string instance =
        data->cluster().isShared()
            ? (QSysInfo::machineHostName() + QLatin1Char(':') +
               QString::number(QUrl(QString::fromStdString(http->listener().url())).port()))
                  .toStdString()
            : std::string();
    hostMetrics = std::make_unique<HostMetrics>(*ingest, clock);
    hostMetrics->setInstance(instance);
    hostMetrics->start();
    const SelfFigures figures{[this] { return engine->stats(); },
                              [this] { return ingest->queueDepth(); },
                              httpStats,
                              [this]() -> std::optional<DatabaseFigures> {
                                  if (!data->cluster().isShared())
                                      return std::nullopt;
                                  return data->cluster().figures();
                              },
                              pool.get(),
                              queryMemory.get()};
    selfMetrics = std::make_unique<SelfMetrics>(*ingest, clock, figures);
    selfMetrics->setInstance(instance);
    selfMetrics->addSource([this](BatchBuilder &batch) { lines->addFigures(batch); });
    selfMetrics->addSource([this](BatchBuilder &batch) { scraping->addFigures(batch); });
    selfMetrics->addSource([this](BatchBuilder &batch) { guard->addFigures(batch); });
    selfMetrics->start();
}

Status Appliance::Rooms::start(const Configuration &configuration)
{
    for (const auto step :
         {&Rooms::openStorage, &Rooms::openAccess, &Rooms::openGuard, &Rooms::openTls, &Rooms::openScraping,
          &Rooms::listen, &Rooms::openLines, &Rooms::openPushes, &Rooms::startAlerts}) {
        if (Status done = (this->*step)(configuration); !done)
            return done;
    }
    addRoutes();
    decoders->start();
    ingest->start();
    lines->start();
    pushTimer.start(pushIntervalMs);
    scraping->start(leads);
    startOwnMetrics();
    addControlCommands(control, *access, [this] { return http->listener().url(); });
    addUpkeepCommands(control, jobs, *backups, data->store().backend());
    // Without its socket the appliance works all the same; only shell commands miss it.
    if (const Status listening = control.listen(configuration.value("data")); !listening)
        qWarning("%s %s", listening.error().message.c_str(), listening.error().hint.c_str());
    watchLeadership();
    data->cluster().start();
    running = true;
    return {};
}

Status Appliance::Rooms::stop()
{
    if (!std::exchange(running, false))
        return {};
    hostMetrics->stop();
    selfMetrics->stop();
    lines->stop();
    pushTimer.stop();
    scraping->stop();
    http->stop();
    jobs.stop();
    leadership.stop();
    data->cluster().stopFollowing();
    // What was posted to the store thread for changed documents looks at rooms that stop now.
    (void)data->store().run([](Backend &) { return Status(); });
    alerts.stop();
    decoders->stop();
    pushes->stop();
    ingest->stop();
    guard->stop();
    const Status closed = engine->close();
    data->cluster().stopShipping();
    return closed;
}

Appliance::Appliance(std::unique_ptr<Rooms> rooms)
    : m_rooms(std::move(rooms))
{
}

Appliance::~Appliance()
{
    if (const Status stopped = stop(); !stopped)
        qWarning("%s", stopped.error().message.c_str());
}

Result<std::unique_ptr<Appliance>> Appliance::start(const Configuration &configuration)
{
    auto rooms = std::make_unique<Rooms>();
    if (const Status started = rooms->start(configuration); !started)
        return started.error();
    return std::unique_ptr<Appliance>(new Appliance(std::move(rooms)));
}

QUrl Appliance::address() const { return QUrl(QString::fromStdString(m_rooms->http->listener().url())); }

bool Appliance::isOpenOnLoopback() const { return !m_rooms->access->passwordSet(); }

Status Appliance::reload()
{
    const Status certificates = m_rooms->tls.reload();
    const Status targets = m_rooms->scraping->reload();
    m_rooms->alerts.post(defaultProject, [](alerts::ProjectAlerts *alerts) {
        if (alerts)
            alerts->reload();
    });
    return certificates ? targets : certificates;
}

Status Appliance::stop() { return m_rooms->stop(); }

} // namespace plimsoll::app
