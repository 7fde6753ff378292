#pragma once

#include "storage/query/Lexer.h"

#include <optional>

namespace plimsoll::promql {

/// A place in the tokens of a query. The first failure sticks: after it no token is of any kind, so that all
/// loops end.
class TokenCursor
{
public:
    explicit TokenCursor(std::vector<Token> tokens)
        : m_tokens(std::move(tokens))
    {
    }

    const Token &current() const { return m_tokens[m_at]; }
    const Token &following() const { return m_tokens[std::min(m_at + 1, m_tokens.size() - 1)]; }
    bool is(TokenKind kind) const { return !m_failure && current().kind == kind; }
    bool isWord(std::string_view keyword) const { return !m_failure && current().keyword == keyword; }
    bool isNumber() const { return is(TokenKind::Number) || is(TokenKind::Duration); }
    void advance() { m_at = std::min(m_at + 1, m_tokens.size() - 1); }
    bool accept(TokenKind kind);
    bool acceptWord(std::string_view keyword);
    /// Takes a + or -; true for -.
    bool acceptSign();
    /// Fails as unexpected() where the token is of another kind.
    bool expect(TokenKind kind, std::string_view context = {}, std::string_view expected = {});

    bool failed() const { return m_failure.has_value(); }
    const Error &failure() const { return *m_failure; }
    void fail(Position where, const std::string &message);
    /// "unexpected … in CONTEXT, expected …" at the current token; what is malformed there comes first.
    /// Without a context of its own it happened in an aggregation where one is open.
    void unexpected(std::string_view context = {}, std::string_view expected = {});

    void enterAggregation() { m_aggregations++; }
    void leaveAggregation() { m_aggregations--; }
    /// Goes a level deeper; fails where that is too deep for the stack.
    bool enter();
    void leave() { m_depth--; }

private:
    static constexpr int maxDepth = 256;

    std::vector<Token> m_tokens;
    size_t m_at = 0;
    int m_depth = 0;
    int m_aggregations = 0;
    std::optional<Error> m_failure;
};

} // namespace plimsoll::promql
