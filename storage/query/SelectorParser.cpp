#include "storage/query/SelectorParser.h"

#include "storage/query/Text.h"

#include <re2/re2.h>

namespace plimsoll::promql {

namespace {

std::optional<Matcher::Op> matchOp(TokenKind kind)
{
    switch (kind) {
    case TokenKind::Equal:
        return Matcher::Op::Equal;
    case TokenKind::NotEqual:
        return Matcher::Op::NotEqual;
    case TokenKind::Matches:
        return Matcher::Op::Regex;
    case TokenKind::NotMatches:
        return Matcher::Op::NotRegex;
    default:
        return std::nullopt;
    }
}

/// A quoted text without an operator is the metric's name.
void parseMatcher(TokenCursor &cursor, VectorSelector &selector)
{
    const Token name = cursor.current();
    if (name.kind != TokenKind::Identifier && name.kind != TokenKind::String)
        return cursor.unexpected("label matching", "identifier or \"}\"");
    cursor.advance();
    const auto op = matchOp(cursor.current().kind);
    if (!op && name.kind == TokenKind::String) {
        selector.matchers.push_back({std::string(nameLabel), Matcher::Op::Equal, name.text});
        return;
    }
    if (!op)
        return cursor.unexpected("label matching", "label matching operator");
    cursor.advance();
    if (!cursor.is(TokenKind::String))
        return cursor.unexpected("label matching", "string");
    Matcher matcher{name.text, *op, cursor.current().text};
    cursor.advance();
    if (matcher.op >= Matcher::Op::Regex) {
        if (const RE2 regex(matcher.value, RE2::Quiet); !regex.ok())
            return cursor.fail(name.position, "error parsing regexp: " + regex.error());
    }
    selector.matchers.push_back(std::move(matcher));
}

void parseBraces(TokenCursor &cursor, VectorSelector &selector)
{
    if (cursor.accept(TokenKind::RightBrace))
        return;
    do {
        parseMatcher(cursor, selector);
    } while (cursor.accept(TokenKind::Comma) && !cursor.is(TokenKind::RightBrace));
    cursor.expect(TokenKind::RightBrace, "label matching", "\",\" or \"}\"");
}

bool isLabel(const Token &token)
{
    if (token.kind == TokenKind::String)
        return !token.text.empty() && isValidUtf8(token.text);
    return token.kind == TokenKind::Identifier;
}

} // namespace

VectorSelector parseVectorSelector(TokenCursor &cursor)
{
    VectorSelector selector;
    if (cursor.is(TokenKind::Identifier) || cursor.is(TokenKind::MetricName)) {
        selector.named = true;
        selector.matchers.push_back({std::string(nameLabel), Matcher::Op::Equal, cursor.current().text});
        cursor.advance();
    }
    if (cursor.accept(TokenKind::LeftBrace))
        parseBraces(cursor, selector);
    else if (!selector.named)
        cursor.unexpected();
    return selector;
}

std::vector<std::string> parseLabelList(TokenCursor &cursor)
{
    std::vector<std::string> labels;
    if (!cursor.expect(TokenKind::LeftParen, "grouping opts", "\"(\"") ||
        cursor.accept(TokenKind::RightParen))
        return labels;
    do {
        if (cursor.failed() || !isLabel(cursor.current())) {
            cursor.unexpected("grouping opts", "label");
            return labels;
        }
        labels.push_back(cursor.current().text);
        cursor.advance();
    } while (cursor.accept(TokenKind::Comma) && !cursor.is(TokenKind::RightParen));
    cursor.expect(TokenKind::RightParen, "grouping opts", "\",\" or \")\"");
    return labels;
}

bool matchesEmpty(const Matcher &matcher)
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

} // namespace plimsoll::promql
