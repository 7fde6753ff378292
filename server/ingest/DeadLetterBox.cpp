#include "server/ingest/DeadLetterBox.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <unistd.h>

namespace plimsoll::ingest {
namespace {

constexpr std::string_view magic = "PLMLTTR1";
constexpr uint64_t files = 8; ///< a bound's worth

std::optional<uint64_t> numberOf(const std::filesystem::path &path)
{
    const std::string stem = path.stem().string();
    uint64_t number = 0;
    const auto [end, error] = std::from_chars(stem.data(), stem.data() + stem.size(), number);
    const bool isNumber = error == std::errc() && end == stem.data() + stem.size() && number > 0;
    return isNumber && path.extension() == ".letters" ? std::optional(number) : std::nullopt;
}

bool writeAll(int descriptor, std::string_view bytes)
{
    while (!bytes.empty()) {
        const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
        if (count <= 0)
            return false;
        bytes.remove_prefix(size_t(count));
    }
    return true;
}

} // namespace

DeadLetterBox::DeadLetterBox(std::filesystem::path directory, const DeadLetterLimits &limits)
    : m_directory(std::move(directory))
    , m_limits(limits)
{
    if (!m_directory.empty())
        load();
}

DeadLetterBox::~DeadLetterBox()
{
    if (m_descriptor >= 0)
        ::close(m_descriptor);
}

void DeadLetterBox::load()
{
    std::error_code failure;
    std::filesystem::create_directories(m_directory, failure);
    std::map<uint64_t, std::filesystem::path> found;
    for (std::filesystem::directory_iterator each(m_directory, failure), end; !failure && each != end;
         each.increment(failure)) {
        if (const auto number = numberOf(each->path()))
            found.emplace(*number, each->path());
    }
    for (const auto &[number, path] : found)
        loadFile(number, path);
    dropEmpty();
}

/// From the oldest on only: a later file may say that letters of an earlier one are gone.
void DeadLetterBox::dropEmpty()
{
    while (!m_files.empty() && m_files.begin()->second.letters == 0 &&
           (m_files.begin()->first != m_lastFile || !m_isOpen) && m_files.size() > 1)
        dropFile(m_files.begin()->first);
}

void DeadLetterBox::loadFile(uint64_t number, const std::filesystem::path &path)
{
    std::ifstream stream(path, std::ios::binary);
    std::ostringstream content;
    content << stream.rdbuf();
    const std::string bytes = std::move(content).str();
    m_lastFile = std::max(m_lastFile, number);
    m_files[number] = {path, bytes.size(), 0, {}};
    if (!std::string_view(bytes).starts_with(magic))
        return;
    std::string_view rest = std::string_view(bytes).substr(magic.size());
    for (;;) {
        const uint64_t offset = bytes.size() - rest.size();
        const auto record = takeLetterRecord(rest);
        if (!record)
            break;
        m_lastId = std::max(m_lastId, record->id);
        forget(record->id);
        if (!record->letter)
            continue;
        const auto size = static_cast<uint32_t>(bytes.size() - rest.size() - offset);
        m_places[record->id] = {number, offset, size, record->letter->atMs};
        m_files[number].letters++;
    }
}

void DeadLetterBox::forget(uint64_t id)
{
    const auto known = m_places.find(id);
    if (known == m_places.end())
        return;
    m_files[known->second.file].letters--;
    m_places.erase(known);
}

bool DeadLetterBox::openNext()
{
    if (m_descriptor >= 0)
        ::close(std::exchange(m_descriptor, -1));
    const uint64_t number = m_lastFile + 1;
    File file;
    file.bytes = magic.size();
    if (m_directory.empty()) {
        file.memory = magic;
    } else {
        file.path = m_directory / (std::to_string(number) + ".letters");
        m_descriptor = ::open(file.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_APPEND, 0600);
        if (m_descriptor < 0 || !writeAll(m_descriptor, magic))
            return false;
    }
    m_lastFile = number;
    m_files[number] = std::move(file);
    return true;
}

bool DeadLetterBox::append(const std::string &frame, Place &place)
{
    if (!m_isOpen || m_files[m_lastFile].bytes + frame.size() > m_limits.maxBytes / files) {
        m_isOpen = openNext();
        if (!m_isOpen) {
            m_lost++;
            return false;
        }
    }
    File &file = m_files[m_lastFile];
    place.file = m_lastFile;
    place.offset = file.bytes;
    place.size = static_cast<uint32_t>(frame.size());
    if (m_directory.empty())
        file.memory += frame;
    else if (!writeAll(m_descriptor, frame)) {
        // What was written in part ends the file for readers; the next letter begins another.
        m_isOpen = false;
        m_lost++;
        return false;
    }
    file.bytes += frame.size();
    return true;
}

uint64_t DeadLetterBox::add(DeadLetter letter)
{
    letter.id = ++m_lastId;
    Place place;
    place.atMs = letter.atMs;
    if (!append(letterFrame(letter), place))
        return 0;
    m_files[place.file].letters++;
    m_places[letter.id] = place;
    return letter.id;
}

bool DeadLetterBox::replace(const DeadLetter &letter)
{
    Place place;
    place.atMs = letter.atMs;
    if (!m_places.contains(letter.id) || !append(letterFrame(letter), place))
        return false;
    forget(letter.id);
    m_files[place.file].letters++;
    m_places[letter.id] = place;
    return true;
}

bool DeadLetterBox::remove(uint64_t id)
{
    Place place;
    if (!m_places.contains(id))
        return false;
    forget(id);
    (void)append(removalFrame(id), place);
    return true;
}

void DeadLetterBox::clear()
{
    while (!m_files.empty())
        dropFile(m_files.begin()->first);
    // Ids go on where they were, also after a start.
    Place place;
    if (m_lastId > 0)
        (void)append(removalFrame(m_lastId), place);
}

void DeadLetterBox::dropFile(uint64_t number)
{
    std::erase_if(m_places, [number](const auto &each) { return each.second.file == number; });
    if (number == m_lastFile) {
        if (m_descriptor >= 0)
            ::close(std::exchange(m_descriptor, -1));
        m_isOpen = false;
    }
    std::error_code failure;
    if (!m_directory.empty())
        std::filesystem::remove(m_files[number].path, failure);
    m_files.erase(number);
}

uint64_t DeadLetterBox::bytes() const
{
    uint64_t sum = 0;
    for (const auto &[number, file] : m_files)
        sum += file.bytes;
    return sum;
}

void DeadLetterBox::expire(int64_t nowMs)
{
    while (bytes() > m_limits.maxBytes && m_files.size() > 1)
        dropFile(m_files.begin()->first);
    while (!m_places.empty() && (m_places.size() > m_limits.maxLetters ||
                                 m_places.begin()->second.atMs < nowMs - m_limits.maxAgeMs))
        forget(m_places.begin()->first);
    dropEmpty();
}

std::string DeadLetterBox::read(const Place &place) const
{
    const File &file = m_files.at(place.file);
    if (m_directory.empty())
        return file.memory.substr(place.offset, place.size);
    std::ifstream stream(file.path, std::ios::binary);
    std::string bytes(place.size, '\0');
    stream.seekg(std::streamoff(place.offset));
    stream.read(bytes.data(), std::streamsize(bytes.size()));
    bytes.resize(size_t(std::max<std::streamsize>(0, stream.gcount())));
    return bytes;
}

std::optional<DeadLetter> DeadLetterBox::get(uint64_t id) const
{
    const auto it = m_places.find(id);
    if (it == m_places.end())
        return std::nullopt;
    const std::string bytes = read(it->second);
    std::string_view rest = bytes;
    auto record = takeLetterRecord(rest);
    return record ? std::move(record->letter) : std::nullopt;
}

void DeadLetterBox::each(uint64_t before, const std::function<bool(const DeadLetter &)> &take) const
{
    auto it = before == 0 ? m_places.end() : m_places.lower_bound(before);
    while (it != m_places.begin()) {
        --it;
        const auto letter = get(it->first);
        if (letter && !take(*letter))
            return;
    }
}

} // namespace plimsoll::ingest
