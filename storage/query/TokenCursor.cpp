#include "storage/query/TokenCursor.h"

namespace plimsoll::promql {

bool TokenCursor::accept(TokenKind kind)
{
    if (!is(kind))
        return false;
    advance();
    return true;
}

bool TokenCursor::acceptWord(std::string_view keyword)
{
    if (!isWord(keyword))
        return false;
    advance();
    return true;
}

bool TokenCursor::acceptSign()
{
    if (accept(TokenKind::Plus))
        return false;
    return accept(TokenKind::Minus);
}

bool TokenCursor::expect(TokenKind kind, std::string_view context, std::string_view expected)
{
    if (accept(kind))
        return true;
    unexpected(context, expected);
    return false;
}

void TokenCursor::fail(Position where, const std::string &message)
{
    if (!m_failure)
        m_failure = parseError(where, message);
}

void TokenCursor::unexpected(std::string_view context, std::string_view expected)
{
    const Token &token = current();
    if (token.kind == TokenKind::Error)
        return fail(token.position, token.text);
    if (context.empty() && m_aggregations > 0)
        context = "aggregation";
    std::string message = "unexpected " + described(token);
    if (!context.empty())
        message += " in " + std::string(context);
    if (!expected.empty())
        message += ", expected " + std::string(expected);
    fail(token.position, message);
}

bool TokenCursor::enter()
{
    if (++m_depth > maxDepth)
        fail(current().position, "the expression is nested too deeply");
    return !m_failure;
}

} // namespace plimsoll::promql
