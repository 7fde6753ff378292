#pragma once

#include "alerts/SeriesSink.h"
#include "tests/support/TemporaryEngine.h"

namespace plimsoll::test {

/// Writes what the alerts room makes into an engine, at once.
class EngineSink final : public alerts::SeriesSink
{
public:
    explicit EngineSink(TemporaryEngine &engine)
        : m_engine(engine)
    {
    }

    QFuture<Status> write(ProjectId, std::vector<alerts::MadeSample> samples) override
    {
        for (const alerts::MadeSample &sample : samples)
            m_engine.append(sample.labels, sample.kind, sample.timestampMs, sample.value);
        return QtFuture::makeReadyFuture(Status());
    }

private:
    TemporaryEngine &m_engine;
};

} // namespace plimsoll::test
