#include "ui/desktop/look/Tokens.h"

namespace plimsoll::desktop {

namespace {

Tokens darkTokens()
{
    Tokens t;
    t.dark = true;
    t.bg = 0x0C1013, t.surface = 0x12171B, t.raised = 0x1A2126, t.hover = 0x171D22;
    t.border = 0x20282E, t.borderStrong = 0x323D45, t.grid = 0x1E262B;
    t.text = 0xE8EDF0, t.text2 = 0xA9B5BD, t.text3 = 0x84919B;
    t.sea = 0x5CC3E0, t.water = 0x2BB5DE, t.line = 0xD5DDE2;
    t.bad = 0xFF7A6B, t.warn = 0xF2BC5A, t.ok = 0x5CC9A0;
    t.badMark = 0xFF7A6B, t.warnMark = 0xF2BC5A;
    t.button = 0xE8EDF0, t.buttonText = 0x12171B;
    t.q50 = 0x2F7C98, t.q95 = 0x2BB5DE, t.q99 = 0xA8E4F5;
    return t;
}

Tokens lightTokens()
{
    Tokens t;
    t.bg = 0xF5F7F8, t.surface = 0xFFFFFF, t.raised = 0xFFFFFF, t.hover = 0xF0F3F5;
    t.border = 0xE4E9EC, t.borderStrong = 0xCBD3D8, t.grid = 0xEDF1F3;
    t.text = 0x12191E, t.text2 = 0x4A5761, t.text3 = 0x62707B;
    t.sea = 0x0E6E88, t.water = 0x1D7085, t.line = 0x2B363D;
    t.bad = 0xBF2E1B, t.warn = 0x8F5B00, t.ok = 0x0F7652;
    t.badMark = 0xD6402B, t.warnMark = 0xC98300;
    t.button = 0x12191E, t.buttonText = 0xFFFFFF;
    t.q50 = 0x5A9BAE, t.q95 = 0x1D7085, t.q99 = 0x0B3440;
    return t;
}

} // namespace

const Tokens &Tokens::of(bool dark)
{
    static const Tokens darkOnes = darkTokens();
    static const Tokens lightOnes = lightTokens();
    return dark ? darkOnes : lightOnes;
}

} // namespace plimsoll::desktop
