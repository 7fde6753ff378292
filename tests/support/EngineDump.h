#pragma once

#include "storage/backend/Store.h"
#include "storage/engine/Receipts.h"
#include "storage/model/SeriesReader.h"

#include <bit>
#include <cstdio>
#include <set>
#include <string>

namespace plimsoll::test {

/// Writes what an engine holds as text that does not depend on any format: the bits of every number, one
/// sample on a line. Two engines hold the same where the texts are equal.
class EngineDump
{
public:
    static constexpr ProjectId lastProject = 3; ///< of those that are looked at
    static constexpr int64_t farMs = 8'000'000'000'000;

    static std::string samples(const ReaderSource &source)
    {
        std::string out;
        const auto reader = source.openReader();
        for (ProjectId project = 1; project <= lastProject; project++) {
            const auto selected = reader->select(project, {}, -farMs, farMs);
            if (!selected)
                return "select failed: " + selected.error().message;
            for (const SelectedSeries &series : *selected)
                appendSeries(out, *reader, project, series);
        }
        return out;
    }

    static std::string documents(Backend &backend)
    {
        const auto all = backend.loadDocuments();
        if (!all)
            return "loadDocuments failed: " + all.error().message;
        std::set<std::string> lines;
        for (const DocumentChange &change : *all)
            lines.insert("document " + std::to_string(change.project) + ' ' + change.collection + ' ' +
                         change.document.id + ' ' + std::to_string(change.document.updatedMs) + ' ' +
                         change.document.body + '\n');
        return joined(lines);
    }

    /// The Idempotency-Keys in the database; all of them only after a clean stop.
    static std::string receipts(Backend &backend)
    {
        const auto state = backend.load();
        if (!state)
            return "load failed: " + state.error().message;
        std::set<std::string> lines;
        for (const std::string &block : state->receipts) {
            if (!readReceipts(block, [&](const Receipt &receipt) { lines.insert(lineOf(receipt)); }))
                return "readReceipts failed";
        }
        return joined(lines);
    }

private:
    static std::string joined(const std::set<std::string> &lines)
    {
        std::string out;
        for (const std::string &line : lines)
            out += line;
        return out;
    }

    static std::string hex(uint64_t number)
    {
        char text[17];
        std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(number));
        return text;
    }
    static std::string bits(double value) { return hex(std::bit_cast<uint64_t>(value)); }

    static std::string lineOf(const Receipt &receipt)
    {
        std::string line = "receipt " + std::to_string(receipt.project);
        for (const auto &hash : {receipt.hashes.keyHash, receipt.hashes.bodyHash})
            line += ' ' + hex(hash[0]) + hex(hash[1]);
        line += ' ' + std::to_string(receipt.committedMs) + ' ' + std::to_string(receipt.accepted);
        for (const Rejection &rejection : receipt.rejections)
            line += ' ' + std::to_string(rejection.item) + ':' + rejection.code;
        return line + '\n';
    }

    static void appendSeries(std::string &out, const SeriesReader &reader, ProjectId project,
                             const SelectedSeries &series)
    {
        out += "series " + std::to_string(project) + ' ' + std::string(kindName(series.kind)) + ' ' +
               series.labels->toString() + '\n';
        if (holdsHistograms(series.kind)) {
            HistogramColumns columns;
            if (const Status read = reader.readHistograms(series.id, -farMs, farMs, columns); !read)
                out += "unreadable: " + read.error().message + '\n';
            for (size_t i = 0; i < columns.size(); i++)
                out += std::to_string(columns.timestampsMs[i]) + ' ' + textOf(columns.values[i]) + '\n';
            return;
        }
        FloatColumns columns;
        if (const Status read = reader.readFloats(series.id, -farMs, farMs, columns); !read)
            out += "unreadable: " + read.error().message + '\n';
        for (size_t i = 0; i < columns.size(); i++)
            out += std::to_string(columns.timestampsMs[i]) + ' ' + bits(columns.values[i]) + '\n';
        if (series.kind == Kind::Delta)
            out += "total " + bits(reader.totalBefore(series.id, farMs).value()) + '\n';
    }

    static std::string textOf(const Histogram &histogram)
    {
        std::string text = "schema=" + std::to_string(histogram.schema()) +
                           " count=" + bits(histogram.count()) + " sum=" + bits(histogram.sum()) +
                           " min=" + bits(histogram.min()) + " max=" + bits(histogram.max()) +
                           " zero=" + bits(histogram.zeroThreshold()) + ':' + bits(histogram.zeroCount()) +
                           " hint=" + std::to_string(int(histogram.resetHint()));
        if (histogram.reduced())
            text += " reduced";
        for (const double bound : histogram.customBounds())
            text += " le=" + bits(bound);
        for (const auto &[index, count] : histogram.positive())
            text += " +" + std::to_string(index) + '=' + bits(count);
        for (const auto &[index, count] : histogram.negative())
            text += " -" + std::to_string(index) + '=' + bits(count);
        return text;
    }
};

} // namespace plimsoll::test
