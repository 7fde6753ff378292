#include "storage/backend/PostgresSettings.h"

#include <libpq-fe.h>

#include <charconv>
#include <memory>
#include <set>

namespace plimsoll {

namespace {

const std::set<std::string, std::less<>> ownOptions{"search_path", "statement_timeout", "ship_interval"};

Error badUrl(std::string message)
{
    return {ErrorCode::Invalid, std::move(message),
            "Write postgresql://user@host/database, with the password in the URL, in ~/.pgpass or in "
            "PGPASSWORD."};
}

int hexDigit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

std::string percentDecoded(std::string_view text)
{
    std::string decoded;
    for (size_t i = 0; i < text.size(); i++) {
        if (text[i] == '%' && i + 2 < text.size() && hexDigit(text[i + 1]) >= 0 &&
            hexDigit(text[i + 2]) >= 0) {
            decoded += static_cast<char>(hexDigit(text[i + 1]) * 16 + hexDigit(text[i + 2]));
            i += 2;
        } else {
            decoded += text[i];
        }
    }
    return decoded;
}

/// Takes our own options out of a URL; what is left is libpq's.
std::string takeOwnOptions(std::string_view url, std::map<std::string, std::string> &own)
{
    const size_t question = url.find('?');
    std::string rest(url.substr(0, question));
    if (question == std::string_view::npos)
        return rest;
    std::string_view query = url.substr(question + 1);
    char separator = '?';
    while (!query.empty()) {
        const size_t end = query.find('&');
        const std::string_view pair = query.substr(0, end);
        query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
        const size_t equal = pair.find('=');
        if (ownOptions.contains(pair.substr(0, equal))) {
            own[std::string(pair.substr(0, equal))] =
                equal == std::string_view::npos ? std::string() : percentDecoded(pair.substr(equal + 1));
        } else if (!pair.empty()) {
            rest += separator;
            rest += pair;
            separator = '&';
        }
    }
    return rest;
}

bool takeNumber(const std::map<std::string, std::string> &from, const std::string &name, int factor,
                int &number)
{
    const auto it = from.find(name);
    if (it == from.end())
        return true;
    int value = 0;
    const char *const end = it->second.data() + it->second.size();
    const auto [stop, error] = std::from_chars(it->second.data(), end, value);
    if (error != std::errc() || stop != end || value < 1 || value > 86'400)
        return false;
    number = value * factor;
    return true;
}

std::string shownAs(const std::map<std::string, std::string> &options)
{
    const auto part = [&](const char *name) {
        const auto it = options.find(name);
        return it == options.end() ? std::string() : it->second;
    };
    std::string shown = "postgresql://";
    if (!part("user").empty())
        shown += part("user") + "@";
    shown += part("host").empty() ? part("hostaddr") : part("host");
    if (!part("port").empty())
        shown += ":" + part("port");
    return shown + "/" + part("dbname");
}

} // namespace

Result<PostgresSettings> PostgresSettings::parse(std::string_view url)
{
    if (!url.starts_with("postgresql://") && !url.starts_with("postgres://"))
        return badUrl("The storage URL is not one of PostgreSQL.");
    std::map<std::string, std::string> own;
    const std::string theirs = takeOwnOptions(url, own);
    char *message = nullptr;
    const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption *)> parsed(
        PQconninfoParse(theirs.c_str(), &message), PQconninfoFree);
    // The message quotes the URL with its password, so that it is not passed on.
    PQfreemem(message);
    if (!parsed)
        return badUrl("The storage URL cannot be read: a part or an option of it is not known.");

    PostgresSettings settings;
    for (const PQconninfoOption *option = parsed.get(); option->keyword; option++) {
        if (option->val)
            settings.options[option->keyword] = option->val;
    }
    settings.shown = shownAs(settings.options);
    if (!settings.options.contains("dbname"))
        return badUrl("The storage URL names no database.");
    if (own.contains("search_path") && !own["search_path"].empty())
        settings.schema = own["search_path"];
    int port = 0;
    if (!takeNumber(settings.options, "port", 1, port) ||
        !takeNumber(settings.options, "connect_timeout", 1000, settings.connectTimeoutMs) ||
        !takeNumber(own, "statement_timeout", 1000, settings.statementTimeoutMs) ||
        !takeNumber(own, "ship_interval", 1, settings.shipIntervalMs))
        return badUrl(
            "The port or a number among the options of the storage URL is not one from 1 to 86400.");
    return settings;
}

std::string withoutSecrets(std::string_view url)
{
    const size_t scheme = url.find("://");
    const size_t from = scheme == std::string_view::npos ? 0 : scheme + 3;
    // A password may hold any sign where somebody forgot to encode it.
    const size_t at = url.rfind('@');
    if (at == std::string_view::npos || at < from)
        return std::string(url.substr(0, url.find('?')));
    const std::string_view behind = url.substr(at, url.find('?', at) - at);
    const std::string_view user = url.substr(from, std::min(url.find_first_of(":/?", from), at) - from);
    return std::string(url.substr(0, from)) + std::string(user) + std::string(behind);
}

} // namespace plimsoll
