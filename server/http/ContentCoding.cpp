#include "server/http/ContentCoding.h"

#include <libdeflate.h>
#include <zlib.h>
#include <zstd.h>

#include <QtEndian>

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

namespace plimsoll::http {

namespace {

constexpr qsizetype blockBytes = 64 * 1024;

Decoded broken(const char *coding)
{
    return {{}, 400, std::string("The body is not a complete ") + coding + " stream."};
}

Decoded tooLarge(qint64 maxBytes)
{
    return {{}, 413, "The decompressed body is larger than " + std::to_string(maxBytes) + " bytes."};
}

/// Makes room for one more block; false if the limit was passed.
bool growBlock(QByteArray &out, qsizetype used, qint64 maxBytes)
{
    if (used > maxBytes)
        return false;
    if (out.size() - used < blockBytes)
        out.resize(std::min<qint64>(std::max<qint64>(used * 2, used + blockBytes), maxBytes + blockBytes));
    return true;
}

// A stream that grows very much is first counted to its end, without keeping it: what is too large in the end
// is never held.
constexpr qsizetype countedFromBytes = 4 << 20;
constexpr qsizetype countedRatio = 40;

bool growsVeryMuch(qsizetype out, qsizetype in) { return out > countedFromBytes && out / countedRatio > in; }

/// Whether more than `maxMore` bytes would still come out of a stream.
bool inflatesBeyond(z_stream &stream, qint64 maxMore)
{
    z_stream copy{};
    if (inflateCopy(&copy, &stream) != Z_OK)
        return true;
    const std::unique_ptr<z_stream, int (*)(z_stream *)> owner(&copy, inflateEnd);
    std::vector<Bytef> scratch(blockBytes);
    qint64 more = 0;
    int result = Z_OK;
    while (result == Z_OK && more <= maxMore) {
        copy.next_out = scratch.data();
        copy.avail_out = uInt(scratch.size());
        result = inflate(&copy, Z_NO_FLUSH);
        more += qint64(scratch.size()) - copy.avail_out;
        if (result == Z_STREAM_END && copy.avail_in > 0 && inflateReset(&copy) == Z_OK)
            result = Z_OK;
    }
    return more > maxMore;
}

/// The same for a whole zstd body.
bool unzstdsBeyond(const QByteArray &body, qint64 maxBytes)
{
    const std::unique_ptr<ZSTD_DCtx, size_t (*)(ZSTD_DCtx *)> context(ZSTD_createDCtx(), ZSTD_freeDCtx);
    ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, 23);
    ZSTD_inBuffer in{body.constData(), size_t(body.size()), 0};
    std::vector<char> scratch(blockBytes);
    qint64 total = 0;
    for (;;) {
        ZSTD_outBuffer target{scratch.data(), scratch.size(), 0};
        const size_t before = in.pos;
        const size_t left = ZSTD_decompressStream(context.get(), &target, &in);
        total += qint64(target.pos);
        if (ZSTD_isError(left) || total > maxBytes || (in.pos == before && target.pos == 0))
            return total > maxBytes;
    }
}

/// zlib's window bits: 15 + 16 expects gzip, 15 zlib, -15 a raw deflate stream.
Decoded inflateBody(const QByteArray &body, int windowBits, const char *coding, qint64 maxBytes)
{
    z_stream stream{};
    if (inflateInit2(&stream, windowBits) != Z_OK)
        return broken(coding);
    const std::unique_ptr<z_stream, int (*)(z_stream *)> owner(&stream, inflateEnd);
    QByteArray out;
    qsizetype used = 0;
    stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(body.constData()));
    stream.avail_in = uInt(body.size());
    bool counted = false;
    for (;;) {
        if (!counted && growsVeryMuch(used, body.size() - qsizetype(stream.avail_in))) {
            counted = true;
            if (inflatesBeyond(stream, maxBytes - used))
                return tooLarge(maxBytes);
        }
        if (!growBlock(out, used, maxBytes))
            return tooLarge(maxBytes);
        stream.next_out = reinterpret_cast<Bytef *>(out.data() + used);
        stream.avail_out = uInt(out.size() - used);
        const int result = inflate(&stream, Z_NO_FLUSH);
        used = out.size() - stream.avail_out;
        if (used > maxBytes)
            return tooLarge(maxBytes);
        if (result == Z_STREAM_END && stream.avail_in > 0 && windowBits > 15) {
            if (inflateReset(&stream) != Z_OK)
                return broken(coding);
            continue;
        }
        if (result == Z_STREAM_END)
            break;
        if (result != Z_OK || (stream.avail_in == 0 && stream.avail_out > 0))
            return broken(coding);
    }
    if (stream.avail_in > 0)
        return broken(coding);
    out.resize(used);
    return {std::move(out), 200, {}};
}

/// The size that the last member of a gzip stream states (RFC 1952, modulo 2^32); nothing where it cannot be
/// right: deflate makes at most 1,032 bytes of one.
std::optional<qsizetype> statedSize(const QByteArray &body, qint64 maxBytes)
{
    constexpr qsizetype smallestGzip = 18;
    constexpr qint64 largestRatio = 1032;
    if (body.size() < smallestGzip)
        return std::nullopt;
    const qint64 size = qFromLittleEndian<quint32>(body.constData() + body.size() - 4);
    return size <= std::min(maxBytes, body.size() * largestRatio) ? std::optional<qsizetype>(size)
                                                                  : std::nullopt;
}

/// The whole stream in one go where it is one member of the size that it states, as nearly every sender's is;
/// twice as fast as zlib, which takes the rest.
Decoded inflateGzip(const QByteArray &body, qint64 maxBytes)
{
    using Decompressor = std::unique_ptr<libdeflate_decompressor, void (*)(libdeflate_decompressor *)>;
    thread_local const Decompressor decompressor(libdeflate_alloc_decompressor(),
                                                 libdeflate_free_decompressor);
    if (const auto size = statedSize(body, maxBytes); size && decompressor) {
        QByteArray out(*size, Qt::Uninitialized);
        size_t taken = 0;
        size_t made = 0;
        const auto result =
            libdeflate_gzip_decompress_ex(decompressor.get(), body.constData(), size_t(body.size()),
                                          out.data(), size_t(out.size()), &taken, &made);
        if (result == LIBDEFLATE_SUCCESS && taken == size_t(body.size()) && made == size_t(out.size()))
            return {std::move(out), 200, {}};
    }
    return inflateBody(body, 15 + 16, "gzip", maxBytes);
}

/// "deflate" means zlib (RFC 9110), but some senders leave the wrapper out.
Decoded inflateDeflate(const QByteArray &body, qint64 maxBytes)
{
    const auto byte = [&](qsizetype i) { return uint8_t(body[i]); };
    const bool wrapped = body.size() >= 2 && (byte(0) & 15) == 8 && (byte(0) * 256 + byte(1)) % 31 == 0;
    return inflateBody(body, wrapped ? 15 : -15, "deflate", maxBytes);
}

Decoded unzstd(const QByteArray &body, qint64 maxBytes)
{
    const std::unique_ptr<ZSTD_DCtx, size_t (*)(ZSTD_DCtx *)> context(ZSTD_createDCtx(), ZSTD_freeDCtx);
    ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, 23);
    ZSTD_inBuffer in{body.constData(), size_t(body.size()), 0};
    QByteArray out;
    qsizetype used = 0;
    size_t left = 1;
    bool counted = false;
    while (in.pos < in.size || left > 0) {
        if (!counted && growsVeryMuch(used, qsizetype(in.pos))) {
            counted = true;
            if (unzstdsBeyond(body, maxBytes))
                return tooLarge(maxBytes);
        }
        if (!growBlock(out, used, maxBytes))
            return tooLarge(maxBytes);
        ZSTD_outBuffer target{out.data(), size_t(out.size()), size_t(used)};
        const size_t before = in.pos;
        left = ZSTD_decompressStream(context.get(), &target, &in);
        const bool progress = in.pos > before || qsizetype(target.pos) > used;
        used = qsizetype(target.pos);
        if (ZSTD_isError(left) || (left > 0 && !progress))
            return broken("zstd");
        if (used > maxBytes)
            return tooLarge(maxBytes);
    }
    out.resize(used);
    return {std::move(out), 200, {}};
}

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

std::string lowered(std::string_view text)
{
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    return out;
}

std::vector<std::string> listed(std::string_view text)
{
    std::vector<std::string> items;
    while (!text.empty()) {
        const size_t comma = text.find(',');
        const std::string_view item = trimmed(text.substr(0, comma));
        text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
        if (!item.empty())
            items.push_back(lowered(item));
    }
    return items;
}

Decoded decodeOne(const std::string &coding, QByteArray body, qint64 maxBytes)
{
    if (coding == "gzip" || coding == "x-gzip")
        return inflateGzip(body, maxBytes);
    if (coding == "deflate")
        return inflateDeflate(body, maxBytes);
    if (coding == "zstd")
        return unzstd(body, maxBytes);
    if (coding == "identity")
        return {std::move(body), 200, {}};
    return {{}, 415, "The content coding \"" + coding + "\" is not known here."};
}

/// The weight of a coding in Accept-Encoding, 0 to 1000; -1 if it is not named.
int weightOf(std::string_view acceptEncoding, std::string_view name)
{
    for (const std::string &item : listed(acceptEncoding)) {
        const size_t semicolon = item.find(';');
        if (trimmed(std::string_view(item).substr(0, semicolon)) != name)
            continue;
        const size_t q = item.find("q=", semicolon == std::string::npos ? item.size() : semicolon);
        return q == std::string::npos
                   ? 1000
                   : int(QByteArray::fromStdString(item.substr(q + 2)).trimmed().toDouble() * 1000);
    }
    return -1;
}

QByteArray gzipped(const QByteArray &body)
{
    using Compressor = std::unique_ptr<libdeflate_compressor, void (*)(libdeflate_compressor *)>;
    thread_local const Compressor compressor(libdeflate_alloc_compressor(5), libdeflate_free_compressor);
    if (!compressor)
        return {};
    const size_t bound = libdeflate_gzip_compress_bound(compressor.get(), size_t(body.size()));
    QByteArray out(qsizetype(bound), Qt::Uninitialized);
    out.resize(qsizetype(libdeflate_gzip_compress(compressor.get(), body.constData(), size_t(body.size()),
                                                  out.data(), bound)));
    return out;
}

} // namespace

Response Decoded::refusal() const
{
    if (status == 415)
        return Response::error(415, "content_coding", message, "Send gzip, deflate, zstd or no coding.");
    return Response::error(status, status == 413 ? "too_large" : "broken_body", message);
}

Decoded decodeContent(std::string_view coding, const QByteArray &body, qint64 maxBytes)
{
    std::vector<std::string> codings = listed(coding);
    if (codings.size() > 2)
        return {{}, 415, "The body has too many content codings."};
    Decoded decoded{body, 200, {}};
    while (decoded.ok() && !codings.empty()) {
        decoded = decodeOne(codings.back(), std::move(decoded.body), maxBytes);
        codings.pop_back();
    }
    if (decoded.ok() && decoded.body.size() > maxBytes)
        return tooLarge(maxBytes);
    return decoded;
}

Coding preferredCoding(std::string_view acceptEncoding)
{
    const int any = std::max(0, weightOf(acceptEncoding, "*"));
    const int zstd = std::max(0, weightOf(acceptEncoding, "zstd"));
    const int namedGzip = weightOf(acceptEncoding, "gzip");
    const int gzip = namedGzip >= 0 ? namedGzip : any;
    if (zstd > 0 && zstd >= gzip)
        return Coding::Zstd;
    return gzip > 0 ? Coding::Gzip : Coding::Identity;
}

QByteArray encodeContent(Coding coding, const QByteArray &body)
{
    if (coding == Coding::Gzip)
        return gzipped(body);
    if (coding == Coding::Identity)
        return body;
    QByteArray out(qsizetype(ZSTD_compressBound(size_t(body.size()))), Qt::Uninitialized);
    const size_t size =
        ZSTD_compress(out.data(), size_t(out.size()), body.constData(), size_t(body.size()), 3);
    out.resize(ZSTD_isError(size) ? 0 : qsizetype(size));
    return out;
}

} // namespace plimsoll::http
