#include "storage/engine/SpooledBackend.h"

#include "storage/backend/BackendSnapshot.h"
#include "storage/engine/NumberedName.h"

#include <algorithm>
#include <charconv>

namespace plimsoll {

namespace {

constexpr std::string_view namePrefix = "spool-";
constexpr const char *numberKey = "spool_sequence";
constexpr int64_t firstDelayMs = 1000;
constexpr int64_t longestDelayMs = 30'000;
constexpr uint64_t bytesAtOnce = 64U << 20; ///< shipped before the store thread does something else

uint64_t numberIn(const std::map<std::string, std::string> &meta)
{
    uint64_t number = 0;
    if (const auto it = meta.find(numberKey); it != meta.end())
        std::from_chars(it->second.data(), it->second.data() + it->second.size(), number);
    return number;
}

} // namespace

SpooledBackend::SpooledBackend(std::unique_ptr<Backend> database, Disk &disk, std::filesystem::path directory,
                               const Clock &clock)
    : m_database(std::move(database))
    , m_disk(disk)
    , m_directory(std::move(directory))
    , m_clock(clock)
{
}

SpooledBackend::~SpooledBackend() = default;

std::filesystem::path SpooledBackend::pathOf(uint64_t number) const
{
    return m_directory / numberedName(namePrefix, number);
}

Status SpooledBackend::open()
{
    if (Status opened = m_database->open(); !opened)
        return opened;
    return findFiles();
}

Result<std::unique_ptr<BackendSnapshot>> SpooledBackend::snapshot() const { return m_database->snapshot(); }

Status SpooledBackend::close() { return m_database->close(); }

Status SpooledBackend::findFiles()
{
    const auto names = m_disk.list(m_directory);
    if (!names)
        return {}; // There is no spool until something had to wait.
    for (const std::string &name : *names) {
        const auto number = numberInName(namePrefix, name);
        if (!number)
            continue;
        auto file = SpoolFile::open(m_disk, pathOf(*number));
        if (file)
            add(std::make_shared<const SpoolFile>(std::move(*file)));
        else if (file.error().code == ErrorCode::Corrupt) {
            setAside(*number);
            countDamage();
        } else if (file.error().code != ErrorCode::NotFound)
            return file.error();
    }
    return {};
}

void SpooledBackend::setAside(uint64_t number)
{
    std::filesystem::path aside = pathOf(number);
    aside += ".damaged";
    if (m_disk.rename(pathOf(number), aside))
        (void)m_disk.syncDirectory(m_directory);
}

void SpooledBackend::countDamage()
{
    const std::lock_guard lock(m_mutex);
    m_waiting.damagedFiles++;
}

void SpooledBackend::add(File file)
{
    if (file->lacksPacks())
        countDamage();
    const std::lock_guard lock(m_mutex);
    m_waiting.files++;
    m_waiting.bytes += file->bytes();
    const uint64_t number = file->number();
    m_files[number] = std::move(file);
}

SpooledBackend::File SpooledBackend::front() const
{
    const std::lock_guard lock(m_mutex);
    return m_files.empty() ? nullptr : m_files.begin()->second;
}

/// The database has the first file.
void SpooledBackend::dropFront()
{
    const File file = front();
    (void)m_disk.remove(pathOf(file->number()));
    const std::lock_guard lock(m_mutex);
    m_files.erase(file->number());
    m_waiting.files--;
    m_waiting.bytes -= file->bytes();
}

void SpooledBackend::shipped(uint64_t number)
{
    for (File file = front(); file && file->number() <= number; file = front())
        dropFront();
    m_unsure = false;
    m_backoffMs = m_delayMs = 0;
    const std::lock_guard lock(m_mutex);
    if (m_files.empty())
        m_waiting.reason.clear();
    m_next = std::max(m_next, (m_files.empty() ? number : std::max(number, m_files.rbegin()->first)) + 1);
}

Result<BackendState> SpooledBackend::load()
{
    auto state = m_database->load();
    if (!state)
        return state;
    shipped(numberIn(state->meta));
    if (front() && ship() && !front())
        return m_database->load();
    std::map<uint64_t, File> files;
    {
        const std::lock_guard lock(m_mutex);
        files = m_files;
    }
    for (const auto &[number, file] : files) {
        auto write = file->transaction();
        if (!write)
            return write.error();
        std::move(write->seals.begin(), write->seals.end(), std::back_inserter(state->seals));
        if (!write->catalogue.empty())
            state->catalogue.push_back(std::move(write->catalogue));
        if (!write->receipts.empty())
            state->receipts.push_back(std::move(write->receipts));
        for (auto &[key, value] : write->meta)
            state->meta[key] = std::move(value);
    }
    return state;
}

/// Asks the database which transactions it has.
Status SpooledBackend::learnNumber()
{
    if (m_next > 0 && !m_unsure)
        return {};
    const auto state = m_database->load();
    if (!state)
        return state.error();
    shipped(numberIn(state->meta));
    return {};
}

bool SpooledBackend::isTime() const
{
    const int64_t nowMs = m_clock.nowMs();
    return m_delayMs == 0 || nowMs >= m_failedMs + m_delayMs || nowMs < m_failedMs;
}

void SpooledBackend::failed(const Error &error)
{
    m_unsure = true;
    m_failedMs = m_clock.nowMs();
    m_backoffMs = std::clamp(m_backoffMs * 2, firstDelayMs, longestDelayMs);
    m_delayMs = m_backoffMs - static_cast<int64_t>(m_random()) % (m_backoffMs / 2);
    const std::lock_guard lock(m_mutex);
    m_waiting.reason = error.message;
}

Status SpooledBackend::shipFront()
{
    const File file = front();
    const auto write = file->whole();
    if (!write && write.error().code == ErrorCode::Corrupt) {
        setAside(file->number());
        countDamage();
        dropFront();
        return {};
    }
    if (!write)
        return write.error();
    if (Status done = m_database->write(*write); !done)
        return done;
    if (file->lacksPacks())
        setAside(file->number());
    shipped(file->number());
    return {};
}

/// Until nothing waits, or it has been a lot.
Status SpooledBackend::ship()
{
    Status done = learnNumber();
    uint64_t bytes = 0;
    for (File file = front(); done && file && bytes < bytesAtOnce; file = front()) {
        bytes += file->bytes();
        done = shipFront();
    }
    if (!done)
        failed(done.error());
    return done;
}

Status SpooledBackend::catchUp()
{
    if (!front() || !isTime())
        return {};
    return ship();
}

Status SpooledBackend::spool(const BackendWrite &write, const Error &reason)
{
    if (Status made = m_disk.makeDirectory(m_directory); !made)
        return made;
    const uint64_t number = m_next;
    if (Status written = SpoolFile::write(m_disk, pathOf(number), number, write); !written) {
        Error error = written.error();
        error.message = reason.message + " And the spool takes nothing: " + error.message;
        return error;
    }
    auto file = SpoolFile::open(m_disk, pathOf(number));
    if (!file)
        return file.error();
    add(std::make_shared<const SpoolFile>(std::move(*file)));
    m_next++;
    return {};
}

Status SpooledBackend::write(const BackendWrite &write)
{
    const bool adds = SpoolFile::takes(write);
    const bool documents = !write.documents.empty();
    if (documents || (!adds && !front()))
        return m_database->write(write);
    if (!adds)
        return Error{ErrorCode::Unavailable, "The database catches up after it was away.", {}};
    if (isTime()) {
        if (Status learned = learnNumber(); !learned)
            failed(learned.error());
        else if (front())
            (void)ship();
    }
    if (m_next == 0)
        return Error{ErrorCode::Unavailable, "The database has not answered yet.", {}};
    BackendWrite numbered = write;
    numbered.meta[numberKey] = std::to_string(m_next);
    if (front() || !isTime())
        return spool(numbered, Error{ErrorCode::Unavailable, waiting().reason, {}});
    if (Status done = m_database->write(numbered); !done) {
        failed(done.error());
        return spool(numbered, done.error());
    }
    m_next++;
    return {};
}

Result<StoredPack> SpooledBackend::readPack(uint32_t seal, uint32_t series) const
{
    std::vector<File> files;
    {
        const std::lock_guard lock(m_mutex);
        for (const auto &[number, file] : m_files)
            files.push_back(file);
    }
    for (const File &file : files) {
        if (auto pack = file->readPack(seal, series))
            return std::move(*pack);
    }
    return m_database->readPack(seal, series);
}

Backend::Waiting SpooledBackend::waiting() const
{
    const std::lock_guard lock(m_mutex);
    return m_waiting;
}

} // namespace plimsoll
