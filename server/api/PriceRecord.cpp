#include "server/api/PriceRecord.h"

#include "server/api/TimeArgument.h"

#include <QDateTime>
#include <QJsonDocument>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <set>

namespace plimsoll::api {
namespace {

constexpr int64_t nanosPerDollar = 1'000'000'000;
constexpr int64_t dayMs = 86'400'000;
constexpr size_t maxPlaces = 9;
constexpr size_t maxWholeDigits = 7;
constexpr int64_t earliestMs = 946'684'800'000; ///< 2000-01-01

Error bad(std::string_view field, const std::string &what, const std::string &hint = {})
{
    return {ErrorCode::Unprocessable, '`' + std::string(field) + "` " + what, hint};
}

bool allDigits(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<int64_t> nanoUsdOfText(std::string_view text)
{
    const size_t dot = text.find('.');
    const std::string_view whole = text.substr(0, dot);
    const std::string_view places = dot == std::string_view::npos ? "" : text.substr(dot + 1);
    const bool bare = whole.empty() || (dot != std::string_view::npos && places.empty());
    if (bare || !allDigits(whole) || !allDigits(places) || whole.size() > maxWholeDigits ||
        places.size() > maxPlaces)
        return std::nullopt;
    const std::string digits =
        std::string(whole) + std::string(places) + std::string(maxPlaces - places.size(), '0');
    int64_t nano = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), nano);
    return nano;
}

std::optional<int64_t> nanoUsdOfNumber(double number)
{
    if (!(number >= 0 && number <= double(PriceRecord::maxUsdPerMillion)))
        return std::nullopt;
    const int64_t nano = std::llround(number * double(nanosPerDollar));
    return double(nano) / double(nanosPerDollar) == number ? std::optional(nano) : std::nullopt;
}

QString dayText(int64_t ms)
{
    const QDateTime at = QDateTime::fromMSecsSinceEpoch(ms, Qt::UTC);
    return ms % dayMs == 0 ? at.date().toString(Qt::ISODate) : at.toString(Qt::ISODateWithMs);
}

QJsonValue orNull(const std::optional<int64_t> &ms) { return ms ? QJsonValue(qint64(*ms)) : QJsonValue(); }

using Money = int64_t ingest::Price::*;
constexpr std::array<std::pair<const char *, Money>, 4> amounts{
    {{"input", &ingest::Price::input},
     {"output", &ingest::Price::output},
     {"cache_read", &ingest::Price::cacheRead},
     {"cache_write", &ingest::Price::cacheWrite}}};

Status takeName(const QJsonObject &patch, const char *field, std::string (*kept)(std::string_view),
                std::string &out)
{
    if (!patch.contains(field))
        return out.empty() ? Status(bad(field, "is missing.")) : Status();
    const QByteArray text = patch[field].toString().trimmed().toUtf8();
    if (text.isEmpty() || text.size() > PriceRecord::maxNameBytes)
        return bad(field, "must be a text of 1 to 200 bytes.");
    out = kept(std::string_view(text.data(), size_t(text.size())));
    if (out.empty() || out == "*" || std::ranges::any_of(out, [](char c) { return uint8_t(c) < 0x20; }))
        return bad(field, "must be a text of 1 to 200 bytes.");
    const size_t star = out.find('*');
    return star == std::string::npos || star + 1 == out.size()
               ? Status()
               : bad(field, "may have a * at its end only.", "It stands for any rest: gpt-4o*.");
}

Status takeMoney(const QJsonObject &patch, const char *field, int64_t &out)
{
    const auto nano = nanoUsdIn(patch[field]);
    if (!nano)
        return bad(field, "must be USD for a million tokens: a decimal of at most 9 places, up to 1000000.",
                   "Write \"0.075\".");
    out = *nano;
    return {};
}

Status checkNames(const QJsonObject &patch)
{
    static const std::set<QString> known{"provider",   "model",      "valid_from",  "input",
                                         "output",     "cache_read", "cache_write", "cost_since",
                                         "id",         "currency",   "source",      "valid_from_ms",
                                         "created_ms", "updated_ms", "job"};
    for (const QString &name : patch.keys()) {
        if (!known.contains(name))
            return bad(name.toStdString(), "is not a field of a price.");
    }
    const QJsonValue currency = patch.value("currency");
    return currency.isUndefined() || currency == QLatin1String("USD") ? Status()
                                                                      : bad("currency", "must be USD.");
}

} // namespace

std::string dollars(__int128 nanoUsd)
{
    const bool negative = nanoUsd < 0;
    __extension__ using UInt128 = unsigned __int128;
    UInt128 left = negative ? UInt128(0) - UInt128(nanoUsd) : UInt128(nanoUsd);
    std::string digits;
    for (size_t place = 0; left > 0 || place <= maxPlaces; place++, left /= 10) {
        const char digit = char('0' + int(left % 10));
        if (place < maxPlaces && digits.empty() && digit == '0')
            continue;
        if (place == maxPlaces && !digits.empty())
            digits += '.';
        digits += digit;
    }
    if (negative)
        digits += '-';
    std::ranges::reverse(digits);
    return digits;
}

std::string dollars(int64_t nanoUsd) { return dollars(__int128(nanoUsd)); }

std::optional<int64_t> nanoUsdIn(const QJsonValue &value)
{
    const auto nano = value.isString()   ? nanoUsdOfText(value.toString().trimmed().toStdString())
                      : value.isDouble() ? nanoUsdOfNumber(value.toDouble())
                                         : std::nullopt;
    return nano && *nano <= PriceRecord::maxUsdPerMillion * nanosPerDollar ? nano : std::nullopt;
}

Result<int64_t> timeIn(const QJsonValue &value, const char *field, int64_t nowMs)
{
    const std::string text =
        value.isDouble() ? std::to_string(int64_t(value.toDouble())) : value.toString().toStdString();
    const auto at = text.empty() ? Result<int64_t>(Error{}) : parseTime(text, nowMs);
    if (!at || *at < earliestMs)
        return bad(field, "must be a date or milliseconds, from the year 2000 on.", "Write \"2026-11-01\".");
    return at;
}

QJsonObject PriceRecord::toJson() const
{
    QJsonObject json{{"id", QString::fromStdString(price.id)},
                     {"provider", QString::fromStdString(price.provider)},
                     {"model", QString::fromStdString(price.model)},
                     {"valid_from", dayText(price.validFromMs)},
                     {"valid_from_ms", qint64(price.validFromMs)},
                     {"currency", "USD"},
                     {"source", price.own ? "own" : "shipped"},
                     {"created_ms", orNull(createdMs)},
                     {"updated_ms", orNull(updatedMs)}};
    for (const auto &[name, amount] : amounts)
        json[QLatin1String(name)] = QString::fromStdString(dollars(price.*amount));
    return json;
}

Result<PriceRecord> PriceRecord::patched(const QJsonObject &patch, int64_t nowMs) const
{
    PriceRecord out = *this;
    if (Status known = checkNames(patch); !known)
        return known.error();
    const bool isNew = price.provider.empty();
    if (Status named = takeName(patch, "provider", ingest::providerOfPrices, out.price.provider); !named)
        return named.error();
    if (Status named = takeName(patch, "model", ingest::modelOfPrices, out.price.model); !named)
        return named.error();
    if (isNew || patch.contains("valid_from")) {
        const auto at = timeIn(patch["valid_from"], "valid_from", nowMs);
        if (!at)
            return at.error();
        out.price.validFromMs = *at;
    }
    for (const auto &[name, amount] : amounts) {
        const bool isCache = std::string_view(name).starts_with("cache");
        if (isNew && isCache && patch.value(QLatin1String(name)).isUndefined())
            out.price.*amount = out.price.input;
        else if (isNew || patch.contains(QLatin1String(name)))
            if (Status taken = takeMoney(patch, name, out.price.*amount); !taken)
                return taken.error();
    }
    out.price.own = true;
    return out;
}

Document PriceRecord::toDocument() const
{
    QJsonObject json = toJson();
    for (const char *derived : {"id", "valid_from", "currency", "source", "updated_ms"})
        json.remove(QLatin1String(derived));
    return {price.id, QJsonDocument(json).toJson(QJsonDocument::Compact).toStdString(),
            updatedMs.value_or(0)};
}

std::optional<PriceRecord> PriceRecord::fromDocument(const Document &document)
{
    const QJsonObject json = QJsonDocument::fromJson(QByteArray::fromStdString(document.body)).object();
    PriceRecord record;
    record.price.id = document.id;
    record.price.own = true;
    record.price.provider = json["provider"].toString().toStdString();
    record.price.model = json["model"].toString().toStdString();
    record.price.validFromMs = json["valid_from_ms"].toInteger();
    for (const auto &[name, amount] : amounts) {
        const auto nano = nanoUsdIn(json[QLatin1String(name)]);
        if (!nano)
            return std::nullopt;
        record.price.*amount = *nano;
    }
    record.createdMs = json["created_ms"].toInteger();
    record.updatedMs = document.updatedMs;
    return record.price.provider.empty() || record.price.model.empty() ? std::nullopt : std::optional(record);
}

} // namespace plimsoll::api
