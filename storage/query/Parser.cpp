#include "storage/query/Parser.h"

#include "storage/query/DurationParser.h"
#include "storage/query/Functions.h"
#include "storage/query/Keywords.h"
#include "storage/query/ModifierParser.h"
#include "storage/query/SelectorParser.h"

#include <algorithm>

namespace plimsoll::promql {

namespace {

constexpr size_t maxTextBytes = 1 << 20;
constexpr uint32_t maxHeight = 500;
constexpr int unaryPrecedence = 5; // that of multiplication

std::optional<AggregateOp> aggregateOf(std::string_view keyword)
{
    for (int op = 0; op <= static_cast<int>(AggregateOp::LimitRatio); op++) {
        if (aggregateOpName(static_cast<AggregateOp>(op)) == keyword)
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
    case TokenKind::TrimUpper:
        return OperatorInfo{BinaryOp::TrimUpper, 3};
    case TokenKind::TrimLower:
        return OperatorInfo{BinaryOp::TrimLower, 3};
    default:
        break;
    }
    if (token.keyword == "or")
        return OperatorInfo{BinaryOp::Or, 1};
    if (token.keyword == "and" || token.keyword == "unless")
        return OperatorInfo{token.keyword == "and" ? BinaryOp::And : BinaryOp::Unless, 2};
    if (token.keyword == "atan2")
        return OperatorInfo{BinaryOp::Atan2, 5};
    return std::nullopt;
}

/// Recursive descent with precedence climbing.
class Parser
{
public:
    Parser(std::vector<Token> tokens, const ParseOptions &options)
        : m_cursor(std::move(tokens))
        , m_options(options)
    {
    }

    Result<ExprPtr> run()
    {
        if (m_cursor.is(TokenKind::End))
            m_cursor.fail({}, "no expression found in input");
        ExprPtr expr = binary(0);
        if (!m_cursor.is(TokenKind::End))
            m_cursor.unexpected();
        if (m_cursor.failed())
            return m_cursor.failure();
        return expr;
    }

    Result<std::vector<Matcher>> runSelector()
    {
        const Position position = m_cursor.current().position;
        VectorSelector selector = parseVectorSelector(m_cursor);
        if (!m_cursor.is(TokenKind::End))
            m_cursor.unexpected();
        if (std::ranges::all_of(selector.matchers, matchesEmpty))
            m_cursor.fail(position, "vector selector must contain at least one non-empty matcher");
        if (m_cursor.failed())
            return m_cursor.failure();
        return std::move(selector.matchers);
    }

private:
    template<typename Node>
    ExprPtr make(Position position, Node node)
    {
        auto expr = std::make_unique<Expr>();
        expr->position = position;
        expr->node = std::move(node);
        expr->height = 1 + childHeight(*expr);
        if (expr->height > maxHeight)
            m_cursor.fail(position, "the expression is nested too deeply");
        return expr;
    }
    ExprPtr nothing() { return make(m_cursor.current().position, NumberLiteral{}); }

    ExprPtr binary(int minPrecedence)
    {
        if (!m_cursor.enter())
            return nothing();
        ExprPtr left = unary();
        while (!m_cursor.failed()) {
            const auto info = operatorOf(m_cursor.current());
            if (!info || info->precedence < minPrecedence)
                break;
            Binary node;
            node.op = info->op;
            node.opPosition = m_cursor.current().position;
            m_cursor.advance();
            modifiers(node);
            node.right = binary(info->op == BinaryOp::Power ? info->precedence : info->precedence + 1);
            const Position position = left->position;
            if (node.matching.fillLeft || node.matching.fillRight)
                experimental(position, "binop fill modifiers are");
            node.left = std::move(left);
            left = make(position, std::move(node));
        }
        m_cursor.leave();
        return left;
    }

    void experimental(Position position, const std::string &what)
    {
        if (!m_options.experimental)
            m_cursor.fail(position, what + " experimental and not enabled");
    }

    void modifiers(Binary &node)
    {
        VectorMatching &matching = node.matching;
        node.returnBool = m_cursor.acceptWord("bool");
        if (m_cursor.isWord("on") || m_cursor.isWord("ignoring")) {
            matching.on = m_cursor.isWord("on");
            m_cursor.advance();
            matching.labels = parseLabelList(m_cursor);
            const bool left = m_cursor.isWord("group_left");
            if (m_cursor.acceptWord("group_left") || m_cursor.acceptWord("group_right")) {
                matching.card = left ? VectorMatching::Card::ManyToOne : VectorMatching::Card::OneToMany;
                if (m_cursor.is(TokenKind::LeftParen))
                    matching.include = parseLabelList(m_cursor);
            }
        }
        node.hasMatching =
            matching.on || !matching.labels.empty() || matching.card != VectorMatching::Card::OneToOne;
        if (isSetOperator(node.op) && matching.card == VectorMatching::Card::OneToOne)
            matching.card = VectorMatching::Card::ManyToMany;
        fills(matching);
    }

    void fills(VectorMatching &matching)
    {
        if (m_cursor.acceptWord("fill"))
            matching.fillLeft = matching.fillRight = fillValue();
        for (int i = 0; i < 2; i++) {
            if (!matching.fillLeft && m_cursor.acceptWord("fill_left"))
                matching.fillLeft = fillValue();
            if (!matching.fillRight && m_cursor.acceptWord("fill_right"))
                matching.fillRight = fillValue();
        }
    }

    double fillValue()
    {
        m_cursor.expect(TokenKind::LeftParen);
        const bool negative = m_cursor.acceptSign();
        if (!m_cursor.isNumber()) {
            m_cursor.unexpected();
            return 0;
        }
        const double value = m_cursor.current().number;
        m_cursor.advance();
        m_cursor.expect(TokenKind::RightParen);
        return negative ? -value : value;
    }

    ExprPtr unary()
    {
        if (!m_cursor.is(TokenKind::Plus) && !m_cursor.is(TokenKind::Minus))
            return postfix(primary());
        const Position position = m_cursor.current().position;
        const bool negative = m_cursor.acceptSign();
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
        const Token token = m_cursor.current();
        if (m_cursor.isNumber()) {
            m_cursor.advance();
            return make(token.position, NumberLiteral{token.number, token.kind == TokenKind::Duration});
        }
        if (m_cursor.accept(TokenKind::String))
            return make(token.position, StringLiteral{token.text});
        if (m_cursor.accept(TokenKind::LeftParen)) {
            ExprPtr inner = binary(0);
            m_cursor.expect(TokenKind::RightParen);
            return make(token.position, Paren{std::move(inner)});
        }
        if (m_cursor.is(TokenKind::Identifier))
            return word(token);
        return make(token.position, parseVectorSelector(m_cursor));
    }

    ExprPtr word(const Token &token)
    {
        const Keyword *keyword = token.keyword.empty() ? nullptr : findKeyword(token.keyword);
        const Token &next = m_cursor.following();
        if (const auto op = aggregateOf(token.keyword)) {
            if (next.kind == TokenKind::LeftParen || next.keyword == "by" || next.keyword == "without")
                return aggregation(*op);
            const bool operand = (next.kind == TokenKind::Identifier && next.keyword.empty()) ||
                                 next.kind == TokenKind::Number || next.kind == TokenKind::String;
            if (operand) {
                m_cursor.advance();
                m_cursor.unexpected("aggregation");
                return nothing();
            }
        }
        const bool callable = !keyword || keyword->kind == KeywordKind::Preprocessor;
        if (callable && next.kind == TokenKind::LeftParen)
            return call(token);
        if (keyword && !keyword->namesMetric) {
            m_cursor.unexpected();
            return nothing();
        }
        return make(token.position, parseVectorSelector(m_cursor));
    }

    ExprPtr call(const Token &name)
    {
        m_cursor.advance();
        Call node;
        node.arguments = arguments();
        node.function = findFunction(name.text);
        if (!node.function) {
            m_cursor.fail(name.position, "unknown function with name \"" + name.text + "\"");
            return nothing();
        }
        return make(name.position, std::move(node));
    }

    std::vector<ExprPtr> arguments()
    {
        std::vector<ExprPtr> result;
        if (!m_cursor.expect(TokenKind::LeftParen) || m_cursor.accept(TokenKind::RightParen))
            return result;
        while (!m_cursor.failed()) {
            result.push_back(binary(0));
            const Position comma = m_cursor.current().position;
            if (!m_cursor.accept(TokenKind::Comma))
                break;
            if (m_cursor.is(TokenKind::RightParen))
                m_cursor.fail(comma, "trailing commas not allowed in function call args");
        }
        m_cursor.expect(TokenKind::RightParen);
        return result;
    }

    ExprPtr aggregation(AggregateOp op)
    {
        const Position position = m_cursor.current().position;
        m_cursor.advance();
        m_cursor.enterAggregation();
        Aggregation node;
        node.op = op;
        const bool before = grouping(node);
        auto args = arguments();
        if (!before)
            grouping(node);
        m_cursor.leaveAggregation();
        const size_t wanted = takesParameter(op) ? 2 : 1;
        if (args.empty())
            m_cursor.fail(position, "no arguments for aggregate expression provided");
        else if (args.size() != wanted)
            m_cursor.fail(position, "wrong number of arguments for aggregate expression provided, expected " +
                                        std::to_string(wanted) + ", got " + std::to_string(args.size()));
        if (m_cursor.failed())
            return nothing();
        node.expr = std::move(args.back());
        if (wanted == 2)
            node.parameter = std::move(args.front());
        return make(position, std::move(node));
    }

    bool grouping(Aggregation &node)
    {
        node.without = m_cursor.isWord("without");
        if (!m_cursor.acceptWord("by") && !m_cursor.acceptWord("without"))
            return false;
        node.labels = parseLabelList(m_cursor);
        return true;
    }

    ExprPtr postfix(ExprPtr expr)
    {
        while (!m_cursor.failed()) {
            if (m_cursor.is(TokenKind::LeftBracket))
                expr = bracket(std::move(expr));
            else if (!parseModifier(m_cursor, m_options, *expr))
                break;
        }
        return expr;
    }

    ExprPtr bracket(ExprPtr expr)
    {
        const Position open = m_cursor.current().position;
        const Position position = expr->position;
        m_cursor.advance();
        const auto range =
            parseRange(m_cursor, m_options, "subquery or range selector", "number or duration");
        if (m_cursor.accept(TokenKind::Colon)) {
            ParsedDuration step;
            if (!m_cursor.is(TokenKind::RightBracket))
                step = parseRange(m_cursor, m_options, "subquery selector", "number or duration or \"]\"");
            m_cursor.expect(TokenKind::RightBracket, "subquery selector", "\"]\"");
            return make(
                position,
                Subquery{std::move(expr), range.milliseconds, step.milliseconds, range.expr, step.expr, {}});
        }
        m_cursor.expect(TokenKind::RightBracket, "subquery or range", "\":\" or \"]\"");
        const auto *selector = expr->as<VectorSelector>();
        if (!selector)
            m_cursor.fail(open, "ranges only allowed for vector selectors");
        else if (selector->shift.offsetMs != 0 || selector->shift.offsetExpr)
            m_cursor.fail(open, "no offset modifiers allowed before range");
        else if (selector->shift.anchor != TimeShift::Anchor::None)
            m_cursor.fail(open, "no @ modifiers allowed before range");
        return make(position, RangeSelector{std::move(expr), range.milliseconds, range.expr});
    }

    TokenCursor m_cursor;
    ParseOptions m_options;
};

} // namespace

Result<ExprPtr> parse(std::string_view text, const ParseOptions &options)
{
    if (text.size() > maxTextBytes)
        return parseError({}, "the query is longer than 1 MiB");
    return Parser(lex(text), options).run();
}

Result<std::vector<Matcher>> parseSelector(std::string_view text)
{
    if (text.size() > maxTextBytes)
        return parseError({}, "the selector is longer than 1 MiB");
    return Parser(lex(text), {}).runSelector();
}

} // namespace plimsoll::promql
