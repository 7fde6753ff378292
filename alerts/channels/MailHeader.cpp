#include "alerts/channels/Mail.h"

#include <QByteArray>

namespace plimsoll::alerts {

namespace {

constexpr size_t encodedWordBytes = 45; ///< become 60 of base64 in a word of at most 75
constexpr size_t maxPlainBytes = 900;   ///< a line may have 998

bool isPlain(const std::string &text)
{
    return text.size() <= maxPlainBytes && text.find("=?") == std::string::npos &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= 32 && c < 127; });
}

bool hasControls(const std::string &text)
{
    return std::any_of(text.begin(), text.end(), [](char c) { return uint8_t(c) < 32 || c == 127; });
}

std::string trimmed(const std::string &text)
{
    return QByteArray::fromStdString(text).trimmed().toStdString();
}

} // namespace

std::string headerText(const std::string &text)
{
    if (isPlain(text))
        return text;
    std::string words;
    for (size_t at = 0; at < text.size();) {
        size_t end = std::min(at + encodedWordBytes, text.size());
        while (end < text.size() && end > at && (uint8_t(text[end]) & 0xc0) == 0x80)
            end--;
        const QByteArray part = QByteArray::fromStdString(text.substr(at, end - at));
        words += (words.empty() ? "=?UTF-8?B?" : " =?UTF-8?B?") + part.toBase64().toStdString() + "?=";
        at = end;
    }
    return words;
}

std::optional<MailAddress> MailAddress::parse(const std::string &text)
{
    MailAddress parsed;
    parsed.address = trimmed(text);
    if (const size_t open = text.find('<'); open != std::string::npos && trimmed(text).back() == '>') {
        parsed.name = trimmed(text.substr(0, open));
        parsed.address = trimmed(text.substr(open + 1, text.rfind('>') - open - 1));
    }
    if (parsed.name.size() > 1 && parsed.name.front() == '"' && parsed.name.back() == '"')
        parsed.name = parsed.name.substr(1, parsed.name.size() - 2);
    const std::string &address = parsed.address;
    const size_t at = address.find('@');
    const bool sound = at != std::string::npos && at > 0 && at + 1 < address.size() &&
                       at == address.rfind('@') &&
                       address.find_first_of(" <>()[],;:\\\"") == std::string::npos && !hasControls(text);
    return sound ? std::optional(parsed) : std::nullopt;
}

std::string MailAddress::header() const
{
    if (name.empty())
        return address;
    const std::string encoded = headerText(name);
    const bool asIs = encoded != name || name.find_first_of("()<>[]:;@\\,.\"") == std::string::npos;
    std::string quoted;
    for (const char c : name)
        quoted.append(c == '"' || c == '\\' ? "\\" : "").append(1, c);
    return (asIs ? encoded : "\"" + quoted + "\"") + " <" + address + ">";
}

} // namespace plimsoll::alerts
