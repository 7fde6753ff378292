#pragma once

#include "tests/support/RunProgram.h"

#include <QFile>
#include <QTemporaryFile>

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

namespace plimsoll::test {

/// Puts this process into a network of its own, before it has any thread: nothing outside can be reached, and
/// addresses that belong to others elsewhere can stand on its loopback, so that a test can have a "public"
/// server. Names are asked of 127.0.0.1:53. False where the machine does not allow it.
class OwnNetwork
{
public:
    bool enter(const QStringList &addresses)
    {
        const uid_t user = ::getuid();
        const gid_t group = ::getgid();
        const int spaces = CLONE_NEWNET | CLONE_NEWNS;
        if (::unshare(user == 0 ? spaces : spaces | CLONE_NEWUSER) != 0)
            return false;
        if (user != 0 && !(write("/proc/self/setgroups", "deny") &&
                           write("/proc/self/uid_map", "0 " + QByteArray::number(user) + " 1") &&
                           write("/proc/self/gid_map", "0 " + QByteArray::number(group) + " 1")))
            return false;
        if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 || !useOwnNames())
            return false;
        if (tests::runProgram("ip", {"link", "set", "lo", "up"}).exitCode != 0)
            return false;
        return std::all_of(addresses.begin(), addresses.end(), [](const QString &address) {
            return tests::runProgram("ip", {"addr", "add", address, "dev", "lo"}).exitCode == 0;
        });
    }

private:
    static bool write(const char *path, const QByteArray &text)
    {
        QFile file(QString::fromLatin1(path));
        return file.open(QIODevice::WriteOnly) && file.write(text) == text.size();
    }

    bool useOwnNames()
    {
        if (!m_names.open() || m_names.write("nameserver 127.0.0.1\noptions timeout:5\n") <= 0 ||
            !m_names.flush())
            return false;
        m_names.setPermissions(QFile::ReadOwner | QFile::ReadGroup | QFile::ReadOther);
        return ::mount(m_names.fileName().toLocal8Bit().constData(), "/etc/resolv.conf", nullptr, MS_BIND,
                       nullptr) == 0;
    }

    QTemporaryFile m_names;
};

} // namespace plimsoll::test
