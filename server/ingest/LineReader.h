#pragma once

#include "storage/model/Batch.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll::ingest {

/// The role of one line format that comes over sockets: puts what arrives within a moment into one batch.
/// Each line is one item, taken or refused as a whole. Belongs to one thread.
class LineReader
{
public:
    virtual ~LineReader() = default;

    /// Starts with an empty batch, which must outlive finish(); samples without a time are of `nowMs`.
    virtual void begin(Batch &batch, ProjectId project, int64_t nowMs) = 0;
    /// Reads whole lines, separated by line feeds; the last one needs none. Any bytes may come.
    virtual void read(std::string_view lines) = 0;
    /// Completes the batch.
    virtual void finish() = 0;

    static constexpr size_t maxRefusedLines = 16;
    static constexpr size_t maxRefusedBytes = 8 << 10; ///< of such a line; of a longer one the head
    /// The lines of the batch that were refused while they were read, in the order of its rejections; the
    /// first of them.
    const std::vector<std::string> &refusedLines() const { return m_refusedLines; }

protected:
    void forgetRefusedLines() { m_refusedLines.clear(); }
    void noteRefusedLine(std::string_view line)
    {
        if (m_refusedLines.size() < maxRefusedLines)
            m_refusedLines.emplace_back(line.substr(0, maxRefusedBytes));
    }

private:
    std::vector<std::string> m_refusedLines;
};

/// Takes the next line off the front of a text, without its line end.
std::string_view takeLine(std::string_view &text);

/// The line as it may stand in a message: quoted, cut, with question marks for bytes that are no UTF-8.
std::string shownLine(std::string_view line);

} // namespace plimsoll::ingest
