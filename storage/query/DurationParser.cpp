#include "storage/query/DurationParser.h"

#include <cmath>

namespace plimsoll::promql {

namespace {

using Op = DurationExpr::Op;

constexpr double maxSeconds = 9.2e9; // 292 years
constexpr int maxTerms = 200;        // each may be a level of the tree

int precedenceOf(TokenKind kind)
{
    switch (kind) {
    case TokenKind::Plus:
    case TokenKind::Minus:
        return 1;
    case TokenKind::Times:
    case TokenKind::Divide:
    case TokenKind::Modulo:
        return 2;
    case TokenKind::Power:
        return 3;
    default:
        return 0;
    }
}

Op operatorOf(TokenKind kind)
{
    switch (kind) {
    case TokenKind::Plus:
        return Op::Add;
    case TokenKind::Minus:
        return Op::Subtract;
    case TokenKind::Times:
        return Op::Multiply;
    case TokenKind::Divide:
        return Op::Divide;
    case TokenKind::Modulo:
        return Op::Modulo;
    default:
        return Op::Power;
    }
}

/// Precedences and associativity are those of expressions.
class DurationParser
{
public:
    DurationParser(TokenCursor &cursor, std::string_view context, std::string_view expected)
        : m_cursor(cursor)
        , m_context(context)
        , m_expected(expected)
    {
    }

    DurationExpr binary(int minPrecedence)
    {
        DurationExpr left = unary();
        while (!m_cursor.failed()) {
            const TokenKind kind = m_cursor.current().kind;
            const int precedence = precedenceOf(kind);
            if (precedence == 0 || precedence < minPrecedence)
                break;
            const Position position = m_cursor.current().position;
            m_cursor.advance();
            DurationExpr right = binary(kind == TokenKind::Power ? precedence : precedence + 1);
            const bool zero = right.op == Op::Number && right.value == 0 && !right.inParens;
            if (zero && (kind == TokenKind::Divide || kind == TokenKind::Modulo))
                m_cursor.fail(position, kind == TokenKind::Divide ? "division by zero" : "modulo by zero");
            left = combined(operatorOf(kind), std::move(left), std::move(right));
        }
        return left;
    }

    DurationExpr unary()
    {
        const bool signedTerm = m_cursor.is(TokenKind::Plus) || m_cursor.is(TokenKind::Minus);
        if (!signedTerm)
            return primary();
        const bool negative = m_cursor.acceptSign();
        if (!m_cursor.enter())
            return {};
        DurationExpr operand = binary(3);
        m_cursor.leave();
        if (!negative)
            return operand;
        if (operand.op != Op::Number || operand.inParens)
            return combined(Op::Negate, std::move(operand), std::nullopt);
        operand.value = -operand.value;
        return operand;
    }

    DurationExpr primary()
    {
        if (++m_terms > maxTerms)
            m_cursor.fail(m_cursor.current().position, "the expression is nested too deeply");
        if (m_cursor.isNumber())
            return number();
        for (const auto &[word, op] : {std::pair{"step", Op::Step}, std::pair{"range", Op::Range}}) {
            if (!m_cursor.acceptWord(word))
                continue;
            m_cursor.expect(TokenKind::LeftParen) && m_cursor.expect(TokenKind::RightParen);
            return {op, 0, false, false, nullptr, nullptr};
        }
        if (m_cursor.isWord("min") || m_cursor.isWord("max"))
            return extreme();
        if (m_cursor.is(TokenKind::LeftParen))
            return parenthesized();
        m_cursor.unexpected(m_context, m_expected);
        return {};
    }

private:
    static DurationExpr combined(Op op, DurationExpr left, std::optional<DurationExpr> right)
    {
        return {op,
                0,
                false,
                false,
                std::make_shared<DurationExpr>(std::move(left)),
                right ? std::make_shared<DurationExpr>(std::move(*right)) : nullptr};
    }

    DurationExpr number()
    {
        const Token &token = m_cursor.current();
        if (!(std::fabs(token.number) <= maxSeconds))
            m_cursor.fail(token.position, "duration out of range");
        const DurationExpr result{Op::Number, token.number, token.kind == TokenKind::Duration,
                                  false,      nullptr,      nullptr};
        m_cursor.advance();
        return result;
    }

    DurationExpr extreme()
    {
        const Op op = m_cursor.isWord("min") ? Op::Min : Op::Max;
        m_cursor.advance();
        if (!m_cursor.enter() || !m_cursor.expect(TokenKind::LeftParen))
            return {};
        DurationExpr left = binary(0);
        m_cursor.expect(TokenKind::Comma);
        DurationExpr right = binary(0);
        m_cursor.expect(TokenKind::RightParen);
        m_cursor.leave();
        return combined(op, std::move(left), std::move(right));
    }

    DurationExpr parenthesized()
    {
        m_cursor.advance();
        if (!m_cursor.enter())
            return {};
        DurationExpr inner = binary(0);
        inner.inParens = true;
        m_cursor.expect(TokenKind::RightParen);
        m_cursor.leave();
        return inner;
    }

    TokenCursor &m_cursor;
    std::string_view m_context;
    std::string_view m_expected;
    int m_terms = 0;
};

/// A number by itself is plain; the rest asks for the setting.
ParsedDuration finish(TokenCursor &cursor, const ParseOptions &options, Position position, DurationExpr expr,
                      bool isOffset)
{
    if (cursor.failed())
        return {1, nullptr};
    if (expr.op != Op::Number || expr.inParens) {
        if (!options.experimental)
            cursor.fail(position, "experimental duration expression is not enabled");
        return {1, std::make_shared<DurationExpr>(std::move(expr))};
    }
    const auto milliseconds = std::llround(expr.value * 1000);
    if (!isOffset && milliseconds <= 0)
        cursor.fail(position, "duration must be greater than 0");
    return {milliseconds, nullptr};
}

} // namespace

ParsedDuration parseRange(TokenCursor &cursor, const ParseOptions &options, std::string_view context,
                          std::string_view expected)
{
    const Position position = cursor.current().position;
    DurationExpr expr = DurationParser(cursor, context, expected).binary(0);
    return finish(cursor, options, position, std::move(expr), false);
}

ParsedDuration parseOffset(TokenCursor &cursor, const ParseOptions &options)
{
    const Position position = cursor.current().position;
    DurationParser parser(cursor, "offset", "number or duration");
    const bool negative = cursor.acceptSign();
    DurationExpr expr = parser.primary();
    if (negative && (expr.op != Op::Number || expr.inParens))
        expr = {Op::Negate, 0, false, false, std::make_shared<DurationExpr>(std::move(expr)), nullptr};
    else if (negative)
        expr.value = -expr.value;
    return finish(cursor, options, position, std::move(expr), true);
}

} // namespace plimsoll::promql
