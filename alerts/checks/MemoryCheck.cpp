#include "alerts/checks/CheckKind.h"
#include "alerts/checks/ProbeContext.h"
#include "alerts/checks/UsedShare.h"

#include <QFile>

namespace plimsoll::alerts {

namespace {

/// A figure of /proc/meminfo in bytes.
std::optional<double> figureOf(const QByteArray &text, const QByteArray &name)
{
    for (const QByteArray &line : text.split('\n')) {
        if (line.startsWith(name + ":"))
            return line.mid(name.size() + 1).trimmed().split(' ').value(0).toDouble() * 1024;
    }
    return {};
}

/// How much memory is in use: what is not available to programs that start now, as the kernel reckons it.
class MemoryProbe final : public Probe
{
public:
    MemoryProbe(const Check &check, ProbeContext &context)
        : Probe(check)
        , m_path(QString::fromStdString(context.options().procPath + "/meminfo"))
        , m_limits(check.expect)
    {
    }

protected:
    void begin() override
    {
        QFile file(m_path);
        const QByteArray text = file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
        const auto total = figureOf(text, "MemTotal");
        const auto available = figureOf(text, "MemAvailable");
        if (!total || !available || *total <= 0)
            return fail("The system does not say how much memory it has.");
        const double percent = 100 * (*total - *available) / *total;
        ProbeResult result = m_limits.judge("Memory is", percent);
        result.figures = {{"check_memory_used_percent", percent},
                          {"check_memory_available_bytes", *available}};
        finish(std::move(result));
    }

private:
    QString m_path;
    UsedShare m_limits;
};

void read(Fields &fields, const QJsonObject &definition, const Check *, Check &check)
{
    if (!check.target.empty())
        fields.fail("target", "must be left out: a memory check looks at this machine.");
    const Part settings(fields, definition, "settings", {});
    Part expect(fields, definition, "expect", {"used_percent", "degraded_percent"});
    check.expect = UsedShare::read(*expect, 95);
}

std::unique_ptr<Probe> makeProbe(const Check &check, ProbeContext &context)
{
    return std::make_unique<MemoryProbe>(check, context);
}

} // namespace

const CheckKind memoryCheck{"memory", read, nothingToMask, makeProbe};

} // namespace plimsoll::alerts
