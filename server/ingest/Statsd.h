#pragma once

#include "server/ingest/Decoder.h"
#include "server/ingest/LineReader.h"
#include "server/ingest/StatsdLine.h"
#include "server/ingest/StatsdMemory.h"
#include "server/ingest/StatsdNotice.h"

#include <functional>
#include <memory>

namespace plimsoll::ingest {

/// StatsD with DogStatsD (README.md, "StatsD").
///
/// What lines say of one series within one batch becomes one sample: increments are added up exactly, of a
/// gauge the last value stays, observations stay apart. Samples with a time of their own are not put
/// together. A set is a gauge of how many different members came since the last multiple of 10 s; its sample
/// carries that time and is written again while it grows.
///
/// A signed gauge changes the value that it has; where none came over this reader before, what
/// `GaugeSource` says, else 0.
class StatsdLines final : public LineReader
{
public:
    static constexpr size_t maxBytes = 32 << 20;  ///< of series; beyond it everything is forgotten
    static constexpr size_t maxMembers = 500'000; ///< of all sets together
    static constexpr int64_t setIntervalMs = 10'000;

    using GaugeSource = std::function<std::optional<double>(ProjectId project, const std::string &key)>;
    /// A failure refuses the line.
    using EventSink = std::function<Status(ProjectId project, StatsdEvent event)>;

    void setGaugeSource(GaugeSource source) { m_gaugeSource = std::move(source); }
    /// Called in read(), with events that are well-formed.
    void setEventSink(EventSink sink) { m_eventSink = std::move(sink); }

    void begin(Batch &batch, ProjectId project, int64_t nowMs) override;
    void read(std::string_view lines) override;
    void finish() override;

    /// Forgets the values of the gauges and the members of the sets of the last batch.
    void forgetValues();

private:
    void readLine(std::string_view line);
    ItemCheck readMetric(std::string_view text);
    ItemCheck readEvent(std::string_view text);
    ItemCheck readCheck(std::string_view text);
    ItemCheck readValues(const StatsdLine &line);
    ItemCheck find(const StatsdLine &line, StatsdSeries *&series);
    StatsdSeries &entered(StatsdSeries &series);
    ItemCheck take(const StatsdLine &line, StatsdSeries &series);
    ItemCheck takeGauge(StatsdSeries &series);
    void forgetMembers();
    void observe(StatsdSeries &series, double value, double rate);
    ItemCheck addMember(StatsdSeries &series, std::string_view member);
    void send(StatsdSeries &series);
    void push(const StatsdSeries &series, int64_t timestampMs, double value, uint32_t item);

    GaugeSource m_gaugeSource;
    EventSink m_eventSink;
    std::shared_ptr<StatsdMemory> m_memory = std::make_shared<StatsdMemory>();
    Batch *m_batch = nullptr;
    ProjectId m_project = 0;
    int64_t m_nowMs = 0;
    uint64_t m_batchNumber = 0;
    double m_carry = 0.5;               ///< of weights that are rounded
    std::vector<StatsdSeries *> m_sets; ///< that have members
    size_t m_members = 0;
    int64_t m_setSince = -1;
    std::vector<StatsdSeries *> m_entered; ///< by position in the batch
    std::vector<StatsdNumber> m_numbers;   ///< of the line under way
    std::string m_spelling;
};

/// The same for one body of lines, of which nothing is remembered.
class Statsd final : public Decoder
{
public:
    explicit Statsd(const Prices &) {}
    Status decode(const Payload &payload, Batch &batch) override;

private:
    StatsdLines m_lines;
};

} // namespace plimsoll::ingest
