#pragma once

#include "ui/desktop/data/Feed.h"

namespace plimsoll::desktop {

/// How it stands, in words: what the page's head and the tray say.
struct Sentence
{
    Standing standing = Standing::Ok;
    QString head;         ///< "1 alarm is above its line"
    QString body;         ///< one more sentence; may be empty
    QString page, action; ///< the page that helps, and the words of the button that opens it; may be empty

    static Sentence of(const Feed &feed);
};

} // namespace plimsoll::desktop
