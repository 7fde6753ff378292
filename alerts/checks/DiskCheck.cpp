#include "alerts/checks/CheckKind.h"
#include "alerts/checks/ProbeContext.h"
#include "alerts/checks/UsedShare.h"

#include <sys/statvfs.h>

namespace plimsoll::alerts {

namespace {

struct DiskFigures
{
    int failure = 0; ///< errno
    double usedPercent = 0;
    double freeBytes = 0;
};

/// As df reckons it: of what ordinary users may use.
DiskFigures measure(const std::string &path)
{
    DiskFigures figures;
    struct statvfs space
    {
    };
    if (::statvfs(path.c_str(), &space) != 0) {
        figures.failure = errno;
        return figures;
    }
    const double used = double(space.f_blocks - space.f_bfree);
    const double usable = used + double(space.f_bavail);
    figures.usedPercent = usable > 0 ? 100 * used / usable : 0;
    figures.freeBytes = double(space.f_bavail) * double(space.f_frsize);
    return figures;
}

/// How full a file system is. A network file system that is away hangs for good, so it is asked on the side.
class DiskProbe final : public Probe
{
public:
    DiskProbe(const Check &check, ProbeContext &context)
        : Probe(check)
        , m_context(context)
        , m_path(check.target)
        , m_limits(check.expect)
    {
    }

protected:
    void begin() override
    {
        const auto answer = [this](const std::any &result) {
            if (!isFinished())
                take(std::any_cast<DiskFigures>(&result));
        };
        m_context.threads().run(
            "disk " + m_path, [path = m_path] { return std::any(measure(path)); }, this, answer);
    }

    std::string lateMessage() const override { return "The file system at " + m_path + " does not answer."; }

private:
    void take(const DiskFigures *figures)
    {
        if (!figures)
            return fail("Too many file systems hang.");
        if (figures->failure)
            return fail(m_path + ": " + qt_error_string(figures->failure).toStdString() + ".");
        ProbeResult result = m_limits.judge(m_path + " is", figures->usedPercent);
        result.figures = {{"check_disk_used_percent", figures->usedPercent},
                          {"check_disk_free_bytes", figures->freeBytes}};
        finish(std::move(result));
    }

    ProbeContext &m_context;
    std::string m_path;
    UsedShare m_limits;
};

void read(Fields &fields, const QJsonObject &definition, const Check *, Check &check)
{
    if (!check.target.starts_with('/'))
        fields.fail("target", "must be a path, from the root on.", "For example / or /var/lib/plimsoll.");
    const Part settings(fields, definition, "settings", {});
    Part expect(fields, definition, "expect", {"used_percent", "degraded_percent"});
    check.expect = UsedShare::read(*expect, 90);
}

std::unique_ptr<Probe> makeProbe(const Check &check, ProbeContext &context)
{
    return std::make_unique<DiskProbe>(check, context);
}

} // namespace

const CheckKind diskCheck{"disk", read, nothingToMask, makeProbe};

} // namespace plimsoll::alerts
