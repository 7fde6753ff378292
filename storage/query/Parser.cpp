#include "storage/query/Parser.h"

#include "storage/query/Functions.h"

#include <re2/re2.h>

#include <algorithm>
#include <cmath>

namespace plimsoll::promql {

namespace {

constexpr int maxDepth = 256;
constexpr double maxTimeMs = 4.5e15; // 142,000 years, so that sums of times cannot overflow
constexpr int unaryPrecedence = 5;   // that of multiplication

std::string lowered(std::string_view text)
{
    std::string result(text);
    std::ranges::transform(result, result.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return result;
}

std::optional<AggregateOp> aggregateOf(std::string_view word)
{
    const std::string name = lowered(word);
    for (int op = 0; op <= static_cast<int>(AggregateOp::LimitRatio); op++) {
        if (aggregateOpName(static_cast<AggregateOp>(op)) == name)
            return static_cast<AggregateOp>(op);
    }
    return std::nullopt;
}

struct OperatorInfo
{
    BinaryOp op;
    int precedence;
};

std::optional<OperatorInfo> operatorOf(const Token &token)
{
    switch (token.kind) {
    case TokenKind::Plus:
        return OperatorInfo{BinaryOp::Add, 4};
    case TokenKind::Minus:
        return OperatorInfo{BinaryOp::Subtract, 4};
    case TokenKind::Times:
        return OperatorInfo{BinaryOp::Multiply, 5};
    case TokenKind::Divide:
        return OperatorInfo{BinaryOp::Divide, 5};
    case TokenKind::Modulo:
        return OperatorInfo{BinaryOp::Modulo, 5};
    case TokenKind::Power:
        return OperatorInfo{BinaryOp::Power, 6};
    case TokenKind::EqualEqual:
        return OperatorInfo{BinaryOp::Equal, 3};
    case TokenKind::NotEqual:
        return OperatorInfo{BinaryOp::NotEqual, 3};
    case TokenKind::Greater:
        return OperatorInfo{BinaryOp::Greater, 3};
    case TokenKind::GreaterEqual:
        return OperatorInfo{BinaryOp::GreaterOrEqual, 3};
    case TokenKind::Less:
        return OperatorInfo{BinaryOp::Less, 3};
    case TokenKind::LessEqual:
        return OperatorInfo{BinaryOp::LessOrEqual, 3};
    case TokenKind::Identifier:
        break;
    default:
        return std::nullopt;
    }
    const std::string word = lowered(token.text);
    if (word == "or")
        return OperatorInfo{BinaryOp::Or, 1};
    if (word == "and" || word == "unless")
        return OperatorInfo{word == "and" ? BinaryOp::And : BinaryOp::Unless, 2};
    if (word == "atan2")
        return OperatorInfo{BinaryOp::Atan2, 5};
    return std::nullopt;
}

/// Recursive descent with precedence climbing. The first failure sticks; after it every step is a no-op.
class Parser
{
public:
    explicit Parser(std::vector<Token> tokens)
        : m_tokens(std::move(tokens))
    {
    }

    Result<ExprPtr> run()
    {
        if (current().kind == TokenKind::End)
            return parseError(current().position, "no expression found in input");
        ExprPtr expr = binary(0);
        if (!m_failure && current().kind != TokenKind::End)
            unexpected("");
        if (m_failure)
            return *m_failure;
        return expr;
    }

    Result<std::vector<Matcher>> runSelector()
    {
        ExprPtr expr = primary();
        if (!m_failure && (current().kind != TokenKind::End || !expr->as<VectorSelector>()))
            unexpected("series selector");
        if (m_failure)
            return *m_failure;
        return std::move(expr->as<VectorSelector>()->matchers);
    }

private:
    const Token &current() const { return m_tokens[m_at]; }
    const Token &following() const { return m_tokens[std::min(m_at + 1, m_tokens.size() - 1)]; }
    bool is(TokenKind kind) const { return !m_failure && current().kind == kind; }
    bool isWord(std::string_view word) const
    {
        return is(TokenKind::Identifier) && lowered(current().text) == word;
    }
    void advance() { m_at = std::min(m_at + 1, m_tokens.size() - 1); }
    bool accept(TokenKind kind)
    {
        if (!is(kind))
            return false;
        advance();
        return true;
    }

    void fail(Position where, const std::string &message)
    {
        if (!m_failure)
            m_failure = parseError(where, message);
    }

    void unexpected(std::string_view context, std::string_view expected = {})
    {
        const Token &token = current();
        std::string what = token.kind == TokenKind::End          ? "end of input"
                           : token.kind == TokenKind::String     ? "string \"" + token.text + "\""
                           : token.kind == TokenKind::Number     ? "number \"" + token.text + "\""
                           : token.kind == TokenKind::Duration   ? "duration \"" + token.text + "\""
                           : token.kind == TokenKind::Identifier ? "identifier \"" + token.text + "\""
                                                                 : "\"" + token.text + "\"";
        std::string message = "unexpected " + what;
        if (!context.empty())
            message += " in " + std::string(context);
        if (!expected.empty())
            message += ", expected " + std::string(expected);
        fail(token.position, message);
    }

    bool expect(TokenKind kind, std::string_view context, std::string_view expected)
    {
        if (accept(kind))
            return true;
        unexpected(context, expected);
        return false;
    }

    template<typename Node>
    ExprPtr make(Position position, Node node)
    {
        auto expr = std::make_unique<Expr>();
        expr->node = std::move(node);
        expr->position = position;
        return expr;
    }
    ExprPtr nothing() { return make(current().position, NumberLiteral{}); }

    ExprPtr binary(int minPrecedence)
    {
        if (++m_depth > maxDepth) {
            fail(current().position, "the expression is nested too deeply");
            return nothing();
        }
        ExprPtr left = unary();
        while (!m_failure) {
            const auto info = operatorOf(current());
            if (!info || info->precedence < minPrecedence)
                break;
            advance();
            Binary node;
            node.op = info->op;
            modifiers(node);
            node.right = binary(info->op == BinaryOp::Power ? info->precedence : info->precedence + 1);
            const Position position = left->position;
            node.left = std::move(left);
            left = make(position, std::move(node));
        }
        m_depth--;
        return left;
    }

    void modifiers(Binary &node)
    {
        if (isSetOperator(node.op))
            node.matching.card = VectorMatching::Card::ManyToMany;
        if (isWord("bool")) {
            if (!isComparison(node.op))
                return fail(current().position, "bool modifier can only be used on comparison operators");
            node.returnBool = true;
            advance();
        }
        if (!isWord("on") && !isWord("ignoring"))
            return;
        node.hasMatching = true;
        node.matching.on = isWord("on");
        advance();
        node.matching.labels = labelList();
        const bool left = isWord("group_left");
        if (!left && !isWord("group_right"))
            return;
        if (isSetOperator(node.op))
            return fail(current().position,
                        "no grouping allowed for \"" + std::string(binaryOpName(node.op)) + "\" operation");
        node.matching.card = left ? VectorMatching::Card::ManyToOne : VectorMatching::Card::OneToMany;
        advance();
        if (is(TokenKind::LeftParen))
            node.matching.include = labelList();
    }

    std::vector<std::string> labelList()
    {
        std::vector<std::string> labels;
        expect(TokenKind::LeftParen, "grouping opts", "\"(\"");
        while (!m_failure && !is(TokenKind::RightParen)) {
            if (!is(TokenKind::Identifier) && !is(TokenKind::String)) {
                unexpected("grouping opts", "label");
                break;
            }
            labels.push_back(current().text);
            advance();
            if (!accept(TokenKind::Comma))
                break;
        }
        expect(TokenKind::RightParen, "grouping opts", "\",\" or \")\"");
        return labels;
    }

    ExprPtr unary()
    {
        if (!is(TokenKind::Plus) && !is(TokenKind::Minus))
            return postfix(primary());
        const Position position = current().position;
        const bool negative = is(TokenKind::Minus);
        advance();
        ExprPtr operand = binary(unaryPrecedence + 1);
        if (auto *number = operand->as<NumberLiteral>()) {
            number->value = negative ? -number->value : number->value;
            operand->position = position;
            return operand;
        }
        return make(position, Unary{negative, std::move(operand)});
    }

    ExprPtr primary()
    {
        const Token &token = current();
        const Position position = token.position;
        switch (m_failure ? TokenKind::End : token.kind) {
        case TokenKind::Number:
        case TokenKind::Duration: {
            NumberLiteral literal{token.number, token.kind == TokenKind::Duration};
            advance();
            return make(position, literal);
        }
        case TokenKind::String: {
            StringLiteral literal{token.text};
            advance();
            return make(position, std::move(literal));
        }
        case TokenKind::LeftParen: {
            advance();
            ExprPtr inner = binary(0);
            expect(TokenKind::RightParen, "paren expression", "\")\"");
            return make(position, Paren{std::move(inner)});
        }
        case TokenKind::LeftBrace:
        case TokenKind::MetricName:
            return selector();
        case TokenKind::Identifier:
            return identifier();
        default:
            break;
        }
        unexpected("");
        return nothing();
    }

    ExprPtr identifier()
    {
        const Token token = current();
        const TokenKind next = following().kind;
        const std::string nextWord =
            next == TokenKind::Identifier ? lowered(following().text) : std::string();
        const std::string word = lowered(token.text);
        const auto aggregate = aggregateOf(token.text);
        if (aggregate && (next == TokenKind::LeftParen || nextWord == "by" || nextWord == "without"))
            return aggregation(*aggregate);
        if (next == TokenKind::LeftParen)
            return call();
        if (word == "inf" || word == "nan") {
            advance();
            return make(token.position,
                        NumberLiteral{word == "inf" ? __builtin_inf() : __builtin_nan(""), false});
        }
        constexpr std::string_view reserved[] = {"and",         "or",   "unless",   "by",
                                                 "without",     "on",   "ignoring", "group_left",
                                                 "group_right", "bool", "atan2"};
        if (word != "bool" && std::ranges::find(reserved, word) != std::end(reserved) && operatorOf(token)) {
            unexpected("");
            return nothing();
        }
        return selector();
    }

    ExprPtr call()
    {
        const Token token = current();
        const FunctionRow *function = findFunction(token.text);
        if (!function) {
            fail(token.position, "unknown function with name \"" + token.text + "\"");
            return nothing();
        }
        advance();
        Call node;
        node.function = function;
        node.arguments = arguments();
        return make(token.position, std::move(node));
    }

    std::vector<ExprPtr> arguments()
    {
        std::vector<ExprPtr> result;
        expect(TokenKind::LeftParen, "function call", "\"(\"");
        while (!m_failure && !is(TokenKind::RightParen)) {
            result.push_back(binary(0));
            if (!accept(TokenKind::Comma))
                break;
            if (is(TokenKind::RightParen))
                fail(current().position, "trailing commas not allowed in function call args");
        }
        expect(TokenKind::RightParen, "function call", "\",\" or \")\"");
        return result;
    }

    ExprPtr aggregation(AggregateOp op)
    {
        const Position position = current().position;
        advance();
        Aggregation node;
        node.op = op;
        const bool before = grouping(node);
        auto args = arguments();
        if (!before)
            grouping(node);
        const size_t wanted = takesParameter(op) ? 2 : 1;
        if (!m_failure && args.size() != wanted) {
            fail(position, "wrong number of arguments for aggregate expression provided, expected " +
                               std::to_string(wanted) + ", got " + std::to_string(args.size()));
        }
        if (m_failure)
            return nothing();
        node.expr = std::move(args.back());
        if (wanted == 2)
            node.parameter = std::move(args.front());
        return make(position, std::move(node));
    }

    bool grouping(Aggregation &node)
    {
        if (!isWord("by") && !isWord("without"))
            return false;
        node.without = isWord("without");
        advance();
        node.labels = labelList();
        return true;
    }

    ExprPtr selector()
    {
        const Position position = current().position;
        VectorSelector node;
        if (is(TokenKind::Identifier) || is(TokenKind::MetricName)) {
            node.matchers.push_back({std::string(nameLabel), Matcher::Op::Equal, current().text});
            advance();
        }
        const bool named = !node.matchers.empty();
        if (accept(TokenKind::LeftBrace))
            matchers(node, named);
        if (!m_failure && std::ranges::all_of(node.matchers, matchesEmpty))
            fail(position, "vector selector must contain at least one non-empty matcher");
        return make(position, std::move(node));
    }

    void matchers(VectorSelector &node, bool named)
    {
        while (!m_failure && !is(TokenKind::RightBrace)) {
            matcher(node, named);
            if (!accept(TokenKind::Comma))
                break;
        }
        expect(TokenKind::RightBrace, "label matching", "\",\" or \"}\"");
    }

    void matcher(VectorSelector &node, bool &named)
    {
        const Token name = current();
        if (name.kind != TokenKind::Identifier && name.kind != TokenKind::String)
            return unexpected("label matching", "identifier or \"}\"");
        advance();
        if (name.kind == TokenKind::String && (is(TokenKind::Comma) || is(TokenKind::RightBrace))) {
            if (named)
                return fail(name.position, "metric name must not be set twice: \"" + name.text + "\"");
            named = true;
            node.matchers.push_back({std::string(nameLabel), Matcher::Op::Equal, name.text});
            return;
        }
        Matcher result{name.text, Matcher::Op::Equal, {}};
        switch (current().kind) {
        case TokenKind::Equal:
            break;
        case TokenKind::NotEqual:
            result.op = Matcher::Op::NotEqual;
            break;
        case TokenKind::Matches:
            result.op = Matcher::Op::Regex;
            break;
        case TokenKind::NotMatches:
            result.op = Matcher::Op::NotRegex;
            break;
        default:
            return unexpected("label matching", "label matching operator");
        }
        advance();
        if (!is(TokenKind::String))
            return unexpected("label matching", "string");
        result.value = current().text;
        if (named && result.name == nameLabel && node.matchers.front().op == Matcher::Op::Equal &&
            node.matchers.front().name == nameLabel && result.op == Matcher::Op::Equal)
            return fail(name.position, "metric name must not be set twice: \"" + node.matchers.front().value +
                                           "\" or \"" + result.value + "\"");
        if (result.op >= Matcher::Op::Regex && !RE2(result.value, RE2::Quiet).ok())
            return fail(current().position, "the regular expression \"" + result.value + "\" is not valid");
        advance();
        node.matchers.push_back(std::move(result));
    }

    static bool matchesEmpty(const Matcher &matcher)
    {
        switch (matcher.op) {
        case Matcher::Op::Equal:
            return matcher.value.empty();
        case Matcher::Op::NotEqual:
            return !matcher.value.empty();
        case Matcher::Op::Regex:
            return RE2::FullMatch("", RE2(matcher.value, RE2::Quiet));
        case Matcher::Op::NotRegex:
            return !RE2::FullMatch("", RE2(matcher.value, RE2::Quiet));
        }
        return false;
    }

    ExprPtr postfix(ExprPtr expr)
    {
        bool hasOffset = false;
        bool hasAt = false;
        while (!m_failure) {
            if (is(TokenKind::LeftBracket)) {
                expr = bracket(std::move(expr), hasOffset || hasAt);
                hasOffset = hasAt = false;
            } else if (isWord("offset")) {
                offset(*expr, hasOffset);
                hasOffset = true;
            } else if (is(TokenKind::At)) {
                at(*expr, hasAt);
                hasAt = true;
            } else {
                break;
            }
        }
        return expr;
    }

    ExprPtr bracket(ExprPtr expr, bool shifted)
    {
        const Position open = current().position;
        advance();
        const int64_t rangeMs = durationMs(false, "subquery or range selector");
        const Position position = expr->position;
        if (accept(TokenKind::Colon)) {
            Subquery node;
            node.rangeMs = rangeMs;
            if (!is(TokenKind::RightBracket))
                node.stepMs = durationMs(false, "subquery selector");
            expect(TokenKind::RightBracket, "subquery selector", "\"]\"");
            node.expr = std::move(expr);
            return make(position, std::move(node));
        }
        expect(TokenKind::RightBracket, "matrix selector", "\"]\"");
        if (!m_failure && !expr->as<VectorSelector>())
            fail(open, "ranges only allowed for vector selectors");
        if (!m_failure && shifted)
            fail(open, "no offset modifiers allowed before range");
        return make(position, RangeSelector{std::move(expr), rangeMs});
    }

    int64_t durationMs(bool allowNegative, std::string_view context)
    {
        const Position position = current().position;
        double sign = 1;
        if (allowNegative && (is(TokenKind::Minus) || is(TokenKind::Plus))) {
            sign = is(TokenKind::Minus) ? -1 : 1;
            advance();
        }
        if (!is(TokenKind::Number) && !is(TokenKind::Duration)) {
            unexpected(context, "number or duration");
            return 1;
        }
        const double milliseconds = sign * current().number * 1000;
        advance();
        if (!(std::fabs(milliseconds) < maxTimeMs) || (!allowNegative && milliseconds < 1)) {
            fail(position, allowNegative ? "duration out of range" : "duration must be greater than 0");
            return 1;
        }
        return std::llround(milliseconds);
    }

    TimeShift *shiftOf(Expr &expr, std::string_view modifier)
    {
        if (auto *selector = expr.as<VectorSelector>())
            return &selector->shift;
        if (auto *range = expr.as<RangeSelector>())
            return &range->selector->as<VectorSelector>()->shift;
        if (auto *subquery = expr.as<Subquery>())
            return &subquery->shift;
        fail(current().position, std::string(modifier) + " modifier must be preceded by an instant vector "
                                                         "selector or range vector selector or a subquery");
        return nullptr;
    }

    void offset(Expr &expr, bool repeated)
    {
        TimeShift *shift = shiftOf(expr, "offset");
        if (repeated)
            fail(current().position, "offset may not be set multiple times");
        advance();
        const int64_t milliseconds = durationMs(true, "offset");
        if (shift)
            shift->offsetMs = milliseconds;
    }

    void at(Expr &expr, bool repeated)
    {
        TimeShift *shift = shiftOf(expr, "@");
        if (repeated)
            fail(current().position, "@ <timestamp> may not be set multiple times");
        advance();
        const bool start = isWord("start");
        if (start || isWord("end")) {
            advance();
            expect(TokenKind::LeftParen, "@", "\"(\"");
            expect(TokenKind::RightParen, "@", "\")\"");
            if (shift)
                shift->anchor = start ? TimeShift::Anchor::Start : TimeShift::Anchor::End;
            return;
        }
        const Position position = current().position;
        double sign = 1;
        if (is(TokenKind::Minus) || is(TokenKind::Plus)) {
            sign = is(TokenKind::Minus) ? -1 : 1;
            advance();
        }
        if (!is(TokenKind::Number) && !is(TokenKind::Duration))
            return unexpected("@", "timestamp");
        const double milliseconds = sign * current().number * 1000;
        advance();
        if (!(std::fabs(milliseconds) < maxTimeMs))
            return fail(position, "timestamp out of bounds for @ modifier");
        if (shift) {
            shift->anchor = TimeShift::Anchor::Time;
            shift->atMs = std::llround(milliseconds);
        }
    }

    std::vector<Token> m_tokens;
    size_t m_at = 0;
    int m_depth = 0;
    std::optional<Error> m_failure;
};

} // namespace

Result<ExprPtr> parse(std::string_view text)
{
    auto tokens = tokenize(text);
    if (!tokens)
        return tokens.error();
    return Parser(std::move(*tokens)).run();
}

Result<std::vector<Matcher>> parseSelector(std::string_view text)
{
    auto tokens = tokenize(text);
    if (!tokens)
        return tokens.error();
    return Parser(std::move(*tokens)).runSelector();
}

} // namespace plimsoll::promql
