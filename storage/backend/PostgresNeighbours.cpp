#include "storage/backend/PostgresNeighbours.h"

#include "storage/backend/PostgresDays.h"
#include "storage/backend/PostgresLoad.h"

#include <charconv>

namespace plimsoll {

namespace {

constexpr int pageFrames = 256;

Error readOnly() { return {ErrorCode::Forbidden, "The data of another node is read only.", {}}; }

/// Another node's packs and days.
class ReadOnlyBackend final : public Backend
{
public:
    ReadOnlyBackend(std::shared_ptr<PostgresReaders> database, int64_t node)
        : m_database(std::move(database))
        , m_node(node)
    {
    }

    Status open() override { return {}; }
    Status close() override { return {}; }
    Result<BackendState> load() override { return readOnly(); }
    Result<std::vector<DocumentChange>> loadDocuments() override { return readOnly(); }
    Status write(const BackendWrite &) override { return readOnly(); }
    uint64_t bytes() const override { return 0; }
    Result<StoredPack> readPack(uint32_t seal, uint32_t series) const override
    {
        return m_database->readPack(m_node, seal, series);
    }
    Result<std::vector<StoredDay>> readDays(uint32_t series, int64_t fromMs, int64_t toMs) const override
    {
        return readPostgresDays(*m_database, m_node, series, fromMs, toMs);
    }
    uint64_t freePages() const override { return 0; }
    Status giveBack(uint64_t) override { return {}; }

private:
    std::shared_ptr<PostgresReaders> m_database;
    const int64_t m_node;
};

/// "schema topic node".
struct Word
{
    std::string_view schema;
    std::string_view topic;
    int64_t node = 0;
};
Word wordOf(std::string_view payload)
{
    Word word;
    const size_t last = payload.rfind(' ');
    const size_t middle = last == std::string_view::npos || last == 0 ? last : payload.rfind(' ', last - 1);
    if (middle == std::string_view::npos)
        return word;
    word.schema = payload.substr(0, middle);
    word.topic = payload.substr(middle + 1, last - middle - 1);
    std::from_chars(payload.data() + last + 1, payload.data() + payload.size(), word.node);
    return word;
}

} // namespace

PostgresNeighbours::PostgresNeighbours(std::shared_ptr<PostgresReaders> database, int64_t node)
    : m_database(std::move(database))
    , m_node(node)
{
}

std::unique_ptr<Backend> PostgresNeighbours::backendOf(int64_t node) const
{
    return std::make_unique<ReadOnlyBackend>(m_database, node);
}

Status PostgresNeighbours::connect()
{
    if (m_connection && !m_connection->lost())
        return {};
    m_connection.reset();
    if (!m_backoff.isDue())
        return m_failure;
    m_connection = std::make_unique<PostgresConnection>(m_database->settings());
    Status done = m_connection->opened();
    if (done)
        done = m_connection->execute("LISTEN plimsoll");
    if (done) {
        m_backoff.succeeded();
        m_fresh = true;
        return {};
    }
    m_connection.reset();
    m_backoff.failed();
    m_failure = done.error();
    return done;
}

Result<std::map<int64_t, int64_t>> PostgresNeighbours::all()
{
    if (Status connected = connect(); !connected)
        return connected.error();
    const auto rows =
        m_connection->run("SELECT id, writes FROM node WHERE id <> $1", PostgresParameters().bigint(m_node));
    if (!rows)
        return rows.error();
    std::map<int64_t, int64_t> nodes;
    for (int row = 0; row < rows->size(); row++)
        nodes[rows->number(row, 0)] = rows->number(row, 1);
    return nodes;
}

Result<NeighbourNews> PostgresNeighbours::read(int64_t node, const NeighbourPosition &from)
{
    if (Status connected = connect(); !connected)
        return connected.error();
    if (Status begun = m_connection->execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"); !begun)
        return begun.error();
    NeighbourNews news;
    news.position = from;
    const Status done = readAll(node, news);
    (void)m_connection->execute("ROLLBACK");
    if (!done)
        return done.error();
    return news;
}

Status PostgresNeighbours::readAll(int64_t node, NeighbourNews &news)
{
    const auto meta =
        m_connection->run("SELECT key, value FROM meta WHERE node = $1", PostgresParameters().bigint(node));
    if (!meta)
        return meta.error();
    for (int row = 0; row < meta->size(); row++)
        news.meta[meta->text(row, 0)] = meta->text(row, 1);
    const auto catalogue =
        m_connection->run("SELECT id, data FROM catalogue WHERE node = $1 AND id > $2 ORDER BY id",
                          PostgresParameters().bigint(node).bigint(news.position.catalogue));
    if (!catalogue)
        return catalogue.error();
    for (int row = 0; row < catalogue->size(); row++) {
        news.catalogue.push_back(catalogue->text(row, 1));
        news.position.catalogue = catalogue->number(row, 0);
    }
    const auto ids = m_connection->run("SELECT id FROM seal WHERE node = $1 ORDER BY id",
                                       PostgresParameters().bigint(node));
    if (!ids)
        return ids.error();
    for (int row = 0; row < ids->size(); row++)
        news.allSeals.push_back(static_cast<uint32_t>(ids->number(row, 0)));
    const auto seals = m_connection->run(
        "SELECT id, window_start_ms, min_ms, max_ms, samples, bytes, journal_sequence, series, "
        "resolution_ms, span_ms FROM seal WHERE node = $1 AND id > $2 ORDER BY id",
        PostgresParameters().bigint(node).bigint(news.position.seal));
    if (!seals)
        return seals.error();
    news.seals = sealsIn(*seals);
    if (!news.seals.empty())
        news.position.seal = news.seals.back().id;
    return readFrames(node, news);
}

Status PostgresNeighbours::readFrames(int64_t node, NeighbourNews &news)
{
    while (true) {
        const auto rows = m_connection->run(
            "SELECT sequence, payload FROM shipment WHERE node = $1 AND sequence > $2 ORDER BY sequence "
            "LIMIT 256",
            PostgresParameters().bigint(node).bigint(static_cast<int64_t>(news.position.sequence)));
        if (!rows)
            return rows.error();
        for (int row = 0; row < rows->size(); row++) {
            news.frames.push_back({static_cast<uint64_t>(rows->number(row, 0)), rows->text(row, 1)});
            news.position.sequence = news.frames.back().sequence;
        }
        if (rows->size() < pageFrames)
            return {};
    }
}

Result<Neighbours::Happening> PostgresNeighbours::wait(std::chrono::milliseconds limit)
{
    if (Status connected = connect(); !connected)
        return connected.error();
    Happening happening;
    if (std::exchange(m_fresh, false)) {
        happening.somewhere = happening.documents = true;
        return happening;
    }
    const auto notifications = m_connection->notifications(limit);
    if (!notifications)
        return notifications.error();
    for (const auto &notification : *notifications) {
        const Word word = wordOf(notification.payload);
        if (word.schema != m_database->settings().schema || word.node == m_node)
            continue;
        if (word.topic == "document")
            happening.documents = true;
        else
            happening.somewhere = true;
    }
    return happening;
}

} // namespace plimsoll
