#include "server/api/CardinalityReport.h"

#include "server/api/JsonWriter.h"
#include "server/api/WithoutLabel.h"
#include "server/http/QuotaSettings.h"

#include <algorithm>
#include <charconv>
#include <unordered_map>
#include <unordered_set>

namespace plimsoll::api {
namespace {

constexpr int64_t hourMs = 3'600'000;
constexpr size_t defaultRows = 20;
constexpr size_t maxRows = 1'000;

using Texts = std::unordered_set<std::string_view>;

struct NameRow
{
    std::string_view name;
    uint64_t series = 0;
    std::unordered_map<std::string_view, Texts> labels; ///< the values of each; only of rows that are shown
    std::vector<const Labels *> sets;                   ///< of its series; likewise
    Kind kind = Kind::Gauge;                            ///< likewise
};

struct LabelRow
{
    std::string_view name;
    uint64_t series = 0;
    Texts values;
};

template<typename Row, typename Larger>
void keepLargest(std::vector<Row> &rows, size_t most, Larger larger)
{
    const size_t kept = std::min(most, rows.size());
    std::partial_sort(rows.begin(), rows.begin() + ptrdiff_t(kept), rows.end(), larger);
    rows.erase(rows.begin() + ptrdiff_t(kept), rows.end());
}

std::vector<NameRow> largestNames(const std::vector<SelectedSeries> &all, size_t most)
{
    std::unordered_map<std::string_view, uint64_t> counts;
    for (const SelectedSeries &series : all)
        counts[series.labels->name()]++;
    std::vector<NameRow> rows;
    for (const auto &[name, count] : counts)
        rows.push_back({name, count, {}, {}});
    keepLargest(rows, most, [](const NameRow &a, const NameRow &b) {
        return a.series != b.series ? a.series > b.series : a.name < b.name;
    });
    std::unordered_map<std::string_view, NameRow *> shown;
    for (NameRow &row : rows)
        shown[row.name] = &row;
    for (const SelectedSeries &series : all) {
        const auto row = shown.find(series.labels->name());
        if (row == shown.end())
            continue;
        row->second->kind = series.kind;
        row->second->sets.push_back(series.labels.get());
        for (const auto &[label, value] : *series.labels) {
            if (label != nameLabel)
                row->second->labels[label].insert(value);
        }
    }
    return rows;
}

std::vector<LabelRow> largestLabels(const std::vector<SelectedSeries> &all, size_t most)
{
    std::unordered_map<std::string_view, LabelRow> labels;
    for (const SelectedSeries &series : all) {
        for (const auto &[label, value] : *series.labels) {
            if (label == nameLabel)
                continue;
            LabelRow &row = labels[label];
            row.name = label;
            row.series++;
            row.values.insert(value);
        }
    }
    std::vector<LabelRow> rows;
    for (auto &[name, row] : labels)
        rows.push_back(std::move(row));
    keepLargest(rows, most, [](const LabelRow &a, const LabelRow &b) {
        return a.values.size() != b.values.size() ? a.values.size() > b.values.size() : a.name < b.name;
    });
    return rows;
}

void writeWithout(JsonWriter &json, const NameRow &row, const ingest::LabelDrops::Labels &dropped)
{
    json.key("dropped").beginArray();
    for (const std::string &label : dropped)
        json.value(std::string_view(label));
    json.endArray().key("without");
    std::vector<WithoutLabel::Candidate> candidates;
    for (const auto &[label, values] : row.labels)
        candidates.push_back({label, values.size()});
    const auto without = WithoutLabel::best(row.sets, std::move(candidates), dropped);
    if (!without) {
        json.null();
        return;
    }
    json.beginObject().member("label", std::string_view(without->label)).member("series", without->series);
    json.member("of", without->of);
    json.key("refusal");
    if (const Status may = ingest::mayDrop(row.name, without->label, row.kind); may)
        json.null();
    else
        json.beginObject()
            .member("message", std::string_view(may.error().message))
            .member("hint", std::string_view(may.error().hint))
            .endObject();
    json.endObject();
}

void writeNames(JsonWriter &json, const std::vector<NameRow> &rows, const DroppedLabels &drops,
                ProjectId project)
{
    json.key("names").beginArray();
    for (const NameRow &row : rows) {
        const auto heaviest =
            std::max_element(row.labels.begin(), row.labels.end(), [](const auto &a, const auto &b) {
                return a.second.size() != b.second.size() ? a.second.size() < b.second.size()
                                                          : a.first > b.first;
            });
        const bool has = heaviest != row.labels.end();
        json.beginObject().member("name", row.name).member("series", row.series);
        json.member("label", has ? heaviest->first : std::string_view());
        json.member("values", uint64_t(has ? heaviest->second.size() : 0));
        json.member("kind", kindName(row.kind));
        writeWithout(json, row, drops.of(project, row.name));
        json.endObject();
    }
    json.endArray();
}

void writeLabels(JsonWriter &json, const std::vector<LabelRow> &rows)
{
    json.key("labels").beginArray();
    for (const LabelRow &row : rows)
        json.beginObject()
            .member("name", row.name)
            .member("values", uint64_t(row.values.size()))
            .member("series", row.series)
            .endObject();
    json.endArray();
}

void writeDrops(JsonWriter &json, const std::vector<DroppedLabel> &drops)
{
    json.key("drops").beginArray();
    for (const DroppedLabel &drop : drops)
        json.beginObject()
            .member("id", std::string_view(drop.id))
            .member("name", std::string_view(drop.name))
            .member("label", std::string_view(drop.label))
            .member("by", std::string_view(drop.by))
            .member("created_ms", drop.createdMs)
            .endObject();
    json.endArray();
}

void writeExcess(JsonWriter &json, const SeriesUse &use)
{
    json.key("excess").beginArray();
    for (const SeriesUse::Excess &excess : use.excess)
        json.beginObject()
            .member("name", excess.name)
            .member("label", excess.label)
            .member("folded", excess.folded)
            .member("refused", excess.refused)
            .endObject();
    json.endArray();
}

void writeFindings(JsonWriter &json, const std::vector<ingest::PersonalDataGuard::Finding> &findings)
{
    json.key("personal_data").beginArray();
    for (const auto &finding : findings)
        json.beginObject()
            .member("name", finding.metric)
            .member("label", finding.label)
            .member("looks_like", ingest::looksLikeName(finding.what))
            .member("series", finding.series)
            .member("action", http::personalDataName(finding.done))
            .endObject();
    json.endArray();
}

http::Response answer(const CardinalityParts &parts, ProjectId project, size_t rows)
{
    const auto reader = parts.readers.openReader();
    const int64_t nowMs = parts.clock.nowMs();
    const auto all = reader->select(project, {}, nowMs - hourMs, nowMs + hourMs);
    if (!all)
        return http::Response::error(all.error());
    const SeriesUse use = parts.use(project);
    const uint64_t budget = parts.rules.budgetOf(project);
    JsonWriter json;
    json.beginObject().member("active", use.active).member("series", use.series).key("budget");
    budget > 0 ? json.value(budget) : json.null();
    writeNames(json, largestNames(*all, rows), parts.drops, project);
    writeLabels(json, largestLabels(*all, rows));
    writeDrops(json, parts.drops.list(project));
    writeExcess(json, use);
    writeFindings(json, parts.personalData.findings(project));
    json.endObject();
    http::Response response;
    response.body = QByteArray::fromStdString(json.take());
    return response;
}

} // namespace

void addCardinalityRoute(http::Router &router, CardinalityParts parts)
{
    const auto shared = std::make_shared<const CardinalityParts>(std::move(parts));
    router.get(
        "/api/app/cardinality", http::Access::Read,
        [shared](const http::RequestPtr &request, http::Reply reply) {
            size_t rows = defaultRows;
            if (const auto text = request->argument("limit")) {
                const auto parsed = std::from_chars(text->data(), text->data() + text->size(), rows);
                if (parsed.ec != std::errc() || rows == 0 || rows > maxRows)
                    return reply.send(
                        http::Response::error({ErrorCode::Invalid, "limit is a number from 1 to 1000.", {}}));
            }
            const ProjectId project = request->principal.project;
            shared->pool.answer(std::move(reply), [shared, project, rows](const auto &) {
                return answer(*shared, project, rows);
            });
        },
        {.group = "Data",
         .summary = "Which names and labels make the series, and what was too much",
         .text =
             "Of the series of the last hour. `without` is the label without which the fewest series of a "
             "metric would be left; `refusal` why it may not be dropped. `excess` is what was beyond the "
             "budget of active series since the start; `personal_data` the labels whose values look like "
             "it.",
         .arguments = {{.name = "limit", .text = "Rows; 20 unless given.", .type = "integer"}},
         .answers = {{.text = "The report.", .example = R"({"active":812,"series":4210,"budget":100000,
                             "names":[{"name":"logins","series":500,"label":"user","values":498,
                             "kind":"delta","dropped":[],
                             "without":{"label":"user","series":2,"of":500,"refusal":null}}],
                             "labels":[{"name":"user","values":498,"series":500}],"drops":[],
                             "excess":[{"name":"logins","label":"user","folded":0,"refused":12}],
                             "personal_data":[{"name":"logins","label":"user","looks_like":"email","series":498,
                             "action":"flag"}]})"}}});
}

} // namespace plimsoll::api
