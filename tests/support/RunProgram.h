#pragma once

#include <QByteArray>
#include <QStringList>
#include <QTemporaryFile>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <vector>

extern char **environ;

namespace plimsoll::tests {

struct ProgramResult
{
    int exitCode = -1;
    QByteArray output; ///< what it wrote to standard output and standard error
};

/// Runs a program to its end. posix_spawn rather than QProcess, whose fork makes ThreadSanitizer lose track
/// of the threads that a test has.
inline ProgramResult runProgram(const QString &program, const QStringList &arguments,
                                const QByteArray &input = {})
{
    QTemporaryFile in;
    QTemporaryFile out;
    if (!in.open() || !out.open() || in.write(input) != input.size() || !in.flush())
        return {};
    std::vector<QByteArray> words{program.toLocal8Bit()};
    for (const QString &argument : arguments)
        words.push_back(argument.toLocal8Bit());
    std::vector<char *> pointers;
    for (QByteArray &word : words)
        pointers.push_back(word.data());
    pointers.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, in.fileName().toLocal8Bit().constData(), O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, out.fileName().toLocal8Bit().constData(),
                                     O_WRONLY | O_APPEND, 0);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    pid_t pid = 0;
    const int failed = ::posix_spawnp(&pid, pointers[0], &actions, nullptr, pointers.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    int status = 0;
    if (failed || ::waitpid(pid, &status, 0) != pid)
        return {};
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, out.readAll()};
}

} // namespace plimsoll::tests
