#pragma once

#include <string_view>

namespace plimsoll::alerts {

/// The style sheet of the public status page, with the tokens of the page's own look.
inline constexpr std::string_view statusPageStyle = R"(
:root{color-scheme:light dark;--bg:#f5f7f8;--surface:#fff;--border:#e4e9ec;--border-2:#cbd3d8;--text:#12191e;--text-2:#4a5761;--text-3:#62707b;--sea:#0e6e88;--ok:#0f7652;--ok-bar:#7cc0a4;--warn:#8f5b00;--warn-m:#c98300;--bad:#bf2e1b;--bad-m:#d6402b}
@media (prefers-color-scheme:dark){:root{--bg:#0c1013;--surface:#12171b;--border:#20282e;--border-2:#323d45;--text:#e8edf0;--text-2:#a9b5bd;--text-3:#84919b;--sea:#5cc3e0;--ok:#5cc9a0;--ok-bar:#2f6b57;--warn:#f2bc5a;--warn-m:#f2bc5a;--bad:#ff7a6b;--bad-m:#ff7a6b}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--text);font:13px/1.45 ui-sans-serif,-apple-system,"Segoe UI Variable Text","Segoe UI",Inter,Roboto,"Noto Sans",system-ui,sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
main,footer{max-width:820px;margin:0 auto;padding:0 24px}
h1,h2,h3,p,ol,ul,dl,dd{margin:0;padding:0}
ol,ul{list-style:none}
a{color:var(--sea)}
a:focus-visible,summary:focus-visible{outline:2px solid var(--sea);outline-offset:2px;border-radius:2px}
svg{display:block}
.head{display:flex;align-items:center;gap:16px;padding:56px 0 32px}
.head>div{min-width:0}
.mark{flex:none;width:46px;height:46px;fill:none;stroke-width:2.1;stroke-linecap:round}
h1{font-size:24px;font-weight:600;line-height:1.25;letter-spacing:-.01em}
.head p{color:var(--text-2)}.head h1+p{margin-top:4px}
section{margin-bottom:32px}
h2{font-size:15px;font-weight:600;margin-bottom:12px}
.bar-head{display:flex;flex-wrap:wrap;justify-content:space-between;align-items:baseline;gap:4px 16px;margin-bottom:12px}
.bar-head h2{margin:0}
.key{display:flex;gap:16px;color:var(--text-2);font-size:12px}
.key span{display:flex;align-items:flex-end;gap:6px;line-height:16px}
.key svg{width:4px}
.card{background:var(--surface);border:1px solid var(--border);border-radius:12px}
.card>li{padding:12px 16px}.card>article{padding:16px}
.card>*+*{border-top:1px solid var(--border)}
.row{display:grid;grid-template-columns:minmax(0,190px) minmax(0,1fr) 64px;gap:4px 24px;align-items:center}
.row .name{display:flex;gap:10px;align-items:flex-start;min-width:0}
.row h3{font-size:13px;font-weight:600}
.row .dot{flex:none;width:10px;height:10px;margin-top:4px}
.row .word{display:block;font-size:12px}
.row .up.word{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.row .share{text-align:right}
.bars{overflow:hidden}
.bars svg{width:100%;height:24px}
.row{min-height:56px}.row .bars{margin-top:-8px}
.ends{display:grid;grid-template-columns:minmax(0,190px) minmax(0,1fr) 64px;gap:24px;padding:8px 16px;color:var(--text-3);font-size:11px}
.ends p{grid-column:2;display:flex;justify-content:space-between}
.short{display:none}
.u{stroke:var(--ok-bar);stroke-width:16;stroke-dasharray:4 2}
.p{stroke:var(--warn-m);stroke-width:4}
.d{stroke:var(--bad-m);stroke-width:4}
.m{stroke:var(--sea);stroke-width:8;stroke-dasharray:4 2}
.n{stroke:var(--border-2);stroke-width:3;stroke-dasharray:4 2}
.up{color:var(--ok)}.slow{color:var(--warn)}.down{color:var(--bad)}.maintenance{color:var(--sea)}.unknown{color:var(--text-3)}
.mark,.dot{stroke:currentColor}
.fill{fill:currentColor;stroke:none}
details{margin-top:12px;color:var(--text-2)}
summary{cursor:pointer;padding:4px 0}
details li{display:flex;gap:16px;padding:3px 0}
details li span:first-child{flex:none;width:92px}
details li span:nth-child(2){flex:1;min-width:0;color:var(--text)}
.open{border-color:currentColor}
article h2,article h3{margin:0;font-size:13px;font-weight:600;color:var(--text)}
article .when{color:var(--text-2);font-size:12px;margin-top:2px}
article ol{margin-top:12px}
article ol li{display:grid;grid-template-columns:136px minmax(0,1fr);gap:16px;padding:6px 0}
article time{color:var(--text-2);font-size:12px;line-height:19px}
article .what{color:var(--text);white-space:pre-line}
article b{font-weight:600}
.calm{color:var(--text-2)}
footer{display:flex;flex-wrap:wrap;gap:4px 24px;justify-content:space-between;padding-top:16px;padding-bottom:40px;color:var(--text-3);font-size:12px}
.by{display:inline-flex;align-items:center;gap:6px}
.by svg{width:18px;height:14px;fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round}
@media (max-width:620px){main,footer{padding-left:16px;padding-right:16px}.head{padding:32px 0 24px;gap:12px}.mark{width:36px;height:36px}h1{font-size:20px}.row{grid-template-columns:minmax(0,1fr) auto;gap:8px 16px}.row .bars{grid-column:1/-1;grid-row:2;margin-top:-6px}.bars svg{width:200%;margin-left:-100%}.ends{display:block}.long{display:none}.short{display:inline}article ol li{grid-template-columns:1fr;gap:0}}
@media (forced-colors:active){.u,.p,.d,.m,.n{stroke:CanvasText}}
@media print{body{background:#fff}.head{padding-top:0}}
)";

} // namespace plimsoll::alerts
