#include "source/layer.h"

#include <bzlib.h>
#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "base/buf.h"
#include "base/text.h"
#include "source/encoding.h"

#define DEPTH 3 /* packed in packed in packed */
#define PIECE 262144u
#define PLAIN_LOOK 512u /* bytes that tell text from what is none: a tar has zeros in them */
#define XZ_MEMORY (256ull << 20)

enum form { FORM_NONE, FORM_GZIP, FORM_ZSTD, FORM_BZIP2, FORM_XZ };
static const char *const form_name[] = { "", "gzip", "zstd", "bzip2", "xz" };

/* One of them: takes pieces from below, gives pieces. */
struct layer {
	struct layers *all;
	struct layer *below; /* NULL: the bytes as they stand */
	enum { BETWEEN, INSIDE, PLAIN, OVER } state;
	enum form form;
	/* a packed member was met: zeros behind it are padding */
	bool packed;
	bool end;      /* nothing more comes from below */
	struct buf in; /* taken from below: in.p[at..len) is not used yet */
	size_t at;
	z_stream z;
	bz_stream bz;
	lzma_stream xz;
	ZSTD_DStream *zstd;
	unsigned char out[PIECE];
};

/* The text on top: UTF-16 becomes UTF-8, a byte order mark goes. Files that were put behind each
 * other, or that a tool appended to, may go from one to the other. */
struct text {
	enum text_form form;
	/* no zero in its first bytes: it is text, in which neither zeros nor 0xff can stand */
	bool plain;
	bool end; /* nothing more comes */
	unsigned changes;
	struct buf in, out; /* in.p[at..len) was taken and is not given yet */
	size_t at;
};

struct layers {
	ssize_t (*more)(void *arg, const void **ret, char why[400]);
	void *arg;
	struct layer layer[DEPTH];
	struct text text;
	enum layer_fault fault;
	char why[400];
};

static ssize_t next_piece(struct layer *l, const void **ret);

static ssize_t
fail(struct layers *all, enum layer_fault fault, const char *fmt, const char *arg)
{
	if (all->fault == LAYER_FINE) {
		all->fault = fault;
		snprintf(all->why, sizeof all->why, fmt, arg);
	}
	return -1;
}

static ssize_t
from_below(struct layer *l, const void **ret)
{
	ssize_t n;

	if (l->below)
		return next_piece(l->below, ret);
	if ((n = l->all->more(l->all->arg, ret, l->all->why)) < 0)
		l->all->fault = LAYER_READ;
	return n;
}

/* At least n unused bytes in l->in, unless the end comes first. */
static int
need(struct layer *l, size_t n)
{
	const void *p;
	ssize_t k;

	while (l->in.len - l->at < n && !l->end) {
		if ((k = from_below(l, &p)) < 0)
			return -1;
		l->end = k == 0;
		/* no more than n bytes are left: the pieces do not pile up */
		if (l->at) {
			memmove(l->in.p, l->in.p + l->at, l->in.len - l->at);
			l->in.len -= l->at;
			l->at = 0;
		}
		buf_put(&l->in, p, (size_t)k);
		if (l->in.failed)
			return (int)fail(l->all, LAYER_READ, "%s", "out of memory");
	}
	return 0;
}

static enum form
form_of(const unsigned char *p, size_t n)
{
	if (n >= 3 && p[0] == 0x1f && p[1] == 0x8b && p[2] == 8)
		return FORM_GZIP;
	/* a frame, or a skippable frame, which other tools write in front of one */
	if (n >= 4 &&
	    ((p[0] == 0x28 && p[1] == 0xb5) || (p[0] >= 0x50 && p[0] <= 0x5f && p[1] == 0x2a)) &&
	    p[2] == (p[0] == 0x28 ? 0x2f : 0x4d) && p[3] == (p[0] == 0x28 ? 0xfd : 0x18))
		return FORM_ZSTD;
	if (n >= 10 && memcmp(p, "BZh", 3) == 0 && p[3] >= '1' && p[3] <= '9' &&
	    (memcmp(p + 4, "\x31\x41\x59\x26\x53\x59", 6) == 0 ||
		memcmp(p + 4, "\x17\x72\x45\x38\x50\x90", 6) == 0))
		return FORM_BZIP2;
	return n >= 6 &&
		memcmp(p,
		    "\xfd"
		    "7zXZ\0",
		    6) == 0 ?
	    FORM_XZ :
	    FORM_NONE;
}

/* The decoder of the member that is over, or was never finished. */
static void
end_member(struct layer *l)
{
	if (l->state != INSIDE)
		return;
	if (l->form == FORM_GZIP)
		inflateEnd(&l->z);
	else if (l->form == FORM_BZIP2)
		BZ2_bzDecompressEnd(&l->bz);
	else if (l->form == FORM_XZ)
		lzma_end(&l->xz);
	l->state = BETWEEN;
}

static bool
begin_member(struct layer *l)
{
	bool fine = true;

	if (l->form == FORM_GZIP) {
		memset(&l->z, 0, sizeof l->z);
		fine = inflateInit2(&l->z, 15 + 16) == Z_OK;
	} else if (l->form == FORM_BZIP2) {
		memset(&l->bz, 0, sizeof l->bz);
		fine = BZ2_bzDecompressInit(&l->bz, 0, 0) == BZ_OK;
	} else if (l->form == FORM_XZ) {
		l->xz = (lzma_stream)LZMA_STREAM_INIT;
		fine = lzma_stream_decoder(&l->xz, XZ_MEMORY, 0) == LZMA_OK;
	} else {
		fine = (l->zstd || (l->zstd = ZSTD_createDStream()) != NULL) &&
		    !ZSTD_isError(ZSTD_initDStream(l->zstd));
	}
	l->packed |= fine;
	l->state = fine ? INSIDE : BETWEEN;
	return fine;
}

/* One call of the decoder over p[0..n): *used of it, *made into l->out. 0 goes on, 1 the member
 * ends, -1 wrong (why). */
static int
decode(struct layer *l, unsigned char *p, size_t n, size_t *used, size_t *made, const char **why)
{
	int rc;

	/* the decoder's own words, where it has some */
	*why = "damaged";
	if (l->form == FORM_GZIP) {
		l->z.next_in = p;
		l->z.avail_in = (unsigned)n;
		l->z.next_out = l->out;
		l->z.avail_out = PIECE;
		rc = inflate(&l->z, Z_NO_FLUSH);
		*used = n - l->z.avail_in;
		*made = PIECE - l->z.avail_out;
		if (l->z.msg)
			*why = l->z.msg;
		/* Z_BUF_ERROR is a decoder that waits for more, and no damage */
		return rc == Z_STREAM_END ? 1 : rc == Z_OK || rc == Z_BUF_ERROR ? 0 : -1;
	}
	if (l->form == FORM_BZIP2) {
		l->bz.next_in = (char *)p;
		l->bz.avail_in = (unsigned)n;
		l->bz.next_out = (char *)l->out;
		l->bz.avail_out = PIECE;
		rc = BZ2_bzDecompress(&l->bz);
		*used = n - l->bz.avail_in;
		*made = PIECE - l->bz.avail_out;
		return rc == BZ_STREAM_END ? 1 : rc == BZ_OK ? 0 : -1;
	}
	if (l->form == FORM_XZ) {
		l->xz.next_in = p;
		l->xz.avail_in = n;
		l->xz.next_out = l->out;
		l->xz.avail_out = PIECE;
		rc = (int)lzma_code(&l->xz, LZMA_RUN);
		*used = n - l->xz.avail_in;
		*made = PIECE - l->xz.avail_out;
		/* a ceiling that was set when the decoder was made: it is bounded before it is
		 * taken */
		if (rc == LZMA_MEMLIMIT_ERROR)
			*why = "its dictionary is larger than 256 MiB: unpack it yourself (xz -d)";
		return rc == LZMA_STREAM_END ? 1 : rc == LZMA_OK || rc == LZMA_BUF_ERROR ? 0 : -1;
	}
	ZSTD_inBuffer in = { p, n, 0 };
	ZSTD_outBuffer out = { l->out, PIECE, 0 };
	size_t left = ZSTD_decompressStream(l->zstd, &out, &in);

	*used = in.pos;
	*made = out.pos;
	/* zstd has no code of its own for a window that is larger than allowed */
	if (ZSTD_isError(left)) {
		*why = ZSTD_getErrorName(left);
		if (strstr(*why, "window") || strstr(*why, "Window") || strstr(*why, "memory"))
			*why = "its window is larger than 128 MiB: unpack it yourself (zstd -d "
			       "--long=31)";
		return -1;
	}
	return left == 0 ? 1 : 0;
}

/* A piece of the member; 0: it ended without one; -1: it is cut off or damaged. */
static ssize_t
inside(struct layer *l, const void **ret)
{
	/* a call may take bytes and make none, and the other way round */
	for (;;) {
		size_t used = 0, made = 0, n;
		bool starved;
		const char *why;
		int rc;

		if (need(l, 1))
			return -1;
		n = l->in.len - l->at;
		/* what a decoder holds back is asked for once more */
		starved = n == 0;
		rc = decode(l, l->in.p ? l->in.p + l->at : l->out, n, &used, &made, &why);
		l->at += used;
		/* the end of a member; another may stand behind it */
		if (rc != 0)
			end_member(l);
		if (rc < 0)
			fail(l->all, LAYER_DAMAGED,
			    l->form == FORM_GZIP     ? "gzip: %s" :
				l->form == FORM_ZSTD ? "zstd: %s" :
				l->form == FORM_XZ   ? "xz: %s" :
						       "bzip2: %s",
			    why);
		else if (rc == 0 && starved && made == 0)
			/* the decoder wants more, and there is no more */
			fail(l->all, LAYER_CUT, "truncated %s input", form_name[l->form]);
		/* the first fault counts: what is behind it cannot be unpacked */
		if (l->all->fault != LAYER_FINE) {
			end_member(l);
			l->state = OVER;
		}
		/* what was made before the fault is handed out all the same */
		*ret = l->out;
		if (made || l->state != INSIDE)
			return made ? (ssize_t)made : l->state == OVER ? -1 : 0;
	}
}

/* What comes next: a packed member, plain bytes, the end; padding is passed. */
static int
between(struct layer *l)
{
	if (need(l, 10))
		return -1;
	while (l->packed && l->at < l->in.len && l->in.p[l->at] == 0) {
		l->at++;
		if (l->in.len - l->at < 10 && need(l, 10))
			return -1;
	}
	if (l->at == l->in.len) {
		l->state = OVER;
	} else if ((l->form = form_of(l->in.p + l->at, l->in.len - l->at)) == FORM_NONE) {
		l->state = PLAIN;
	} else if (!begin_member(l)) {
		l->state = OVER;
		return (int)fail(l->all, LAYER_READ, "%s", "out of memory");
	}
	return 0;
}

static ssize_t
next_piece(struct layer *l, const void **ret)
{
	for (;;) {
		size_t have = l->in.len - l->at;
		ssize_t n;

		switch (l->state) {
		case BETWEEN:
			if (between(l))
				return -1;
			break;
		case INSIDE:
			if ((n = inside(l, ret)) != 0)
				return n;
			break;
		case PLAIN:
			if (have == 0)
				return l->end ? 0 : from_below(l, ret);
			*ret = l->in.p + l->at;
			l->at = l->in.len;
			return (ssize_t)have;
		default:
			return l->all->fault == LAYER_FINE ? 0 : -1;
		}
	}
}

/* One unit, or a pair that makes a character, at p[*i], as UTF-8. Halves that stand alone are
 * written as if they were characters, which is no UTF-8: the reader of the text sees that something
 * is wrong, nothing is mended. Returns the unit. */
static uint32_t
one_unit(struct text *t, const unsigned char *p, size_t n, size_t *i)
{
	unsigned lo = t->form == TEXT_LITTLE ? 0 : 1;
	uint32_t c = (uint32_t)(p[*i + lo] | p[*i + 1 - lo] << 8), d;

	*i += 2;
	if (c >= 0xd800 && c < 0xdc00 && n - *i >= 2) {
		d = (uint32_t)(p[*i + lo] | p[*i + 1 - lo] << 8);
		if (d >= 0xdc00 && d < 0xe000) {
			c = 0x10000 + ((c - 0xd800) << 10) + (d - 0xdc00);
			*i += 2;
		}
	}
	if (c >= 0xd800 && c < 0xe000) {
		buf_byte(&t->out, 0xe0 | c >> 12);
		buf_byte(&t->out, 0x80 | (c >> 6 & 0x3f));
		buf_byte(&t->out, 0x80 | (c & 0x3f));
	} else {
		buf_utf8(&t->out, c);
	}
	return c;
}

/* UTF-16 that was taken, as UTF-8 into out; what may go on in the next piece, or is needed to tell
 * where UTF-16 ends, stays. */
static void
from_utf16(struct text *t)
{
	const unsigned char *p = t->in.p;
	size_t n = t->in.len, i = t->at;

	buf_clear(&t->out);
	while (n - i >= 4 + (t->end ? 0 : ENCODING_LOOK) || (t->end && n - i >= 2)) {
		uint32_t c = one_unit(t, p, n, &i);

		if (c < 128 && strchr("\n}];)", (int)c) && c &&
		    encoding_utf8_begins(p + i, n - i)) {
			t->form = TEXT_AS_IT_IS;
			t->plain = true;
			t->changes++;
			break;
		}
	}
	if (t->end && n - i == 1 && t->form != TEXT_AS_IT_IS)
		buf_byte(&t->out, p[i++] | 0x80u); /* half a unit */
	t->at = i;
}

/* Takes one more piece. 1; 0 there is none; -1. */
static int
take(struct layers *l)
{
	struct text *t = &l->text;
	const void *p;
	ssize_t n;

	if (t->at) {
		memmove(t->in.p, t->in.p + t->at, t->in.len - t->at);
		t->in.len -= t->at;
		t->at = 0;
	}
	if ((n = next_piece(&l->layer[DEPTH - 1], &p)) > 0)
		buf_put(&t->in, p, (size_t)n);
	t->end = n <= 0;
	if (t->in.failed)
		return (int)fail(l, LAYER_READ, "%s", "out of memory");
	return n > 0;
}

/* The first bytes, as many as tell what they are, without their mark. */
static int
begin_text(struct layers *l)
{
	struct text *t = &l->text;
	enum text_form form;
	int rc = 1;
	size_t n;

	while (t->in.len < PLAIN_LOOK && (rc = take(l)) > 0)
		;
	if (l->fault == LAYER_READ)
		return -1;
	t->at = encoding_look(t->in.p, t->in.len, &t->form);
	n = t->in.len < PLAIN_LOOK ? t->in.len : PLAIN_LOOK;
	t->plain = t->form == TEXT_AS_IT_IS && n &&
	    !(n >= 4 && memcmp(t->in.p, "\xff\xfe\0\0", 4) == 0) &&
	    (memchr(t->in.p, 0, n) == NULL || encoding_utf16_begins(t->in.p, n, &form) < n);
	return 0;
}

/* The next piece of plain text, up to where UTF-16 begins. 0: it begins at once. */
static ssize_t
plain_piece(struct text *t, const void **ret, const unsigned char *p, size_t n)
{
	enum text_form form = TEXT_AS_IT_IS;
	size_t k = encoding_utf16_begins(p, n, &form);

	if (form == TEXT_AS_IT_IS || k) {
		*ret = p;
		return (ssize_t)k;
	}
	t->form = form;
	t->changes++;
	t->at += n >= 2 && p[0] >= 0xfe && p[1] >= 0xfe ? 2 : 0;
	return 0;
}

ssize_t
layers_more(struct layers *l, const void **ret, char why[400], enum layer_fault *fault)
{
	struct text *t = &l->text;
	ssize_t n;

	/* the encoding of a text is told from its beginning, once */
	if (t->form == TEXT_UNSEEN && begin_text(l))
		goto failed;
	/* UTF-16 is turned into UTF-8 as it comes; plain bytes are handed out as they are */
	for (;;) {
		if (t->form >= TEXT_LITTLE) {
			/* a pair must not be cut in two by the end of a piece */
			while (t->in.len - t->at < ENCODING_LOOK + 4 && !t->end)
				if (take(l) < 0)
					goto failed;
			from_utf16(t);
			if (t->out.failed) {
				fail(l, LAYER_READ, "%s", "out of memory");
				goto failed;
			}
			*ret = t->out.p;
			if (t->out.len)
				return (ssize_t)t->out.len;
			/* the mark of another encoding: files were put behind each other */
			if (t->form >= TEXT_LITTLE)
				break;
		}
		/* a mark that is cut in two by the ends of pieces is waited for */
		if (t->at == t->in.len || (t->plain && t->in.p[t->in.len - 1] >= 0xfe && !t->end)) {
			if (t->end || (n = take(l)) < 0)
				break;
			if (n == 0 && t->at == t->in.len)
				break;
			continue;
		}
		/* plain text goes through uncopied */
		n = (ssize_t)(t->in.len - t->at);
		*ret = t->in.p + t->at;
		if (t->plain && (n = plain_piece(t, ret, t->in.p + t->at, t->in.len - t->at)) == 0)
			continue;
		t->at += (size_t)n;
		return n;
	}
	/* an end without a fault is an end */
	if (l->fault == LAYER_FINE)
		return 0;
failed:
	memcpy(why, l->why, sizeof l->why);
	*fault = l->fault;
	return -1;
}

unsigned
layers_changes(const struct layers *l)
{
	return l ? l->text.changes : 0;
}

struct layers *
layers_new(ssize_t (*more)(void *arg, const void **ret, char why[400]), void *arg)
{
	struct layers *l = calloc(1, sizeof *l);

	if (l == NULL)
		return NULL;
	l->more = more;
	l->arg = arg;
	for (unsigned i = 0; i < DEPTH; i++) {
		l->layer[i].all = l;
		l->layer[i].below = i ? &l->layer[i - 1] : NULL;
		buf_init(&l->layer[i].in, 16u << 20);
	}
	buf_init(&l->text.in, 16u << 20);
	buf_init(&l->text.out, 64u << 20);
	return l;
}

void
layers_free(struct layers *l)
{
	if (l == NULL)
		return;
	for (unsigned i = 0; i < DEPTH; i++) {
		end_member(&l->layer[i]);
		ZSTD_freeDStream(l->layer[i].zstd);
		buf_release(&l->layer[i].in);
	}
	buf_release(&l->text.in);
	buf_release(&l->text.out);
	free(l);
}

ssize_t
layer_gunzip(const void *p, size_t n, void *to, size_t max)
{
	z_stream z = { .next_in = (unsigned char *)(uintptr_t)p,
		.avail_in = (unsigned)n,
		.next_out = to,
		.avail_out = (unsigned)max };
	int rc;

	if (n > UINT32_MAX || max > UINT32_MAX || inflateInit2(&z, 15 + 16) != Z_OK)
		return -1;
	rc = inflate(&z, Z_FINISH);
	inflateEnd(&z);
	return rc == Z_STREAM_END ? (ssize_t)z.total_out : -1;
}
