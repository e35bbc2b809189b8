#include "source/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "source/layer.h"

#define CHUNK 262144
#define BOMB_RATIO 2000u /* real dumps shrink 10 to 60 times */
#define BOMB_BYTES (256ull << 20)

struct stream {
	char *path;
	int fd;
	struct stat before;
	bool section; /* of fd, which is borrowed: from, left */
	uint64_t from, left;
	ssize_t (*more)(void *arg, const void **ret, char why[400]); /* instead of fd */
	void *more_arg;
	struct layers *layers;
	/* packed bytes that ended early or are wrong: the stream ends before them */
	enum layer_fault fault;
	char damage[400];
	struct sha256 *sha;
	uint64_t raw; /* bytes read from fd */
	uint64_t out; /* bytes looked through */
	uint64_t offset, line;
	char in[CHUNK];
	struct buf win; /* bytes not consumed: win.p[at..win.len) */
	size_t at;
	bool end, in_line;
};

static ssize_t
read_raw(void *arg, const void **ret, char why[400])
{
	struct stream *s = arg;
	ssize_t n;

	do
		n = s->section ?
		    pread(s->fd, s->in, s->left < sizeof s->in ? (size_t)s->left : sizeof s->in,
			(off_t)s->from) :
		    read(s->fd, s->in, sizeof s->in);
	while (n < 0 && errno == EINTR);
	if (n < 0) {
		snprintf(why, 400, "%s", strerror(errno));
		return -1;
	}
	sha256_add(s->sha, s->in, (size_t)n);
	s->raw += (uint64_t)n;
	s->from += (uint64_t)n;
	s->left -= s->section ? (uint64_t)n : 0;
	*ret = s->in;
	return n;
}

static int
begin(struct stream *s, struct err *e)
{
	sha256_begin(s->sha);
	return (s->layers = layers_new(read_raw, s)) ? 0 : err_nomem(e);
}

static struct stream *
stream_new(const char *name, struct err *e)
{
	struct stream *s = calloc(1, sizeof *s);

	if (s == NULL || (s->path = strdup(name)) == NULL || (s->sha = sha256_new()) == NULL) {
		err_nomem(e);
		stream_free(s);
		return NULL;
	}
	buf_init(&s->win, EX_MAX_ROW + 2u * CHUNK);
	return s;
}

struct stream *
stream_open(const char *path, struct err *e)
{
	struct stream *s = stream_new(strcmp(path, "-") ? path : "stdin", e);

	if (s == NULL)
		return NULL;
	s->fd =
	    strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) : dup(0);
	if (s->fd < 0 || fstat(s->fd, &s->before)) {
		err_errno(e, "%s", s->path);
		goto fail;
	}
	if (strcmp(path, "-") && !S_ISREG(s->before.st_mode) && !S_ISFIFO(s->before.st_mode)) {
		err_set(e, EX_NO_INPUT, "%s: want a file, a folder or - for stdin, have a %s", path,
		    S_ISDIR(s->before.st_mode)      ? "folder" :
			S_ISSOCK(s->before.st_mode) ? "socket" :
						      "device");
		goto fail;
	}
	fcntl(s->fd, F_SETFL, fcntl(s->fd, F_GETFL) & ~O_NONBLOCK);
	if (begin(s, e) == 0)
		return s;
fail:
	stream_free(s);
	return NULL;
}

struct stream *
stream_section(int fd, uint64_t at, uint64_t n, const char *name, struct err *e)
{
	struct stream *s = stream_new(name, e);

	if (s == NULL)
		return NULL;
	s->section = true;
	s->fd = fd;
	s->from = at;
	s->left = n;
	if (begin(s, e) == 0)
		return s;
	stream_free(s);
	return NULL;
}

void
stream_free(struct stream *s)
{
	if (s == NULL)
		return;
	layers_free(s->layers);
	if (s->fd > 0 && !s->section)
		close(s->fd);
	sha256_free(s->sha);
	buf_release(&s->win);
	free(s->path);
	free(s);
}

int
stream_close(struct stream *s, struct err *e)
{
	struct stat now;
	int rc = 0;

	if (S_ISREG(s->before.st_mode) &&
	    (fstat(s->fd, &now) || now.st_size != s->before.st_size ||
		now.st_mtim.tv_sec != s->before.st_mtim.tv_sec ||
		now.st_mtim.tv_nsec != s->before.st_mtim.tv_nsec))
		rc = err_set(e, EX_IO_ERR,
		    "%s: changed while it was read; export from a copy that nobody writes to",
		    s->path);
	stream_free(s);
	return rc;
}

struct stream *
stream_of(const char *name, ssize_t (*more)(void *arg, const void **ret, char why[400]), void *arg,
    struct err *e)
{
	struct stream *s = stream_new(name, e);

	if (s == NULL)
		return NULL;
	s->more = more;
	s->more_arg = arg;
	return s;
}

/* The same from who makes it. */
static int
fill_made(struct stream *s, struct err *e)
{
	char why[400] = "";
	const void *p;
	ssize_t n = s->more(s->more_arg, &p, why);

	if (n < 0) {
		s->end = true;
		return err_set(e, EX_IO_ERR, "%.390s", why);
	}
	s->end = n == 0;
	s->raw += (uint64_t)n;
	s->out += (uint64_t)n;
	buf_put(&s->win, p, (size_t)n);
	return s->win.failed ? err_nomem(e) : 0;
}

/* Reads one more piece into the window. */
static int
fill(struct stream *s, struct err *e)
{
	char why[400] = "";
	const void *p;
	ssize_t n;

	if (s->end)
		return 0;
	if (s->at && (s->at == s->win.len || s->at > s->win.cap / 2)) {
		memmove(s->win.p, s->win.p + s->at, s->win.len - s->at);
		s->win.len -= s->at;
		s->at = 0;
	}
	if (s->more)
		return fill_made(s, e);
	n = layers_more(s->layers, &p, why, &s->fault);
	if (n < 0 && s->fault == LAYER_READ) {
		s->end = true;
		return err_set(
		    e, EX_IO_ERR, "%s: %s (after %" PRIu64 " bytes)", s->path, why, s->raw);
	}
	if (n <= 0) {
		if (n < 0)
			snprintf(s->damage, sizeof s->damage, "%.360s (after %" PRIu64 " bytes)",
			    why, s->raw);
		s->end = true;
		return 0;
	}
	s->out += (uint64_t)n;
	if (s->out > BOMB_BYTES && s->out / BOMB_RATIO > s->raw)
		return err_set(e, EX_DATA_ERR,
		    "%s: expands more than %u times (%" PRIu64 " bytes from %" PRIu64 "): looks "
		    "like a "
		    "decompression bomb; "
		    "decompress it yourself if you trust it",
		    s->path, BOMB_RATIO, s->out, s->raw);
	buf_put(&s->win, p, (size_t)n);
	return s->win.failed ? err_nomem(e) : 0;
}

int
stream_peek(struct stream *s, size_t n, const char **ret, size_t *ret_n, struct err *e)
{
	while (s->win.len - s->at < n && !s->end)
		if (fill(s, e))
			return -1;
	*ret = s->win.p ? (const char *)s->win.p + s->at : "";
	*ret_n = s->win.len - s->at;
	return 0;
}

void
stream_skip(struct stream *s, size_t n)
{
	s->at += n;
	s->offset += n;
}

int
stream_line(struct stream *s, const char **ret, size_t *ret_n, bool *ret_ended, struct err *e)
{
	size_t seen = 0;

	if (!s->in_line)
		s->line++;
	s->in_line = false;
	for (;;) {
		const char *p = s->win.p ? (const char *)s->win.p + s->at : "", *nl;
		size_t n = s->win.len - s->at;

		if (n > seen && (nl = memchr(p + seen, '\n', n - seen)) != NULL) {
			*ret = p;
			*ret_n = (size_t)(nl - p);
			*ret_ended = true;
			stream_skip(s, *ret_n + 1);
			return 1;
		}
		seen = n;
		if (n >= EX_MAX_ROW) {
			*ret = p;
			*ret_n = EX_MAX_ROW;
			*ret_ended = false;
			s->in_line = true;
			stream_skip(s, EX_MAX_ROW);
			return 2;
		}
		if (s->end) {
			if (n == 0)
				return 0;
			*ret = p;
			*ret_n = n;
			*ret_ended = false;
			stream_skip(s, n);
			return 1;
		}
		if (fill(s, e))
			return -1;
	}
}

uint64_t
stream_line_no(const struct stream *s)
{
	return s->line;
}
uint64_t
stream_offset(const struct stream *s)
{
	return s->offset;
}
uint64_t
stream_read(const struct stream *s)
{
	return s->out;
}
const char *
stream_damage(const struct stream *s, bool *ret_cut)
{
	*ret_cut = s->fault == LAYER_CUT;
	return s->damage[0] ? s->damage : NULL;
}

unsigned
stream_changes(const struct stream *s)
{
	return layers_changes(s->layers);
}

int
stream_totals(struct stream *s, uint64_t *ret_bytes, uint8_t ret_sha256[32], struct err *e)
{
	char why[400];
	const void *p;

	(void)e;
	/* what a damaged or ended layer did not ask for */
	while (read_raw(s, &p, why) > 0)
		;
	*ret_bytes = s->raw;
	sha256_end(s->sha, ret_sha256);
	return 0;
}

double
stream_progress(const struct stream *s)
{
	return S_ISREG(s->before.st_mode) && s->before.st_size ?
	    (double)s->raw / (double)s->before.st_size :
	    -1;
}
