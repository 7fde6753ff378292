#pragma once

#include "server/ingest/Prices.h"
#include "storage/backend/DocumentStore.h"
#include "storage/model/Result.h"

#include <QJsonObject>

#include <optional>

namespace plimsoll::api {

/// USD in 10^-9 dollars as a decimal text without needless digits: 75'000'000 is "0.075".
std::string dollars(int64_t nanoUsd);
/// The same with more of it than 64 bits hold.
std::string dollars(__int128 nanoUsd);
/// Reads a decimal of at most 9 places that is not negative: a text or a number. Nothing for all else.
std::optional<int64_t> nanoUsdIn(const QJsonValue &value);

/// A price as the API shows and takes it (README.md, "Prices").
struct PriceRecord
{
    static constexpr int64_t maxUsdPerMillion = 1'000'000;
    static constexpr qsizetype maxNameBytes = 200;

    ingest::Price price;
    std::optional<int64_t> createdMs;
    std::optional<int64_t> updatedMs;

    QJsonObject toJson() const;
    /// With the fields of `patch` taken over; what is only shown is left aside. Unprocessable names the field
    /// that is wrong.
    Result<PriceRecord> patched(const QJsonObject &patch, int64_t nowMs) const;

    Document toDocument() const;
    static std::optional<PriceRecord> fromDocument(const Document &document);
};

/// A day or time in a body: milliseconds, or a text as time arguments have it.
Result<int64_t> timeIn(const QJsonValue &value, const char *field, int64_t nowMs);

} // namespace plimsoll::api
