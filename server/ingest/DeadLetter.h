#pragma once

#include "storage/model/Batch.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <QJsonObject>

namespace plimsoll::ingest {

/// An input that was refused, as it is kept (DEAD-LETTERS.md).
struct DeadLetter
{
    uint64_t id = 0;
    int64_t atMs = 0;
    std::string source;
    std::string code;
    std::string message;
    std::string path;
    std::string query;
    std::string subject;
    std::string contentType;
    std::string coding;
    std::string keyId;
    uint32_t accepted = 0; ///< items of the same body that were taken
    uint32_t refused = 0;
    uint32_t more = 0; ///< refused items of the same request that were not kept
    bool whole = true; ///< the payload is the whole body, not one item of it
    bool truncated = false;
    bool edited = false;
    std::string payload;

    /// All but the payload.
    QJsonObject head() const;
    static DeadLetter fromHead(const QJsonObject &head);
};

/// A frame of a file of letters, with its size and checksum.
std::string letterFrame(const DeadLetter &letter);
std::string removalFrame(uint64_t id);

/// What a frame holds.
struct LetterRecord
{
    uint64_t id = 0;
    std::optional<DeadLetter> letter; ///< nothing: it is gone
};

/// Takes the next frame off the front of a file's bytes; nothing where there is no whole and sound one.
std::optional<LetterRecord> takeLetterRecord(std::string_view &bytes);

} // namespace plimsoll::ingest
