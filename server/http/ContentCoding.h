#pragma once

#include "server/http/Response.h"

#include <QByteArray>

#include <string>
#include <string_view>

namespace plimsoll::http {

/// A body without its content coding, or why there is none.
struct Decoded
{
    QByteArray body;
    int status = 200;    ///< 200, 400 (broken stream), 413 (too large), 415 (unknown coding)
    std::string message; ///< one sentence, where status is not 200

    bool ok() const { return status == 200; }
    /// The JSON error for the client.
    Response refusal() const;
};

/// Undoes a Content-Encoding: "gzip", "x-gzip", "deflate" (zlib or raw), "zstd", "identity" and "", or at
/// most two of them with commas between. Never holds more than `maxBytes` of output (plus a block). Safe on
/// any thread.
Decoded decodeContent(std::string_view coding, const QByteArray &body, qint64 maxBytes);

enum class Coding { Identity, Gzip, Zstd };

/// The coding to answer with, by an Accept-Encoding header: zstd if it is named and not worse liked, gzip,
/// else none.
Coding preferredCoding(std::string_view acceptEncoding);

/// Quick compression for an answer (gzip level 5, zstd level 3).
QByteArray encodeContent(Coding coding, const QByteArray &body);

} // namespace plimsoll::http
