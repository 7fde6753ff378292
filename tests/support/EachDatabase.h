#pragma once

#include "storage/backend/PostgresBackend.h"
#include "storage/backend/SqliteBackend.h"
#include "tests/support/PostgresServer.h"

#include <QTemporaryDir>
#include <QTest>

#include <filesystem>
#include <functional>
#include <memory>

namespace plimsoll::test {

/// The databases that a test runs on: a column `database` for its rows, and a new empty one for each.
class EachDatabase
{
public:
    enum Which { Memory, Sqlite, Postgres };

    /// Connects to the same database each time that it is called; null for the one in memory.
    using Connect = std::function<std::unique_ptr<Backend>()>;

    static constexpr const char *nameOf(Which which)
    {
        constexpr const char *names[] = {"memory", "SQLite", "PostgreSQL"};
        return names[which];
    }

    /// Why a test must be skipped on it: null where it runs, which starts the server.
    const char *whyNot(Which which)
    {
        if (which != Postgres)
            return nullptr;
        if (const char *why = PostgresServer::whyNot())
            return why;
        if (m_server.isRunning() || m_server.start())
            return nullptr;
        QTest::qFail(m_server.output(), __FILE__, __LINE__);
        return "PostgreSQL does not start";
    }

    Connect fresh(Which which)
    {
        if (which == Memory)
            return {};
        if (which == Sqlite) {
            const auto directory = std::make_shared<QTemporaryDir>();
            return [directory] {
                return std::make_unique<SqliteBackend>(
                    std::filesystem::path(directory->filePath(QStringLiteral("plimsoll.db")).toStdString()));
            };
        }
        return [url = m_server.newUrl()] {
            return std::make_unique<PostgresBackend>(PostgresSettings::parse(url).value(),
                                                     std::string(32, 'a'));
        };
    }

    PostgresServer &server() { return m_server; }

private:
    PostgresServer m_server;
};

} // namespace plimsoll::test
