#include "server/ingest/scrape/ScrapeFile.h"

#include "server/ingest/NameRules.h"
#include "server/ingest/scrape/RelabelYaml.h"
#include "server/ingest/scrape/YamlFields.h"
#include "storage/query/Duration.h"

#include <QUrl>

#include <filesystem>
#include <set>

namespace plimsoll::ingest {
namespace {

constexpr int64_t usualIntervalMs = 60'000;
constexpr int64_t usualTimeoutMs = 10'000;

/// The ways to find targets that Prometheus has and this has not.
bool isForeignDiscovery(const std::string &field)
{
    return field.ends_with("_sd_configs") && field != "file_sd_configs";
}

class FileReader
{
public:
    explicit FileReader(std::string folder)
        : m_folder(std::move(folder))
    {
    }

    std::vector<ScrapeJob> read(const YAML::Node &root)
    {
        std::vector<ScrapeJob> jobs;
        if (root.IsNull())
            return jobs;
        YamlFields fields(root, "The configuration");
        readGlobal(fields.take("global"));
        std::set<std::string> names;
        for (const YAML::Node &item : fields.items("scrape_configs")) {
            jobs.push_back(readJob(item));
            if (!names.insert(jobs.back().name).second)
                throw YamlFault(item, "There are two jobs with the job_name " +
                                          quoted(std::string_view(jobs.back().name)) + ".");
        }
        return jobs;
    }

private:
    void readGlobal(const YAML::Node &node)
    {
        if (node.IsNull())
            return;
        YamlFields fields(node, "global");
        m_intervalMs = fields.durationMs("scrape_interval", m_intervalMs);
        m_timeoutMs = fields.durationMs("scrape_timeout", std::min(m_timeoutMs, m_intervalMs));
        m_bounds = readBounds(fields, m_bounds);
        m_protocols = readProtocols(fields, m_protocols);
    }

    static ScrapeBounds readBounds(YamlFields &fields, ScrapeBounds bounds)
    {
        bounds.bodyBytes =
            std::min(fields.bytes("body_size_limit", bounds.bodyBytes), ScrapeBounds::mostBodyBytes);
        const auto count = [&](const char *name, uint64_t before) {
            return fields.has(name) ? fields.count(name) : (fields.take(name), before);
        };
        bounds.samples = count("sample_limit", bounds.samples);
        bounds.labels = count("label_limit", bounds.labels);
        bounds.labelNameBytes = count("label_name_length_limit", bounds.labelNameBytes);
        bounds.labelValueBytes = count("label_value_length_limit", bounds.labelValueBytes);
        return bounds;
    }

    static std::vector<ScrapeProtocol> readProtocols(YamlFields &fields, std::vector<ScrapeProtocol> before)
    {
        std::vector<ScrapeProtocol> out;
        for (const YAML::Node &item : fields.items("scrape_protocols")) {
            const std::string name = item.IsScalar() ? item.Scalar() : std::string();
            const auto protocol = scrapeProtocolNamed(name);
            if (protocol)
                out.push_back(*protocol);
            else if (name != "PrometheusProto")
                throw YamlFault(item, "The protocol " + quoted(std::string_view(name)) + " is not known.");
        }
        return out.empty() ? before : out;
    }

    ScrapeJob readJob(const YAML::Node &node)
    {
        YamlFields fields(node, "A job of scrape_configs");
        for (const auto &field : node) {
            if (isForeignDiscovery(field.first.Scalar()))
                throw YamlFault(field.first, field.first.Scalar() + " is not supported; static_configs and "
                                                                    "file_sd_configs are.");
        }
        ScrapeJob job;
        job.name = fields.neededText("job_name");
        job.scheme = fields.text("scheme", job.scheme);
        if (job.scheme != "http" && job.scheme != "https")
            throw YamlFault(fields.take("scheme"), "scheme must be http or https.");
        job.path = fields.text("metrics_path", job.path);
        readCommon(fields, job.common);
        readAuth(fields, job.common);
        readParameters(fields.take("params"), job);
        job.common.pool = job.name;
        job.targetLimit = fields.count("target_limit");
        job.relabel = readRelabel(fields.take("relabel_configs"), "relabel_configs");
        job.common.metricRelabel =
            readRelabel(fields.take("metric_relabel_configs"), "metric_relabel_configs");
        for (const YAML::Node &item : fields.items("static_configs"))
            job.groups.push_back(readGroup(item));
        for (const YAML::Node &item : fields.items("file_sd_configs"))
            readDiscovery(item, job);
        fields.finish();
        return job;
    }

    void readCommon(YamlFields &fields, ScrapeTarget &target) const
    {
        target.intervalMs = fields.durationMs("scrape_interval", m_intervalMs);
        target.timeoutMs = fields.durationMs("scrape_timeout", std::min(m_timeoutMs, target.intervalMs));
        if (target.timeoutMs > target.intervalMs)
            throw YamlFault(fields.take("scrape_timeout"), "scrape_timeout is longer than scrape_interval.");
        target.honorLabels = fields.flag("honor_labels", target.honorLabels);
        target.honorTimestamps = fields.flag("honor_timestamps", target.honorTimestamps);
        target.trackTimestampsStaleness =
            fields.flag("track_timestamps_staleness", target.trackTimestampsStaleness);
        target.followRedirects = fields.flag("follow_redirects", target.followRedirects);
        target.compression = fields.flag("enable_compression", target.compression);
        target.protocols = readProtocols(fields, m_protocols);
        target.bounds = readBounds(fields, m_bounds);
        const std::string fallback = fields.text("fallback_scrape_protocol");
        target.fallback = scrapeProtocolNamed(fallback);
        if (!fallback.empty() && !target.fallback)
            throw YamlFault(fields.take("fallback_scrape_protocol"),
                            "The protocol " + quoted(std::string_view(fallback)) + " is not known.");
        fields.take("enable_http2"); // HTTP/1.1 is what is spoken
        fields.take("scrape_classic_histograms");
        fields.take("always_scrape_classic_histograms");
    }

    ScrapeSecret secret(YamlFields &fields, const char *name, const char *fileName) const
    {
        ScrapeSecret out;
        out.text = fields.text(name);
        const std::string file = fields.text(fileName);
        if (!file.empty() && !out.text.empty())
            throw YamlFault(fields.node(), std::string(name) + " and " + fileName + " cannot both be there.");
        if (!file.empty())
            out.file = absolute(file);
        return out;
    }

    void readAuth(YamlFields &fields, ScrapeTarget &target) const
    {
        ScrapeAuth &auth = target.auth;
        const auto kinds = int(fields.has("basic_auth")) + int(fields.has("authorization")) +
                           int(fields.has("bearer_token") || fields.has("bearer_token_file"));
        if (kinds > 1)
            throw YamlFault(fields.node(),
                            "Only one of basic_auth, authorization and bearer_token may be there.");
        const YAML::Node basic = fields.take("basic_auth");
        const YAML::Node authorization = fields.take("authorization");
        const ScrapeSecret bearer = secret(fields, "bearer_token", "bearer_token_file");
        if (!basic.IsNull()) {
            YamlFields parts(basic, "basic_auth");
            auth.kind = ScrapeAuth::Kind::Basic;
            auth.user = parts.text("username");
            auth.secret = secret(parts, "password", "password_file");
            parts.finish();
        } else if (!authorization.IsNull()) {
            YamlFields parts(authorization, "authorization");
            auth.kind = ScrapeAuth::Kind::Header;
            auth.scheme = parts.text("type", auth.scheme);
            auth.secret = secret(parts, "credentials", "credentials_file");
            parts.finish();
        } else if (!bearer.empty()) {
            auth.kind = ScrapeAuth::Kind::Header;
            auth.secret = bearer;
        }
        readTls(fields.take("tls_config"), target.tls);
        readHeaders(fields.take("http_headers"), target);
    }

    void readTls(const YAML::Node &node, ScrapeTls &tls) const
    {
        if (node.IsNull())
            return;
        YamlFields fields(node, "tls_config");
        tls.ca = secret(fields, "ca", "ca_file");
        tls.certificate = secret(fields, "cert", "cert_file");
        tls.key = secret(fields, "key", "key_file");
        tls.serverName = fields.text("server_name");
        tls.insecureSkipVerify = fields.flag("insecure_skip_verify", false);
        fields.take("min_version");
        fields.take("max_version");
        if (tls.certificate.empty() != tls.key.empty())
            throw YamlFault(node, "A certificate and its key go together.");
        fields.finish();
    }

    void readHeaders(const YAML::Node &node, ScrapeTarget &target) const
    {
        if (node.IsNull())
            return;
        if (!node.IsMap())
            throw YamlFault(node, "http_headers must be a mapping.");
        for (const auto &header : node) {
            YamlFields fields(header.second, "A header");
            const std::string name = header.first.Scalar();
            for (const std::string &value : fields.texts("values"))
                target.headers.push_back({name, {value, {}}});
            for (const std::string &value : fields.texts("secrets"))
                target.headers.push_back({name, {value, {}}});
            for (const std::string &file : fields.texts("files"))
                target.headers.push_back({name, {{}, absolute(file)}});
            fields.finish();
        }
    }

    static void readParameters(const YAML::Node &node, ScrapeJob &job)
    {
        if (node.IsNull())
            return;
        if (!node.IsMap())
            throw YamlFault(node, "params must be a mapping.");
        YamlFields fields(node, "params");
        for (const auto &parameter : node) {
            const std::string name = parameter.first.Scalar();
            job.parameters.emplace_back(name, fields.texts(name.c_str()));
        }
    }

    void readDiscovery(const YAML::Node &node, ScrapeJob &job) const
    {
        YamlFields fields(node, "An entry of file_sd_configs");
        for (const std::string &path : fields.texts("files")) {
            if (!path.ends_with(".json") && !path.ends_with(".yml") && !path.ends_with(".yaml"))
                throw YamlFault(node, "The path " + quoted(std::string_view(path)) +
                                          " must end with .json, .yml or .yaml.");
            job.filePaths.push_back(absolute(path));
        }
        fields.durationMs("refresh_interval", 1);
        fields.finish();
    }

    std::string absolute(const std::string &path) const
    {
        return (std::filesystem::path(m_folder) / path).lexically_normal().string();
    }

public:
    static TargetGroup readGroup(const YAML::Node &node)
    {
        YamlFields fields(node, "A group of targets");
        TargetGroup group;
        for (const std::string &address : fields.texts("targets")) {
            if (address.empty() || address.find('/') != std::string::npos)
                throw YamlFault(node, "The target " + quoted(std::string_view(address)) +
                                          " must be host:port, without a path.");
            group.addresses.push_back(address);
        }
        const YAML::Node labels = fields.take("labels");
        if (!labels.IsNull() && !labels.IsMap())
            throw YamlFault(labels, "labels must be a mapping.");
        for (const auto &label : labels) {
            if (!label.second.IsScalar())
                throw YamlFault(label.first, "The label " + label.first.Scalar() + " must be a text.");
            group.labels.set(label.first.Scalar(), label.second.Scalar());
        }
        fields.finish();
        return group;
    }

private:
    const std::string m_folder;
    int64_t m_intervalMs = usualIntervalMs;
    int64_t m_timeoutMs = usualTimeoutMs;
    ScrapeBounds m_bounds;
    std::vector<ScrapeProtocol> m_protocols = defaultScrapeProtocols();
};

/// Runs a reading that may throw.
template<typename Value, typename Read>
Result<Value> guarded(const std::string &name, Read read)
{
    const auto fault = [&](int line, const std::string &message) {
        return Error{
            ErrorCode::Invalid, name + ':' + (line > 0 ? std::to_string(line) + ": " : " ") + message, {}};
    };
    try {
        return read();
    } catch (const YamlFault &wrong) {
        return fault(wrong.line(), wrong.what());
    } catch (const YAML::Exception &wrong) {
        return fault(wrong.mark.line + 1, "This is not YAML: " + wrong.msg + '.');
    } catch (const std::exception &wrong) {
        return fault(0, wrong.what());
    }
}

std::string urlOf(const Labels &labels, const std::string &address)
{
    std::string query;
    for (const auto &[name, value] : labels) {
        if (!name.starts_with("__param_"))
            continue;
        query += query.empty() ? '?' : '&';
        query += QUrl::toPercentEncoding(QString::fromStdString(name.substr(8))).toStdString() + '=' +
                 QUrl::toPercentEncoding(QString::fromStdString(value)).toStdString();
    }
    std::string path(labels.value("__metrics_path__"));
    if (!path.starts_with('/'))
        path.insert(0, 1, '/');
    if (path.find('?') != std::string::npos && !query.empty())
        query.front() = '&';
    return std::string(labels.value("__scheme__")) + "://" + address + path + query;
}

} // namespace

Result<std::vector<ScrapeJob>> readScrapeFile(const std::string &text, const std::string &name,
                                              const std::string &folder)
{
    return guarded<std::vector<ScrapeJob>>(name, [&] { return FileReader(folder).read(YAML::Load(text)); });
}

Result<std::vector<TargetGroup>> readTargetGroups(const std::string &text, const std::string &name)
{
    return guarded<std::vector<TargetGroup>>(name, [&] {
        std::vector<TargetGroup> groups;
        const YAML::Node root = YAML::Load(text);
        if (root.IsNull())
            return groups;
        if (!root.IsSequence())
            throw YamlFault(root, "The file must hold a list of groups of targets.");
        for (const YAML::Node &item : root)
            groups.push_back(FileReader::readGroup(item));
        return groups;
    });
}

Result<std::optional<ScrapeTarget>> makeTarget(const ScrapeJob &job, const std::string &address,
                                               const Labels &labels, Labels &discovered)
{
    const auto invalid = [&](const std::string &what) {
        return Error{ErrorCode::Invalid,
                     "The target " + quoted(std::string_view(address)) + " of job " +
                         quoted(std::string_view(job.name)) + ": " + what,
                     {}};
    };
    Labels all = labels;
    all.set("__address__", address);
    const auto setDefault = [&](const char *name, const std::string &value) {
        if (!all.contains(name))
            all.set(name, value);
    };
    setDefault("job", job.name);
    setDefault("__scheme__", job.scheme);
    setDefault("__metrics_path__", job.path);
    setDefault("__scrape_interval__", promql::formatDuration(job.common.intervalMs));
    setDefault("__scrape_timeout__", promql::formatDuration(job.common.timeoutMs));
    for (const auto &[name, values] : job.parameters)
        setDefault(("__param_" + name).c_str(), values.empty() ? std::string() : values.front());
    discovered = all;
    if (!job.relabel.apply(all) || all.value("__address__").empty())
        return std::optional<ScrapeTarget>();
    ScrapeTarget target = job.common;
    const std::string host(all.value("__address__"));
    const auto interval = promql::parseDuration(all.value("__scrape_interval__"));
    const auto timeout = promql::parseDuration(all.value("__scrape_timeout__"));
    if (!interval || *interval <= 0 || !timeout || *timeout <= 0 || *timeout > *interval)
        return invalid("its interval or timeout is not valid after relabeling.");
    target.intervalMs = *interval;
    target.timeoutMs = *timeout;
    target.url = urlOf(all, host);
    for (const auto &[name, values] : job.parameters) {
        for (size_t i = 1; i < values.size(); i++)
            target.url += (target.url.find('?') == std::string::npos ? '?' : '&') +
                          QUrl::toPercentEncoding(QString::fromStdString(name)).toStdString() + '=' +
                          QUrl::toPercentEncoding(QString::fromStdString(values[i])).toStdString();
    }
    const QUrl url(QString::fromStdString(target.url), QUrl::StrictMode);
    if (!url.isValid() || url.host().isEmpty() || !url.userInfo().isEmpty() ||
        (url.scheme() != QLatin1String("http") && url.scheme() != QLatin1String("https")))
        return invalid(quoted(std::string_view(target.url)) + " is no URL that can be scraped.");
    target.labels = all;
    for (const auto &[name, value] : all) {
        if (name.starts_with("__"))
            target.labels.remove(name);
    }
    if (!target.labels.contains("instance"))
        target.labels.set("instance", host);
    if (const auto fault = checkLabels(target.labels))
        return invalid(fault->message);
    target.discovered = discovered;
    return std::optional<ScrapeTarget>(std::move(target));
}

} // namespace plimsoll::ingest
