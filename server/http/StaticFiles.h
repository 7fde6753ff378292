#pragma once

#include "server/http/Router.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace plimsoll::http {

/// The page's files out of a Qt resource folder. Immutable once made, so safe from any thread.
class StaticFiles
{
public:
    /// `root` is a resource path such as ":/web" (or a directory). "app-3F2A9C1B.js" and other names with a
    /// hash are cached for ever; the others are asked for again, by ETag. "x.js.gz" beside "x.js" is sent to
    /// whoever takes gzip.
    explicit StaticFiles(const QString &root);

    /// Adds a public GET route for each file below `prefix` ("/" makes ":/web/assets/x.js" "/assets/x.js").
    void addFiles(Router &router, const std::string &prefix) const;

    /// Answers each of these page routes with index.html and the page's Content-Security-Policy.
    void addPages(Router &router, const std::vector<std::string> &patterns) const;

    bool contains(const std::string &path) const { return m_files.contains(path); }

private:
    struct File;
    static Response answer(const File &file, const Request &request);

    std::map<std::string, std::shared_ptr<const File>> m_files; ///< by path below the root
};

} // namespace plimsoll::http
