#include "server/api/dashboards/Variables.h"

#include "storage/query/Duration.h"
#include "storage/query/Query.h"
#include "storage/query/StringText.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <functional>
#include <optional>

namespace plimsoll::api {

namespace {

constexpr int64_t usualScrapeMs = 15'000;

bool isNameStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool isNamePart(char c) { return isNameStart(c) || (c >= '0' && c <= '9'); }

/// A reference to a variable at the front of a text.
struct Reference
{
    size_t length = 0; ///< 0: there is none
    std::string name = {};
    std::string format = {}; ///< of Grafana: "regex" in `${host:regex}`
};

size_t nameLength(std::string_view text)
{
    if (text.empty() || !isNameStart(text[0]))
        return 0;
    return size_t(std::find_if_not(text.begin(), text.end(), isNamePart) - text.begin());
}

/// `name}`, `name:format}`, or the same with another closing.
Reference enclosed(std::string_view text, size_t opening, std::string_view closing)
{
    const std::string_view inside = text.substr(opening);
    const size_t end = inside.find(closing);
    const size_t length = nameLength(inside);
    if (end == std::string_view::npos || length == 0 || length > end)
        return {};
    const std::string_view rest = inside.substr(length, end - length);
    if (!rest.empty() && rest[0] != ':')
        return {};
    return {opening + end + closing.size(), std::string(inside.substr(0, length)),
            std::string(rest.empty() ? rest : rest.substr(1))};
}

Reference referenceAt(std::string_view text)
{
    if (text.starts_with("${"))
        return enclosed(text, 2, "}");
    if (text.starts_with("[["))
        return enclosed(text, 2, "]]");
    if (!text.starts_with('$'))
        return {};
    const size_t length = nameLength(text.substr(1));
    return length == 0 ? Reference() : Reference{length + 1, std::string(text.substr(1, length))};
}

enum class Forms { Ours, AlsoBrackets };

/// Cuts a text into plain runs and references to what `known` says is a variable.
void eachPart(std::string_view text, const std::function<bool(const std::string &)> &known,
              const std::function<void(std::string_view)> &plain,
              const std::function<void(std::string_view, const Reference &)> &variable,
              Forms forms = Forms::Ours)
{
    size_t begun = 0;
    for (size_t at = 0; at < text.size();) {
        const bool mayBegin = text[at] == '$' || (forms == Forms::AlsoBrackets && text[at] == '[');
        const Reference found = mayBegin ? referenceAt(text.substr(at)) : Reference();
        if (found.length == 0 || !known(found.name)) {
            at++;
            continue;
        }
        if (at > begun)
            plain(text.substr(begun, at - begun));
        variable(text.substr(at, found.length), found);
        at += found.length;
        begun = at;
    }
    if (begun < text.size())
        plain(text.substr(begun));
}

enum class Operator { None, Equal, NotEqual, Matches, NotMatches };

constexpr bool isRegex(Operator op) { return op == Operator::Matches || op == Operator::NotMatches; }
constexpr std::string_view regexOf(Operator op) { return op == Operator::Equal ? "=~" : "!~"; }

/// A stretch of an expression.
struct Piece
{
    enum class Kind { Code, String, Comment };
    Kind kind = Kind::Code;
    std::string_view text;
    std::string content = {};         ///< of a string, decoded
    Operator before = Operator::None; ///< of a string: the matcher's
    size_t operatorLength = 0;        ///< from the operator to the string
};

/// The operator of a label matcher with which code ends.
std::pair<Operator, size_t> operatorAtEnd(std::string_view code)
{
    const size_t last = code.find_last_not_of(" \t\r\n");
    if (last == std::string_view::npos)
        return {Operator::None, 0};
    const std::string_view upTo = code.substr(0, last + 1);
    constexpr std::array<std::pair<std::string_view, Operator>, 4> operators{{{"=~", Operator::Matches},
                                                                              {"!~", Operator::NotMatches},
                                                                              {"!=", Operator::NotEqual},
                                                                              {"=", Operator::Equal}}};
    for (const auto &[sign, op] : operators) {
        if (upTo.ends_with(sign))
            return {op, code.size() - (upTo.size() - sign.size())};
    }
    return {Operator::None, 0};
}

/// A string that is not closed, or otherwise broken, is code: the parser says what is wrong.
std::vector<Piece> piecesOf(std::string_view expr)
{
    std::vector<Piece> pieces;
    size_t begun = 0;
    const auto addCode = [&](size_t end) {
        if (end > begun)
            pieces.push_back({Piece::Kind::Code, expr.substr(begun, end - begun)});
    };
    for (size_t at = 0; at < expr.size();) {
        const char c = expr[at];
        if (c == '#') {
            addCode(at);
            const size_t end = std::min(expr.find('\n', at), expr.size());
            pieces.push_back({Piece::Kind::Comment, expr.substr(at, end - at)});
            at = begun = end;
            continue;
        }
        if (c != '"' && c != '\'' && c != '`') {
            at++;
            continue;
        }
        promql::StringText read = promql::readString(expr.substr(at));
        if (!read.error.empty() || read.length == 0)
            break;
        const auto [op, length] = operatorAtEnd(expr.substr(begun, at - begun));
        addCode(at);
        pieces.push_back(
            {Piece::Kind::String, expr.substr(at, read.length), std::move(read.content), op, length});
        at += read.length;
        begun = at;
    }
    addCode(expr.size());
    return pieces;
}

std::string quoted(std::string_view content)
{
    std::string out = "\"";
    for (const char c : content) {
        if (c == '\n') {
            out += "\\n";
            continue;
        }
        if (c == '"' || c == '\\')
            out += '\\';
        out += c;
    }
    return out + '"';
}

std::string joined(const std::vector<std::string> &values)
{
    std::string out;
    for (const std::string &value : values)
        out += (out.empty() ? "" : "|") + value;
    return out;
}

std::string regexFor(const VariableChoice &choice)
{
    if (choice.all)
        return ".*";
    std::vector<std::string> patterns;
    for (const std::string &value : choice.values)
        patterns.push_back(RE2::QuoteMeta(value));
    return patterns.size() == 1 ? patterns[0] : '(' + joined(patterns) + ')';
}

std::string textFor(const VariableChoice &choice) { return choice.all ? ".*" : joined(choice.values); }

/// Puts the choices into one expression.
class Substitution
{
public:
    Substitution(const VariableChoices &choices, QueryWindow window)
        : m_choices(choices)
    {
        const int64_t step = std::max<int64_t>(window.stepMs, 1);
        const int64_t range = std::max<int64_t>(window.rangeMs, 1);
        m_own = {
            {"__interval", promql::formatDuration(step)},
            {"__interval_ms", std::to_string(step)},
            {"__rate_interval", promql::formatDuration(std::max(4 * usualScrapeMs, step + usualScrapeMs))},
            {"__range", promql::formatDuration(range)},
            {"__range_ms", std::to_string(range)},
            {"__range_s", std::to_string(range / 1000)}};
    }

    Result<std::string> of(std::string_view expr)
    {
        for (const Piece &piece : piecesOf(expr)) {
            if (piece.kind == Piece::Kind::String)
                addString(piece);
            else if (piece.kind == Piece::Kind::Code)
                addCode(piece.text);
            else
                m_out += piece.text;
        }
        if (m_failure)
            return *m_failure;
        return std::move(m_out);
    }

private:
    bool known(const std::string &name) const { return m_choices.contains(name) || m_own.contains(name); }

    void eachPartOf(std::string_view text, const std::function<void(std::string_view)> &plain,
                    const std::function<void(const VariableChoice &, const std::string &name)> &variable)
    {
        eachPart(
            text, [this](const std::string &name) { return known(name); }, plain,
            [&](std::string_view, const Reference &reference) {
                const auto own = m_own.find(reference.name);
                variable(own == m_own.end() ? m_choices.at(reference.name) : VariableChoice{{own->second}},
                         reference.name);
            });
    }

    void addCode(std::string_view code)
    {
        eachPartOf(
            code, [this](std::string_view plain) { m_out += plain; },
            [this](const VariableChoice &choice, const std::string &name) { addWord(choice, name); });
    }

    void addWord(const VariableChoice &choice, const std::string &name)
    {
        const bool plain = !choice.all && choice.values.size() == 1 && !choice.values[0].empty() &&
                           std::all_of(choice.values[0].begin(), choice.values[0].end(),
                                       [](char c) { return isNamePart(c) || c == ':' || c == '.'; });
        if (plain)
            m_out += choice.values[0];
        else if (!m_failure)
            m_failure = Error{ErrorCode::Unprocessable,
                              "$" + name + " stands outside quotes, where it can only be one plain word.",
                              "Choose one value of letters, digits, _, : and dots."};
    }

    void addString(const Piece &piece)
    {
        bool refers = false;
        bool several = false;
        eachPartOf(
            piece.content, [](std::string_view) {},
            [&](const VariableChoice &choice, const std::string &) {
                refers = true;
                several = several || choice.all || choice.values.size() > 1;
            });
        if (!refers) {
            m_out += piece.text;
            return;
        }
        Operator op = piece.before;
        const bool widens = several && (op == Operator::Equal || op == Operator::NotEqual);
        if (widens)
            m_out.replace(m_out.size() - piece.operatorLength, piece.operatorLength, regexOf(op));
        const bool regex = widens || isRegex(op);
        std::string content;
        eachPartOf(
            piece.content,
            [&](std::string_view plain) {
                content += widens ? RE2::QuoteMeta(std::string(plain)) : std::string(plain);
            },
            [&](const VariableChoice &choice, const std::string &) {
                content += regex ? regexFor(choice) : textFor(choice);
            });
        m_out += quoted(content);
    }

    const VariableChoices &m_choices;
    std::map<std::string, std::string> m_own;
    std::string m_out;
    std::optional<Error> m_failure;
};

bool isOwn(const std::string &name)
{
    return name == "__interval" || name == "__interval_ms" || name == "__rate_interval" ||
           name == "__range" || name == "__range_ms" || name == "__range_s";
}

/// What a variable outside strings may stand for.
enum class StandIn { Word, Number };

std::string padded(std::string text, size_t length)
{
    text.resize(std::max(length, text.size()), ' ');
    return text;
}

/// A text of the same length that parses where the reference stands, so that positions stay right. Between
/// brackets that is a duration.
std::string standIn(const Reference &reference, StandIn kind, bool inBrackets, bool gluedToWord)
{
    if (gluedToWord)
        return std::string(reference.length, 'x');
    if (inBrackets || reference.name == "__interval" || reference.name == "__rate_interval" ||
        reference.name == "__range")
        return padded("5m", reference.length);
    if (kind == StandIn::Number || reference.name.starts_with("__"))
        return padded("1", reference.length);
    return std::string(reference.length, 'x');
}

class Rehearsal
{
public:
    Rehearsal(const std::set<std::string> &variables, StandIn kind)
        : m_variables(variables)
        , m_kind(kind)
    {
    }

    std::string of(std::string_view expr)
    {
        for (const Piece &piece : piecesOf(expr)) {
            const bool string = piece.kind == Piece::Kind::String;
            if (piece.kind == Piece::Kind::Comment) {
                m_out += piece.text;
                continue;
            }
            eachPart(
                piece.text, [this](const std::string &name) { return known(name); },
                [&](std::string_view plain) { add(plain, !string); },
                [&](std::string_view text, const Reference &reference) {
                    const char next = text.data() + text.size() < expr.data() + expr.size()
                                          ? text.data()[text.size()]
                                          : ' ';
                    m_out += string ? std::string(reference.length, 'x')
                                    : standIn(reference, m_kind, m_brackets > 0, glued(next));
                });
        }
        return std::move(m_out);
    }

private:
    bool known(const std::string &name) const { return m_variables.contains(name) || isOwn(name); }
    bool glued(char next) const
    {
        const bool before = !m_out.empty() && (isNamePart(m_out.back()) || m_out.back() == ':');
        return m_brackets == 0 && (before || isNamePart(next));
    }
    void add(std::string_view plain, bool isCode)
    {
        m_out += plain;
        if (isCode)
            m_brackets += int(std::count(plain.begin(), plain.end(), '[')) -
                          int(std::count(plain.begin(), plain.end(), ']'));
    }

    const std::set<std::string> &m_variables;
    const StandIn m_kind;
    int m_brackets = 0;
    std::string m_out;
};

Result<Query> rehearsed(std::string_view expr, const std::set<std::string> &variables)
{
    auto asWord = Query::parse(Rehearsal(variables, StandIn::Word).of(expr));
    if (asWord || variables.empty())
        return asWord;
    auto asNumber = Query::parse(Rehearsal(variables, StandIn::Number).of(expr));
    return asNumber ? std::move(asNumber) : std::move(asWord);
}

void collect(const promql::Expr &expr, std::set<std::string> &names);

void collectSelector(const promql::VectorSelector &selector, std::set<std::string> &names)
{
    for (const Matcher &matcher : selector.matchers) {
        if (matcher.name == "__name__" && matcher.op == Matcher::Op::Equal)
            names.insert(matcher.value);
    }
}

void collectPointer(const promql::ExprPtr &expr, std::set<std::string> &names)
{
    if (expr)
        collect(*expr, names);
}

void collect(const promql::Expr &expr, std::set<std::string> &names)
{
    if (const auto *selector = expr.as<promql::VectorSelector>())
        collectSelector(*selector, names);
    else if (const auto *range = expr.as<promql::RangeSelector>())
        collectPointer(range->selector, names);
    else if (const auto *subquery = expr.as<promql::Subquery>())
        collectPointer(subquery->expr, names);
    else if (const auto *unary = expr.as<promql::Unary>())
        collectPointer(unary->expr, names);
    else if (const auto *paren = expr.as<promql::Paren>())
        collectPointer(paren->expr, names);
    else if (const auto *aggregation = expr.as<promql::Aggregation>()) {
        collectPointer(aggregation->parameter, names);
        collectPointer(aggregation->expr, names);
    } else if (const auto *binary = expr.as<promql::Binary>()) {
        collectPointer(binary->left, names);
        collectPointer(binary->right, names);
    } else if (const auto *call = expr.as<promql::Call>()) {
        for (const promql::ExprPtr &argument : call->arguments)
            collectPointer(argument, names);
    }
}

} // namespace

Result<std::string> substituted(std::string_view expr, const VariableChoices &choices, QueryWindow window)
{
    return Substitution(choices, window).of(expr);
}

Status checkExpression(std::string_view expr, const std::set<std::string> &variables)
{
    const auto parsed = rehearsed(expr, variables);
    return parsed ? Status() : Status(parsed.error());
}

/// A name that has a variable in it does not stand in the expression as it was parsed.
std::set<std::string> metricsIn(std::string_view expr, const std::set<std::string> &variables)
{
    std::set<std::string> names;
    if (const auto parsed = rehearsed(expr, variables))
        collect(parsed->root(), names);
    std::erase_if(names,
                  [expr](const std::string &name) { return expr.find(name) == std::string_view::npos; });
    return names;
}

std::string withPlainVariables(std::string_view text, std::set<std::string> *unknownFormats)
{
    std::string out;
    eachPart(
        text, [](const std::string &) { return true; }, [&](std::string_view plain) { out += plain; },
        [&](std::string_view written, const Reference &reference) {
            if (written.starts_with('$') && written[1] != '{') {
                out += written;
                return;
            }
            out += "${" + reference.name + '}';
            static const std::set<std::string> plainFormats{"", "regex", "pipe", "raw", "text", "glob"};
            if (unknownFormats && !plainFormats.contains(reference.format))
                unknownFormats->insert(reference.format);
        },
        Forms::AlsoBrackets);
    return out;
}

std::set<std::string> variablesIn(std::string_view text)
{
    std::set<std::string> names;
    eachPart(
        text, [](const std::string &) { return true; }, [](std::string_view) {},
        [&](std::string_view, const Reference &reference) { names.insert(reference.name); },
        Forms::AlsoBrackets);
    return names;
}

} // namespace plimsoll::api
