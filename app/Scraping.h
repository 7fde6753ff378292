#pragma once

#include "app/Configuration.h"
#include "server/ingest/scrape/FileTargets.h"
#include "server/ingest/scrape/TargetBook.h"

#include <QTimer>

#include <memory>

namespace plimsoll::app {

class BatchBuilder;

/// The scraper with its targets: those of the API and those of --scrape-config. Lives on a thread with an
/// event loop, which looks at the files; SCRAPE.md says what happens.
class Scraping
{
public:
    /// What is referred to outlives it.
    Scraping(ingest::IngestThread &ingest, const Clock &clock, DocumentStore &documents,
             ingest::TargetBook::Projects projects);
    ~Scraping() { stop(); }

    /// Reads the file where there is one; a failure names the line.
    Status open(const Configuration &configuration);
    void start(bool leads);
    /// Reads the file again; a wrong one changes nothing.
    Status reload();
    void stop();

    ingest::Scraper &scraper() { return m_scraper; }
    ingest::TargetBook &book() { return m_book; }
    /// Any thread.
    void addFigures(BatchBuilder &batch) const;

private:
    ingest::Scraper m_scraper;
    ingest::TargetBook m_book;
    std::unique_ptr<ingest::FileTargets> m_file;
    QTimer m_watch;
};

} // namespace plimsoll::app
