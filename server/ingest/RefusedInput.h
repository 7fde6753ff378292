#pragma once

#include "storage/model/Batch.h"
#include "storage/model/Result.h"

#include <QByteArray>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace plimsoll::ingest {

/// Something that came in and was refused, as a whole or in part.
struct RefusedInput
{
    static constexpr size_t maxRejections = 16;

    const char *source = ""; ///< the door, of formats(); a literal
    ProjectId project = defaultProject;
    std::string keyId;   ///< empty without a key
    std::string path;    ///< of the request; empty for sockets
    std::string query;   ///< still encoded
    std::string subject; ///< what the path names: the metric of /track/{name}
    std::string contentType;
    std::string coding; ///< the Content-Encoding that the body still has: one that its decoder undoes
    QByteArray body;
    bool cut = false; ///< it is only the body's head
    int64_t receivedMs = 0;
    uint32_t accepted = 0;             ///< items
    uint32_t refused = 0;              ///< items; 0 where all was refused as a whole
    std::vector<Rejection> rejections; ///< the first of them, at most maxRejections
    std::optional<Error> error;        ///< why all was
    bool hidden = false;   ///< the project replaces personal data: the inbox does not show the body
    bool observed = false; ///< the observers of the ingest thread saw its batch, refusals included
};

/// The role of whoever keeps such inputs. Safe from any thread, quick.
class RefusalSink
{
public:
    virtual ~RefusalSink() = default;
    virtual void refused(RefusedInput input) = 0;

    /// One that keeps nothing.
    static RefusalSink &none();
};

} // namespace plimsoll::ingest
