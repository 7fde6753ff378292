#pragma once

#include "server/http/Cors.h"

#include <QByteArray>

#include <string>

namespace plimsoll::http {

/// What of a request its answer depends on.
struct AnswerShape
{
    bool head = false; ///< the method was HEAD: no body
    bool http10 = false;
    bool close = false; ///< the connection ends with this answer
    std::string acceptEncoding;
    OriginShare share = {};
};

/// An answer as it goes over the wire.
struct WireAnswer
{
    QByteArray head;
    QByteArray body; ///< apart, so that a large one is not copied
};

/// Writes a complete answer: length, date, compression, security headers.
WireAnswer wireAnswer(Response response, const AnswerShape &shape, const QByteArray &date);

/// Writes the head of a streamed one: chunked, or delimited by the connection's end for HTTP/1.0.
QByteArray streamHead(const Response &response, const AnswerShape &shape, const QByteArray &date);

/// The Content-Security-Policy of pages.
inline constexpr const char *pagePolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

} // namespace plimsoll::http
