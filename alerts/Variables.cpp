#include "alerts/Variables.h"

namespace plimsoll::alerts {

namespace {

bool isWordCharacter(char c) { return isalnum(static_cast<unsigned char>(c)) || c == '_'; }

} // namespace

std::string withVariables(std::string_view text, const Fields::Texts &variables)
{
    std::string out;
    for (size_t i = 0; i < text.size();) {
        const bool braced = text.substr(i, 2) == "${";
        const size_t begin = i + (braced ? 2 : 1);
        size_t end = begin;
        while (text[i] == '$' && end < text.size() && isWordCharacter(text[end]))
            end++;
        const bool closed = !braced || (end < text.size() && text[end] == '}');
        const auto found = end > begin && closed
                               ? variables.find(std::string(text.substr(begin, end - begin)))
                               : variables.end();
        if (found == variables.end()) {
            out.push_back(text[i++]);
            continue;
        }
        out.append(found->second);
        i = end + (braced ? 1 : 0);
    }
    return out;
}

} // namespace plimsoll::alerts
