#include "storage/engine/Group.h"

#include "storage/engine/codec/TimeCodec.h"
#include "storage/engine/codec/ValueCodec.h"
#include "storage/model/Varint.h"

#include <algorithm>

namespace plimsoll {

namespace {

enum RecordType : uint8_t { Definitions = 1, Floats = 2, Histograms = 3, ReceiptList = 4 };
constexpr size_t valueBlock = 1024;
constexpr size_t maxKeptSamples = 64 * 1024;
constexpr size_t maxKeptBytes = 4 << 20;

void appendSized(std::string &out, std::string_view part)
{
    appendVarint(out, part.size());
    out += part;
}

std::optional<std::string_view> takeSized(std::string_view &bytes)
{
    const auto size = takeVarint(bytes);
    if (!size || *size > bytes.size())
        return std::nullopt;
    const std::string_view part = bytes.substr(0, *size);
    bytes.remove_prefix(*size);
    return part;
}

void appendRecord(std::string &out, RecordType type, std::string_view body)
{
    out += static_cast<char>(type);
    appendSized(out, body);
}

std::string floatsBody(const Group &group)
{
    std::string body;
    appendVarint(body, group.ids.size());
    std::string column;
    for (const auto *integers : {&group.ids, &group.timesMs}) {
        column.clear();
        encodeTimes(*integers, 0, column);
        appendSized(body, column);
    }
    for (size_t start = 0; start < group.values.size(); start += valueBlock) {
        column.clear();
        const size_t count = std::min(valueBlock, group.values.size() - start);
        encodeValuesQuickly(std::span(group.values).subspan(start, count), column);
        appendSized(body, column);
    }
    return body;
}

std::string histogramsBody(const Group &group)
{
    std::string body;
    appendVarint(body, group.histograms.size());
    int64_t previous = 0;
    for (const auto &entry : group.histograms) {
        appendVarint(body, entry.series);
        appendVarint(body, zigzag(entry.timestampMs - previous));
        appendSized(body, group.bytesOf(entry));
        previous = entry.timestampMs;
    }
    return body;
}

bool readFloats(std::string_view body, Group &group)
{
    const auto count = takeVarint(body);
    // The values of a constant column take 10 bytes for 1,024 of them; nothing honest is denser.
    if (!count || *count > body.size() * valueBlock)
        return false;
    for (auto *integers : {&group.ids, &group.timesMs}) {
        const auto column = takeSized(body);
        integers->resize(*count);
        if (!column || !decodeTimes(*column, 0, *integers))
            return false;
    }
    group.values.resize(*count);
    for (size_t start = 0; start < *count; start += valueBlock) {
        const auto column = takeSized(body);
        const size_t size = std::min<size_t>(valueBlock, *count - start);
        if (!column || !decodeValues(*column, std::span(group.values).subspan(start, size)))
            return false;
    }
    return body.empty();
}

bool readHistograms(std::string_view body, Group &group)
{
    const auto count = takeVarint(body);
    int64_t time = 0;
    for (uint64_t i = 0; count && i < *count; i++) {
        const auto series = takeVarint(body);
        const auto step = series ? takeVarint(body) : series;
        const auto bytes = step ? takeSized(body) : std::nullopt;
        if (!bytes || *series > UINT32_MAX)
            return false;
        time += unzigzag(*step);
        group.addHistogram(static_cast<SeriesId>(*series), time, *bytes);
    }
    return count && body.empty();
}

} // namespace

void Group::addFloats(std::span<const Batch::FloatSample> floats, std::span<const SeriesId> seriesIds)
{
    const size_t first = ids.size();
    ids.resize(first + floats.size());
    timesMs.resize(first + floats.size());
    values.resize(first + floats.size());
    int64_t *id = ids.data() + first;
    int64_t *time = timesMs.data() + first;
    double *value = values.data() + first;
    for (const auto &sample : floats) {
        *id++ = seriesIds[sample.series];
        *time++ = sample.timestampMs;
        *value++ = sample.value;
    }
}

void Group::addHistogram(SeriesId series, int64_t timestampMs, std::string_view bytes)
{
    histograms.push_back({series, timestampMs, histogramBytes.size(), bytes.size()});
    histogramBytes += bytes;
}

void Group::clearSamples()
{
    if (ids.capacity() > maxKeptSamples) {
        ids = {};
        timesMs = {};
        values = {};
    }
    if (histogramBytes.capacity() > maxKeptBytes) {
        histograms = {};
        histogramBytes = {};
    }
    ids.clear();
    timesMs.clear();
    values.clear();
    histograms.clear();
    histogramBytes.clear();
    receipts.clear();
    batches = 0;
}

void Group::encode(std::string &out) const
{
    out.clear();
    if (!definitions.empty())
        appendRecord(out, Definitions, definitions.bytes());
    if (!ids.empty())
        appendRecord(out, Floats, floatsBody(*this));
    if (!histograms.empty())
        appendRecord(out, Histograms, histogramsBody(*this));
    if (!receipts.empty()) {
        std::string body;
        appendVarint(body, receipts.size());
        for (const Receipt &receipt : receipts)
            appendReceipt(body, receipt);
        appendRecord(out, ReceiptList, body);
    }
}

bool Group::decode(std::string_view payload, const std::function<void(const SeriesDefinition &)> &define)
{
    while (!payload.empty()) {
        const auto type = static_cast<uint8_t>(payload.front());
        payload.remove_prefix(1);
        const auto body = takeSized(payload);
        if (!body)
            return false;
        bool good = true;
        if (type == Definitions)
            good = readDefinitions(*body, define);
        else if (type == Floats)
            good = readFloats(*body, *this);
        else if (type == Histograms)
            good = readHistograms(*body, *this);
        else if (type == ReceiptList)
            good = readReceipts(*body, [this](Receipt receipt) { receipts.push_back(std::move(receipt)); });
        if (!good)
            return false;
    }
    return true;
}

} // namespace plimsoll
