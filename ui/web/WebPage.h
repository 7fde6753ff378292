#pragma once

namespace plimsoll {

/// Makes the page available as the Qt resource ":/web": index.html, assets/NAME-HASH.{js,css,svg}, and the
/// gzipped form of each beside it as NAME.gz. Call it once, before the first request is served.
void initWebPage();

} // namespace plimsoll
