#include "alerts/checks/CheckKind.h"
#include "alerts/checks/ProbeContext.h"

#include <QDir>
#include <QFile>

namespace plimsoll::alerts {

namespace {

QByteArray contents(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// Processes whose name is `name`, or whose command line holds it where `inCommandLine`. Names are kept by
/// the kernel in 15 bytes, so the program's own name counts too.
int countProcesses(const std::string &procPath, const QByteArray &name, bool inCommandLine)
{
    int count = 0;
    const QDir proc(QString::fromStdString(procPath));
    for (const QString &entry : proc.entryList(QDir::Dirs | QDir::NoDotAndDotDot)) {
        if (entry.isEmpty() || !entry.front().isDigit())
            continue;
        const QByteArray commandLine = contents(proc.filePath(entry + "/cmdline"));
        const QByteArray program = commandLine.left(commandLine.indexOf('\0')).split('/').last();
        const QByteArray known = contents(proc.filePath(entry + "/comm")).trimmed();
        const bool found = inCommandLine ? QByteArray(commandLine).replace('\0', ' ').contains(name)
                                         : known == name || program == name;
        count += found ? 1 : 0;
    }
    return count;
}

/// How many processes of a name run. Reading /proc of a busy machine takes a while, so it is done on the
/// side.
class ProcessProbe final : public Probe
{
public:
    ProcessProbe(const Check &check, ProbeContext &context)
        : Probe(check)
        , m_context(context)
        , m_name(check.target)
        , m_inCommandLine(check.settings.value("command_line").toBool())
        , m_least(check.expect.value("min").toInt())
        , m_most(check.expect.value("max").toInt())
    {
    }

protected:
    void begin() override
    {
        const auto job = [path = m_context.options().procPath, name = QByteArray::fromStdString(m_name),
                          inCommandLine = m_inCommandLine] {
            return std::any(countProcesses(path, name, inCommandLine));
        };
        const auto answer = [this](const std::any &result) {
            if (!isFinished())
                take(std::any_cast<int>(&result));
        };
        m_context.threads().run((m_inCommandLine ? "command " : "process ") + m_name, job, this, answer);
    }

private:
    void take(const int *count)
    {
        if (!count)
            return fail("The processes cannot be counted.");
        const std::string text = std::to_string(*count) + (*count == 1 ? " process" : " processes") +
                                 " of \"" + m_name + "\" " + (*count == 1 ? "runs" : "run");
        ProbeResult result = ProbeResult::ok(text + ".");
        if (*count < m_least)
            result = ProbeResult::failed(text + "; expected were at least " + std::to_string(m_least) + ".");
        else if (m_most > 0 && *count > m_most)
            result = ProbeResult::failed(text + "; expected were at most " + std::to_string(m_most) + ".");
        result.figures = {{"check_processes", double(*count)}};
        finish(std::move(result));
    }

    ProbeContext &m_context;
    std::string m_name;
    bool m_inCommandLine;
    int m_least;
    int m_most;
};

void read(Fields &fields, const QJsonObject &definition, const Check *, Check &check)
{
    if (check.target.empty())
        fields.fail("target", "is missing.", "Give the name of the program, for example nginx.");
    Part settings(fields, definition, "settings", {"command_line"});
    check.settings = {{"command_line", settings->flag("command_line", false)}};
    Part expect(fields, definition, "expect", {"min", "max"});
    const double least = expect->number("min", 1);
    const double most = expect->number("max", 0);
    if (least < 0 || least > 100'000 || least != std::floor(least))
        expect->fail("min", "must be a whole number from 0 on.");
    if (most < 0 || most > 100'000 || most != std::floor(most) || (most > 0 && most < least))
        expect->fail("max", "must be a whole number from `min` on, or 0 for any.");
    check.expect = {{"min", int(least)}, {"max", int(most)}};
}

std::unique_ptr<Probe> makeProbe(const Check &check, ProbeContext &context)
{
    return std::make_unique<ProcessProbe>(check, context);
}

} // namespace

const CheckKind processCheck{"process", read, nothingToMask, makeProbe};

} // namespace plimsoll::alerts
