#pragma once

#include "server/http/Request.h"
#include "server/http/Response.h"
#include "server/ingest/PriceBook.h"
#include "storage/model/Batch.h"
#include "storage/model/BatchSink.h"
#include "storage/model/Labels.h"
#include "storage/model/Result.h"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace plimsoll::ingest {

/// What a decoder is given: one request, decompressed.
struct Payload
{
    std::string_view body;
    ProjectId project = defaultProject;
    int64_t nowMs = 0;   ///< the time of samples that carry none
    std::string subject; ///< what the path names, decoded: the metric of /track/{name}
    std::vector<std::pair<std::string, std::string>> arguments; ///< of the query, decoded, in order
    const Prices *prices = nullptr; ///< of the project; null: those that the decoder was made with
};

/// The role of one wire format. A decoder keeps caches, so each thread has its own, used by that thread only.
class Decoder
{
public:
    virtual ~Decoder() = default;

    /// Fills an empty batch: its project, its samples, itemCount, and a rejection for each item that was
    /// refused. One bad item never loses a good one. Fails where the request as a whole cannot be read; the
    /// batch is then unspecified.
    virtual Status decode(const Payload &payload, Batch &batch) = 0;
};

/// One row of the table of wire formats: a new format is one new file and one row here.
struct Format
{
    const char *source; ///< the door's name, as IngestObserver has it
    std::unique_ptr<Decoder> (*make)(const Prices &prices);
    /// What its senders understand as the answer to a batch.
    http::Response (*answer)(const CommitReceipt &receipt);
    const char *ownCoding = ""; ///< a Content-Encoding that the decoder undoes itself
    /// Refuses a request by its headers; may be null.
    std::optional<http::Response> (*refusal)(const http::Request &request) = nullptr;
    /// In place of `answer` where it counts the sorts of items apart: those that were histograms, rising.
    http::Response (*answerBySort)(const CommitReceipt &receipt,
                                   std::span<const uint32_t> histogramItems) = nullptr;
};

/// All formats. The positions are stable while the process runs.
const std::vector<Format> &formats();

/// The row of a source that is in formats().
const Format &formatOf(std::string_view source);

/// The decoders of one thread, made when first asked for.
class Decoders
{
public:
    /// What is given must outlive them. Without a book each project has the same prices.
    explicit Decoders(const Prices &prices, const PriceBook *book = nullptr);

    /// What a payload of this project is given; holds until the next call. Null without a book.
    const Prices *pricesOf(ProjectId project) { return m_view ? &m_view->of(project) : nullptr; }

    /// The decoder of a source in formats(); asking for another is a bug.
    Decoder &of(std::string_view source) { return of(formatOf(source)); }
    Decoder &of(const Format &format);

private:
    const Prices *m_prices;
    std::optional<PriceView> m_view;
    std::vector<std::unique_ptr<Decoder>> m_decoders;
};

} // namespace plimsoll::ingest
