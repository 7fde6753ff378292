#include "server/ingest/SnappyStream.h"

#include <QTest>

#include <snappy.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>

using namespace plimsoll::ingest;

namespace {

/// A block without its length, what its length is, and the same as a whole.
struct Block
{
    std::string elements;
    size_t size = 0;

    static Block of(const std::string &content)
    {
        std::string whole;
        snappy::Compress(content.data(), content.size(), &whole);
        size_t at = 0;
        while (static_cast<uint8_t>(whole[at++]) >= 0x80) {
        }
        return {whole.substr(at), content.size()};
    }
    std::string whole() const
    {
        std::string out;
        for (size_t rest = size; true; rest >>= 7) {
            out += static_cast<char>(rest < 0x80 ? rest : (rest & 0x7f) | 0x80);
            if (rest < 0x80)
                return out + elements;
        }
    }
};

/// The content, or nothing where it is no block; buffers are as small as they may be, for the sanitizers.
std::optional<std::string> streamed(const Block &block, const std::function<size_t()> &piece)
{
    const auto input = std::make_unique<char[]>(block.elements.size());
    std::copy(block.elements.begin(), block.elements.end(), input.get());
    const auto room = std::make_unique<char[]>(block.size + SnappyStream::slackBytes);
    SnappyStream stream({input.get(), block.elements.size()}, room.get(), block.size);
    size_t before = 0;
    for (size_t wanted = 0; wanted < block.size; before = stream.size()) {
        wanted = std::min(block.size, wanted + std::max<size_t>(1, piece()));
        stream.advance(wanted);
        if (stream.size() > block.size || stream.size() < before)
            qFatal("the size is wrong");
        if (stream.size() < wanted)
            break;
    }
    if (!stream.isWhole())
        return std::nullopt;
    return std::string(room.get(), block.size);
}

std::optional<std::string> byLibrary(const Block &block)
{
    std::string out;
    const std::string whole = block.whole();
    if (!snappy::Uncompress(whole.data(), whole.size(), &out))
        return std::nullopt;
    return out;
}

/// Text in which stretches of all lengths come again from all distances.
std::string repetitive(std::mt19937 &random, size_t size)
{
    std::string out;
    while (out.size() < size) {
        const size_t length = 1 + random() % (random() % 8 == 0 ? 300 : 20);
        const size_t reach = std::min<size_t>(out.size(), random() % 3 == 0 ? 70'000 : 40);
        if (reach == 0 || random() % 4 == 0) {
            for (size_t i = 0; i < length; i++)
                out += static_cast<char>(random());
        } else {
            for (size_t i = 0, from = out.size() - 1 - random() % reach; i < length; i++)
                out += out[from + i];
        }
    }
    return out;
}

std::string literal(const std::string &text, size_t lengthBytes)
{
    std::string out;
    if (lengthBytes == 0)
        return static_cast<char>((text.size() - 1) << 2) + text;
    out += static_cast<char>((59 + lengthBytes) << 2);
    for (size_t i = 0; i < lengthBytes; i++)
        out += static_cast<char>((text.size() - 1) >> (8 * i));
    return out + text;
}

std::string copyOf(size_t length, size_t distance, int distanceBytes)
{
    std::string out;
    if (distanceBytes == 1) {
        out += static_cast<char>((distance >> 8) << 5 | (length - 4) << 2 | 1);
        return out + static_cast<char>(distance);
    }
    out += static_cast<char>((length - 1) << 2 | (distanceBytes == 2 ? 2 : 3));
    for (int i = 0; i < distanceBytes; i++)
        out += static_cast<char>(distance >> (8 * i));
    return out;
}

} // namespace

class SnappyStreamTest : public QObject
{
    Q_OBJECT

    std::mt19937 m_random{20261121};

    void sameAsLibrary(const Block &block)
    {
        const auto expected = byLibrary(block);
        QCOMPARE(streamed(block, [] { return SIZE_MAX / 2; }), expected);
        QCOMPARE(streamed(block, [this] { return m_random() % 200; }), expected);
    }

private Q_SLOTS:
    void readsWhatTheLibraryWrites()
    {
        for (int round = 0; round < 400; round++) {
            const std::string content = repetitive(m_random, m_random() % (round % 40 == 0 ? 300'000 : 3000));
            const Block block = Block::of(content);
            QCOMPARE(streamed(block, [] { return SIZE_MAX / 2; }), std::optional(content));
            QCOMPARE(streamed(block, [this] { return m_random() % 5000; }), std::optional(content));
        }
    }

    /// The library writes no far copies, no literals with longer lengths than they need, and few that
    /// overlap.
    void readsEveryElement()
    {
        for (int round = 0; round < 3000; round++) {
            Block block;
            for (int i = 0; i < 12; i++) {
                if (block.size == 0 || m_random() % 3 == 0) {
                    const size_t lengthBytes = m_random() % 5;
                    const size_t length = 1 + m_random() % (lengthBytes == 0 ? 60 : 200);
                    block.elements += literal(std::string(length, static_cast<char>('a' + i)), lengthBytes);
                    block.size += length;
                    continue;
                }
                const int kind = 1 << m_random() % 3;
                const size_t length = kind == 1 ? 4 + m_random() % 8 : 1 + m_random() % 64;
                const size_t most = std::min<size_t>(block.size, kind == 1 ? 2047 : 65535);
                block.elements += copyOf(length, 1 + m_random() % most, kind);
                block.size += length;
            }
            QVERIFY(byLibrary(block).has_value());
            sameAsLibrary(block);
            block.size += m_random() % 3 - 1; // one too few, right, one too many
            sameAsLibrary(block);
        }
    }

    void stopsAtWhatMeansNothing()
    {
        int broken = 0;
        for (int round = 0; round < 20'000; round++) {
            Block block = Block::of(repetitive(m_random, m_random() % 600));
            for (size_t changes = 1 + m_random() % 3; changes > 0 && !block.elements.empty(); changes--) {
                const size_t at = m_random() % block.elements.size();
                if (m_random() % 4 == 0)
                    block.elements.resize(at);
                else
                    block.elements[at] = static_cast<char>(m_random());
            }
            broken += !byLibrary(block);
            sameAsLibrary(block);
        }
        QVERIFY(broken > 1000);
    }

    void readsNothing()
    {
        sameAsLibrary({});
        sameAsLibrary({"\x04xy", 0});
        sameAsLibrary({"", 1});
        sameAsLibrary({copyOf(4, 1, 1), 4});
        sameAsLibrary({std::string("\xfc\xff\xff\xff\xff", 5), 64});
    }
};

QTEST_GUILESS_MAIN(SnappyStreamTest)
#include "SnappyStreamTest.moc"
