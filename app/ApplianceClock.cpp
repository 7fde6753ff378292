#include "app/ApplianceClock.h"

#include <QByteArray>
#include <QtGlobal>

#include <atomic>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace plimsoll::app {

ApplianceClock::ApplianceClock()
{
    const QByteArray path = qgetenv("PLIMSOLL_TEST_CLOCK");
    if (path.isEmpty())
        return;
    const int file = ::open(path.constData(), O_RDWR | O_CLOEXEC);
    if (file < 0)
        qFatal("PLIMSOLL_TEST_CLOCK names no file that can be opened.");
    void *mapped = ::mmap(nullptr, sizeof(int64_t), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    ::close(file);
    if (mapped == MAP_FAILED)
        qFatal("The file of PLIMSOLL_TEST_CLOCK cannot be mapped.");
    m_test = static_cast<int64_t *>(mapped);
}

ApplianceClock::~ApplianceClock()
{
    if (m_test)
        ::munmap(m_test, sizeof(int64_t));
}

int64_t ApplianceClock::nowMs() const
{
    return m_test ? std::atomic_ref(*m_test).load(std::memory_order_relaxed) : m_system.nowMs();
}

} // namespace plimsoll::app
