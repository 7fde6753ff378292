#include "storage/engine/SectionFile.h"

#include "storage/engine/ByteOrder.h"
#include "storage/engine/Crc32c.h"
#include "storage/model/Varint.h"

namespace plimsoll {

namespace {

constexpr uint32_t version = 1;
constexpr size_t headBytes = 16;
constexpr size_t trailerBytes = 24;
constexpr uint64_t syncBytes = 4U << 20; ///< so much at most waits for the disk at once

Error damaged(const std::filesystem::path &path)
{
    return {ErrorCode::Corrupt, path.string() + " is damaged.", "Run plimsoll doctor on the data directory."};
}

} // namespace

Status SectionWriter::begin(uint64_t sequence)
{
    if (Status removed = m_disk.remove(m_path); !removed)
        return removed;
    auto file = m_disk.create(m_path, 0);
    if (!file)
        return file.error();
    m_file = std::move(*file);
    m_head = m_format.magic;
    appendFixed(m_head, version);
    appendFixed(m_head, sequence);
    return append(m_head);
}

Status SectionWriter::append(std::string_view bytes)
{
    if (Status written = m_file->write(m_offset, bytes); !written)
        return written;
    m_offset += bytes.size();
    if (m_offset - m_synced < syncBytes)
        return {};
    m_synced = m_offset;
    return m_file->sync();
}

Status SectionWriter::add(uint8_t type, std::string_view body)
{
    m_sections.push_back({type, m_offset, body.size(), crc32c(body)});
    return append(body);
}

Status SectionWriter::finish()
{
    const uint64_t tableOffset = m_offset;
    std::string table;
    appendVarint(table, m_sections.size());
    for (const SectionEntry &section : m_sections) {
        table += static_cast<char>(section.type);
        appendVarint(table, section.size);
        appendFixed(table, section.checksum);
    }
    const auto size = static_cast<uint32_t>(table.size());
    const uint32_t checksum = crc32c(table, crc32c(m_head));
    appendFixed(table, tableOffset);
    appendFixed(table, size);
    appendFixed(table, checksum);
    table += m_format.trailer;
    if (Status written = append(table); !written)
        return written;
    return m_file->sync();
}

Result<SectionReader> SectionReader::open(Disk &disk, const std::filesystem::path &path,
                                          const SectionFormat &format)
{
    SectionReader reader;
    reader.m_path = path;
    auto file = disk.open(path);
    if (!file)
        return file.error();
    reader.m_file = std::move(*file);
    if (Status loaded = reader.load(format); !loaded)
        return loaded.error();
    return reader;
}

Status SectionReader::load(const SectionFormat &format)
{
    m_bytes = m_file->size();
    if (m_bytes < headBytes + trailerBytes)
        return damaged(m_path);
    std::string head(headBytes, '\0');
    std::string trailer(trailerBytes, '\0');
    const auto headRead = m_file->read(0, head.data(), head.size());
    const auto trailerRead = m_file->read(m_bytes - trailerBytes, trailer.data(), trailer.size());
    if (!headRead || !trailerRead)
        return headRead ? trailerRead.error() : headRead.error();
    std::string_view rest = trailer;
    uint64_t tableOffset = 0;
    uint32_t size = 0;
    uint32_t checksum = 0;
    takeFixed(rest, tableOffset);
    takeFixed(rest, size);
    takeFixed(rest, checksum);
    if (rest != format.trailer || tableOffset < headBytes || tableOffset > m_bytes ||
        tableOffset + size + trailerBytes != m_bytes)
        return damaged(m_path);
    std::string table(size, '\0');
    if (const auto read = m_file->read(tableOffset, table.data(), size); !read)
        return read.error();
    if (!head.starts_with(format.magic) || crc32c(table, crc32c(head)) != checksum)
        return damaged(m_path);
    uint32_t foundVersion = 0;
    std::string_view fields = std::string_view(head).substr(format.magic.size());
    takeFixed(fields, foundVersion);
    takeFixed(fields, m_sequence);
    if (foundVersion != version)
        return Error{ErrorCode::Invalid, m_path.string() + " was written by a newer Plimsoll.", {}};
    std::string_view list = table;
    const auto count = takeVarint(list);
    uint64_t offset = headBytes;
    for (uint64_t i = 0; count && i < *count; i++) {
        SectionEntry section;
        section.offset = offset;
        if (list.empty())
            return damaged(m_path);
        section.type = static_cast<uint8_t>(list.front());
        list.remove_prefix(1);
        const auto bytes = takeVarint(list);
        if (!bytes || !takeFixed(list, section.checksum) || *bytes > tableOffset - offset)
            return damaged(m_path);
        section.size = *bytes;
        offset += *bytes;
        m_sections.push_back(section);
    }
    return {};
}

Result<std::string> SectionReader::read(const SectionEntry &section) const
{
    std::string body(section.size, '\0');
    const auto read = m_file->read(section.offset, body.data(), body.size());
    if (!read)
        return read.error();
    if (*read != body.size() || crc32c(body) != section.checksum)
        return damaged(m_path);
    return body;
}

} // namespace plimsoll
