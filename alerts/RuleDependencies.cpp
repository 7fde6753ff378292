#include "alerts/RuleDependencies.h"

#include <set>

namespace plimsoll::alerts {

std::vector<std::string> dependencyCycle(const Rule &rule, const DependenciesOf &dependenciesOf)
{
    struct Place
    {
        std::vector<std::string> next;
        size_t taken = 0;
    };
    std::vector<std::string> way{rule.id};
    std::vector<Place> places{{rule.dependsOn}};
    std::set<std::string> seen;
    while (!places.empty()) {
        Place &place = places.back();
        if (place.taken == place.next.size()) {
            places.pop_back();
            way.pop_back();
            continue;
        }
        const std::string id = place.next[place.taken++];
        if (id == rule.id) {
            way.push_back(id);
            return way;
        }
        const std::vector<std::string> *further = dependenciesOf(id);
        if (!further || !seen.insert(id).second)
            continue;
        way.push_back(id);
        places.push_back({*further});
    }
    return {};
}

} // namespace plimsoll::alerts
