#include "server/ingest/OtlpNames.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace plimsoll::ingest {
namespace {

using Word = std::pair<std::string_view, std::string_view>;

constexpr Word units[] = {{"d", "days"},
                          {"h", "hours"},
                          {"min", "minutes"},
                          {"s", "seconds"},
                          {"ms", "milliseconds"},
                          {"us", "microseconds"},
                          {"ns", "nanoseconds"},
                          {"By", "bytes"},
                          {"KiBy", "kibibytes"},
                          {"MiBy", "mebibytes"},
                          {"GiBy", "gibibytes"},
                          {"TiBy", "tibibytes"},
                          {"KBy", "kilobytes"},
                          {"MBy", "megabytes"},
                          {"GBy", "gigabytes"},
                          {"TBy", "terabytes"},
                          {"m", "meters"},
                          {"V", "volts"},
                          {"A", "amperes"},
                          {"J", "joules"},
                          {"W", "watts"},
                          {"g", "grams"},
                          {"Cel", "celsius"},
                          {"Hz", "hertz"},
                          {"1", ""},
                          {"%", "percent"}};
constexpr Word unitsOfOne[] = {{"s", "second"}, {"m", "minute"}, {"h", "hour"}, {"d", "day"},
                               {"w", "week"},   {"mo", "month"}, {"y", "year"}};

bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool isWordCharacter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || isDigit(c) || c == ':';
}

/// The runs of characters that may stand in a name.
std::vector<std::string> wordsOf(std::string_view text)
{
    std::vector<std::string> words;
    bool inWord = false;
    for (const char c : text) {
        const bool fits = isWordCharacter(c);
        if (fits && !inWord)
            words.emplace_back();
        if (fits)
            words.back() += c;
        inWord = fits;
    }
    return words;
}

std::string joined(const std::vector<std::string> &words)
{
    std::string out;
    for (const std::string &word : words)
        (out += out.empty() ? "" : "_") += word;
    return out;
}

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view blanks = " \t\r\n\v\f";
    const size_t begin = text.find_first_not_of(blanks);
    return begin == std::string_view::npos ? std::string_view()
                                           : text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

/// A unit spelled out; notes in braces are none.
template<size_t N>
std::string spelled(std::string_view unit, const Word (&known)[N])
{
    if (unit.find_first_of("{}") != std::string_view::npos)
        return {};
    const auto *const found = std::find_if(known, known + N, [&](const Word &w) { return w.first == unit; });
    return joined(wordsOf(found == known + N ? unit : found->second));
}

void addWord(std::vector<std::string> &words, std::string word)
{
    if (!word.empty() && std::find(words.begin(), words.end(), word) == words.end())
        words.push_back(std::move(word));
}

void moveToEnd(std::vector<std::string> &words, const char *word)
{
    std::erase(words, word);
    words.emplace_back(word);
}

} // namespace

std::string otlpMetricName(std::string_view name, std::string_view unit, OtlpNaming naming)
{
    std::vector<std::string> words = wordsOf(name);
    const size_t slash = unit.find('/');
    const std::string_view main = trimmed(unit.substr(0, slash));
    const std::string_view per =
        slash == std::string_view::npos ? std::string_view() : trimmed(unit.substr(slash + 1));
    addWord(words, spelled(main, units));
    const std::string ofOne = spelled(per, unitsOfOne);
    addWord(words, ofOne.empty() ? std::string() : "per_" + ofOne);
    if (naming == OtlpNaming::MonotonicSum)
        moveToEnd(words, "total");
    if (naming == OtlpNaming::Gauge && unit == "1")
        moveToEnd(words, "ratio");
    std::string out = joined(words);
    return !out.empty() && isDigit(out.front()) ? '_' + out : out;
}

std::string otlpLabelName(std::string_view attribute)
{
    std::string out;
    bool any = false;
    for (const char c : attribute) {
        const bool fits = isWordCharacter(c) && c != ':';
        any = any || fits;
        if (fits || !out.ends_with('_'))
            out += fits ? c : '_';
    }
    if (!any)
        return {};
    if (isDigit(out.front()))
        return "key_" + out;
    return out.front() == '_' ? "key" + out : out;
}

} // namespace plimsoll::ingest
