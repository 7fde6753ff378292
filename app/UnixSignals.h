#pragma once

#include <QObject>

#include <memory>

class QSocketNotifier;

namespace plimsoll::app {

/// Turns SIGTERM, SIGINT and SIGHUP into Qt signals on the thread that made it. Construct it before any other
/// thread starts, since threads inherit the blocked mask. Source: signalfd(2).
class UnixSignals final : public QObject
{
    Q_OBJECT

public:
    explicit UnixSignals(QObject *parent = nullptr);
    ~UnixSignals() override;

Q_SIGNALS:
    void stopRequested();
    void reloadRequested();

private:
    void read();

    int m_descriptor = -1;
    std::unique_ptr<QSocketNotifier> m_notifier;
};

} // namespace plimsoll::app
