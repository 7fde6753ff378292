#include "storage/engine/Checkpoints.h"

#include "storage/engine/NumberedName.h"
#include "storage/model/Varint.h"

#include <algorithm>

namespace plimsoll {

namespace {

enum SectionType : uint8_t { DefinitionBlocks = 1, ReceiptBlocks = 2, SeriesOfWindow = 3 };
constexpr SectionFormat format{"PLCK", std::string_view("PLCKEND\0", 8)};
constexpr std::string_view namePrefix = "checkpoint-";
constexpr std::string_view newName = "checkpoint.new";
constexpr size_t sectionBytes = 256 * 1024;

/// Writes the series of one window, in sections.
class WindowWriter
{
public:
    WindowWriter(SectionWriter &out, const HeadWindow &window, uint64_t visible, const Catalogue &catalogue)
        : m_out(out)
        , m_window(window)
        , m_visible(visible)
        , m_catalogue(catalogue)
    {
    }

    Status write()
    {
        std::vector<HeadWindow::Image> images;
        for (size_t page = 0; m_window.copyPage(page, images); page++) {
            for (const HeadWindow::Image &image : images)
                add(image);
            if (m_body.size() >= sectionBytes) {
                if (Status flushed = flush(); !flushed)
                    return flushed;
            }
        }
        return flush();
    }

private:
    void add(const HeadWindow::Image &image)
    {
        const bool histograms =
            holdsHistograms(m_catalogue.kindIfKnown(image.series).value_or(Kind::Untyped));
        m_slices.clear();
        m_window.cut(image, histograms, m_visible, m_slices);
        if (m_slices.empty())
            return;
        if (m_body.empty()) {
            appendVarint(m_body, zigzag(m_window.startMs()));
            appendVarint(m_body, m_window.firstCommit());
            m_previous = 0;
        }
        appendVarint(m_body, uint64_t(image.series - m_previous) * 2 + (histograms ? 1 : 0));
        appendVarint(m_body, m_slices.size());
        m_body += m_slices;
        m_previous = image.series;
    }

    Status flush()
    {
        if (m_body.empty())
            return {};
        const Status added = m_out.add(SeriesOfWindow, m_body);
        m_body.clear();
        return added;
    }

    SectionWriter &m_out;
    const HeadWindow &m_window;
    const uint64_t m_visible;
    const Catalogue &m_catalogue;
    SeriesId m_previous = 0;
    std::string m_body;
    std::string m_slices;
};

} // namespace

std::filesystem::path Checkpoints::pathOf(uint64_t number) const
{
    return m_directory / numberedName(namePrefix, number);
}

/// Rising.
Result<std::vector<uint64_t>> Checkpoints::numbers() const
{
    const auto names = m_disk.list(m_directory);
    if (!names)
        return names.error();
    std::vector<uint64_t> found;
    for (const std::string &name : *names) {
        if (const auto number = numberInName(namePrefix, name))
            found.push_back(*number);
    }
    std::sort(found.begin(), found.end());
    return found;
}

Status Checkpoints::open()
{
    if (Status made = m_disk.makeDirectory(m_directory); !made)
        return made;
    auto found = numbers();
    if (!found)
        return found.error();
    if (!found->empty())
        m_number = found->back();
    for (; !found->empty(); found->pop_back()) {
        auto reader = SectionReader::open(m_disk, pathOf(found->back()), format);
        if (reader) {
            m_bytes = reader->bytes();
            m_readNumber = found->back();
            m_reader = std::move(*reader);
            return {};
        }
        if (reader.error().code != ErrorCode::Corrupt)
            return reader.error();
        m_damagedFiles++;
        setAside(found->back());
    }
    return {};
}

void Checkpoints::setAside()
{
    if (m_reader)
        setAside(m_readNumber);
    m_reader.reset();
}

void Checkpoints::setAside(uint64_t number)
{
    std::filesystem::path aside = pathOf(number);
    aside += ".damaged";
    if (m_disk.rename(pathOf(number), aside))
        (void)m_disk.syncDirectory(m_directory);
}

Result<uint64_t> Checkpoints::read(const Visitor &visitor)
{
    uint64_t lost = 0;
    if (!m_reader)
        return lost;
    for (const SectionEntry &section : m_reader->sections()) {
        const auto body = m_reader->read(section);
        if (!body && body.error().code != ErrorCode::Corrupt)
            return body.error();
        bool good = body.ok();
        if (good && section.type == DefinitionBlocks)
            visitor.definitions(*body);
        else if (good && section.type == ReceiptBlocks)
            visitor.receipts(*body);
        else if (good && section.type == SeriesOfWindow)
            good = readWindow(*body, visitor);
        lost += good ? 0 : 1;
    }
    return lost;
}

bool Checkpoints::readWindow(std::string_view body, const Visitor &visitor) const
{
    const auto start = takeVarint(body);
    const auto firstCommit = start ? takeVarint(body) : start;
    if (!firstCommit)
        return false;
    if (!visitor.window(unzigzag(*start), *firstCommit))
        return true;
    bool good = true;
    for (SeriesId series = 0; !body.empty();) {
        const auto head = takeVarint(body);
        const auto size = head ? takeVarint(body) : head;
        if (!size || *size > body.size() || *head / 2 > UINT32_MAX)
            return false;
        series += static_cast<SeriesId>(*head / 2);
        good = visitor.series(series, *head % 2 == 1, body.substr(0, *size)) && good;
        body.remove_prefix(*size);
    }
    return good;
}

Status Checkpoints::write(const HeadView &view, const Context &context, const Catalogue &catalogue)
{
    const std::filesystem::path path = m_directory / newName;
    SectionWriter out(m_disk, path, format);
    Status done = out.begin(view.visible);
    if (done && !context.definitions.empty())
        done = out.add(DefinitionBlocks, context.definitions);
    if (done && !context.receipts.empty())
        done = out.add(ReceiptBlocks, context.receipts);
    for (size_t i = 0; done && i < view.windows.size(); i++)
        done = WindowWriter(out, *view.windows[i], view.visible, catalogue).write();
    if (done)
        done = out.finish();
    if (done)
        done = m_disk.rename(path, pathOf(m_number + 1));
    if (done)
        done = m_disk.syncDirectory(m_directory);
    if (!done) {
        (void)m_disk.remove(path);
        return done;
    }
    m_number++;
    m_bytes = out.bytes();
    (void)removeBefore(m_number);
    return {};
}

Status Checkpoints::removeBefore(uint64_t number)
{
    m_reader.reset();
    const auto found = numbers();
    if (!found)
        return found.error();
    for (const uint64_t old : *found) {
        if (old < number) {
            if (Status removed = m_disk.remove(pathOf(old)); !removed)
                return removed;
        }
    }
    return {};
}

Status Checkpoints::removeAll()
{
    (void)m_disk.remove(m_directory / newName);
    m_bytes = 0;
    return removeBefore(UINT64_MAX);
}

} // namespace plimsoll
