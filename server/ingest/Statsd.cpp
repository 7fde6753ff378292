#include "server/ingest/Statsd.h"

#include "server/ingest/NameRules.h"

#include <simdjson.h>
#include <xxhash.h>

#include <cmath>

namespace plimsoll::ingest {
namespace {

constexpr uint32_t maxStrangers = 16'384; ///< series that are refused again and again, or folded
constexpr std::string_view checkMetric = "service_check_status";

Kind kindOf(StatsdType type)
{
    switch (type) {
    case StatsdType::Counter:
        return Kind::Delta;
    case StatsdType::Observation:
        return Kind::Distribution;
    case StatsdType::Gauge:
    case StatsdType::Set:
        break;
    }
    return Kind::Gauge;
}

} // namespace

void StatsdLines::begin(Batch &batch, ProjectId project, int64_t nowMs)
{
    if (m_memory->bytes() > maxBytes || m_memory->strangers > maxStrangers || project != m_project) {
        forgetMembers();
        m_memory = std::make_shared<StatsdMemory>();
    }
    forgetRefusedLines();
    m_batch = &batch;
    m_project = batch.project = project;
    m_nowMs = nowMs;
    m_batchNumber++;
    m_entered.clear();
    batch.knownOwner = m_memory;
    const int64_t since = nowMs - nowMs % setIntervalMs;
    if (since != std::exchange(m_setSince, since))
        forgetMembers();
}

void StatsdLines::forgetMembers()
{
    for (StatsdSeries *set : m_sets)
        set->members = {};
    m_sets.clear();
    m_members = 0;
}

void StatsdLines::forgetValues()
{
    forgetMembers();
    for (StatsdSeries *series : m_entered)
        series->gaugeKnown = false;
    m_carry = 0.5;
}

void StatsdLines::read(std::string_view lines)
{
    while (!lines.empty()) {
        if (const std::string_view line = takeLine(lines); !line.empty())
            readLine(line);
    }
}

void StatsdLines::readLine(std::string_view line)
{
    ItemCheck error;
    if (!simdjson::validate_utf8(line))
        error = ItemError{"bad_line", "The line is not UTF-8."};
    else if (line.starts_with("_e{"))
        error = readEvent(line);
    else if (line.starts_with("_sc|"))
        error = readCheck(line);
    else
        error = readMetric(line);
    if (error) {
        noteRefusedLine(line);
        m_batch->rejections.push_back(
            {m_batch->itemCount, error->code, shownLine(line) + ": " + error->message});
    }
    m_batch->itemCount++;
}

ItemCheck StatsdLines::readEvent(std::string_view text)
{
    StatsdEvent event;
    if (auto error = readStatsdEvent(text, event))
        return error;
    const Status taken = m_eventSink ? m_eventSink(m_project, std::move(event)) : Status();
    return taken ? ItemCheck() : ItemError{"bad_event", taken.error().message};
}

ItemCheck StatsdLines::readCheck(std::string_view text)
{
    StatsdCheck check;
    if (auto error = readStatsdCheck(text, check))
        return error;
    Labels labels;
    addStatsdTags(check.tags, labels);
    labels.set("host", check.host.empty() ? std::string(labels.value("host")) : std::string(check.host));
    labels.set("check", check.name);
    if (auto error = checkLabels(labels))
        return error;
    labels.set(nameLabel, checkMetric);
    const std::string key = labels.key();
    m_spelling.assign("k").append(key);
    StatsdSeries *series = m_memory->find(m_spelling);
    if (!series)
        series = &m_memory->add(m_spelling, key, Kind::Gauge, false);
    entered(*series);
    push(*series, check.timestampMs.value_or(m_nowMs), check.status, m_batch->itemCount);
    return std::nullopt;
}

ItemCheck StatsdLines::readMetric(std::string_view text)
{
    StatsdLine line;
    if (auto error = readStatsdLine(text, line))
        return error;
    if (auto error = readValues(line))
        return error;
    StatsdSeries *series = nullptr;
    if (auto error = find(line, series))
        return error;
    return take(line, *series);
}

/// All numbers are read before the first one is taken: a line is taken as a whole.
ItemCheck StatsdLines::readValues(const StatsdLine &line)
{
    m_numbers.clear();
    std::string_view values = line.values;
    if (values.empty())
        return ItemError{"bad_value", "The value is missing."};
    if (line.type == StatsdType::Set)
        return std::nullopt;
    if (values.ends_with(':'))
        return ItemError{"bad_value", "A value is missing behind the last colon."};
    while (!values.empty()) {
        StatsdNumber number;
        if (auto error = takeStatsdNumber(values, number))
            return error;
        if (line.type == StatsdType::Counter)
            number.value /= line.rate;
        if (!std::isfinite(number.value))
            return ItemError{"bad_value", "The value divided by the sample rate is not a finite number."};
        m_numbers.push_back(number);
    }
    return std::nullopt;
}

ItemCheck StatsdLines::find(const StatsdLine &line, StatsdSeries *&series)
{
    m_spelling.assign(1, static_cast<char>('0' + static_cast<int>(line.type)));
    m_spelling.append(line.name).append(1, '|').append(line.tags);
    series = m_memory->find(m_spelling);
    if (series)
        return std::nullopt;
    Labels labels;
    if (auto error = readStatsdLabels(line, labels))
        return error;
    series = &m_memory->add(m_spelling, labels.key(), kindOf(line.type), line.type == StatsdType::Set);
    return std::nullopt;
}

StatsdSeries &StatsdLines::entered(StatsdSeries &series)
{
    if (series.batch == m_batchNumber)
        return series;
    series.batch = m_batchNumber;
    series.position = static_cast<uint32_t>(m_batch->series.size());
    series.item = m_batch->itemCount;
    series.toSend = false;
    m_entered.push_back(&series);
    Batch::Series &entry = m_batch->series.emplace_back();
    entry.kind = series.kind;
    entry.item = m_batch->itemCount;
    entry.known = &series.known;
    return series;
}

ItemCheck StatsdLines::take(const StatsdLine &line, StatsdSeries &series)
{
    if (line.type == StatsdType::Set)
        return addMember(series, line.values);
    if (line.type == StatsdType::Gauge && !line.timestampMs)
        return takeGauge(series);
    entered(series);
    for (const StatsdNumber &number : m_numbers) {
        if (line.type == StatsdType::Observation) {
            observe(series, number.value, line.rate);
        } else if (line.timestampMs) {
            push(series, *line.timestampMs, number.value, m_batch->itemCount);
        } else {
            series.sum.add(number.value);
            series.toSend = true;
        }
    }
    return std::nullopt;
}

ItemCheck StatsdLines::takeGauge(StatsdSeries &series)
{
    double value = series.gaugeKnown ? series.gauge : 0;
    if (m_numbers.front().hasSign && !series.gaugeKnown && m_gaugeSource)
        value = m_gaugeSource(m_project, std::string(series.known.key())).value_or(0);
    for (const StatsdNumber &number : m_numbers)
        value = number.hasSign ? value + number.value : number.value;
    if (!std::isfinite(value))
        return ItemError{"bad_value", "The gauge would no longer be a finite number."};
    entered(series);
    series.gauge = value;
    series.gaugeKnown = series.toSend = true;
    return std::nullopt;
}

void StatsdLines::observe(StatsdSeries &series, double value, double rate)
{
    if (rate == 1) {
        push(series, m_nowMs, value, m_batch->itemCount);
        return;
    }
    // Whole numbers of observations, whose mean is what the rate says.
    const double times = std::floor(1 / rate + m_carry);
    m_carry += 1 / rate - times;
    if (!series.seen)
        series.seen = std::make_unique<Histogram>();
    series.toSend = true;
    series.seen->observe(value, times);
}

ItemCheck StatsdLines::addMember(StatsdSeries &series, std::string_view member)
{
    if (m_members >= maxMembers)
        return ItemError{"too_many_members", "All sets together have more than " +
                                                 std::to_string(maxMembers) + " members in 10 seconds."};
    entered(series);
    if (series.members.empty())
        m_sets.push_back(&series);
    m_members += series.members.insert(XXH3_64bits(member.data(), member.size())).second;
    series.toSend = true;
    return std::nullopt;
}

void StatsdLines::finish()
{
    for (StatsdSeries *series : m_entered) {
        if (series->toSend)
            send(*series);
    }
}

void StatsdLines::send(StatsdSeries &series)
{
    if (series.isSet) {
        push(series, m_setSince, static_cast<double>(series.members.size()), series.item);
    } else if (series.kind == Kind::Gauge) {
        push(series, m_nowMs, series.gauge, series.item);
    } else if (series.kind == Kind::Delta) {
        push(series, m_nowMs, series.sum.value(), series.item);
        series.sum = {};
    } else if (series.seen) {
        m_batch->histograms.push_back({series.position, m_nowMs, std::move(*series.seen), series.item});
        series.seen.reset();
    }
}

void StatsdLines::push(const StatsdSeries &series, int64_t timestampMs, double value, uint32_t item)
{
    m_batch->floats.push_back({series.position, timestampMs, value, item});
}

Status Statsd::decode(const Payload &payload, Batch &batch)
{
    m_lines.begin(batch, payload.project, payload.nowMs);
    m_lines.read(payload.body);
    m_lines.finish();
    m_lines.forgetValues();
    return {};
}

} // namespace plimsoll::ingest
