// What people write into alarms and what strangers answer to checks: templates, cron schedules, ways into
// JSON, answers of name servers. The first byte chooses.
#include "alerts/CronSchedule.h"
#include "alerts/Template.h"
#include "alerts/checks/DnsMessage.h"
#include "alerts/checks/JsonPath.h"

#include <QJsonDocument>
#include <QJsonObject>

#include <cstdint>
#include <cstdlib>

using namespace plimsoll;
using namespace plimsoll::alerts;

namespace {

void expandText(std::string_view text)
{
    TemplateData data;
    data.labels = {{"instance", "web-1"}, {"empty", ""}};
    data.value = 0.125;
    data.nowMs = 1'700'000'000'000;
    data.externalUrl = "http://localhost:9510";
    data.query = [](const std::string &) {
        return Result<std::vector<TemplateSample>>(
            {TemplateSample{{{"job", "a"}}, 1}, TemplateSample{{{"job", "b"}}, 2}});
    };
    const auto parsed = Template::parse(text);
    if (!parsed)
        return;
    const auto expanded = parsed->expand(data);
    if (expanded && expanded->size() > Template::maxBytes)
        std::abort();
}

void runSchedule(const std::string &text)
{
    const auto schedule = CronSchedule::parse(text, "Europe/Berlin");
    if (!schedule)
        return;
    int64_t atMs = 1'711'000'000'000; // days before a clock goes forward
    for (int i = 0; i < 4; i++) {
        const auto next = schedule->next(atMs);
        if (!next)
            return;
        if (*next <= atMs)
            std::abort();
        atMs = *next;
    }
}

void findInDocument(const std::string &text)
{
    static const QJsonDocument document = QJsonDocument::fromJson(R"({"a":{"b c":[1,{"d":null}]},"e":[]})");
    if (const auto path = JsonPath::parse(text))
        path->find(document.object().isEmpty() ? QJsonValue() : QJsonValue(document.object()));
}

void readAnswer(const QByteArray &message)
{
    for (const DnsType &type : dnsTypes())
        DnsAnswer::parse(message, type.number);
    if (const auto question = dnsQuestion(message.toStdString(), 1, 7))
        answersQuestion(message, *question);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const std::string text(reinterpret_cast<const char *>(data + 1), size - 1);
    switch (data[0] % 4) {
    case 0:
        expandText(text);
        break;
    case 1:
        runSchedule(text);
        break;
    case 2:
        findInDocument(text);
        break;
    default:
        readAnswer(QByteArray::fromStdString(text));
    }
    return 0;
}
