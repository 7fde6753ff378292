#include "app/PasswordPrompt.h"

#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <optional>

namespace plimsoll::app {

namespace {

constexpr size_t maxBytes = 4096;
constexpr char interrupt = 3;
constexpr char endOfInput = 4;

/// The terminal without echo and without keys of its own, so that Ctrl-C cannot leave it so.
class SilentTerminal
{
public:
    SilentTerminal()
    {
        if (tcgetattr(STDIN_FILENO, &m_before) != 0)
            return;
        termios silent = m_before;
        silent.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG);
        m_changed = tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
    }
    ~SilentTerminal()
    {
        if (m_changed)
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &m_before);
    }
    SilentTerminal(const SilentTerminal &) = delete;
    SilentTerminal &operator=(const SilentTerminal &) = delete;

    bool isSilent() const { return m_changed; }

private:
    termios m_before{};
    bool m_changed = false;
};

std::optional<char> readByte()
{
    char byte = 0;
    return read(STDIN_FILENO, &byte, 1) == 1 ? std::optional(byte) : std::nullopt;
}

/// Takes the last character away, all bytes of it.
void eraseLast(std::string &text)
{
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0) == 0x80)
        text.pop_back();
    if (!text.empty())
        text.pop_back();
}

Result<std::string> typed(const char *prompt)
{
    const SilentTerminal terminal;
    if (!terminal.isSilent())
        return Error{ErrorCode::Invalid, "There is no terminal to ask for the password at.",
                     "Send it to the standard input, with --password-stdin."};
    std::fputs(prompt, stderr);
    std::string text;
    for (auto byte = readByte(); byte && *byte != '\n' && *byte != '\r'; byte = readByte()) {
        if (*byte == interrupt || *byte == endOfInput) {
            std::fputs("\n", stderr);
            return Error{ErrorCode::Cancelled, "Nothing was changed.", {}};
        }
        if (*byte == 127 || *byte == '\b')
            eraseLast(text);
        else if (text.size() < maxBytes)
            text += *byte;
    }
    std::fputs("\n", stderr);
    return text;
}

std::string firstLine()
{
    std::string line;
    for (auto byte = readByte(); byte && *byte != '\n' && line.size() < maxBytes; byte = readByte())
        line += *byte;
    if (line.ends_with('\r'))
        line.pop_back();
    return line;
}

} // namespace

Result<std::string> readNewPassword(bool fromInput)
{
    if (fromInput)
        return firstLine();
    auto first = typed("Password, 12 characters or more: ");
    if (!first)
        return first;
    auto again = typed("Once more: ");
    if (again && *again != *first)
        return Error{ErrorCode::Invalid, "The two are not the same. Nothing was changed.", {}};
    return again;
}

} // namespace plimsoll::app
