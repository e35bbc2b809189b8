/*
 * The only script of a page. It changes nothing that the page says: rows are hidden, ordered and
 * copied as they stand, and no text becomes markup.
 */
#include <string.h>

#include "base/text.h"
#include "digest/digest.h"
#include "report/html/page_inner.h"

static const char script[] =
    "(function(){'use strict';\n"
    "function open(){var e=document.getElementById(decodeURIComponent(location.hash.slice(1)));\n"
    "for(var p=e;p;p=p.parentElement)if(p.tagName=='DETAILS')p.open=true;\n"
    "if(e)e.scrollIntoView();}\n"
    "window.addEventListener('hashchange',open);open();\n"
    "var shut=[];\n"
    "window.addEventListener('beforeprint',function(){\n"
    "shut=[].slice.call(document.querySelectorAll('details:not([open])'));\n"
    "shut.forEach(function(d){d.open=true;});});\n"
    "window.addEventListener('afterprint',function(){\n"
    "shut.forEach(function(d){d.open=false;});});\n"
    "function make(tag,text,parent){var e=document.createElement(tag);\n"
    "e.textContent=text;parent.appendChild(e);return e;}\n"
    "function words(c){var t=document.createElement('div');\n"
    "[].forEach.call(c.childNodes,function(n){t.appendChild(n.cloneNode(true));});\n"
    "[].forEach.call(t.querySelectorAll('.so'),function(n){n.remove();});\n"
    "[].forEach.call(t.querySelectorAll('br'),function(n){n.replaceWith('\\n');});\n"
    "[].forEach.call(t.querySelectorAll('.i'),function(n){\n"
    "n.textContent=n.title+n.textContent.slice(8);});\n"
    "return t.textContent.trim();}\n"
    "function field(s){if(/^[=+\\-@\\t\\r]/.test(s))s=\"'\"+s;\n"
    "return '\"'+s.replace(/\"/g,'\"\"')+'\"';}\n"
    "[].forEach.call(document.querySelectorAll('table[class]'),function(t){\n"
    "var body=t.tBodies[0],heads=[].slice.call(t.tHead.rows[0].cells),\n"
    "rows=[].slice.call(body.rows);\n"
    "if(rows.length<6)return;\n"
    "var bar=document.createElement('div'),label,box,said,copy;\n"
    "bar.className='bar';t.parentNode.insertBefore(bar,t);\n"
    "label=make('label','Filter ',bar);box=make('input','',label);box.type='search';\n"
    "said=make('span','',bar);said.setAttribute('role','status');\n"
    "copy=make('button','Copy as CSV',bar);copy.type='button';\n"
    "box.addEventListener('input',function(){var n=0,w=box.value.toLowerCase();\n"
    "rows.forEach(function(r){var yes=words(r).toLowerCase().indexOf(w)>=0;\n"
    "r.hidden=!yes;n+=yes;});said.textContent=w?n+' of '+rows.length+' rows':'';});\n"
    "copy.addEventListener('click',function(){\n"
    "var csv=[heads].concat(rows.filter(function(r){return !r.hidden;}).map(function(r){\n"
    "return [].slice.call(r.cells);})).map(function(c){\n"
    "return c.map(function(x){return field(words(x));}).join(',');}).join('\\r\\n')+'\\r\\n',\n"
    "done=function(){said.textContent='copied';},\n"
    "old=function(){var a=make('textarea',csv,bar);a.select();document.execCommand('copy');\n"
    "a.remove();done();};\n"
    "if(navigator.clipboard)navigator.clipboard.writeText(csv).then(done,old);else old();});\n"
    "heads.forEach(function(h,k){var up=true,b,name=h.textContent;\n"
    "h.appendChild(document.createTextNode(' '));b=make('button','\\u2195',h);b.type='button';\n"
    "b.className='so';b.setAttribute('aria-label','Sort by '+name);\n"
    "b.addEventListener('click',function(){\n"
    "heads.forEach(function(o){o.removeAttribute('aria-sort');});\n"
    "h.setAttribute('aria-sort',up?'ascending':'descending');\n"
    "var keyed=rows.map(function(r){return [r.cells[k]?words(r.cells[k]):'',r];});\n"
    "keyed.sort(function(x,y){var c=x[0].localeCompare(y[0],'en',{numeric:true});\n"
    "return up?c:-c;});\n"
    "keyed.forEach(function(x){body.appendChild(x[1]);});\n"
    "rows=keyed.map(function(x){return x[1];});up=!up;});});\n"
    "});})();\n";

void
html_script(struct buf *b)
{
	buf_str(b, "<script>");
	buf_str(b, script);
	buf_str(b, "</script>\n");
}

int
html_script_hash(struct buf *b)
{
	struct sha256 *s = sha256_new();
	uint8_t d[32];

	if (s == NULL)
		return -1;
	sha256_once(s, script, strlen(script), d);
	sha256_free(s);
	buf_str(b, "'sha256-");
	base64_of(d, sizeof d, b);
	buf_str(b, "'");
	return 0;
}
