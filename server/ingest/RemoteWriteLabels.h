#pragma once

#include "server/ingest/ItemError.h"
#include "storage/model/LabelsKey.h"

#include <string>
#include <string_view>
#include <vector>

namespace plimsoll::ingest {

/// The canonical key that a run of label fields of a TimeSeries means, or what is wrong with them. Labels may
/// come in any order; those without a value are none. `labels` and `key` are filled; their memory is reused.
/// Throws protozero::exception where the bytes are no such fields.
ItemCheck readRemoteLabels(std::string_view run, std::vector<LabelView> &labels, std::string &key);

/// The same for labels that were read already; they are sorted, and those without a value taken out.
ItemCheck makeRemoteKey(std::vector<LabelView> &labels, std::string &key);

} // namespace plimsoll::ingest
