#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace plimsoll {

/// What kind of expected failure happened. The HTTP room maps each to one status code, so a new code needs a
/// row there.
enum class ErrorCode {
    Invalid,       ///< the input is wrong; the same input will fail again (400)
    Unauthorized,  ///< no valid credentials (401)
    Forbidden,     ///< valid credentials without the right (403)
    NotFound,      ///< (404)
    Conflict,      ///< the state forbids it, for example a kind conflict (409)
    TooLarge,      ///< a size limit was met (413)
    Unprocessable, ///< well-formed, but cannot be carried out (422)
    TooMany,       ///< a rate or quota limit was met; may succeed later (429)
    Unavailable,   ///< something we depend on is away; may succeed later (503)
    NoSpace,       ///< the disk or its budget is full (507)
    Timeout,       ///< a time limit was met (503)
    Cancelled,     ///< the asker went away
    Corrupt,       ///< stored bytes do not match their checksum or format
    Unsupported,   ///< a known thing that this version does not do (501)
    Internal,      ///< a failure that is ours (500)
};

/// An expected failure: what happened, and what to do about it.
struct Error
{
    ErrorCode code = ErrorCode::Internal;
    std::string message; ///< one plain sentence
    std::string hint;    ///< what to do next; may be empty
};

/// A value or an Error. Results are values: they cross threads and coroutines where exceptions must not.
template<typename T>
class [[nodiscard]] Result
{
public:
    Result(T value)
        : m_state(std::in_place_index<0>, std::move(value))
    {
    }
    Result(Error error)
        : m_state(std::in_place_index<1>, std::move(error))
    {
    }

    bool ok() const { return m_state.index() == 0; }
    explicit operator bool() const { return ok(); }

    /// The value; calling it on a failure is a bug of the caller.
    T &value() & { return *std::get_if<0>(&m_state); }
    const T &value() const & { return *std::get_if<0>(&m_state); }
    T &&value() && { return std::move(*std::get_if<0>(&m_state)); }
    T &operator*() & { return value(); }
    const T &operator*() const & { return value(); }
    T *operator->() { return &value(); }
    const T *operator->() const { return &value(); }

    /// The failure; calling it on a success is a bug of the caller.
    const Error &error() const { return *std::get_if<1>(&m_state); }

private:
    std::variant<T, Error> m_state;
};

/// Success without a value, or an Error.
template<>
class [[nodiscard]] Result<void>
{
public:
    Result() = default;
    Result(Error error)
        : m_error(std::move(error))
    {
    }

    bool ok() const { return !m_error; }
    explicit operator bool() const { return ok(); }
    const Error &error() const { return *m_error; }

private:
    std::optional<Error> m_error;
};

using Status = Result<void>;

} // namespace plimsoll
