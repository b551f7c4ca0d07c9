"""The style of the page: one column of calm, light or dark as the reader's machine is."""

STYLE = """
:root {
  --paper: #fbfbf9; --card: #ffffff; --ink: #1c2126; --quiet: #5c6670; --rule: #e2e4e1;
  --accent: #14532d; --mark: #e7f1ea; --better: #15713c; --worse: #b3401f; --undecided: #6b7680;
  --color-0: #64707d; --color-1: #14713c; --color-2: #2458b3; --color-3: #b3541e;
  --color-4: #7b3fa0; --color-5: #9a7b00;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171a; --card: #1b1f23; --ink: #e8eaec; --quiet: #a0a9b2; --rule: #2f353b;
    --accent: #86d3a0; --mark: #1d3326; --better: #6fce92; --worse: #f0936f; --undecided: #98a2ab;
    --color-0: #9aa6b2; --color-1: #6fce92; --color-2: #84aef5; --color-3: #f0a070;
    --color-4: #c79be6; --color-5: #dcc04a;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 1rem; }
body {
  margin: 0 auto; padding: 0 24px 64px; max-width: 1168px; background: var(--paper);
  color: var(--ink); font: 1rem/1.6 var(--sans); overflow-wrap: anywhere;
}
h1, h2, h3, h4 { line-height: 1.25; font-weight: 650; letter-spacing: -0.01em; text-wrap: balance; }
h1 { font-size: 2.1rem; margin: 0 0 .5rem; }
h2 { font-size: 1.45rem; margin: 0 0 1rem; }
h3 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
h4 { font-size: .95rem; margin: 1.5rem 0 .6rem; }
p { margin: 0 0 .8rem; max-width: 72ch; }
a { color: var(--accent); }
.quiet { color: var(--quiet); font-weight: 400; }
.small { font-size: .84rem; line-height: 1.45; }
header { padding: 56px 0 0; }
.overline { margin: 0 0 .4rem; font-size: .8rem; letter-spacing: .08em; color: var(--accent); }
nav { display: flex; gap: 6px 22px; flex-wrap: wrap; margin-top: 1.6rem; padding: 12px 0;
  border-block: 1px solid var(--rule); font-size: .9rem; }
nav a { color: var(--ink); text-decoration: none; }
nav a:hover { color: var(--accent); text-decoration: underline; }
section { padding: 48px 0 0; }
footer { margin-top: 64px; padding-top: 16px; border-top: 1px solid var(--rule);
  color: var(--quiet); font-size: .84rem; }
.lead { font-size: 1.3rem; line-height: 1.45; max-width: 52ch; text-wrap: balance; }
.cards { display: grid; gap: 16px; margin: 1.6rem 0;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 260px), 360px)); }
.card { padding: 18px 20px; background: var(--card); border: 1px solid var(--rule);
  border-radius: 12px; }
.card p { margin: 0; }
.big { font-size: 2.3rem; line-height: 1.3; font-weight: 650; letter-spacing: -0.02em;
  font-variant-numeric: tabular-nums; }
.better { color: var(--better); }
.worse { color: var(--worse); }
.no { color: var(--undecided); }
.strip { display: grid; gap: 12px; grid-template-columns: repeat(4, minmax(0, 190px));
  margin: 1.6rem 0 .5rem; }
figure { margin: 0; }
img { display: block; width: 100%; height: auto; border-radius: 6px; background: var(--rule); }
img.pixels { image-rendering: pixelated; }
figcaption { font-size: .84rem; line-height: 1.35; margin-top: 6px; }

.scrolling { overflow-x: auto; border: 1px solid var(--rule); border-radius: 12px;
  background: var(--card); margin: 1rem 0; overscroll-behavior-x: contain; }
.scrolling:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
table { border-collapse: separate; border-spacing: 0; width: 100%; font-size: .9rem;
  overflow-wrap: normal; }
th, td { padding: 9px 12px; text-align: left; vertical-align: top; line-height: 1.4;
  border-bottom: 1px solid var(--rule); }
tbody tr:last-child > * { border-bottom: 0; }
th { font-weight: 600; }
thead th { font-size: .84rem; vertical-align: bottom; }
thead th .small { display: block; }
th:first-child { position: sticky; left: 0; z-index: 1; background: var(--card);
  min-width: 150px; max-width: 210px; overflow-wrap: anywhere; }
.results th:first-child, .wide th:first-child { border-right: 1px solid var(--rule); }
.results td, .results thead th + th { min-width: 108px; text-align: right; }
.results thead th { max-width: 150px; overflow-wrap: anywhere; }
td, .value, .interval-text { font-variant-numeric: tabular-nums; }
.value { display: block; }
.interval-text { display: block; white-space: nowrap; font-size: .75rem; color: var(--quiet); }
td.best { background: var(--mark); }
.badge { font-size: .68rem; font-weight: 600; color: var(--accent); }
.missing { color: var(--quiet); }
sup { font-size: .68em; font-weight: 400; line-height: 0; color: var(--quiet); }
.plain { width: fit-content; max-width: 100%; }
.plain.wide { width: auto; }
.wide table { min-width: 700px; }
.wide td { overflow-wrap: anywhere; min-width: 80px; }
.beside { display: grid; gap: 0 48px; grid-template-columns: minmax(0, 1fr); }
@media (min-width: 960px) { .beside { grid-template-columns: minmax(0, 1fr) 340px; } }
.number { text-align: right; }
td.number { white-space: nowrap; }
.footnotes { font-size: .84rem; line-height: 1.5; color: var(--quiet); padding-left: 1.6em;
  max-width: 80ch; }
.notice { padding: 12px 16px; border-left: 3px solid var(--worse); background: var(--card); }

details { border-top: 1px solid var(--rule); }
details:last-of-type { border-bottom: 1px solid var(--rule); }
summary { cursor: pointer; padding: 11px 0; }
.forest { padding: 0 0 20px; max-width: 1120px; }
.forest h4 { margin: 1rem 0 .3rem; font-weight: 400; color: var(--quiet); font-size: .88rem; }
.forest-row { display: grid; gap: 2px 18px; align-items: center; padding: 3px 0;
  grid-template: "label plot text" auto / 160px minmax(0, 1fr) minmax(300px, 360px); }
.forest-label { grid-area: label; font-weight: 600; font-size: .9rem; }
.forest-plot { grid-area: plot; background: var(--card); }
.forest-text { grid-area: text; line-height: 1.3; }
.verdict { font-size: .84rem; font-weight: 600; margin-right: .5em; }
svg { display: block; overflow: visible; }
.forest-plot svg { color: var(--undecided); }
.forest-plot svg.better { color: var(--better); }
.forest-plot svg.worse { color: var(--worse); }
.forest-plot line { stroke: currentColor; stroke-width: 2; }
.forest-plot line.zero { stroke: var(--quiet); stroke-width: 1; stroke-dasharray: 2 3; }
.forest-plot circle { fill: currentColor; stroke: currentColor; stroke-width: 2; }
.forest-plot svg.undecided circle { fill: var(--card); }
svg text { font: 12px var(--sans); fill: var(--quiet); font-variant-numeric: tabular-nums; }

.legend { display: flex; flex-wrap: wrap; gap: 4px 22px; list-style: none; margin: 0 0 1rem;
  padding: 0; font-size: .9rem; }
.legend li { display: flex; align-items: center; gap: 8px; }
.legend svg { flex: none; }
.curve-grid { display: grid; gap: 32px 40px;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); }
.curves { min-width: 0; }
.curve-grid + p { margin-top: 1.2rem; }
.curves figcaption { margin: 0 0 12px; font-size: .9rem; }
.plot { padding: 0 20px 26px 54px; }
.plot .grid { stroke: var(--rule); stroke-width: 1; }
.axis-name { margin: 0; text-align: center; font-size: .78rem; color: var(--quiet);
  max-width: none; }
polyline { fill: none; stroke: var(--line); stroke-width: 2; stroke-linejoin: round; }
circle[class^="color"] { fill: var(--line); }
line[class^="color"] { stroke: var(--line); stroke-width: 3; }
.dash-1 { stroke-dasharray: 5 3; }
.color-0 { --line: var(--color-0); }
.color-1 { --line: var(--color-1); }
.color-2 { --line: var(--color-2); }
.color-3 { --line: var(--color-3); }
.color-4 { --line: var(--color-4); }
.color-5 { --line: var(--color-5); }

article { margin: 0 0 1.6rem; }
.case { display: grid; gap: 14px 10px;
  grid-template-columns: repeat(auto-fill, minmax(110px, 1fr)); }
.case img + img { margin-top: 4px; }
.case figcaption { font-size: .78rem; }
em { font-style: normal; color: var(--quiet); }
.no-picture { aspect-ratio: 1; display: grid; place-items: center; border-radius: 6px;
  border: 1px dashed var(--rule); color: var(--quiet); font-size: .78rem; }
.names { padding-left: 1.2em; max-width: 90ch; }
dl { margin: .6rem 0 0; }
dl > div { display: grid; grid-template-columns: minmax(120px, 240px) minmax(0, 1fr); gap: 2px 20px;
  padding: 6px 0; border-bottom: 1px solid var(--rule); font-size: .9rem; }
dt { color: var(--quiet); }
dd { margin: 0; }
code { font: .82rem/1.5 ui-monospace, "SFMono-Regular", Menlo, Consolas, monospace; }
code span { display: block; }

@media (max-width: 720px) {
  body { padding: 0 16px 48px; }
  header { padding-top: 32px; }
  section { padding-top: 40px; }
  h1 { font-size: 1.7rem; }
  .lead { font-size: 1.15rem; }
  .strip { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .forest-row { padding: 6px 0;
    grid-template: "label" auto "plot" auto "text" auto / minmax(0, 1fr); }
  th, td { padding: 8px 9px; }
  .results td, .results thead th + th { min-width: 100px; }
  th:first-child { min-width: 120px; max-width: 132px; }
  dl > div { grid-template-columns: minmax(0, 1fr); }
  .plot { padding-left: 46px; }
}
@media print {
  :root {
    --paper: #fff; --card: #fff; --ink: #000; --quiet: #444; --rule: #ccc; --accent: #14532d;
    --mark: #e7f1ea; --better: #15713c; --worse: #b3401f; --undecided: #555;
    --color-0: #64707d; --color-1: #14713c; --color-2: #2458b3; --color-3: #b3541e;
    --color-4: #7b3fa0; --color-5: #9a7b00;
  }
  html { font-size: 10px; }
  body { max-width: none; padding: 0; print-color-adjust: exact;
    -webkit-print-color-adjust: exact; }
  nav { display: none; }
  details::details-content { content-visibility: visible; block-size: auto; }
  section { padding-top: 24px; }
  article, figure, .card, .forest-row, tr, dl > div { break-inside: avoid; }
  h2, h3, h4 { break-after: avoid; }
  .scrolling { overflow: visible; border: 0; }
  .case { grid-template-columns: repeat(auto-fill, minmax(58px, 1fr)); gap: 8px 6px; }
  th, td { padding: 4px 5px; }
  .results td, .results thead th + th { min-width: 0; }
  .wide table { min-width: 0; }
  th:first-child { position: static; min-width: 84px; }
}
"""
