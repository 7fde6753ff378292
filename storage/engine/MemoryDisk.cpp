#include "storage/engine/MemoryDisk.h"

#include <cstring>

namespace plimsoll {

namespace {

class MemoryFile final : public DiskFile
{
public:
    explicit MemoryFile(std::shared_ptr<std::string> bytes)
        : m_bytes(std::move(bytes))
    {
    }

    Status write(uint64_t offset, std::string_view bytes) override
    {
        if (m_bytes->size() < offset + bytes.size())
            m_bytes->resize(offset + bytes.size());
        std::memcpy(m_bytes->data() + offset, bytes.data(), bytes.size());
        return {};
    }

    Status sync() override { return {}; }

    Result<size_t> read(uint64_t offset, char *buffer, size_t size) const override
    {
        if (offset >= m_bytes->size())
            return size_t(0);
        const size_t count = std::min<size_t>(size, m_bytes->size() - offset);
        std::memcpy(buffer, m_bytes->data() + offset, count);
        return count;
    }

    uint64_t size() const override { return m_bytes->size(); }

private:
    std::shared_ptr<std::string> m_bytes;
};

} // namespace

Status MemoryDisk::makeDirectory(const std::filesystem::path &) { return {}; }

Result<std::vector<std::string>> MemoryDisk::list(const std::filesystem::path &directory) const
{
    const std::lock_guard lock(m_mutex);
    std::vector<std::string> names;
    for (const auto &[path, bytes] : m_files) {
        if (path.parent_path() == directory)
            names.push_back(path.filename().string());
    }
    return names;
}

Result<std::unique_ptr<DiskFile>> MemoryDisk::open(const std::filesystem::path &path)
{
    const std::lock_guard lock(m_mutex);
    const auto it = m_files.find(path);
    if (it == m_files.end())
        return Error{ErrorCode::NotFound, path.string() + " does not exist.", {}};
    return std::unique_ptr<DiskFile>(std::make_unique<MemoryFile>(it->second));
}

Result<std::unique_ptr<DiskFile>> MemoryDisk::create(const std::filesystem::path &path, uint64_t)
{
    const std::lock_guard lock(m_mutex);
    const auto [it, isNew] = m_files.try_emplace(path, std::make_shared<std::string>());
    if (!isNew)
        return Error{ErrorCode::Conflict, path.string() + " exists already.", {}};
    return std::unique_ptr<DiskFile>(std::make_unique<MemoryFile>(it->second));
}

Status MemoryDisk::remove(const std::filesystem::path &path)
{
    const std::lock_guard lock(m_mutex);
    m_files.erase(path);
    return {};
}

Status MemoryDisk::rename(const std::filesystem::path &from, const std::filesystem::path &to)
{
    const std::lock_guard lock(m_mutex);
    auto file = m_files.extract(from);
    if (!file)
        return Error{ErrorCode::NotFound, from.string() + " does not exist.", {}};
    m_files[to] = std::move(file.mapped());
    return {};
}

Status MemoryDisk::syncDirectory(const std::filesystem::path &) { return {}; }

} // namespace plimsoll
