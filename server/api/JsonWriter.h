#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace plimsoll::api {

/// Writes JSON text straight into a string, without a tree: answers with 100,000 buckets are made by it.
///
/// Commas are its work; that keys and values alternate is the caller's. Doubles are written with the fewest
/// digits that read back as the same double; NaN and infinities become null, which JSON has instead.
class JsonWriter
{
public:
    JsonWriter &beginObject() { return open('{'); }
    JsonWriter &endObject() { return close('}'); }
    JsonWriter &beginArray() { return open('['); }
    JsonWriter &endArray() { return close(']'); }

    JsonWriter &key(std::string_view name);
    JsonWriter &value(std::string_view text);
    JsonWriter &value(const char *text) { return value(std::string_view(text)); }
    JsonWriter &value(const std::string &text) { return value(std::string_view(text)); }
    JsonWriter &value(double number);
    JsonWriter &value(int64_t number);
    JsonWriter &value(uint64_t number);
    JsonWriter &value(int number) { return value(static_cast<int64_t>(number)); }
    JsonWriter &value(bool flag);
    JsonWriter &null();
    /// Text that is JSON already.
    JsonWriter &raw(std::string_view json);

    template<typename T>
    JsonWriter &member(std::string_view name, const T &content)
    {
        key(name);
        return value(content);
    }

    const std::string &text() const { return m_text; }
    std::string take() { return std::move(m_text); }

private:
    JsonWriter &open(char bracket);
    JsonWriter &close(char bracket);
    void separate();

    std::string m_text;
    bool m_needsComma = false;
};

/// Appends a text as a JSON string; what is no UTF-8 in it becomes U+FFFD.
void appendJsonText(std::string &out, std::string_view text);

/// The shortest decimal that reads back as the same double; "NaN", "+Inf" and "-Inf" as in the text
/// exposition.
std::string formatDouble(double number);

} // namespace plimsoll::api
