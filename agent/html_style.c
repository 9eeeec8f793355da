// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How a page looks: on a light or dark screen as the reader's system has it, and on paper.
 */
#include "html.h"

#define LIGHT \
	"--bg:#fff;--fg:#1b2430;--muted:#566273;--line:#d5dce6;--card:#f4f6fa;" \
	"--s1:#4c86d9;--s2:#e8871e;--s3:#1f9e7a;--marker:#cdd5e0;--dropped:#a678d0;--on:#fff;" \
	"--kernel:#c0392b;--exec:#e67e22;--stack:#f1b70e;--pinned:#8e44ad;--anon:#2e86de;--shmem:#56b8dd;" \
	"--file:#1e9e74;--cache:#8fcf9f;--free:#d3dae4;--unknown:#7f8a99;--nopage:#e9edf2;--hot:#c2185b;--cold:#e6ebf2;"
#define DARK \
	"--bg:#12161d;--fg:#e4e9f0;--muted:#9aa7b8;--line:#2f3947;--card:#1a202a;" \
	"--s1:#5b9bf0;--s2:#f59b3a;--s3:#35bf95;--marker:#3f4a5a;--dropped:#b98ae6;--on:#0c1016;" \
	"--kernel:#e4574a;--exec:#f08c3a;--stack:#f5cd47;--pinned:#b06fd6;--anon:#5aa5f2;--shmem:#6cc9ec;" \
	"--file:#35bf95;--cache:#8fce9f;--free:#37414f;--unknown:#8b96a5;--nopage:#232b36;--hot:#ff6f91;--cold:#252d39;"

const char tsmc_html_style[] =
":root{color-scheme:light dark;" LIGHT "}\n"
"@media (prefers-color-scheme:dark){:root{" DARK "}}\n"
"@media print{:root{" LIGHT "}section{break-inside:avoid}main{padding:0}}\n"
"*{box-sizing:border-box;print-color-adjust:exact;-webkit-print-color-adjust:exact}\n"
"body{margin:0;background:var(--bg);color:var(--fg);font:15px/1.5 system-ui,'DejaVu Sans',sans-serif;"
"font-variant-numeric:tabular-nums}\n"
"main{max-width:1088px;margin:0 auto;padding:24px}\n"
"h1{font-size:25px;line-height:1.25;margin:0 0 4px;overflow-wrap:anywhere}\n"
"h2{font-size:18px;margin:36px 0 2px;padding-top:14px;border-top:1px solid var(--line)}\n"
"h3{font-size:15px;margin:18px 0 2px}\n"
"p{margin:2px 0 10px;color:var(--muted);max-width:75ch}\n"
".runs{display:grid;gap:28px;grid-template-columns:repeat(auto-fit,minmax(min(100%,460px),1fr))}\n"
".runs>*{min-width:0}\n"
".run{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:12px 16px;"
"overflow-wrap:anywhere}\n"
".run p{margin:0}\n"
".badge{display:inline-block;min-width:1.6em;text-align:center;border-radius:5px;color:var(--bg);"
"background:var(--fg);font-size:.85em}\n"
".big{display:grid;grid-template-columns:repeat(auto-fit,minmax(96px,1fr));gap:10px;margin:10px 0 0}\n"
".big div{font-size:12px;color:var(--muted)}.big b{display:block;font-size:21px;line-height:1.3;color:var(--fg)}\n"
"figure{margin:4px 0 0}\n"
"figcaption{margin-top:4px;font-size:13px;color:var(--muted)}\n"
"svg{display:block;width:100%;height:auto;overflow:visible}\n"
"svg text{font:12px system-ui,'DejaVu Sans',sans-serif;fill:var(--muted)}\n"
"svg text.on{fill:var(--on);font-weight:600}\n"
"svg .grid{stroke:var(--line);stroke-width:1}\n"
"svg .band{opacity:.13}\n"
"svg .area{opacity:.25}\n"
"svg .light{opacity:.72}\n"
"svg .edge{fill:none;stroke-width:1.6;stroke-linejoin:round}\n"
"svg .mark{stroke:var(--fg);stroke-width:1.5;stroke-dasharray:3 3}\n"
".legend{display:flex;flex-wrap:wrap;gap:2px 18px;margin:6px 0 0;padding:0;list-style:none;font-size:13px}\n"
".legend i{display:inline-block;width:12px;height:12px;border-radius:2px;margin-right:6px;vertical-align:-1px}\n"
".heat{display:inline-flex;gap:1px;align-items:center}.heat i{margin:0;border-radius:0}\n"
".scroll{overflow-x:auto}\n"
"table{border-collapse:collapse;width:100%;font-size:13px;margin-top:8px}\n"
"th,td{text-align:right;padding:3px 8px;border-bottom:1px solid var(--line);font-weight:400;white-space:nowrap}\n"
"th:first-child{text-align:left;white-space:normal}\n"
"thead th{color:var(--muted);border-bottom-width:2px}\n"
"tr.sum>*{font-weight:600}\n"
"tr.part th{padding-left:22px;color:var(--muted)}\n"
"footer{margin-top:36px;padding-top:10px;border-top:1px solid var(--line);font-size:13px;color:var(--muted)}\n"
".s1{fill:var(--s1);background:var(--s1)}.s2{fill:var(--s2);background:var(--s2)}"
".s3{fill:var(--s3);background:var(--s3)}.marker{fill:var(--marker);background:var(--marker)}"
".dropped{fill:var(--dropped);background:var(--dropped)}.hot{fill:var(--hot);background:var(--hot)}"
".cold{fill:var(--cold);background:var(--cold)}.e1{stroke:var(--s1)}.e3{stroke:var(--hot)}.ef{stroke:var(--fg)}\n"
".kernel{fill:var(--kernel);background:var(--kernel)}.exec{fill:var(--exec);background:var(--exec)}"
".stack{fill:var(--stack);background:var(--stack)}.pinned{fill:var(--pinned);background:var(--pinned)}"
".anon{fill:var(--anon);background:var(--anon)}.shmem{fill:var(--shmem);background:var(--shmem)}"
".file{fill:var(--file);background:var(--file)}.cache{fill:var(--cache);background:var(--cache)}"
".free{fill:var(--free);background:var(--free)}.unknown{fill:var(--unknown);background:var(--unknown)}"
".nopage{fill:var(--nopage);background:var(--nopage)}\n";
