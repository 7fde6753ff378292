#pragma once

#include "server/ingest/Decoder.h"

#include <memory>

namespace plimsoll::ingest {

/// What collectd's write_http plugin sends with Format "JSON": an array of value lists.
///
///     [{"values":[1901474177],"dstypes":["derive"],"dsnames":["value"],"time":1790000000.123,"interval":10,
///       "host":"a","plugin":"cpu","plugin_instance":"0","type":"cpu","type_instance":"idle"}]
///
/// A value list is one item. Names and labels are those of Prometheus' collectd_exporter: the plugin, the
/// type, the data source's name where it is not "value", `_total` for what only grows. Values that are null
/// (collectd's "unknown") are left out, and so are notifications. `time` is in seconds.
/// Sources: collectd.conf(5), github.com/collectd/collectd/src/utils/format_json.
class Collectd final : public Decoder
{
public:
    explicit Collectd(const Prices &prices);
    ~Collectd() override;

    Status decode(const Payload &payload, Batch &batch) override;

private:
    class Reader;
    std::unique_ptr<Reader> m_reader;
};

} // namespace plimsoll::ingest
