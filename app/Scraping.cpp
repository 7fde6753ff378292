#include "app/Scraping.h"

#include "app/BatchBuilder.h"
#include "storage/model/Version.h"

namespace plimsoll::app {
namespace {

constexpr int watchIntervalMs = 2000;
constexpr const char *source = "file";

} // namespace

Scraping::Scraping(ingest::IngestThread &ingest, const Clock &clock, DocumentStore &documents,
                   ingest::TargetBook::Projects projects)
    : m_scraper(ingest, clock, "Plimsoll/" + std::string(versionText))
    , m_book(documents, m_scraper, clock, std::move(projects))
{
}

Status Scraping::open(const Configuration &configuration)
{
    const std::string path = configuration.value("scrape-config").toStdString();
    if (path.empty())
        return {};
    m_file = std::make_unique<ingest::FileTargets>(path);
    return m_file->load();
}

void Scraping::start(bool leads)
{
    m_book.setLeads(leads);
    m_book.reload();
    if (!m_file)
        return;
    m_scraper.setTargets(source, m_file->targets());
    QObject::connect(&m_watch, &QTimer::timeout, [this] {
        const auto look = m_file->lookAgain();
        if (!look.problem)
            qWarning("%s", look.problem.error().message.c_str());
        if (look.changed)
            m_scraper.setTargets(source, m_file->targets());
    });
    m_watch.start(watchIntervalMs);
}

Status Scraping::reload()
{
    if (!m_file)
        return {};
    const Status loaded = m_file->load();
    if (loaded)
        m_scraper.setTargets(source, m_file->targets());
    return loaded;
}

void Scraping::stop()
{
    m_watch.stop();
    m_scraper.stop();
}

void Scraping::addFigures(BatchBuilder &batch) const
{
    const ingest::ScrapeFigures figures = m_scraper.figures();
    if (figures.targets == 0 && figures.scrapes == 0)
        return;
    batch.gauge("plimsoll_scrape_targets", static_cast<double>(figures.targets));
    batch.gauge("plimsoll_scrape_targets_down", static_cast<double>(figures.down));
    batch.counter("plimsoll_scrapes_total", static_cast<double>(figures.scrapes));
    batch.counter("plimsoll_scrapes_failed_total", static_cast<double>(figures.failures));
    batch.counter("plimsoll_scrapes_skipped_total", static_cast<double>(figures.skipped));
}

} // namespace plimsoll::app
