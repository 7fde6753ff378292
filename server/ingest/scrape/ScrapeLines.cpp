#include "server/ingest/scrape/ScrapeLines.h"

namespace plimsoll::ingest {
namespace {

ScrapeTarget target()
{
    ScrapeTarget out;
    out.labels = {{"instance", "127.0.0.1:9100"}, {"job", "node"}};
    return out;
}

} // namespace

ScrapeLines::ScrapeLines(const Prices &)
    : m_reader(target())
{
}

Status ScrapeLines::decode(const Payload &payload, Batch &batch)
{
    const ScrapeOutcome outcome = m_reader.read(payload.body, ExpositionForm::Text, payload.nowMs, batch);
    if (outcome.error.empty())
        return {};
    return Error{ErrorCode::Invalid, outcome.error, {}};
}

} // namespace plimsoll::ingest
