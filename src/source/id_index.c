#include "source/id_index.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

#define MAGIC "exhibit-ids/1\n"
#define HEAD_MAX 1024u
#define AT_ONCE 1024u /* entries */

static const unsigned char shown_column[] = { COL_RESOURCE_NAME, COL_TRACE_ID, COL_SPAN_ID,
	COL_HOLD, COL_HOLD_REASON, COL_HOLD_BY, COL_HOLD_AT };

/* A column as all inputs have it: NULL, '' and false are nothing; a time is its instant. */
static void
add_shown(struct sha256 *sha, struct view_cell c, unsigned col)
{
	uint8_t head[5];
	struct utc t;
	uint8_t us[8];
	bool is;

	if (c.state != VIEW_TEXT || (col == COL_HOLD && column_boolean(c.p, c.n, &is) && !is)) {
		c.n = 0;
	} else if (col == COL_HOLD) {
		c.p = "t";
		c.n = 1;
	}
	if (c.n && col == COL_HOLD_AT && utc_parse(c.p, c.n, &t) == UTC_OK) {
		store_be(us, (uint64_t)t.us, 8);
		c.p = (const char *)us;
		c.n = sizeof us;
	}
	head[0] = (uint8_t)col;
	store_be(head + 1, c.n, 4);
	sha256_add(sha, head, sizeof head);
	sha256_add(sha, c.n ? c.p : "", c.n);
}

int
id_entry_of(struct id_entry *ret, const struct record *r, struct version *x, struct sha256 *sha)
{
	uint8_t forms[2] = { r->claimed_form, r->previous_form }, d[32];
	uint64_t says = version_says(x);

	/* entries are compared byte by byte: no padding may differ */
	memset(ret, 0, sizeof *ret);
	memcpy(ret->id, r->id, 16);
	ret->time = r->time;
	ret->time_invalid = (r->flags & FLAG_TIME_INVALID) != 0;
	ret->withheld = (r->flags & FLAG_WITHHELD) != 0;
	/*
	 * answers of older servers leave these unread, and rows without a canonical form lack them
	 */
	ret->whole =
	    r->body_form != BODY_VERBATIM && says >> COL_RETENTION & says >> COL_SENSITIVE & 1;
	ret->linked = says >> COL_HASH & says >> COL_PREVIOUS & 1;
	/* of a row that is withheld the digest of what it was is all there is */
	if (ret->withheld) {
		memcpy(ret->digest, r->body_digest, 32);
	} else {
		record_digest(sha, r, ret->digest);
		sha256_once(sha, r->body, r->body_len, ret->body);
	}
	/* what links the row is kept apart from what it says: two inputs may differ in one of them
	 * only */
	sha256_begin(sha);
	sha256_add(sha, forms, sizeof forms);
	sha256_add(sha, r->claimed, 32);
	sha256_add(sha, r->previous, 32);
	sha256_end(sha, d);
	memcpy(ret->link, d, 16);
	/* columns that both inputs show are compared; which these are is part of the entry */
	sha256_begin(sha);
	for (unsigned i = 0; i < sizeof shown_column; i++)
		if (says >> shown_column[i] & 1) {
			ret->mask |= (uint8_t)(1u << i);
			add_shown(sha, view_column(x->view, shown_column[i]), shown_column[i]);
		}
	sha256_end(sha, d);
	memcpy(ret->shown, d, 16);
	/* the view's buffer may have found no memory while it was read */
	return x->data.nomem ? -1 : 0;
}

static void
put_names(struct buf *names, bool hashed)
{
	for (unsigned col = 1; col <= COL_COUNT; col++) {
		bool shown = memchr(shown_column, (int)col, sizeof shown_column) != NULL;

		if (hashed ? !column_info[col].hashed || col == COL_EVENT_ID : !shown)
			continue;
		buf_str(names, names->len ? "," : "");
		buf_str(names, column_info[col].name);
	}
}

void
id_entry_differing(const struct id_entry *was, const struct id_entry *now,
    const uint8_t as_it_stands[32], struct buf *names)
{
	bool withheld = was->withheld || now->withheld;
	bool same = withheld ? memcmp(was->digest, now->digest, 32) == 0 ||
		(now->withheld && memcmp(was->digest, as_it_stands, 32) == 0) :
			       memcmp(was->body, now->body, 32) == 0;

	buf_clear(names);
	if (!same && was->whole && now->whole)
		put_names(names, true);
	if (was->linked && now->linked && memcmp(was->link, now->link, 16))
		buf_str(names,
		    names->len ? ",event_hash,previous_event_hash" :
				 "event_hash,previous_event_hash");
	if (was->mask == now->mask && !withheld && memcmp(was->shown, now->shown, 16))
		put_names(names, false);
}

static void
encode(const struct id_entry *x, uint8_t out[ID_ENTRY])
{
	store_be(out, x->position, 8);
	memcpy(out + 8, x->id, 16);
	store_be(out + 24, (uint64_t)x->time, 8);
	out[32] = x->kind;
	out[33] = (uint8_t)(x->time_invalid | x->withheld << 1 | x->whole << 2 | x->linked << 3);
	memcpy(out + 34, x->digest, 32);
	memcpy(out + 66, x->body, 32);
	memcpy(out + 98, x->link, 16);
	out[114] = x->mask;
	memcpy(out + 115, x->shown, 16);
}

static bool
decode(struct id_entry *x, const uint8_t in[ID_ENTRY])
{
	memset(x, 0, sizeof *x);
	x->position = load_be(in, 8);
	memcpy(x->id, in + 8, 16);
	x->time = (int64_t)load_be(in + 24, 8);
	x->kind = in[32];
	x->time_invalid = in[33] & 1;
	x->withheld = in[33] >> 1 & 1;
	x->whole = in[33] >> 2 & 1;
	x->linked = in[33] >> 3 & 1;
	memcpy(x->digest, in + 34, 32);
	memcpy(x->body, in + 66, 32);
	memcpy(x->link, in + 98, 16);
	x->mask = in[114];
	memcpy(x->shown, in + 115, 16);
	return in[33] < 16 && x->mask < 1u << sizeof shown_column &&
	    (x->kind == ID_GONE || x->kind == ID_EVENT || x->kind == ID_CONFLICT);
}

struct id_writer {
	char *path;
	FILE *f;
	struct sha256 *sha;
	uint64_t entries, bytes;
	bool ended;
};

static int
put(struct id_writer *w, const void *p, size_t n, struct err *e)
{
	if (fwrite(p, 1, n, w->f) != n)
		return err_errno(e, "%s", w->path);
	sha256_add(w->sha, p, n);
	w->bytes += n;
	return 0;
}

struct id_writer *
id_writer_new(const char *path, bool again, const char *origin, uint64_t first, uint64_t next,
    const char *previous, struct err *e)
{
	struct id_writer *w = calloc(1, sizeof *w);
	char head[HEAD_MAX];
	int fd = -1, n;

	if (w == NULL || (w->sha = sha256_new()) == NULL) {
		free(w);
		err_nomem(e);
		return NULL;
	}
	/* never over a file that is there, unless this run made it: an index is evidence of earlier
	 * runs */
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (again ? O_TRUNC : O_EXCL), 0600);
	if (fd < 0 && errno == EEXIST)
		err_set(e, EX_CANT_CREATE,
		    "%s exists already: an index of ids is never replaced, "
		    "move it away",
		    path);
	else if (fd < 0)
		err_errno(e, "%s", path);
	/* from here on the file is ours, and goes with a failure */
	if (fd < 0 || (w->path = strdup(path)) == NULL || (w->f = fdopen(fd, "w")) == NULL) {
		if (fd >= 0) {
			close(fd);
			unlink(path);
			err_nomem(e);
		}
		free(w->path);
		w->path = NULL;
		id_writer_free(w);
		return NULL;
	}
	/* the head names log and range: an index of another log, or of a gap, is no help */
	sha256_begin(w->sha);
	n = snprintf(head, sizeof head, MAGIC "%s\n%" PRIu64 "\n%" PRIu64 "\n%s\n", origin, first,
	    next, previous[0] ? previous : "-");
	if (n < 0 || (size_t)n >= sizeof head || put(w, head, (size_t)n, e)) {
		id_writer_free(w);
		return NULL;
	}
	return w;
}

int
id_writer_add(struct id_writer *w, const struct id_entry *x, struct err *e)
{
	uint8_t out[ID_ENTRY];

	encode(x, out);
	w->entries++;
	return put(w, out, sizeof out, e);
}

int
id_writer_end(struct id_writer *w, uint8_t digest[32], uint64_t *ret_entries, uint64_t *ret_bytes,
    struct err *e)
{
	FILE *f = w->f;
	int rc = fflush(f) || fsync(fileno(f)) ? err_errno(e, "%s", w->path) : 0;

	w->f = NULL;
	if (fclose(f) && rc == 0)
		rc = err_errno(e, "%s", w->path);
	sha256_end(w->sha, digest);
	*ret_entries = w->entries;
	*ret_bytes = w->bytes;
	w->ended = rc == 0;
	return rc;
}

void
id_writer_free(struct id_writer *w)
{
	if (w == NULL)
		return;
	if (w->f)
		fclose(w->f);
	if (w->path && !w->ended)
		unlink(w->path);
	free(w->path);
	sha256_free(w->sha);
	free(w);
}

static int
malformed(const struct id_index *x, const char *what, struct err *e)
{
	return err_set(e, EX_DATA_ERR, "%s: no index of ids as exhibit-export writes it: %s [R-24]",
	    x->path, what);
}

/* The next line of the head, cut out; NULL: there is none. */
static char *
line(char **at)
{
	char *p = *at, *nl = strchr(p, '\n');

	if (nl == NULL)
		return NULL;
	*nl = '\0';
	*at = nl + 1;
	return p;
}

static int
read_head(struct id_index *x, struct err *e)
{
	char head[HEAD_MAX + 1], *at = head, *magic, *origin, *first, *next, *previous;
	ssize_t n = pread(x->fd, head, HEAD_MAX, 0);
	uint8_t d[32];

	if (n < 0)
		return err_errno(e, "%s", x->path);
	head[n] = '\0';
	if ((magic = line(&at)) == NULL || strcmp(magic, "exhibit-ids/1") ||
	    (origin = line(&at)) == NULL || (first = line(&at)) == NULL ||
	    (next = line(&at)) == NULL || (previous = line(&at)) == NULL)
		return malformed(x, "its first lines", e);
	if (strlen(origin) >= sizeof x->origin || !dec_u64(first, strlen(first), &x->first) ||
	    !dec_u64(next, strlen(next), &x->next) || x->next <= x->first ||
	    (strcmp(previous, "-") && (strlen(previous) != 64 || !hex_to(previous, 64, d))))
		return malformed(x, "its first lines", e);
	snprintf(x->origin, sizeof x->origin, "%s", origin);
	snprintf(x->previous, sizeof x->previous, "%s", previous[0] == '-' ? "" : previous);
	x->head = (size_t)(at - head);
	return 0;
}

int
id_index_each(struct id_index *x, int (*f)(void *arg, const struct id_entry *entry, struct err *e),
    void *arg, struct err *e)
{
	uint8_t *b = malloc((size_t)AT_ONCE * ID_ENTRY);
	uint64_t at = 0, last = x->first;
	struct id_entry entry;
	int rc = b ? 0 : err_nomem(e);

	while (rc == 0 && at < x->entries) {
		size_t k = x->entries - at < AT_ONCE ? (size_t)(x->entries - at) : AT_ONCE;

		if (pread(x->fd, b, k * ID_ENTRY, (off_t)(x->head + at * ID_ENTRY)) !=
		    (ssize_t)(k * ID_ENTRY)) {
			rc = malformed(x, "it was cut off", e);
			break;
		}
		for (size_t i = 0; rc == 0 && i < k; i++) {
			if (!decode(&entry, b + i * ID_ENTRY) || entry.position < last ||
			    entry.position >= x->next)
				rc = malformed(x, "an entry", e);
			else
				rc = f ? f(arg, &entry, e) : 0;
			last = entry.position;
		}
		at += k;
	}
	free(b);
	return rc;
}

int
id_index_open(struct id_index *x, const char *path, struct err *e)
{
	struct sha256 *sha = NULL;
	unsigned char b[65536];
	struct stat st;
	ssize_t n;
	int rc;

	memset(x, 0, sizeof *x);
	if ((x->fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return err_errno(e, "%s", path);
	if ((x->path = strdup(path)) == NULL || (sha = sha256_new()) == NULL)
		return err_nomem(e);
	rc = fstat(x->fd, &st)   ? err_errno(e, "%s", path) :
	    !S_ISREG(st.st_mode) ? malformed(x, "it is no file", e) :
				   read_head(x, e);
	if (rc == 0 && ((uint64_t)st.st_size - x->head) % ID_ENTRY)
		rc = malformed(x, "it was cut off", e);
	if (rc == 0) {
		x->entries = ((uint64_t)st.st_size - x->head) / ID_ENTRY;
		sha256_begin(sha);
		while ((n = read(x->fd, b, sizeof b)) > 0)
			sha256_add(sha, b, (size_t)n);
		sha256_end(sha, x->digest);
		rc = n < 0 ? err_errno(e, "%s", path) : id_index_each(x, NULL, NULL, e);
	}
	sha256_free(sha);
	return rc;
}

int
id_index_at(struct id_index *x, uint64_t position, struct id_entry *ret, struct err *e)
{
	uint64_t lo = 0, hi = x->entries;
	uint8_t b[ID_ENTRY];

	/*
	 * the first entry at that position; what is told to be gone stands there, too, under the
	 * position of the record that tells it
	 */
	while (lo < hi) {
		uint64_t mid = lo + (hi - lo) / 2;

		if (pread(x->fd, b, 8, (off_t)(x->head + mid * ID_ENTRY)) != 8)
			return malformed(x, "it was cut off", e);
		if (load_be(b, 8) < position)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == x->entries)
		return 0;
	if (pread(x->fd, b, sizeof b, (off_t)(x->head + lo * ID_ENTRY)) != sizeof b ||
	    !decode(ret, b))
		return malformed(x, "an entry", e);
	return ret->position == position && ret->kind != ID_GONE;
}

void
id_index_close(struct id_index *x)
{
	if (x->path && x->fd >= 0)
		close(x->fd);
	free(x->path);
	x->path = NULL;
	x->fd = -1;
}
