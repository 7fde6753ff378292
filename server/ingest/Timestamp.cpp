#include "server/ingest/Timestamp.h"

#include <chrono>
#include <cmath>

namespace plimsoll::ingest {
namespace {

/// Takes numbers of a fixed width off the front of a text; remembers whether all was well.
class Fields
{
public:
    explicit Fields(std::string_view text)
        : m_text(text)
    {
    }

    int digits(size_t count)
    {
        int number = 0;
        for (size_t i = 0; i < count; i++) {
            const char c = peek(i);
            if (c < '0' || c > '9')
                m_ok = false;
            number = number * 10 + (c - '0');
        }
        m_text.remove_prefix(std::min(count, m_text.size()));
        return m_ok ? number : 0;
    }
    char one(std::string_view allowed)
    {
        const char c = peek(0);
        m_ok = m_ok && !m_text.empty() && allowed.find(c) != std::string_view::npos;
        m_text.remove_prefix(std::min<size_t>(1, m_text.size()));
        return c;
    }
    char peek(size_t i) const { return i < m_text.size() ? m_text[i] : '\0'; }
    bool finished() const { return m_ok && m_text.empty(); }

private:
    std::string_view m_text;
    bool m_ok = true;
};

int fractionMs(Fields &fields)
{
    if (fields.peek(0) != '.')
        return 0;
    fields.one(".");
    int ms = fields.digits(1) * 100;
    for (int scale = 10; fields.peek(0) >= '0' && fields.peek(0) <= '9'; scale /= 10)
        ms += fields.digits(1) * scale;
    return ms;
}

std::optional<int> offsetMinutes(Fields &fields)
{
    const char sign = fields.one("Zz+-");
    if (sign == 'Z' || sign == 'z')
        return 0;
    const int hours = fields.digits(2);
    fields.one(":");
    const int minutes = fields.digits(2);
    if (hours > 23 || minutes > 59)
        return std::nullopt;
    return (sign == '-' ? -1 : 1) * (hours * 60 + minutes);
}

} // namespace

std::optional<int64_t> timestampFromNumber(double number)
{
    if (!(number >= 0) || number >= 1e14)
        return std::nullopt;
    return static_cast<int64_t>(std::llround(number < 1e11 ? number * 1000 : number));
}

std::optional<int64_t> timestampFromText(std::string_view text)
{
    using namespace std::chrono;
    Fields fields(text);
    const year y(fields.digits(4));
    fields.one("-");
    const month m(static_cast<unsigned>(fields.digits(2)));
    fields.one("-");
    const day d(static_cast<unsigned>(fields.digits(2)));
    fields.one("Tt ");
    const int hour = fields.digits(2);
    fields.one(":");
    const int minute = fields.digits(2);
    fields.one(":");
    const int second = fields.digits(2);
    const int ms = fractionMs(fields);
    const auto offset = offsetMinutes(fields);
    const year_month_day date = y / m / d;
    if (!fields.finished() || !offset || !date.ok() || hour > 23 || minute > 59 || second > 60)
        return std::nullopt;
    const int64_t days = sys_days(date).time_since_epoch().count();
    const int64_t minutes = days * 1440 + hour * 60 + minute - *offset;
    return (minutes * 60 + std::min(second, 59)) * 1000 + ms;
}

} // namespace plimsoll::ingest
