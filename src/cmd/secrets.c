#include "cmd/secrets.h"

#include <ctype.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

#define SECRETS 32u
#define SECRET_MAX 512u
/* a piece of one that is as long is masked too: libraries quote where they stumbled */
#define SECRET_PART 4u

struct secrets {
	struct {
		char text[SECRET_MAX];
		size_t n;
	} s[SECRETS];
	unsigned n;
};

/* Of this command line. */
static struct secrets hidden;

static void
secret_add(struct secrets *x, const char *p, size_t n)
{
	if (n == 0 || x->n == SECRETS)
		return;
	if (n >= SECRET_MAX)
		n = SECRET_MAX - 1;
	memcpy(x->s[x->n].text, p, n);
	x->s[x->n++].n = n;
}

/* The same as a library shows it that has undone %XX. */
static void
secret_decoded(struct secrets *x, const char *p, size_t n)
{
	char out[SECRET_MAX];
	size_t o = 0;
	unsigned char one;

	for (size_t i = 0; i < n && o < sizeof out; i++) {
		char hex[3] = { n - i > 2 ? (char)tolower((unsigned char)p[i + 1]) : 0,
			n - i > 2 ? (char)tolower((unsigned char)p[i + 2]) : 0, 0 };

		if (p[i] == '%' && hex_to(hex, 2, &one)) {
			out[o++] = (char)one;
			i += 2;
		} else {
			out[o++] = p[i];
		}
	}
	if (o != n || memcmp(out, p, n))
		secret_add(x, out, o);
}

static void
secret_both(struct secrets *x, const char *p, size_t n)
{
	secret_add(x, p, n);
	secret_decoded(x, p, n);
}

/*
 * What may be a password in one argument: from the colon behind a user's name to the last @ (or,
 * without one, to the end of the authority
 * where it is no port), and values of members called password, passwd, pwd, token or secret. A
 * file that is there is no address.
 */
void
secrets_note(const char *arg)
{
	static const char *const member[] = {
		"password=", "passwd=", "pwd=", "token=", "secret=", "sslkey="
	};
	const char *scheme = strstr(arg, "://"), *at = strrchr(arg, '@'),
		   *begin = scheme ? scheme + 3 : arg, *colon, *p;
	struct secrets *x = &hidden;
	size_t n;

	if (access(arg, F_OK) == 0)
		return;
	if (scheme == NULL) {
		/* `postgres//u:p@h`, `postgres:/u:p@h`: a scheme with something lost */
		begin += strspn(begin, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+");
		if (*begin != '/' && !(*begin == ':' && begin[1] == '/'))
			begin = arg;
		else
			begin += strspn(begin, ":/");
	}
	if ((colon = strchr(begin, ':')) != NULL && at && colon < at)
		secret_both(x, colon + 1, (size_t)(at - colon - 1));
	else if (scheme && colon && at == NULL && (n = strcspn(colon + 1, "/?#")) > 0 &&
	    strspn(colon + 1, "0123456789") < n)
		secret_both(x, colon + 1, n);
	for (unsigned i = 0; i < sizeof member / sizeof *member; i++)
		for (p = arg; (p = strcasestr(p, member[i])) != NULL;) {
			p += strlen(member[i]);
			n = *p == '\'' ? 1 + strcspn(p + 1, "'") :
					 strcspn(p, scheme ? "&#" : " \t");
			secret_both(x, p + (*p == '\''), n - (*p == '\''));
		}
}

/* The longest piece of a secret that stands at p, in text; 0: none that is long enough to tell
 * anything. A short secret stands as a word of its own: what holds its letters is not it. */
static size_t
secret_at(const struct secrets *x, const char *text, const char *p)
{
	bool begins = p == text || !isalnum((unsigned char)p[-1]);
	size_t best = 0;

	for (unsigned i = 0; i < x->n; i++) {
		size_t least = x->s[i].n < SECRET_PART ? x->s[i].n : SECRET_PART;

		for (size_t from = 0; from + least <= x->s[i].n; from++) {
			size_t k = 0;

			while (from + k < x->s[i].n && p[k] && p[k] == x->s[i].text[from + k])
				k++;
			if (x->s[i].n < SECRET_PART && (!begins || isalnum((unsigned char)p[k])))
				continue;
			if (k >= least && k > best)
				best = k;
		}
	}
	return best;
}

void
secrets_hide(const char *text, struct buf *out)
{
	const char *from = text;

	for (const char *p = text; hidden.n && *p;) {
		size_t n = secret_at(&hidden, text, p);

		if (n == 0) {
			p++;
			continue;
		}
		text_plain(out, from, (size_t)(p - from));
		buf_str(out, "***");
		from = p += n;
	}
	text_plain(out, from, strlen(from));
}
