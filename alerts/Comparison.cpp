#include "alerts/Comparison.h"

#include <array>
#include <cmath>
#include <utility>

namespace plimsoll::alerts {

namespace {
constexpr std::array<std::pair<Comparison, std::string_view>, 6> signs{{{Comparison::Greater, ">"},
                                                                        {Comparison::GreaterOrEqual, ">="},
                                                                        {Comparison::Less, "<"},
                                                                        {Comparison::LessOrEqual, "<="},
                                                                        {Comparison::Equal, "=="},
                                                                        {Comparison::NotEqual, "!="}}};
} // namespace

std::string_view comparisonSign(Comparison comparison)
{
    for (const auto &[known, sign] : signs) {
        if (known == comparison)
            return sign;
    }
    return {};
}

std::optional<Comparison> comparisonFromSign(std::string_view sign)
{
    for (const auto &[comparison, known] : signs) {
        if (known == sign)
            return comparison;
    }
    return {};
}

bool breaches(double value, Comparison comparison, double threshold)
{
    if (std::isnan(value) || std::isnan(threshold))
        return false;
    switch (comparison) {
    case Comparison::Greater:
        return value > threshold;
    case Comparison::GreaterOrEqual:
        return value >= threshold;
    case Comparison::Less:
        return value < threshold;
    case Comparison::LessOrEqual:
        return value <= threshold;
    case Comparison::Equal:
        return value == threshold;
    case Comparison::NotEqual:
        return value != threshold;
    }
    return false;
}

Worse worseDirection(std::optional<Comparison> comparison)
{
    return comparison == Comparison::Less || comparison == Comparison::LessOrEqual ? Worse::Lower
                                                                                   : Worse::Higher;
}

bool isWorse(double candidate, double current, Worse direction)
{
    if (std::isnan(candidate))
        return false;
    if (std::isnan(current))
        return true;
    return direction == Worse::Higher ? candidate > current : candidate < current;
}

} // namespace plimsoll::alerts
