#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

unsigned
utf8_next(const unsigned char *p, size_t n, uint32_t *ret_cp)
{
	unsigned len, lo = 0x80, hi = 0xbf;
	uint32_t cp;

	if (n == 0)
		return 0;
	if (p[0] < 0x80) {
		*ret_cp = p[0];
		return 1;
	}
	/* Table 3-7 of the Unicode standard: the second byte's range shuts out overlong forms,
	 * surrogates and what is above U+10FFFF; after it every byte has the same range */
	if (p[0] >= 0xc2 && p[0] <= 0xdf) {
		len = 2;
		cp = p[0] & 0x1f;
	} else if (p[0] >= 0xe0 && p[0] <= 0xef) {
		len = 3;
		cp = p[0] & 0x0f;
		if (p[0] == 0xe0)
			lo = 0xa0;
		if (p[0] == 0xed)
			hi = 0x9f;
	} else if (p[0] >= 0xf0 && p[0] <= 0xf4) {
		len = 4;
		cp = p[0] & 0x07;
		if (p[0] == 0xf0)
			lo = 0x90;
		if (p[0] == 0xf4)
			hi = 0x8f;
	} else {
		return 0;
	}
	if (n < len || p[1] < lo || p[1] > hi)
		return 0;
	cp = cp << 6 | (p[1] & 0x3f);
	for (unsigned i = 2; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		cp = cp << 6 | (p[i] & 0x3f);
	}
	*ret_cp = cp;
	return len;
}

bool
utf8_valid(const void *v, size_t n)
{
	const unsigned char *p = v;
	uint32_t cp;
	unsigned k;

	while (n) {
		for (uint64_t eight;
		     n >= 8 && (memcpy(&eight, p, 8), (eight & 0x8080808080808080u) == 0); n -= 8)
			p += 8; /* most text is ASCII */
		if (n == 0)
			break;
		if ((k = utf8_next(p, n, &cp)) == 0)
			return false;
		p += k;
		n -= k;
	}
	return true;
}

void
buf_utf8(struct buf *b, uint32_t cp)
{
	if (cp < 0x80) {
		buf_byte(b, cp);
	} else if (cp < 0x800) {
		buf_byte(b, 0xc0 | cp >> 6);
		buf_byte(b, 0x80 | (cp & 0x3f));
	} else if (cp < 0x10000) {
		buf_byte(b, 0xe0 | cp >> 12);
		buf_byte(b, 0x80 | (cp >> 6 & 0x3f));
		buf_byte(b, 0x80 | (cp & 0x3f));
	} else {
		buf_byte(b, 0xf0 | cp >> 18);
		buf_byte(b, 0x80 | (cp >> 12 & 0x3f));
		buf_byte(b, 0x80 | (cp >> 6 & 0x3f));
		buf_byte(b, 0x80 | (cp & 0x3f));
	}
}

void
hex_of(const unsigned char *p, size_t n, char *out)
{
	static const char digit[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digit[p[i] >> 4];
		out[2 * i + 1] = digit[p[i] & 15];
	}
	out[2 * n] = '\0';
}

void
buf_hash(struct buf *b, const uint8_t d[32])
{
	char hex[65];

	hex_of(d, 32, hex);
	buf_put(b, hex, 64);
}

/* One more than the value of a hex digit in any case, 0 for anything else. */
static const unsigned char hex_digit[256] = { ['0'] = 1,
	['1'] = 2,
	['2'] = 3,
	['3'] = 4,
	['4'] = 5,
	['5'] = 6,
	['6'] = 7,
	['7'] = 8,
	['8'] = 9,
	['9'] = 10,
	['a'] = 11,
	['b'] = 12,
	['c'] = 13,
	['d'] = 14,
	['e'] = 15,
	['f'] = 16,
	['A'] = 11,
	['B'] = 12,
	['C'] = 13,
	['D'] = 14,
	['E'] = 15,
	['F'] = 16 };

bool
hex_to(const char *s, size_t n, unsigned char *out)
{
	for (size_t i = 0; i < n; i += 2) {
		int a = hex_digit[(unsigned char)s[i]] - 1,
		    b = hex_digit[(unsigned char)s[i + 1]] - 1;

		if ((a | b) < 0 || (s[i] >= 'A' && s[i] <= 'F') ||
		    (s[i + 1] >= 'A' && s[i + 1] <= 'F'))
			return false;
		out[i / 2] = (unsigned char)(a << 4 | b);
	}
	return true;
}

static const char b64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
base64_of(const unsigned char *p, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i += 3) {
		uint32_t v = (uint32_t)p[i] << 16 | (i + 1 < n ? (uint32_t)p[i + 1] << 8 : 0) |
		    (i + 2 < n ? p[i + 2] : 0);

		buf_byte(out, (unsigned char)b64[v >> 18]);
		buf_byte(out, (unsigned char)b64[v >> 12 & 63]);
		buf_byte(out, i + 1 < n ? (unsigned char)b64[v >> 6 & 63] : '=');
		buf_byte(out, i + 2 < n ? (unsigned char)b64[v & 63] : '=');
	}
}

bool
base64_to(const char *s, size_t n, struct buf *out)
{
	if (n % 4)
		return false;
	for (size_t i = 0; i < n; i += 4) {
		unsigned pad = 0;
		uint32_t v = 0;

		if (i + 4 == n && s[i + 3] == '=')
			pad = s[i + 2] == '=' ? 2 : 1;
		for (unsigned j = 0; j < 4 - pad; j++) {
			const char *q = s[i + j] ? strchr(b64, s[i + j]) : NULL;

			if (q == NULL)
				return false;
			v |= (uint32_t)(q - b64) << (18 - 6 * j);
		}
		if ((pad == 1 && (v & 0xff)) || (pad == 2 && (v & 0xffff)))
			return false;
		buf_byte(out, v >> 16 & 0xff);
		if (pad < 2)
			buf_byte(out, v >> 8 & 0xff);
		if (pad < 1)
			buf_byte(out, v & 0xff);
	}
	return !out->failed;
}

bool
uuid_to(const char *s, size_t n, unsigned char out[16])
{
	static const unsigned char at[16] = { 0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32,
		34 };
	int bad = 0;

	if (n != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-')
		return false;
	for (unsigned i = 0; i < 16; i++) {
		int hi = hex_digit[(unsigned char)s[at[i]]] - 1,
		    lo = hex_digit[(unsigned char)s[at[i] + 1]] - 1;

		bad |= hi | lo;
		out[i] = (unsigned char)((hi & 15) << 4 | (lo & 15));
	}
	return bad >= 0;
}

void
uuid_of(const unsigned char id[16], char out[37])
{
	char h[33];

	hex_of(id, 16, h);
	memcpy(out, h, 8);
	memcpy(out + 9, h + 8, 4);
	memcpy(out + 14, h + 12, 4);
	memcpy(out + 19, h + 16, 4);
	memcpy(out + 24, h + 20, 12);
	out[8] = out[13] = out[18] = out[23] = '-';
	out[36] = '\0';
}

bool
dec_u64(const char *s, size_t n, uint64_t *ret)
{
	uint64_t v = 0;

	if (n == 0 || n > 20)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9' || v > (UINT64_MAX - (uint64_t)(s[i] - '0')) / 10)
			return false;
		v = v * 10 + (uint64_t)(s[i] - '0');
	}
	*ret = v;
	return true;
}

bool
dec_i64(const char *s, size_t n, int64_t *ret)
{
	bool neg = n && s[0] == '-';
	uint64_t v;

	if (neg) {
		s++;
		n--;
	}
	if (!dec_u64(s, n, &v) || (s[0] == '0' && (n > 1 || neg)) || v > (uint64_t)INT64_MAX)
		return false;
	*ret = neg ? -(int64_t)v : (int64_t)v;
	return true;
}

bool
text_unwrap(const void *v, size_t n, struct buf *out)
{
	const unsigned char *p = v;
	bool big = n >= 2 && ((p[0] == 0xfe && p[1] == 0xff) || (p[0] == 0 && p[1])),
	     little = n >= 2 && ((p[0] == 0xff && p[1] == 0xfe) || (p[0] && p[1] == 0));

	if (!big && !little) {
		bool mark = n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0;

		buf_put(out, p + (mark ? 3 : 0), n - (mark ? 3 : 0));
		return true;
	}
	/* UTF-16 has pairs for what is above U+FFFF; half of one is damage, and the text is refused
	 * as a whole */
	for (size_t i = 0; i < n; i += 2) {
		uint32_t u, low;

		if (n - i < 2)
			return false;
		u = big ? (uint32_t)p[i] << 8 | p[i + 1] : (uint32_t)p[i + 1] << 8 | p[i];
		if (u >= 0xd800 && u < 0xdc00) {
			if (n - i < 4)
				return false;
			i += 2;
			low = big ? (uint32_t)p[i] << 8 | p[i + 1] : (uint32_t)p[i + 1] << 8 | p[i];
			if (low < 0xdc00 || low > 0xdfff)
				return false;
			u = 0x10000 + ((u - 0xd800) << 10 | (low - 0xdc00));
		} else if (u >= 0xdc00 && u < 0xe000) {
			return false;
		}
		/* the mark of byte order is no text */
		if (i > 0 || u != 0xfeff)
			buf_utf8(out, u);
	}
	return true;
}

bool
text_unbase64(const void *v, size_t n, struct buf *out)
{
	const char *p = v;
	struct buf squeezed, plain_;
	uint32_t cp;
	unsigned k;
	bool ok;

	buf_init(&squeezed, n + 1);
	buf_init(&plain_, n + 1);
	for (size_t i = 0; i < n; i++)
		if (!strchr(" \t\r\n", p[i]) || p[i] == '\0')
			buf_byte(&squeezed, (unsigned char)p[i]);
	ok = squeezed.len >= 12 && base64_to((char *)squeezed.p, squeezed.len, &plain_) &&
	    plain_.len >= 8;
	for (size_t i = 0; ok && i < plain_.len; i += k) {
		k = utf8_next(plain_.p + i, plain_.len - i, &cp);
		ok = k && (cp == '\n' || cp == '\r' || cp == '\t' || !text_dangerous(cp));
		k = k ? k : 1;
	}
	if (ok)
		buf_put(out, plain_.p, plain_.len);
	buf_release(&squeezed);
	buf_release(&plain_);
	return ok;
}

bool
text_dangerous(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == 0x061c || cp == 0x200e ||
	    cp == 0x200f || (cp >= 0x2028 && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069);
}

bool
text_invisible(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == 0xad || cp == 0x061c ||
	    cp == 0x180e || (cp >= 0x200b && cp <= 0x200f) || (cp >= 0x2028 && cp <= 0x202e) ||
	    (cp >= 0x2060 && cp <= 0x206f) || cp == 0xfeff || (cp >= 0xfff0 && cp <= 0xfffb) ||
	    (cp >= 0xe0000 && cp <= 0xe0fff);
}

static void
plain(struct buf *b, const unsigned char *p, size_t n, bool html)
{
	uint32_t cp;
	unsigned k;

	for (; n; p += k, n -= k) {
		if ((k = utf8_next(p, n, &cp)) == 0) {
			buf_printf(b, html ? "&lt;0x%02X&gt;" : "<0x%02X>", p[0]);
			k = 1;
		} else if (text_invisible(cp)) {
			buf_printf(b, html ? "&lt;U+%04X&gt;" : "<U+%04X>", (unsigned)cp);
		} else if (html && cp == '&') {
			buf_str(b, "&amp;");
		} else if (html && cp == '<') {
			buf_str(b, "&lt;");
		} else if (html && cp == '>') {
			buf_str(b, "&gt;");
		} else if (html && cp == '"') {
			buf_str(b, "&quot;");
		} else if (html && cp == '\'') {
			buf_str(b, "&#39;");
		} else {
			buf_put(b, p, k);
		}
	}
}

void
text_plain(struct buf *b, const void *p, size_t n)
{
	plain(b, p, n, false);
}
void
text_html(struct buf *b, const void *p, size_t n)
{
	plain(b, p, n, true);
}

void
text_json(struct buf *b, const void *v, size_t n)
{
	const unsigned char *p = v;
	uint32_t cp;
	unsigned k;

	buf_byte(b, '"');
	for (; n; p += k, n -= k) {
		if ((k = utf8_next(p, n, &cp)) == 0) {
			buf_str(b, "\xef\xbf\xbd");
			k = 1;
		} else if (cp == '"' || cp == '\\') {
			buf_byte(b, '\\');
			buf_byte(b, cp);
		} else if (cp == '\n') {
			buf_str(b, "\\n");
		} else if (cp == '\t') {
			buf_str(b, "\\t");
		} else if (cp == '\r') {
			buf_str(b, "\\r");
		} else if (text_dangerous(cp)) {
			buf_printf(b, "\\u%04x", (unsigned)cp);
		} else {
			buf_put(b, p, k);
		}
	}
	buf_byte(b, '"');
}

void
text_json_raw(struct buf *b, const void *v, size_t n)
{
	const unsigned char *p = v;
	uint32_t cp;
	unsigned k;

	for (; n; p += k, n -= k) {
		if ((k = utf8_next(p, n, &cp)) == 0) {
			buf_str(b, "\xef\xbf\xbd");
			k = 1;
		} else if (cp == '\t' || cp == '\n' || cp == '\r' || !text_dangerous(cp)) {
			buf_put(b, p, k); /* of C0 these three stand between tokens */
		} else {
			buf_printf(b, "\\u%04x", (unsigned)cp);
		}
	}
}

bool
text_csv(struct buf *b, const void *v, size_t n)
{
	const unsigned char *p = v;
	bool changed = n && p[0] && strchr("=+-@\t\r\n", p[0]);
	uint32_t cp;
	unsigned k;

	buf_byte(b, '"');
	if (changed)
		buf_byte(b, '\'');
	for (; n; p += k, n -= k) {
		if ((k = utf8_next(p, n, &cp)) == 0) {
			buf_printf(b, "\\x%02x", p[0]);
			k = 1;
			changed = true;
		} else if (cp != '\n' && cp != '\t' && !(cp == '\r' && n > 1 && p[1] == '\n') &&
		    text_dangerous(cp)) {
			buf_printf(b, "\\u%04x", (unsigned)cp);
			changed = true;
		} else {
			if (cp == '"')
				buf_byte(b, '"');
			buf_put(b, p, k);
		}
	}
	buf_byte(b, '"');
	return changed;
}

const char *
text_grouped(uint64_t n, char out[32])
{
	char t[32];
	int len = snprintf(t, sizeof t, "%" PRIu64, n), o = 0;

	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			out[o++] = ',';
		out[o++] = t[i];
	}
	out[o] = '\0';
	return out;
}

void
text_span(struct buf *b, int64_t ms)
{
	uint64_t u = ms < 0 ? -(uint64_t)ms : (uint64_t)ms;

	if (ms < 0)
		buf_byte(b, '-');
	if (u < 60000)
		buf_printf(b, "%" PRIu64 ".%03" PRIu64 " s", u / 1000, u % 1000);
	else if (u < 3600000)
		buf_printf(b, "%" PRIu64 " min %02" PRIu64 " s", u / 60000, u / 1000 % 60);
	else if (u < 172800000)
		buf_printf(b, "%" PRIu64 " h %02" PRIu64 " min", u / 3600000, u / 60000 % 60);
	else
		buf_printf(b, "%" PRIu64 " d %02" PRIu64 " h", u / 86400000, u / 3600000 % 24);
}
