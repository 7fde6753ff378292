#include "server/http/StaticFiles.h"

#include "server/http/ContentCoding.h"
#include "server/http/ResponseWriter.h"

#include <QCryptographicHash>
#include <QDirIterator>
#include <QFile>
#include <QRegularExpression>

namespace plimsoll::http {

struct StaticFiles::File
{
    QByteArray contentType;
    QByteArray plain;
    QByteArray gzipped; ///< empty where there is none
    QByteArray tag;     ///< strong, of the plain bytes, without quotes
    bool immutable = false;
};

namespace {

QByteArray typeOf(const QString &name)
{
    static const std::map<QString, QByteArray> types = {
        {"html", "text/html; charset=utf-8"},
        {"js", "text/javascript; charset=utf-8"},
        {"css", "text/css; charset=utf-8"},
        {"json", "application/json"},
        {"map", "application/json"},
        {"svg", "image/svg+xml"},
        {"png", "image/png"},
        {"ico", "image/x-icon"},
        {"woff2", "font/woff2"},
        {"txt", "text/plain; charset=utf-8"},
        {"webmanifest", "application/manifest+json"},
    };
    const auto it = types.find(name.mid(name.lastIndexOf(u'.') + 1).toLower());
    return it == types.end() ? QByteArray("application/octet-stream") : it->second;
}

/// "app-3F2A9C1B.js" or "chunk.0a1b2c3d4e.css": the bytes behind such a name never change.
bool hasHashInName(const QString &name)
{
    static const QRegularExpression hashed(
        QStringLiteral("[-.](?=[A-Za-z]*[0-9])[A-Za-z0-9]{8,}\\.[a-z0-9]+$|-[A-Z0-9]{8}\\.[a-z0-9]+$"));
    return hashed.match(name).hasMatch();
}

QByteArray contentsOf(const QString &name)
{
    QFile file(name);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// True if an If-None-Match header names this tag (weak comparison, RFC 9110 section 13.1.2).
bool matches(std::string_view header, const QByteArray &tag)
{
    for (QByteArray item : QByteArray(header.data(), qsizetype(header.size())).split(',')) {
        item = item.trimmed();
        if (item.startsWith("W/"))
            item.remove(0, 2);
        if (item == "*" || item == tag)
            return true;
    }
    return false;
}

RouteDescription describe(const char *summary, const QByteArray &contentType)
{
    return {.group = "Page",
            .summary = summary,
            .text = {},
            .answers = {{.text = "The file.", .contentType = contentType.toStdString()}}};
}

} // namespace

StaticFiles::StaticFiles(const QString &root)
{
    QDirIterator files(root, QDir::Files, QDirIterator::Subdirectories);
    while (files.hasNext()) {
        const QString name = files.next();
        const QString path = name.mid(root.size() + (root.endsWith(u'/') ? 0 : 1));
        if (path.endsWith(u".gz") && QFile::exists(name.chopped(3)))
            continue;
        auto file = std::make_shared<File>();
        file->contentType = typeOf(path);
        file->plain = contentsOf(name);
        file->gzipped = contentsOf(name + QStringLiteral(".gz"));
        file->tag = QCryptographicHash::hash(file->plain, QCryptographicHash::Blake2b_160)
                        .toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals);
        file->immutable = hasHashInName(path);
        m_files.emplace(path.toStdString(), std::move(file));
    }
}

void StaticFiles::addFiles(Router &router, const std::string &prefix) const
{
    for (const auto &[path, file] : m_files) {
        router.get(
            prefix + path, Access::Public,
            [file = file](const RequestPtr &request, Reply reply) { reply.send(answer(*file, *request)); },
            describe("A file of the page", file->contentType));
    }
}

void StaticFiles::addPages(Router &router, const std::vector<std::string> &patterns) const
{
    const auto index = m_files.find("index.html");
    if (index == m_files.end())
        return;
    for (const std::string &pattern : patterns) {
        router.get(
            pattern, Access::Public,
            [file = index->second](const RequestPtr &request, Reply reply) {
                reply.send(answer(*file, *request));
            },
            describe("The page", index->second->contentType));
    }
}

Response StaticFiles::answer(const File &file, const Request &request)
{
    const bool gzip =
        !file.gzipped.isEmpty() &&
        preferredCoding(request.header("accept-encoding").value_or(std::string_view())) != Coding::Identity &&
        request.header("accept-encoding")->find("gzip") != std::string_view::npos;
    const QByteArray tag = "\"" + file.tag + (gzip ? "-gz\"" : "\"");
    Response response;
    response.contentType = file.contentType;
    response.headers = {
        {"ETag", tag},
        {"Cache-Control", file.immutable ? "public, max-age=31536000, immutable" : "no-cache"}};
    if (!file.gzipped.isEmpty())
        response.headers.emplace_back("Vary", "Accept-Encoding");
    if (const auto known = request.header("if-none-match"); known && matches(*known, tag)) {
        response.status = 304;
        return response;
    }
    response.body = gzip ? file.gzipped : file.plain;
    if (gzip)
        response.headers.emplace_back("Content-Encoding", "gzip");
    return response;
}

} // namespace plimsoll::http
