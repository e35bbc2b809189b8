#include "source/sql.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

static bool
ident_char(char c)
{
	return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

/* The length of $tag$ at p, 0 if there is none. */
static size_t
dollar_tag(const char *p, size_t n)
{
	size_t i = 1;

	if (n < 2 || p[0] != '$' || isdigit((unsigned char)p[1]))
		return 0;
	while (i < n && i < 62 && ident_char(p[i]))
		i++;
	return i < n && p[i] == '$' ? i + 1 : 0;
}

/*
 * What stands at p, behind the quotation mark that ends a text, cannot stand there: the mark began
 * the text, and one before it is missing. In an INSERT, where a text is a value, a word cannot
 * follow either, but for those that go on with it.
 */
static bool
not_behind_text(const struct sql_scan *s, const char *p, const char *end)
{
	static const char *const word[] = { "AS", "AT", "AND", "OR", "COLLATE", "UESCAPE" };
	struct sql q = { p, end, true };

	if (p == end)
		return false;
	if (ident_char(*p) || strchr("{}[\"\\_(", *p))
		return *p != '\0';
	while (s->values && p < end && (*p == ' ' || *p == '\t'))
		p++;
	if (p == end || !(ident_char(*p) || *p == '{' || *p == '"'))
		return false;
	for (unsigned i = 0; i < sizeof word / sizeof *word; i++) {
		q.p = p;
		if (sql_word(&q, word[i]))
			return false;
	}
	return s->values;
}

/* Long: one case for each state of the scanner. A state's ways out are read together, or not at
 * all. */
size_t
sql_scan(struct sql_scan *s, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char c = p[i], next = i + 1 < n ? p[i + 1] : '\0';
		size_t k;

		switch (s->state) {
		case SQL_PLAIN:
			/* in values that lost a quotation mark it may stand in a text: only
			 * one that ends its line ends the statement */
			if (c == ';' &&
			    !(s->values && (s->broken || s->mended) && i + 1 < n && next != '\r')) {
				s->before = '\0';
				return i + 1;
			}
			if (c == '\'') {
				s->state = s->before == 'E' || s->before == 'e' ? SQL_ESCAPE_QUOTE :
										  SQL_QUOTE;
			} else if (c == '"') {
				s->state = SQL_IDENT;
			} else if (c == '-' && next == '-') {
				const char *nl = memchr(p + i, '\n', n - i);

				if (nl == NULL)
					return n + 1;
				i = (size_t)(nl - p);
			} else if (c == '/' && next == '*') {
				s->state = SQL_COMMENT;
				s->depth = 1;
				i++;
			} else if (c == '$' && !ident_char(s->before) &&
			    (k = dollar_tag(p + i, n - i))) {
				memcpy(s->tag, p + i, k);
				s->tag[k] = '\0';
				s->state = SQL_DOLLAR;
				i += k - 1;
			}
			/* E only counts as a word of its own */
			s->before = (c == 'E' || c == 'e') && ident_char(s->before) ? 'x' : c;
			break;
		case SQL_QUOTE:
			if (c == '\'') {
				s->state = SQL_PLAIN; /* '' opens it again at once */
				s->broken |= next != '\'' && not_behind_text(s, p + i + 1, p + n);
			}
			s->before = '\'';
			break;
		case SQL_ESCAPE_QUOTE:
			if (c == '\\')
				i++;
			else if (c == '\'')
				s->state = next == '\'' ? (i++, SQL_ESCAPE_QUOTE) : SQL_PLAIN;
			s->before = '\'';
			break;
		case SQL_IDENT:
			if (c == '"')
				s->state = SQL_PLAIN;
			break;
		case SQL_DOLLAR:
			k = strlen(s->tag);
			if (c == '$' && n - i >= k && memcmp(p + i, s->tag, k) == 0) {
				s->state = SQL_PLAIN;
				i += k - 1;
			}
			break;
		case SQL_COMMENT:
			if (c == '/' && next == '*') {
				s->depth++;
				i++;
			} else if (c == '*' && next == '/') {
				i++;
				if (--s->depth == 0)
					s->state = SQL_PLAIN;
			}
			break;
		}
	}
	return n + 1;
}

void
sql_blank(struct sql *s)
{
	for (;;) {
		while (s->p < s->end && isspace((unsigned char)*s->p))
			s->p++;
		if (s->end - s->p >= 2 && s->p[0] == '-' && s->p[1] == '-') {
			while (s->p < s->end && *s->p != '\n')
				s->p++;
		} else if (s->end - s->p >= 2 && s->p[0] == '/' && s->p[1] == '*') {
			const char *q = memmem(s->p + 2, (size_t)(s->end - s->p - 2), "*/", 2);

			s->p = q ? q + 2 : s->end;
		} else {
			return;
		}
	}
}

bool
sql_word(struct sql *s, const char *word)
{
	size_t n = strlen(word);

	sql_blank(s);
	if ((size_t)(s->end - s->p) < n || strncasecmp(s->p, word, n) ||
	    (s->p + n < s->end && ident_char(s->p[n])))
		return false;
	s->p += n;
	return true;
}

bool
sql_char(struct sql *s, char c)
{
	sql_blank(s);
	if (s->p == s->end || *s->p != c)
		return false;
	s->p++;
	return true;
}

bool
sql_name(struct sql *s, struct buf *out)
{
	sql_blank(s);
	if (s->p == s->end)
		return false;
	if (*s->p == '"') {
		for (s->p++; s->p < s->end; s->p++) {
			if (*s->p == '"') {
				if (s->p + 1 < s->end && s->p[1] == '"')
					s->p++;
				else
					break;
			}
			buf_byte(out, (unsigned char)*s->p);
		}
		if (s->p == s->end)
			return false;
		s->p++;
	} else {
		if (!ident_char(*s->p) || isdigit((unsigned char)*s->p))
			return false;
		while (s->p < s->end && (ident_char(*s->p) || *s->p == '$'))
			buf_byte(out, (unsigned)tolower((unsigned char)*s->p++));
	}
	buf_byte(out, '\0');
	if (!out->failed)
		out->len--;
	return !out->failed;
}

bool
sql_qualified(struct sql *s, struct buf *out)
{
	buf_clear(out);
	if (!sql_name(s, out))
		return false;
	while (s->p < s->end && *s->p == '.') {
		s->p++;
		buf_byte(out, '.');
		if (!sql_name(s, out))
			return false;
	}
	return true;
}

static int
octal(char c)
{
	return c >= '0' && c <= '7' ? c - '0' : -1;
}

const char *
copy_escape(const char *p, const char *end, struct buf *out)
{
	static const char letter[] = "bfnrtv", says[] = "\b\f\n\r\t\v";
	const char *at;
	int v = 0, k = 0;

	/* one that ends the text stands for itself */
	if (p + 1 == end) {
		buf_byte(out, '\\');
		return end;
	}
	p++;
	if (*p && (at = strchr(letter, *p)) != NULL) {
		buf_byte(out, (unsigned char)says[at - letter]);
		return p + 1;
	}
	if (octal(*p) >= 0) {
		for (; k < 3 && p < end && octal(*p) >= 0; k++)
			v = v * 8 + octal(*p++);
	} else if (*p == 'x') {
		for (p++; k < 2 && p < end && isxdigit((unsigned char)*p); k++, p++)
			v = v * 16 +
			    (isdigit((unsigned char)*p) ? *p - '0' :
							  tolower((unsigned char)*p) - 'a' + 10);
		v = k ? v : 'x';
	} else {
		v = (unsigned char)*p++;
	}
	buf_byte(out, (unsigned)v & 0xff);
	return p;
}

/* `::type(n)[]`: a cast says nothing about the value. */
static void
cast(struct sql *s)
{
	struct sql look = *s;

	sql_blank(&look);
	if (look.end - look.p < 2 || look.p[0] != ':' || look.p[1] != ':')
		return;
	s->p = look.p + 2;
	while (s->p < s->end && (ident_char(*s->p) || strchr(".\" ()[]", *s->p)) && *s->p &&
	    *s->p != ')')
		/* character varying(10): its number is its own */
		if (*s->p++ == '(')
			while (s->p < s->end && *s->p != ',' && *s->p++ != ')')
				;
}

/* The text of a quoted literal; s stands behind its opening quote. 0, 1: it does not end. */
static int
quoted(struct sql *s, bool escapes, struct buf *out)
{
	for (; s->p < s->end; s->p++) {
		char c = *s->p;

		if (c == '\'') {
			if (s->p + 1 < s->end && s->p[1] == '\'')
				s->p++;
			else
				break;
		} else if (c == '\\' && escapes && s->p + 1 < s->end) {
			c = *++s->p;
			switch (c) {
			case 'b':
				c = '\b';
				break;
			case 'f':
				c = '\f';
				break;
			case 'n':
				c = '\n';
				break;
			case 'r':
				c = '\r';
				break;
			case 't':
				c = '\t';
				break;
			default:
				if (octal(c) >= 0) {
					int v = octal(c);

					for (int i = 0;
					     i < 2 && s->p + 1 < s->end && octal(s->p[1]) >= 0; i++)
						v = v * 8 + octal(*++s->p);
					c = (char)v;
				}
			}
		}
		buf_byte(out, (unsigned char)c);
	}
	if (s->p == s->end)
		return 1;
	s->p++;
	return 0;
}

/* A literal may have the name of its type in front, as standard SQL has it: TIMESTAMP '…', or N
 * for its characters. */
static void
type_in_front(struct sql *s)
{
	static const char *const type[] = { "TIMESTAMPTZ", "TIMESTAMP", "DATE", "UUID", "JSONB",
		"JSON", "INET", "TEXT", "VARCHAR", "INTEGER", "BIGINT", "BOOLEAN", "N" };

	for (unsigned i = 0; i < sizeof type / sizeof *type; i++) {
		struct sql look = *s;

		if (!sql_word(&look, type[i]))
			continue;
		if (sql_word(&look, "WITH") &&
		    (!sql_word(&look, "TIME") || !sql_word(&look, "ZONE")))
			return;
		sql_blank(&look);
		if (look.p < look.end && *look.p == '\'')
			s->p = look.p;
		return;
	}
}

int
sql_value(struct sql *s, struct buf *out, struct cell *ret, size_t *ret_at)
{
	const char *q;
	bool wrapped;

	memset(ret, 0, sizeof *ret);
	ret->type = JSON_STRING;
	ret->state = CELL_VALUE;
	*ret_at = out->len;
	sql_blank(s);
	if (s->p == s->end)
		return 1;
	/* CAST(value AS type) */
	if ((wrapped = isalpha((unsigned char)*s->p) && sql_word(s, "CAST")) && !sql_char(s, '('))
		return 1;
	if (isalpha((unsigned char)*s->p))
		type_in_front(s);
	q = s->p;
	if (*s->p == '\'' ||
	    ((*s->p == 'E' || *s->p == 'e') && s->end - s->p > 1 && s->p[1] == '\'')) {
		s->p += *q == '\'' ? 1 : 2;
		if (quoted(s, *q != '\'' || !s->standard_strings, out))
			return 1;
	} else if (sql_word(s, "NULL")) {
		ret->state = CELL_NULL;
	} else if (sql_word(s, "true")) {
		buf_byte(out, 't');
	} else if (sql_word(s, "false")) {
		buf_byte(out, 'f');
	} else if (sql_word(s, "DEFAULT")) {
		ret->state = CELL_ABSENT; /* a generated column: its value is not carried */
	} else {
		while (s->p < s->end && (isalnum((unsigned char)*s->p) || strchr("+-.", *s->p)) &&
		    *s->p)
			s->p++;
		if (s->p == q)
			return 1;
		buf_put(out, q, (size_t)(s->p - q));
	}
	cast(s);
	if (wrapped) {
		if (!sql_word(s, "AS"))
			return 1;
		while (s->p < s->end && *s->p != ')')
			s->p++;
		if (!sql_char(s, ')'))
			return 1;
	}
	ret->n = out->len - *ret_at;
	return out->failed ? 1 : 0;
}
