#include "server/ingest/ExportLines.h"

#include "server/ingest/NameRules.h"

#include <simdjson.h>

#include <QByteArray>

#include <bit>
#include <charconv>
#include <unordered_map>

namespace plimsoll::ingest {

namespace {

namespace dom = simdjson::dom;

constexpr int64_t knownVersion = 1;

ItemError badItem(std::string message) { return {"bad_item", std::move(message)}; }

/// A number, or the bits of one as text: "0x7ff0000000000002".
std::optional<double> valueOf(const dom::element &element)
{
    double number = 0;
    if (element.get(number) == simdjson::SUCCESS)
        return number;
    std::string_view text;
    if (element.get(text) != simdjson::SUCCESS || !text.starts_with("0x"))
        return std::nullopt;
    uint64_t bits = 0;
    const auto [end, failure] = std::from_chars(text.data() + 2, text.data() + text.size(), bits, 16);
    if (failure != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return std::bit_cast<double>(bits);
}

std::optional<Histogram> histogramOf(const dom::element &element)
{
    std::string_view text;
    if (element.get(text) != simdjson::SUCCESS)
        return std::nullopt;
    const auto bytes =
        QByteArray::fromBase64Encoding(QByteArray::fromRawData(text.data(), qsizetype(text.size())),
                                       QByteArray::AbortOnBase64DecodingErrors);
    if (!bytes)
        return std::nullopt;
    auto histogram = Histogram::decode({bytes.decoded.constData(), size_t(bytes.decoded.size())});
    return histogram ? std::optional(std::move(*histogram)) : std::nullopt;
}

std::string_view takeLine(std::string_view &rest)
{
    const size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    return line;
}

bool isBlank(std::string_view line) { return line.find_first_not_of(" \t\r") == std::string_view::npos; }

} // namespace

class ExportLines::Reader
{
public:
    Status read(const Payload &payload, Batch &batch)
    {
        m_batch = &batch;
        m_positions.clear();
        batch.project = payload.project;
        std::string_view rest = payload.body;
        while (!rest.empty()) {
            const std::string_view line = takeLine(rest);
            if (!isBlank(line)) {
                if (Status done = readLine(line); !done)
                    return done;
            }
        }
        return {};
    }

private:
    Status readLine(std::string_view line)
    {
        dom::object object;
        if (m_parser.parse(line.data(), line.size()).get(object) != simdjson::SUCCESS) {
            refuse({"bad_json", "This line is not a JSON object."});
            return {};
        }
        int64_t version = 0;
        if (object["plimsoll_export"].get(version) == simdjson::SUCCESS) {
            if (version == knownVersion)
                return {};
            return Error{ErrorCode::Unsupported, "A newer version of Plimsoll wrote this export.",
                         "Import it with that version."};
        }
        if (object["cursor"].error() == simdjson::SUCCESS) // a place to resume the export at
            return {};
        const size_t series = m_batch->series.size();
        const size_t floats = m_batch->floats.size();
        const size_t histograms = m_batch->histograms.size();
        if (auto error = take(object)) {
            std::erase_if(m_positions, [&](const auto &entry) { return entry.second >= series; });
            m_batch->series.resize(series);
            m_batch->floats.resize(floats);
            m_batch->histograms.erase(m_batch->histograms.begin() + long(histograms),
                                      m_batch->histograms.end());
            refuse(std::move(*error));
            return {};
        }
        m_batch->itemCount++;
        return {};
    }

    ItemCheck take(const dom::object &object)
    {
        uint32_t series = 0;
        Kind kind = Kind::Gauge;
        if (auto error = takeSeries(object, series, kind))
            return error;
        dom::array times;
        dom::array values;
        if (object["t"].get(times) != simdjson::SUCCESS)
            return badItem("\"t\" must be a list of times in milliseconds.");
        const bool histograms = object["h"].get(values) == simdjson::SUCCESS;
        if (!histograms && object["v"].get(values) != simdjson::SUCCESS)
            return badItem("\"v\" must be a list of values, or \"h\" one of histograms.");
        if (histograms != holdsHistograms(kind))
            return badItem("A series of this kind has \"" + std::string(histograms ? "v" : "h") + "\".");
        if (times.size() != values.size())
            return badItem("There must be as many times as values.");
        if (times.size() == 0)
            return badItem("There are no samples in this line.");
        return takeSamples(series, times, values, histograms);
    }

    ItemCheck takeSamples(uint32_t series, const dom::array &times, const dom::array &values, bool histograms)
    {
        auto value = values.begin();
        for (const dom::element &time : times) {
            int64_t timestampMs = 0;
            if (time.get(timestampMs) != simdjson::SUCCESS || timestampMs < 0)
                return ItemError{"bad_ts", "A time is not a whole number of milliseconds."};
            if (histograms) {
                auto histogram = histogramOf(*value);
                if (!histogram)
                    return ItemError{"bad_value", "A histogram cannot be read."};
                m_batch->histograms.push_back(
                    {series, timestampMs, std::move(*histogram), m_batch->itemCount});
            } else {
                const auto number = valueOf(*value);
                if (!number)
                    return ItemError{"bad_value", "A value is neither a number nor the bits of one."};
                m_batch->floats.push_back({series, timestampMs, *number, m_batch->itemCount});
            }
            ++value;
        }
        return {};
    }

    ItemCheck takeSeries(const dom::object &object, uint32_t &position, Kind &kind)
    {
        dom::object labels;
        std::string_view word;
        if (object["series"].get(labels) != simdjson::SUCCESS)
            return badItem("\"series\" must be an object of labels.");
        if (object["kind"].get(word) != simdjson::SUCCESS || !kindFromName(word))
            return ItemError{"bad_type", "\"kind\" is not a kind of series."};
        kind = *kindFromName(word);
        std::vector<Labels::Pair> pairs;
        for (const auto [name, value] : labels) {
            std::string_view text;
            if (value.get(text) != simdjson::SUCCESS)
                return ItemError{"bad_label", "The value of a label is not text."};
            pairs.emplace_back(name, text);
        }
        const Labels all(std::move(pairs));
        if (auto error = checkMetricName(all.name()))
            return error;
        Labels rest = all;
        rest.remove(nameLabel);
        if (auto error = checkLabels(rest))
            return error;
        position = positionOf(all.key(), kind);
        return {};
    }

    uint32_t positionOf(std::string key, Kind kind)
    {
        const auto [it, isNew] =
            m_positions.try_emplace(std::string(kindName(kind)) + key, uint32_t(m_batch->series.size()));
        if (isNew)
            m_batch->series.push_back({std::move(key), kind, false, m_batch->itemCount});
        return it->second;
    }

    void refuse(ItemError error)
    {
        m_batch->rejections.push_back(
            {m_batch->itemCount++, std::move(error.code), std::move(error.message)});
    }

    dom::parser m_parser;
    Batch *m_batch = nullptr;
    std::unordered_map<std::string, uint32_t> m_positions;
};

ExportLines::ExportLines(const Prices &)
    : m_reader(std::make_unique<Reader>())
{
}

ExportLines::~ExportLines() = default;

Status ExportLines::decode(const Payload &payload, Batch &batch) { return m_reader->read(payload, batch); }

} // namespace plimsoll::ingest
