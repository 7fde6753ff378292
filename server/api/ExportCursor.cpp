#include "server/api/ExportCursor.h"

#include <QByteArray>

#include <array>
#include <bit>
#include <cstring>

#include <xxhash.h>

namespace plimsoll::api {

namespace {

static_assert(std::endian::native == std::endian::little);

constexpr uint8_t knownVersion = 1;
constexpr size_t layoutBytes = 6 * sizeof(uint64_t) + 1;
constexpr size_t maxTotalsBytes = 64;

XXH128_hash_t digestOf(const Labels &labels)
{
    const std::string key = labels.key();
    return XXH3_128bits(key.data(), key.size());
}

} // namespace

std::string ExportCursor::toText() const
{
    std::string bytes(1, char(knownVersion));
    for (const uint64_t field :
         {asked, uint64_t(fromMs), uint64_t(toMs), seriesHigh, seriesLow, uint64_t(nextMs)})
        bytes.append(reinterpret_cast<const char *>(&field), sizeof field);
    bytes += totals;
    return QByteArray::fromStdString(bytes)
        .toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals)
        .toStdString();
}

Result<ExportCursor> ExportCursor::fromText(std::string_view text)
{
    const auto decoded = QByteArray::fromBase64Encoding(QByteArray(text.data(), qsizetype(text.size())),
                                                        QByteArray::Base64UrlEncoding |
                                                            QByteArray::AbortOnBase64DecodingErrors);
    const QByteArray &bytes = decoded.decoded;
    if (!decoded || size_t(bytes.size()) < layoutBytes ||
        size_t(bytes.size()) > layoutBytes + maxTotalsBytes || bytes[0] != char(knownVersion))
        return Error{ErrorCode::Invalid, "cursor is not one that an export gave.",
                     "Take it unchanged from the Link header or the last cursor line of the export."};
    std::array<uint64_t, 6> fields{};
    std::memcpy(fields.data(), bytes.constData() + 1, sizeof fields);
    return ExportCursor{fields[0],
                        int64_t(fields[1]),
                        int64_t(fields[2]),
                        fields[3],
                        fields[4],
                        int64_t(fields[5]),
                        bytes.mid(qsizetype(layoutBytes)).toStdString()};
}

void ExportCursor::moveTo(const Labels &series, int64_t toNextMs)
{
    const XXH128_hash_t digest = digestOf(series);
    seriesHigh = digest.high64;
    seriesLow = digest.low64;
    nextMs = toNextMs;
}

bool ExportCursor::isAt(const Labels &series) const
{
    const XXH128_hash_t digest = digestOf(series);
    return digest.high64 == seriesHigh && digest.low64 == seriesLow;
}

} // namespace plimsoll::api
