#include "alerts/channels/MailChart.h"

#include <zlib.h>

#include <array>
#include <cmath>

namespace plimsoll::alerts {

namespace {

constexpr int width = 560;
constexpr int height = 160;
constexpr int margin = 10;

using Colour = std::array<uint8_t, 3>;
constexpr Colour paper{255, 255, 255};
constexpr Colour ink{37, 99, 168};
constexpr Colour lineColour{198, 40, 40};

/// Rows of pixels, each begun by the byte 0 (no filter) as PNG wants them.
class Pixels
{
public:
    Pixels()
        : m_bytes(size_t(height) * (1 + 3 * width), 0)
    {
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++)
                put(x, y, paper);
        }
    }

    void put(int x, int y, const Colour &colour)
    {
        if (x < 0 || y < 0 || x >= width || y >= height)
            return;
        const size_t at = size_t(y) * (1 + 3 * width) + 1 + 3 * size_t(x);
        std::copy(colour.begin(), colour.end(), m_bytes.begin() + std::ptrdiff_t(at));
    }
    const std::string &bytes() const { return m_bytes; }

private:
    std::string m_bytes;
};

struct Scale
{
    int64_t fromMs = 0;
    int64_t toMs = 0;
    double low = 0;
    double high = 0;

    explicit Scale(const NotifiedEpisode &episode)
        : fromMs(episode.points.front().first)
        , toMs(episode.points.back().first)
        , low(episode.points.front().second)
        , high(low)
    {
        for (const auto &[atMs, value] : episode.points)
            widen(value);
        if (!episode.op.empty())
            widen(episode.threshold);
        if (low == high) {
            low -= 1;
            high += 1;
        }
    }
    void widen(double value)
    {
        low = std::min(low, value);
        high = std::max(high, value);
    }
    double x(int64_t atMs) const
    {
        return margin + double(width - 2 * margin) * double(atMs - fromMs) /
                            double(std::max<int64_t>(1, toMs - fromMs));
    }
    double y(double value) const
    {
        // Halves keep the difference of very large numbers finite.
        return height - margin -
               double(height - 2 * margin) * (value / 2 - low / 2) / std::max(high / 2 - low / 2, 1e-300);
    }
};

void drawStroke(Pixels &pixels, double x0, double y0, double x1, double y1)
{
    const int steps = std::max(1, int(std::ceil(std::max(std::abs(x1 - x0), std::abs(y1 - y0)) * 2)));
    for (int i = 0; i <= steps; i++) {
        const int x = int(std::lround(x0 + (x1 - x0) * i / steps));
        const int y = int(std::lround(y0 + (y1 - y0) * i / steps));
        for (const auto &[dx, dy] : {std::pair(0, 0), {0, 1}, {1, 0}})
            pixels.put(x + dx, y + dy, ink);
    }
}

void drawThreshold(Pixels &pixels, double y)
{
    for (int x = margin; x < width - margin; x++) {
        if (x / 6 % 2 == 0)
            pixels.put(x, int(std::lround(y)), lineColour);
    }
}

void addNumber(std::string &bytes, uint32_t number)
{
    for (const int shift : {24, 16, 8, 0})
        bytes += char(number >> shift);
}

void addChunk(std::string &png, const std::string &type, const std::string &data)
{
    addNumber(png, uint32_t(data.size()));
    const std::string checked = type + data;
    png += checked;
    addNumber(png, uint32_t(crc32(0, reinterpret_cast<const Bytef *>(checked.data()), uInt(checked.size()))));
}

/// PNG, RFC 2083: 8 bits of red, green and blue.
std::string encode(const Pixels &pixels)
{
    std::string header;
    addNumber(header, width);
    addNumber(header, height);
    header += std::string("\x08\x02\x00\x00\x00", 5);
    uLongf packedBytes = compressBound(uLong(pixels.bytes().size()));
    std::string packed(packedBytes, '\0');
    compress(reinterpret_cast<Bytef *>(packed.data()), &packedBytes,
             reinterpret_cast<const Bytef *>(pixels.bytes().data()), uLong(pixels.bytes().size()));
    packed.resize(packedBytes);
    std::string png("\x89PNG\r\n\x1a\n");
    addChunk(png, "IHDR", header);
    addChunk(png, "IDAT", packed);
    addChunk(png, "IEND", {});
    return png;
}

} // namespace

std::string chartPng(const NotifiedEpisode &episode)
{
    if (episode.points.size() < 2)
        return {};
    const Scale scale(episode);
    Pixels pixels;
    if (!episode.op.empty())
        drawThreshold(pixels, scale.y(episode.threshold));
    for (size_t i = 1; i < episode.points.size(); i++) {
        const auto &[fromMs, from] = episode.points[i - 1];
        const auto &[toMs, to] = episode.points[i];
        drawStroke(pixels, scale.x(fromMs), scale.y(from), scale.x(toMs), scale.y(to));
    }
    return encode(pixels);
}

} // namespace plimsoll::alerts
