#include "alerts/Duration.h"
#include "alerts/templates/Functions.h"
#include "alerts/templates/GoPrintf.h"
#include "alerts/templates/GoText.h"

#include <QString>

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace plimsoll::alerts::templates {

namespace {

Error wrongType(const char *expected, const Value &value)
{
    return functionFailed(std::string("expected ") + expected + ", got " + value.typeName());
}

/// The number that a value is, or that its text says.
Result<double> numberOf(const Value &value)
{
    if (value.real())
        return *value.real();
    if (value.integer())
        return double(*value.integer());
    if (value.span())
        return double(value.span()->nanoseconds) / 1e9;
    if (!value.text())
        return functionFailed("can't convert " + value.typeName() + " to float");
    std::string_view text = *value.text();
    if (text.starts_with('+'))
        text.remove_prefix(1);
    double number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc() || end != text.data() + text.size())
        return functionFailed("parsing " + goQuoted(*value.text()) + ": it is not a number");
    return number;
}

const Value *fieldOf(const Value &sample, const char *name)
{
    const Table *table = sample.table();
    if (!table || table->missing != Table::Missing::Failure)
        return nullptr;
    const auto found = table->entries.find(name);
    return found == table->entries.end() ? nullptr : &found->second;
}

std::string labelOf(const Value &sample, const std::string &name)
{
    const Value *labels = fieldOf(sample, "Labels");
    const Table *table = labels ? labels->table() : nullptr;
    const auto found = table ? table->entries.find(name) : std::map<std::string, Value>::const_iterator();
    return table && found != table->entries.end() ? found->second.print() : std::string();
}

Result<Value> query(const Call &call)
{
    if (!call.arguments[0].text())
        return wrongType("string", call.arguments[0]);
    Result<List> found = call.surroundings.query
                             ? call.surroundings.query(*call.arguments[0].text())
                             : Result<List>(functionFailed("queries cannot be made here"));
    if (!found)
        return found.error();
    return Value(*std::move(found));
}

Result<Value> first(const Call &call)
{
    const List *list = call.arguments[0].list();
    if (!list)
        return wrongType("a vector", call.arguments[0]);
    if (list->empty())
        return functionFailed("first() called on vector with no elements");
    return list->front();
}

Result<Value> label(const Call &call)
{
    if (!call.arguments[0].text())
        return wrongType("string", call.arguments[0]);
    if (!fieldOf(call.arguments[1], "Labels"))
        return wrongType("a sample", call.arguments[1]);
    return Value(labelOf(call.arguments[1], *call.arguments[0].text()));
}

Result<Value> value(const Call &call)
{
    const Value *found = fieldOf(call.arguments[0], "Value");
    return found ? Result<Value>(*found) : Result<Value>(wrongType("a sample", call.arguments[0]));
}

Result<Value> strvalue(const Call &call)
{
    if (!fieldOf(call.arguments[0], "Labels"))
        return wrongType("a sample", call.arguments[0]);
    return Value(labelOf(call.arguments[0], "__value__"));
}

Result<Value> args(const Call &call)
{
    Table table;
    table.missing = Table::Missing::NoValue;
    for (size_t i = 0; i < call.arguments.size(); i++)
        table.entries.emplace("arg" + std::to_string(i), call.arguments[i]);
    return Value(std::move(table));
}

Result<Value> sortByLabel(const Call &call)
{
    if (!call.arguments[0].text())
        return wrongType("string", call.arguments[0]);
    if (!call.arguments[1].list())
        return wrongType("a vector", call.arguments[1]);
    List sorted = *call.arguments[1].list();
    const std::string name = *call.arguments[0].text();
    std::stable_sort(sorted.begin(), sorted.end(),
                     [&](const Value &a, const Value &b) { return labelOf(a, name) < labelOf(b, name); });
    return Value(std::move(sorted));
}

/// Go's Expand: $1, $name, ${name} and $$.
std::string expandGroups(std::string_view form, const re2::RE2 &pattern,
                         std::span<const re2::StringPiece> groups)
{
    std::string text;
    while (!form.empty()) {
        const size_t dollar = std::min(form.find('$'), form.size());
        text.append(form.substr(0, dollar));
        form.remove_prefix(dollar);
        if (form.size() < 2) {
            text.append(form);
            break;
        }
        if (form[1] == '$') {
            text.push_back('$');
            form.remove_prefix(2);
            continue;
        }
        const bool braced = form[1] == '{';
        const size_t begin = braced ? 2 : 1;
        size_t end = begin;
        while (end < form.size() && (std::isalnum(uint8_t(form[end])) || form[end] == '_'))
            end++;
        if (end == begin || (braced && (end >= form.size() || form[end] != '}'))) {
            text.push_back('$');
            form.remove_prefix(1);
            continue;
        }
        const std::string name(form.substr(begin, end - begin));
        size_t group = groups.size();
        const auto [rest, failure] = std::from_chars(name.data(), name.data() + name.size(), group);
        if (failure != std::errc() || rest != name.data() + name.size()) {
            const auto named = pattern.NamedCapturingGroups().find(name);
            group = named == pattern.NamedCapturingGroups().end() ? groups.size() : size_t(named->second);
        }
        if (group < groups.size() && groups[group].data())
            text.append(groups[group].data(), groups[group].size());
        form.remove_prefix(end + (braced ? 1 : 0));
    }
    return text;
}

Result<Value> replaceAll(const re2::RE2 &pattern, std::string_view form, std::string_view subject)
{
    std::vector<re2::StringPiece> groups(size_t(pattern.NumberOfCapturingGroups()) + 1);
    const re2::StringPiece whole(subject.data(), subject.size());
    std::string text;
    size_t at = 0;
    size_t copied = 0;
    while (at <= subject.size() && pattern.Match(whole, at, subject.size(), re2::RE2::UNANCHORED,
                                                 groups.data(), int(groups.size()))) {
        const auto begin = size_t(groups[0].data() - subject.data());
        const size_t end = begin + groups[0].size();
        text.append(subject.substr(copied, begin - copied));
        if (end > copied || begin == 0) // not an empty match right after another
            text.append(expandGroups(form, pattern, groups));
        copied = end;
        at = end > begin ? end : end + std::max<size_t>(utf8Length(subject.substr(end)), 1);
        if (text.size() > 1'000'000)
            return functionFailed("the text became too long");
    }
    if (copied < subject.size())
        text.append(subject.substr(copied));
    return Value(std::move(text));
}

Result<std::unique_ptr<re2::RE2>> compile(const std::string &pattern)
{
    re2::RE2::Options options;
    options.set_log_errors(false);
    auto compiled = std::make_unique<re2::RE2>(pattern, options);
    if (!compiled->ok())
        return functionFailed("error parsing regexp: " + compiled->error());
    return compiled;
}

Result<Value> reReplaceAll(const Call &call)
{
    for (const Value &argument : call.arguments) {
        if (!argument.text())
            return wrongType("string", argument);
    }
    const auto pattern = compile(*call.arguments[0].text());
    if (!pattern)
        return pattern.error();
    return replaceAll(**pattern, *call.arguments[1].text(), *call.arguments[2].text());
}

Result<Value> match(const Call &call)
{
    for (const Value &argument : call.arguments) {
        if (!argument.text())
            return wrongType("string", argument);
    }
    const auto pattern = compile(*call.arguments[0].text());
    if (!pattern)
        return pattern.error();
    return Value(re2::RE2::PartialMatch(*call.arguments[1].text(), **pattern));
}

template<typename Change>
Result<Value> changedText(const Call &call, Change change)
{
    if (!call.arguments[0].text())
        return wrongType("string", call.arguments[0]);
    return Value(change(*call.arguments[0].text()));
}

Result<Value> unchanged(const Call &call)
{
    return changedText(call, [](const std::string &text) { return text; });
}

Result<Value> title(const Call &call)
{
    return changedText(call, [](std::string text) {
        bool inWord = false;
        for (char &c : text) {
            if (!inWord)
                c = char(std::toupper(uint8_t(c)));
            inWord = std::isalnum(uint8_t(c)) || c == '_' || uint8_t(c) >= 0x80;
        }
        return text;
    });
}

Result<Value> toUpper(const Call &call)
{
    return changedText(
        call, [](const std::string &text) { return QString::fromStdString(text).toUpper().toStdString(); });
}

Result<Value> toLower(const Call &call)
{
    return changedText(
        call, [](const std::string &text) { return QString::fromStdString(text).toLower().toStdString(); });
}

/// Host and port of "host:port" or "[host]:port"; nothing for anything else.
std::optional<std::pair<std::string, std::string>> splitHostPort(const std::string &text)
{
    const size_t colon = text.rfind(':');
    if (colon == std::string::npos)
        return {};
    std::string host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']'))
        return std::pair(host.substr(1, host.size() - 2), text.substr(colon + 1));
    if (host.find_first_of(":[]") != std::string::npos)
        return {};
    return std::pair(std::move(host), text.substr(colon + 1));
}

Result<Value> stripPort(const Call &call)
{
    return changedText(call, [](const std::string &text) {
        const auto split = splitHostPort(text);
        return split ? split->first : text;
    });
}

bool isAddress(const std::string &host)
{
    return host.find(':') != std::string::npos || host.find_first_not_of("0123456789.") == std::string::npos;
}

Result<Value> stripDomain(const Call &call)
{
    return changedText(call, [](const std::string &text) {
        const auto split = splitHostPort(text);
        const std::string host = split ? split->first : text;
        if (isAddress(host))
            return text;
        std::string shortened = host.substr(0, host.find('.'));
        return split ? shortened + ":" + split->second : shortened;
    });
}

std::string significant(double number) { return goFloat(number, 'g', 4); }

Result<Value> humanizeBy(const Call &call, double step, std::span<const char *const> large,
                         std::span<const char *const> small)
{
    const Result<double> given = numberOf(call.arguments[0]);
    if (!given)
        return given.error();
    double number = *given;
    if (number == 0 || !std::isfinite(number))
        return Value(significant(number));
    const char *prefix = "";
    if (std::abs(number) >= 1) {
        for (const char *next : large) {
            if (std::abs(number) < step)
                break;
            prefix = next;
            number /= step;
        }
    } else {
        for (const char *next : small) {
            if (std::abs(number) >= 1)
                break;
            prefix = next;
            number *= step;
        }
    }
    return Value(significant(number) + prefix);
}

constexpr std::array<const char *, 8> largePrefixes{"k", "M", "G", "T", "P", "E", "Z", "Y"};
constexpr std::array<const char *, 8> smallPrefixes{"m", "u", "n", "p", "f", "a", "z", "y"};
constexpr std::array<const char *, 8> binaryPrefixes{"ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"};

Result<Value> humanize(const Call &call) { return humanizeBy(call, 1000, largePrefixes, smallPrefixes); }

Result<Value> humanize1024(const Call &call) { return humanizeBy(call, 1024, binaryPrefixes, {}); }

Result<Value> humanizePercentage(const Call &call)
{
    const Result<double> number = numberOf(call.arguments[0]);
    if (!number)
        return number.error();
    return Value(significant(*number * 100) + "%");
}

std::string longDuration(double seconds)
{
    const char *sign = seconds < 0 ? "-" : "";
    seconds = std::abs(seconds);
    const auto whole = int64_t(std::min(seconds, 9e18));
    const std::string rest = std::to_string(whole % 60) + "s";
    const std::string minutes = std::to_string(whole / 60 % 60) + "m " + rest;
    const std::string hours = std::to_string(whole / 3600 % 24) + "h " + minutes;
    if (whole >= 86'400)
        return sign + std::to_string(whole / 86'400) + "d " + hours;
    if (whole >= 3600)
        return sign + hours;
    if (whole >= 60)
        return sign + minutes;
    return sign + significant(seconds) + "s";
}

Result<Value> humanizeDuration(const Call &call)
{
    const Result<double> seconds = numberOf(call.arguments[0]);
    if (!seconds)
        return seconds.error();
    if (!std::isfinite(*seconds))
        return Value(significant(*seconds));
    if (*seconds == 0)
        return Value(significant(*seconds) + "s");
    if (std::abs(*seconds) >= 1)
        return Value(longDuration(*seconds));
    Result<Value> small = humanizeBy(call, 1000, {}, smallPrefixes);
    return small ? Result<Value>(Value(*small->text() + "s")) : small;
}

Result<int64_t> nanosecondsOf(const Value &value)
{
    const Result<double> seconds = numberOf(value);
    if (!seconds)
        return seconds.error();
    const double nanoseconds = *seconds * 1e9;
    if (!(std::abs(nanoseconds) < 9.2e18))
        return functionFailed(value.print() + " cannot be represented as a nanoseconds timestamp since it "
                                              "overflows int64");
    return int64_t(nanoseconds);
}

/// A point in time, to the millisecond as Prometheus keeps them.
Result<Value> toTime(const Call &call)
{
    const Result<int64_t> nanoseconds = nanosecondsOf(call.arguments[0]);
    if (!nanoseconds)
        return nanoseconds.error();
    return Value(Instant{*nanoseconds / 1'000'000 * 1'000'000});
}

Result<Value> humanizeTimestamp(const Call &call)
{
    const Result<double> seconds = numberOf(call.arguments[0]);
    if (seconds && !std::isfinite(*seconds))
        return Value(significant(*seconds));
    const Result<Value> time = toTime(call);
    return time ? Result<Value>(Value(time->print())) : time;
}

Result<Value> toDuration(const Call &call)
{
    const Result<int64_t> nanoseconds = nanosecondsOf(call.arguments[0]);
    if (!nanoseconds)
        return nanoseconds.error();
    return Value(Span{*nanoseconds});
}

Result<Value> parseDuration(const Call &call)
{
    if (!call.arguments[0].text())
        return wrongType("string", call.arguments[0]);
    const std::optional<int64_t> ms = parseDurationMs(*call.arguments[0].text());
    if (!ms)
        return functionFailed("not a valid duration string: " + goQuoted(*call.arguments[0].text()));
    return Value(double(*ms) / 1000);
}

Result<Value> now(const Call &call) { return Value(double(call.surroundings.nowMs) / 1000); }

Result<Value> externalUrl(const Call &call) { return Value(call.surroundings.externalUrl); }

Result<Value> pathPrefix(const Call &call)
{
    const std::string &url = call.surroundings.externalUrl;
    const size_t host = url.find("://");
    const size_t path = host == std::string::npos ? host : url.find('/', host + 3);
    return Value(path == std::string::npos ? std::string() : url.substr(path));
}

Result<Value> escapedQuery(const Call &call) { return findFunction("urlquery")->run(call); }

Result<Value> graphPath(const Call &call, const char *tab)
{
    const Result<Value> escaped = escapedQuery(call);
    if (!escaped)
        return escaped;
    return Value("/graph?g0.expr=" + *escaped->text() + "&g0.tab=" + tab);
}

Result<Value> graphLink(const Call &call) { return graphPath(call, "0"); }
Result<Value> tableLink(const Call &call) { return graphPath(call, "1"); }

constexpr std::array table{
    Function{"query", 1, 1, query},
    Function{"first", 1, 1, first},
    Function{"label", 2, 2, label},
    Function{"value", 1, 1, value},
    Function{"strvalue", 1, 1, strvalue},
    Function{"args", 0, Function::any, args},
    Function{"sortByLabel", 2, 2, sortByLabel},
    Function{"reReplaceAll", 3, 3, reReplaceAll},
    Function{"match", 2, 2, match},
    Function{"safeHtml", 1, 1, unchanged},
    Function{"title", 1, 1, title},
    Function{"toUpper", 1, 1, toUpper},
    Function{"toLower", 1, 1, toLower},
    Function{"stripPort", 1, 1, stripPort},
    Function{"stripDomain", 1, 1, stripDomain},
    Function{"humanize", 1, 1, humanize},
    Function{"humanize1024", 1, 1, humanize1024},
    Function{"humanizeDuration", 1, 1, humanizeDuration},
    Function{"humanizePercentage", 1, 1, humanizePercentage},
    Function{"humanizeTimestamp", 1, 1, humanizeTimestamp},
    Function{"toTime", 1, 1, toTime},
    Function{"toDuration", 1, 1, toDuration},
    Function{"parseDuration", 1, 1, parseDuration},
    Function{"now", 0, 0, now},
    Function{"externalURL", 0, 0, externalUrl},
    Function{"pathPrefix", 0, 0, pathPrefix},
    Function{"urlQueryEscape", 1, 1, escapedQuery},
    Function{"graphLink", 1, 1, graphLink},
    Function{"tableLink", 1, 1, tableLink},
};

} // namespace

std::span<const Function> prometheusFunctions() { return table; }

Value makeSample(const std::map<std::string, std::string> &labels, double value)
{
    Table named;
    for (const auto &[name, text] : labels)
        named.entries.emplace(name, text);
    Table sample;
    sample.missing = Table::Missing::Failure;
    sample.entries.emplace("Labels", std::move(named));
    sample.entries.emplace("Value", value);
    return sample;
}

} // namespace plimsoll::alerts::templates
