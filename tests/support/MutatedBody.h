#pragma once

#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll::tests {

/// A few bytes of it changed, taken out, put in twice, or put in from words that parsers look for.
inline std::string mutated(std::string body, std::mt19937 &random)
{
    using namespace std::string_view_literals;
    static constexpr std::string_view bytes = "{}[]\":,\\\n\r\t 0e-.+#\x00\xff\xc3\x80tfn_=|@;"sv;
    static const std::vector<std::string> words{"null",         "true",
                                                "1e999",        "-0",
                                                "\"\"",         "{}",
                                                "[]",           "[[[[",
                                                "\\u0000",      "\\ud800",
                                                "__name__",     "\"labels\":",
                                                "\"values\":{", "\"metrics\":[",
                                                "\n{",          "}\n",
                                                "NaN",          "# TYPE ",
                                                "# EOF\n",      "\xff\xff\xff\xff\x0f",
                                                "|c|@0"};
    const auto below = [&](size_t n) { return n == 0 ? 0 : random() % n; };
    for (size_t changes = 1 + below(4); changes > 0; changes--) {
        const size_t at = below(body.size() + 1);
        switch (random() % 7) {
        case 0:
            body.erase(at, below(8));
            break;
        case 1:
            body.insert(at, 1, bytes[below(bytes.size())]);
            break;
        case 2:
            body.insert(at, words[below(words.size())]);
            break;
        case 3:
            body.insert(at, body.substr(below(body.size()), below(40)));
            break;
        case 4:
            body.resize(at);
            break;
        case 5:
            if (at < body.size())
                body[at] = static_cast<char>(random());
            break;
        default:
            if (at < body.size())
                body[at] = bytes[below(bytes.size())];
        }
    }
    return body;
}

} // namespace plimsoll::tests
