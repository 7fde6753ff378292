#include "server/api/MetricSearch.h"

#include <algorithm>
#include <array>

namespace plimsoll::api {

namespace {

constexpr size_t longestCompared = 64;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lowered(std::string_view text)
{
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), lower);
    return out;
}

bool isWordLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool beginsWord(std::string_view name, size_t position)
{
    return position == 0 || !isWordLetter(name[position - 1]);
}

/// True where `typed` begins some word of `name`.
bool beginsSomeWord(std::string_view typed, std::string_view name)
{
    for (size_t at = name.find(typed); at != std::string_view::npos; at = name.find(typed, at + 1))
        if (beginsWord(name, at))
            return true;
    return false;
}

/// The letters skipped between the first and the last letter of `typed` in `name`, or nothing if they are not
/// in order.
std::optional<int> gaps(std::string_view typed, std::string_view name)
{
    size_t at = 0;
    size_t first = 0;
    for (size_t i = 0; i < typed.size(); i++) {
        at = name.find(typed[i], at);
        if (at == std::string_view::npos)
            return std::nullopt;
        if (i == 0)
            first = at;
        at++;
    }
    return static_cast<int>(at - first - typed.size());
}

/// A name that holds what was typed is as close as one wrong letter, each letter left out as one more.
size_t distanceOfRank(std::optional<int> rank)
{
    if (!rank || *rank >= 1000)
        return longestCompared;
    return *rank < 100 ? 1 : static_cast<size_t>(*rank - 100 + 1);
}

size_t toleratedDistance(std::string_view wanted) { return std::max<size_t>(2, wanted.size() / 3); }

} // namespace

size_t editDistance(std::string_view a, std::string_view b)
{
    const std::string left = lowered(a.substr(0, longestCompared));
    const std::string right = lowered(b.substr(0, longestCompared));
    using Row = std::array<size_t, longestCompared + 1>;
    Row beforeLast{};
    Row last{};
    Row current{};
    for (size_t j = 0; j <= right.size(); j++)
        last[j] = j;
    for (size_t i = 1; i <= left.size(); i++) {
        current[0] = i;
        for (size_t j = 1; j <= right.size(); j++) {
            current[j] =
                std::min({last[j] + 1, current[j - 1] + 1, last[j - 1] + (left[i - 1] != right[j - 1])});
            if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                current[j] = std::min(current[j], beforeLast[j - 2] + 1);
        }
        beforeLast = last;
        last = current;
    }
    return last[right.size()];
}

std::vector<std::string> closeNames(std::string_view wanted, const std::vector<std::string> &names,
                                    size_t limit)
{
    std::vector<std::pair<size_t, std::string>> found;
    for (const std::string &name : names) {
        const size_t distance =
            std::min(editDistance(wanted, name), distanceOfRank(searchRank(wanted, name)));
        if (distance <= toleratedDistance(wanted))
            found.emplace_back(distance, name);
    }
    std::sort(found.begin(), found.end());
    std::vector<std::string> close;
    for (size_t i = 0; i < std::min(limit, found.size()); i++)
        close.push_back(std::move(found[i].second));
    return close;
}

std::optional<int> searchRank(std::string_view typed, std::string_view name)
{
    const std::string wanted = lowered(typed);
    const std::string text = lowered(name);
    if (wanted == text)
        return 0;
    if (text.starts_with(wanted))
        return 10;
    if (beginsSomeWord(wanted, text))
        return 20;
    if (text.find(wanted) != std::string::npos)
        return 30;
    if (const auto skipped = gaps(wanted, text))
        return 100 + *skipped;
    const size_t distance = wanted.size() >= 4 ? editDistance(wanted, text) : longestCompared;
    return distance <= 2 ? std::optional(1000 + static_cast<int>(distance)) : std::nullopt;
}

} // namespace plimsoll::api
