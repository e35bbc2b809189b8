/* How a page looks: on a screen, on a phone, on paper. Declared widths of columns come from
 * page.def. Colours differ in lightness too, and each state also stands as a sign and a word. */
#include "report/html/page_inner.h"

static const char screen[] =
    "body{font:14px/1.5 'DejaVu Sans',Verdana,Arial,sans-serif;color:#1a1a1a;background:#fff;"
    "max-width:74em;margin:1.5em auto;padding:0 1.2em;overflow-wrap:anywhere}\n"
    "h1{font-size:1.6em;margin:.2em 0}h2{font-size:1.25em;border-bottom:2px solid #444;"
    "margin-top:2.2em;padding-bottom:.15em}h3{font-size:1.05em;margin-top:1.6em}"
    "h4{font-size:1em;margin:1em 0 .2em}\n"
    "h1,h2,h3,h4,caption{break-after:avoid}a{color:#0b4f8a}"
    "p,li,td,th,figcaption,summary{orphans:3;widows:3}\n"
    "table{border-collapse:collapse;width:100%;table-layout:fixed;margin:.8em 0}"
    "caption{text-align:left;font-weight:bold;padding:.3em 0}\n"
    "th,td{border:1px solid #999;padding:.3em .5em;text-align:left;vertical-align:top;"
    "overflow-wrap:anywhere;white-space:normal}"
    "thead th{background:#eee}tbody th{width:16em;font-weight:normal;background:#f6f6f6}\n"
    ".d th:first-child{width:34%}td.n,th.n{text-align:right}td.m,code,.m{font-family:'DejaVu Sans "
    "Mono',Menlo,monospace;"
    "font-size:.9em}.ids{list-style:none;padding:0;columns:23em;column-gap:1.5em}\n"
    ".v{border:2px solid #444;padding:.8em 1em;margin:1em 0}.v p{margin:.3em 0;font-weight:bold}"
    ".s-proven{background:#e3f2e3}.s-disproved{background:#f8dada}.s-not{background:#fbf3d5}\n"
    ".tiles{list-style:none;padding:0;display:grid;gap:.6em;"
    "grid-template-columns:repeat(auto-fit,minmax(19em,1fr));grid-auto-flow:dense;margin:1em 0}"
    ".tiles>li{border:2px solid #444;padding:.5em .8em;break-inside:avoid}"
    ".tiles b{display:block}.tiles p{margin:.2em 0;font-size:.9em}.sy{display:inline-block;"
    "min-width:1.2em;font-weight:bold}\n"
    "nav ol{columns:2;padding-left:1.9em}nav li{break-inside:avoid}"
    "svg{width:100%;max-width:65em;height:auto;display:block;margin:.6em 0}"
    "svg.narrow{max-width:38em}"
    "figure{margin:1em 0}figcaption{font-size:.9em;color:#444}\n"
    "summary{cursor:pointer;padding:.2em 0}details{margin:.4em 0}"
    ".links a{display:inline-block;margin-right:.7em}\n"
    ".foot{color:#555;font-size:.85em;margin-top:3em;border-top:1px solid #999;"
    "padding-top:.5em}pre{white-space:pre-wrap;border:1px solid #bbb;padding:.6em;"
    "background:#fafafa;font-size:.85em}\n"
    ".bar{display:flex;flex-wrap:wrap;gap:.6em;align-items:center;font-size:.85em}"
    ".bar input,.bar button,.so{font:inherit;padding:.1em .4em}"
    ".so{font-size:.8em;padding:0 .2em;cursor:pointer}\n"
    ":target{outline:3px solid #0b4f8a}\n"
    /* three statements want the room of two tiles */
    "@media (min-width:641px){.tiles>li:nth-child(3){grid-column:span 2}}\n"
    "@media (max-width:640px){body{font-size:15px;padding:0 .7em}nav ol{columns:1}"
    "table,caption,tbody,tr,td,tbody "
    "th{display:block;width:auto}thead{position:absolute;left:-999em}"
    "tr{border:1px solid #999;margin:.6em 0}td,tbody th{border:0;padding:.2em .5em}"
    "td.n{text-align:left}"
    "td:before{display:block;font:bold .8em sans-serif;color:#555}td:empty{display:none}";

/* What is folded is open on paper; ids stand there whole. */
static const char print[] =
    "@media screen{.paper{display:none}}"
    "@media print{body{margin:0;padding:0;max-width:none;font-size:8.3px;line-height:1.27}"
    "tr,.v,figure{break-inside:avoid}thead{display:table-header-group}"
    "h2{margin-top:1.2em}h3{margin:.8em 0 .2em}table,figure,svg,p,ul,details{margin:.3em 0}"
    "th,td{padding:.08em .3em}td.m,code,.m{font-size:.82em}"
    ".ids{columns:4;column-gap:6px;font-size:5.8px;line-height:1.2}"
    "details::details-content{content-visibility:visible;display:block;height:auto}"
    "summary{font-weight:bold;list-style:none}.links{margin:0}"
    "a{color:inherit;text-decoration:none}pre{font-size:7px}.shown{columns:3;column-gap:10px}.bar,."
    "so,.screen{display:none}"
    "svg{max-width:56em}"
    ".c-story th:nth-child(1){width:15%}.c-story th:nth-child(2){width:8%}"
    ".c-story th:nth-child(4){width:20%}.c-story th:nth-child(5){width:11%}"
    "nav ol{columns:3}.tiles{grid-template-columns:repeat(3,1fr)}}\n";

void
html_style(struct buf *b)
{
	buf_str(b, screen);
	html_columns_style(b);
	buf_str(b, print);
}
