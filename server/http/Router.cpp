#include "server/http/Router.h"

#include "server/http/Method.h"

#include <QtGlobal>

namespace plimsoll::http {

namespace {

/// "/a/b" -> {a, b}; "/" -> {""}; the path starts with a slash.
std::vector<std::string_view> segmentsOf(std::string_view path)
{
    std::vector<std::string_view> segments;
    segments.reserve(8);
    path.remove_prefix(1);
    for (;;) {
        const size_t slash = path.find('/');
        segments.push_back(path.substr(0, slash));
        if (slash == std::string_view::npos)
            return segments;
        path.remove_prefix(slash + 1);
    }
}

bool isInteger(std::string_view text)
{
    if (!text.empty() && text.front() == '-')
        text.remove_prefix(1);
    return !text.empty() && text.size() <= 18 &&
           text.find_first_not_of("0123456789") == std::string_view::npos;
}

} // namespace

std::string_view accessName(Access access)
{
    constexpr std::string_view names[] = {"public", "ingest", "read", "edit", "admin", "appliance"};
    return names[size_t(access)];
}

Router::Pattern Router::parsed(const std::string &pattern)
{
    if (pattern.empty() || pattern.front() != '/')
        qFatal("route \"%s\" does not start with a slash", pattern.c_str());
    Pattern out;
    for (const std::string_view text : segmentsOf(pattern)) {
        if (text.empty() || text.front() != '{') {
            out.push_back({SegmentKind::Literal, std::string(text)});
            continue;
        }
        const std::string_view inner = text.substr(1, text.size() - 2);
        const size_t colon = inner.find(':');
        const std::string_view type = colon == std::string_view::npos ? "text" : inner.substr(colon + 1);
        if (text.back() != '}' || (type != "text" && type != "int" && type != "path"))
            qFatal("route \"%s\" has a malformed parameter", pattern.c_str());
        const SegmentKind kind = type == "int"    ? SegmentKind::Integer
                                 : type == "path" ? SegmentKind::Rest
                                                  : SegmentKind::Text;
        out.push_back({kind, std::string(inner.substr(0, colon))});
    }
    for (size_t i = 0; i + 1 < out.size(); i++) {
        if (out[i].kind == SegmentKind::Rest)
            qFatal("route \"%s\" goes on behind a path parameter", pattern.c_str());
    }
    return out;
}

void Router::add(Route route)
{
    Pattern pattern = parsed(route.pattern);
    for (size_t i = 0; i < m_routes.size(); i++) {
        if (m_routes[i].method == route.method && m_patterns[i].size() == pattern.size() &&
            compareSpecificity(m_patterns[i], pattern) == 0)
            qFatal("route \"%s\" is as specific as \"%s\"", route.pattern.c_str(),
                   m_routes[i].pattern.c_str());
    }
    m_patterns.push_back(std::move(pattern));
    m_routes.push_back(std::move(route));
}

void Router::get(std::string pattern, Access access, Handler handler, RouteDescription about)
{
    Route route;
    route.pattern = std::move(pattern);
    route.access = access;
    route.handler = std::move(handler);
    route.about = std::move(about);
    add(std::move(route));
}

void Router::post(std::string pattern, Access access, Handler handler, RouteDescription about)
{
    Route route;
    route.method = Method::Post;
    route.pattern = std::move(pattern);
    route.access = access;
    route.handler = std::move(handler);
    route.about = std::move(about);
    add(std::move(route));
}

bool Router::accepts(const Segment &segment, std::string_view text)
{
    switch (segment.kind) {
    case SegmentKind::Literal:
        return segment.text == text;
    case SegmentKind::Integer:
        return isInteger(text);
    case SegmentKind::Text:
    case SegmentKind::Rest:
        break;
    }
    return !text.empty();
}

bool Router::matches(const Pattern &pattern, const std::vector<std::string_view> &segments)
{
    const bool rest = pattern.back().kind == SegmentKind::Rest;
    if (rest ? segments.size() < pattern.size() : segments.size() != pattern.size())
        return false;
    for (size_t i = 0; i < pattern.size(); i++) {
        if (!accepts(pattern[i], segments[i]))
            return false;
    }
    return true;
}

/// Literal before integer before text before rest, from the left: negative if `left` is the more specific
/// one, 0 if some path matches both with nothing to choose by, positive (or incomparable literals) otherwise.
int Router::compareSpecificity(const Pattern &left, const Pattern &right)
{
    const size_t common = std::min(left.size(), right.size());
    for (size_t i = 0; i < common; i++) {
        if (left[i].kind != right[i].kind)
            return left[i].kind < right[i].kind ? -1 : 1;
        if (left[i].kind == SegmentKind::Literal && left[i].text != right[i].text)
            return left[i].text < right[i].text ? -1 : 1;
    }
    return left.size() == right.size() ? 0 : left.size() > right.size() ? -1 : 1;
}

const Route *Router::best(Method method, const std::vector<std::string_view> &segments,
                          const Pattern **pattern) const
{
    const Route *found = nullptr;
    for (size_t i = 0; i < m_routes.size(); i++) {
        if (m_routes[i].method != method || !matches(m_patterns[i], segments))
            continue;
        if (found && compareSpecificity(**pattern, m_patterns[i]) < 0)
            continue;
        found = &m_routes[i];
        *pattern = &m_patterns[i];
    }
    return found;
}

std::string Router::allowed(const std::vector<std::string_view> &segments) const
{
    std::string allow;
    bool seen[8] = {};
    const auto note = [&](Method method) {
        if (std::exchange(seen[size_t(method)], true))
            return;
        allow += allow.empty() ? "" : ", ";
        allow += methodName(method);
    };
    for (size_t i = 0; i < m_routes.size(); i++) {
        if (!matches(m_patterns[i], segments))
            continue;
        note(m_routes[i].method);
        if (m_routes[i].method == Method::Get)
            note(Method::Head);
    }
    return allow;
}

Router::Match Router::match(Method method, std::string_view path) const
{
    Match match;
    if (path.empty() || path.front() != '/')
        return match;
    const std::vector<std::string_view> segments = segmentsOf(path);
    const Pattern *pattern = nullptr;
    match.route = best(method, segments, &pattern);
    if (!match.route && method == Method::Head)
        match.route = best(Method::Get, segments, &pattern);
    if (!match.route) {
        match.allow = allowed(segments);
        return match;
    }
    for (size_t i = 0; i < pattern->size(); i++) {
        const Segment &segment = (*pattern)[i];
        if (segment.kind == SegmentKind::Rest)
            match.parameters.emplace_back(segment.text,
                                          path.substr(size_t(segments[i].data() - path.data())));
        else if (segment.kind != SegmentKind::Literal)
            match.parameters.emplace_back(segment.text, segments[i]);
    }
    return match;
}

} // namespace plimsoll::http
