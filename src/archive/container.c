#include "archive/container.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/reader_inner.h"
#include "base/err.h"
#include "base/text.h"

static bool
read_at(struct archive *a, void *p, size_t n, uint64_t at)
{
	size_t got = 0;

	while (got < n) {
		ssize_t k = attached_read(&a->at, (char *)p + got, n - got, at + got);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			a->medium = errno; /* no fact about the file (judgement.md J-9) */
		if (k <= 0)
			return false;
		got += (size_t)k;
	}
	return true;
}

enum signature
container_judge_note(struct archive *a, const struct note *n, const struct vkey *keys,
    size_t n_keys, const struct vkey **ret)
{
	switch (note_verify(n, keys, n_keys, ret)) {
	case NOTE_VERIFIED:
		/* a key speaks for the log of its name only (S-6) */
		return a->origin[0] == '\0' || strcmp((*ret)->name, a->origin) == 0 ?
		    SIG_VERIFIED :
		    SIG_UNKNOWN_KEY;
	case NOTE_FALSE:
		return SIG_FALSE;
	case NOTE_NOMEM:
		a->failed = true;
		return SIG_UNKNOWN_KEY;
	default:
		return SIG_UNKNOWN_KEY;
	}
}

static void
put_signer(const char *name, const uint8_t id[4], char out[NOTE_NAME_MAX + 32])
{
	snprintf(out, NOTE_NAME_MAX + 32, "%s+%02x%02x%02x%02x", name, id[0], id[1], id[2], id[3]);
}

void
container_signer(const struct note *n, char out[NOTE_NAME_MAX + 32])
{
	put_signer(n->sig[0].name, n->sig[0].id, out);
}

void
container_signer_of(const struct vkey *key, char out[NOTE_NAME_MAX + 32])
{
	put_signer(key->name, key->id, out);
}

/* Whether one key, known or not, has a line in both notes. */
static bool
share_a_signer(const struct note *one, const struct note *other)
{
	for (unsigned i = 0; i < one->n_sig; i++)
		for (unsigned k = 0; k < other->n_sig; k++)
			if (strcmp(one->sig[i].name, other->sig[k].name) == 0 &&
			    memcmp(one->sig[i].id, other->sig[k].id, 4) == 0)
				return true;
	return false;
}

/*
 * S-10: seal and trailer are signed by one key, and where a given key verified the seal, by that
 * key:
 * else the bytes of the file are vouched for by nobody who is known (judgement.md J-5).
 */
void
container_compare_signers(
    struct archive *a, const struct vkey *keys, size_t n_keys, struct findings *f)
{
	struct note seal, trailer = { .n_sig = 0 };
	const char *why;
	bool both = false;

	/* a trailer names a signer: a seal must have been there */
	if (a->trailer && a->seal_note == NULL && a->trailer_key[0])
		finding_say(
		    f, A16_SEAL_GONE, a->at.file, "table seal", GIVING(TEXT(a->trailer_key)));
	/* what is malformed here was told when each of the two was judged */
	if (!a->sealed || note_parse(&seal, a->seal_note, strlen(a->seal_note), &why))
		return;
	if (a->trailer && a->trailer_note)
		note_parse(&trailer, a->trailer_note, strlen(a->trailer_note), &why);
	/* of several keys that verified the seal the one is shown that vouches for the bytes too */
	for (size_t i = 0; a->trailer && a->seal_sig == SIG_VERIFIED && i < n_keys && !both; i++)
		if (note_verify_by(&seal, &keys[i]) == NOTE_VERIFIED &&
		    note_verify_by(&trailer, &keys[i]) == NOTE_VERIFIED) {
			a->signer = &keys[i];
			both = true;
		}
	a->trailer_vouched = both;
	if (a->signer)
		container_signer_of(a->signer, a->claimed_key);
	/* without a known key the two must at least name one and the same signer */
	if (a->trailer && (a->seal_sig == SIG_VERIFIED ? !both : !share_a_signer(&seal, &trailer)))
		finding_values(
		    finding_say(f, a->seal_sig == SIG_VERIFIED ? A03_OTHER_KEY : A03_NO_KEY,
			a->at.file, "trailer", GIVING_NOTHING),
		    a->claimed_key, a->trailer_key[0] ? a->trailer_key : "no signature");
	/* signatures by nobody who is known prove nothing and are no fault */
	for (unsigned i = 0; i < seal.n_sig && a->seal_sig == SIG_VERIFIED; i++) {
		bool known = false;
		char name[NOTE_NAME_MAX + 32];

		for (size_t k = 0; k < n_keys; k++)
			known |= note_sig_of(&seal.sig[i], &keys[k]);
		put_signer(seal.sig[i].name, seal.sig[i].id, name);
		if (!known)
			finding_say(f, N03_UNKNOWN, a->at.file, "the seal", GIVING(TEXT(name)));
	}
}

enum trailer { TRAILER_WRONG, TRAILER_UNSIGNED, TRAILER_SIGNED };

/*
 * The three lines at the beginning of a trailer's text: `first`, the byte count of a database, its
 * digest. Returns what stands behind them, NULL: they are not there (*why).
 */
static const char *
three_lines(const char *p, const char *end, const char *first, uint64_t *ret_bytes,
    uint8_t ret_sha256[32], const char **why)
{
	size_t n = strlen(first);
	const char *l1 = p + n, *l2;

	*why = "a line exhibit-file/1 before the byte count";
	if ((size_t)(end - p) < n || memcmp(p, first, n))
		return NULL;
	/* the count has one spelling */
	*why = "the byte count of the database in line 2";
	if ((l2 = memchr(l1, '\n', (size_t)(end - l1))) == NULL ||
	    !dec_u64(l1, (size_t)(l2 - l1), ret_bytes) || (*l1 == '0' && l2 - l1 > 1))
		return NULL;
	/* the digest is only read here; it is compared when the whole file is digested */
	*why = "64 hex digits in line 3";
	l2++;
	return end - l2 < 65 || l2[64] != '\n' || !hex_to(l2, 64, ret_sha256) ? NULL : l2 + 65;
}

/* The signature lines of a trailer whose three lines end at `behind`. */
static enum trailer
signed_lines(
    const char *p, const char *end, const char *behind, struct note *note, const char **why)
{
	/* no signature: that is an unsigned file, not a wrong one */
	if (end == behind)
		return TRAILER_UNSIGNED;
	/* what is signed is exactly the three lines */
	*why = "signature lines after an empty line";
	if (note_parse(note, p, (size_t)(end - p), why) || note->text + note->text_len != behind)
		return TRAILER_WRONG;
	return TRAILER_SIGNED;
}

static const char file_1[] = "exhibit-file/1\n", copy_1[] = "exhibit-copy/1\n";

/* C-16, C-20: the lines of the last page and, if they are signed, their note; of a disclosure copy
 * the note is that of the file that it was made of. What is wrong: *why. */
static enum trailer
trailer_lines(struct archive *a, const char p[EX_PAGE], struct note *note, const char **why)
{
	size_t len = strnlen(p, EX_PAGE);
	const char *end = p + len, *behind, *of;
	uint64_t bytes;
	enum trailer t;

	a->trailer_disclosed = memcmp(p, copy_1, sizeof copy_1 - 1) == 0;
	*why = "a first line exhibit-file/1 at the beginning of the last page";
	if (!a->trailer_disclosed && memcmp(p, file_1, sizeof file_1 - 1))
		return TRAILER_WRONG;
	behind = three_lines(
	    p, end, a->trailer_disclosed ? copy_1 : file_1, &a->db_bytes, a->trailer_sha256, why);
	/* the count is the place where the trailer begins, too */
	if (behind && a->db_bytes != a->bytes - EX_PAGE) {
		*why = "the byte count of the database in line 2";
		behind = NULL;
	}
	if (behind == NULL) {
		a->db_bytes = a->bytes - EX_PAGE;
		return TRAILER_WRONG;
	}
	/* hidden bytes in the last page would be outside of every digest */
	*why = "NUL bytes behind the trailer's text";
	for (size_t i = len; i < EX_PAGE; i++)
		if (p[i])
			return TRAILER_WRONG;
	if (!a->trailer_disclosed)
		return signed_lines(p, end, behind, note, why);
	/* whose word it is that the copy is of that file: only a sealed one is copied */
	of = three_lines(behind, end, file_1, &bytes, a->original_sha256, why);
	t = of ? signed_lines(behind, end, of, note, why) : TRAILER_WRONG;
	if (t == TRAILER_UNSIGNED)
		*why = "the signed trailer of the file that it is a copy of";
	return t == TRAILER_SIGNED ? t : TRAILER_WRONG;
}

/* C-16: sets db_bytes; without a trailer the database is taken to be all whole pages. */
void
container_trailer(struct archive *a, const struct vkey *keys, size_t n_keys, struct findings *f)
{
	char p[EX_PAGE], want[64];
	const struct vkey *key;
	const char *why = "a first line exhibit-file/1 at the beginning of the last page";
	struct note note;
	enum trailer t = TRAILER_WRONG;

	/* until line 2 says it: so the database can be read even where the trailer is wrong */
	a->db_bytes = a->bytes / EX_PAGE * EX_PAGE;
	if (a->bytes % EX_PAGE) {
		snprintf(want, sizeof want, "%" PRIu64 " bytes", a->bytes);
		finding_values(
		    finding_say(f, A02_PAGES, a->at.file, "end of the file", GIVING_NOTHING),
		    "a multiple of 4096 bytes", want);
		return;
	}
	/* behind a database there is one page of text, and nothing else */
	if (a->bytes >= 2 * EX_PAGE && read_at(a, p, EX_PAGE, a->bytes - EX_PAGE))
		t = trailer_lines(a, p, &note, &why);
	a->trailer = t != TRAILER_WRONG;
	if (t == TRAILER_WRONG)
		finding_values(finding_say(f, A02_NO_TRAILER, a->at.file, "last page of the file",
				   GIVING_NOTHING),
		    why, "something else");
	if (t != TRAILER_SIGNED)
		return;
	container_signer(&note, a->trailer_key);
	free(a->trailer_note);
	if ((a->trailer_note = strndup(note.text, (size_t)(p + EX_PAGE - note.text))) == NULL)
		nomem_note();
	a->trailer_sig = container_judge_note(a, &note, keys, n_keys, &key);
	if (a->trailer_sig == SIG_FALSE)
		finding_say(f, A03_FALSE, a->at.file, "trailer", GIVING(TEXT(key->name)));
}

bool
container_may_be_ours(struct archive *a)
{
	unsigned char h[72];
	static const unsigned char zero[72];

	if (a->bytes < sizeof h || !read_at(a, h, sizeof h, 0))
		return true;
	return memcmp(h, zero, sizeof h) == 0 ||
	    (memcmp(h, "SQLite format 3", 16) == 0 && load_be(h + 68, 4) == EX_APPLICATION_ID);
}

/* C-3: numbers of the database header that are the same in every archive. */
static const struct {
	unsigned at, n;
	uint64_t want;
	const char *what;
} fixed[] = {
	{ 16, 2, EX_PAGE, "page size" },
	{ 18, 1, 1, "write version" },
	{ 19, 1, 1, "read version" },
	{ 20, 1, 0, "reserved space" },
	{ 21, 1, 64, "maximum payload fraction" },
	{ 22, 1, 32, "minimum payload fraction" },
	{ 23, 1, 32, "leaf payload fraction" },
	{ 32, 4, 0, "first freelist page" },
	{ 36, 4, 0, "freelist pages" },
	{ 44, 4, 4, "schema format" },
	{ 52, 4, 0, "auto-vacuum root" },
	{ 56, 4, 1, "text encoding" },
	{ 64, 4, 0, "incremental vacuum" },
	{ 72, 8, 0, "reserved" },
	{ 80, 8, 0, "reserved" },
	{ 88, 4, 0, "reserved" },
};

/* Archive, or disclosure copy (C-20), which the trailer says too. A newer format is not a damaged
 * one, and nothing of it is guessed: false. */
static bool
known_version(struct archive *a, struct findings *f, uint64_t version)
{
	static const char *const line[] = { "exhibit-file/1", "exhibit-copy/1" };
	char have[32];

	a->disclosed = version == EX_FORMAT_DISCLOSED;
	a->salted = version == EX_FORMAT_SALTED;
	if (version != EX_FORMAT_VERSION && !a->disclosed && !a->salted) {
		snprintf(have, sizeof have, "%" PRIu64, version);
		finding_values(finding_say(f, U02_NEWER, a->at.file, "database header, byte 60",
				   GIVING(NUM(version))),
		    "1 (archive), 2 (archive, salted), 3 (disclosure copy)", have);
		a->shape = ARCHIVE_NEWER;
		return false;
	}
	if (a->trailer && a->disclosed != a->trailer_disclosed)
		finding_values(
		    finding_say(f, A02_OTHER, a->at.file, "last page of the file", GIVING_NOTHING),
		    line[a->disclosed], line[a->trailer_disclosed]);
	return true;
}

/* C-3, from the bytes themselves. false: SQLite should not be asked. */
bool
container_header(struct archive *a, struct findings *f)
{
	unsigned char h[100];
	uint64_t pages;
	char have[128];

	/* what was never an archive is told apart from an archive that is damaged */
	if (a->bytes < 2 * EX_PAGE || !read_at(a, h, sizeof h, 0) ||
	    memcmp(h, "SQLite format 3", 16)) {
		finding_say(f,
		    a->bytes == 0              ? U01_EMPTY :
			a->bytes < 2 * EX_PAGE ? U01_SHORT :
						 U01_NO_SQLITE,
		    a->at.file, "first bytes of the file", GIVING_NOTHING);
		a->shape = ARCHIVE_FOREIGN;
		return false;
	}
	if (load_be(h + 68, 4) != EX_APPLICATION_ID) {
		finding_values(finding_say(f, U01_OTHER, a->at.file, "database header, byte 68",
				   GIVING_NOTHING),
		    "application_id 45584842",
		    (snprintf(have, sizeof have, "%08" PRIx64, load_be(h + 68, 4)), have));
		a->shape = ARCHIVE_FOREIGN;
		return false;
	}
	if (!known_version(a, f, load_be(h + 60, 4)))
		return false;
	/* C-3: SQLite believes these fields, so each is compared before SQLite sees the file */
	for (unsigned i = 0; i < sizeof fixed / sizeof *fixed; i++) {
		uint64_t v = load_be(h + fixed[i].at, fixed[i].n);

		if (v == fixed[i].want)
			continue;
		finding_numbers(finding_say(f, A05_FIELD, a->at.file, "database header",
				    GIVING(TEXT(fixed[i].what), NUM(fixed[i].at))),
		    fixed[i].want, v, "");
		/* a switch to WAL leaves every page where it was: vfs.c reads around it (C-17) */
		if ((fixed[i].at <= 20 && fixed[i].at != 18 && fixed[i].at != 19) ||
		    fixed[i].at == 56) {
			a->shape = ARCHIVE_BROKEN;
			return false;
		}
	}
	/* pages that the header does not count would be read by nobody */
	pages = load_be(h + 28, 4);
	if (pages * EX_PAGE != a->db_bytes) {
		finding_numbers(
		    finding_say(f, A05_PAGE_COUNT, a->at.file, "database header", GIVING_NOTHING),
		    a->db_bytes / EX_PAGE, pages, " pages");
	}
	return true;
}

/* What stands in sqlite_schema and is no part of the format; its name is somebody else's text. */
static void
foreign_object(
    struct archive *a, struct findings *f, const char *type, const char *name, const char *sql)
{
	struct buf b;

	buf_init(&b, 4096);
	text_plain(&b, name ? name : "", name ? strnlen(name, 200) : 0);
	buf_byte(&b, '\0');
	finding_values(finding_say(f, A04_OBJECT, a->at.file, "sqlite_schema",
			   GIVING(TEXT(type && strlen(type) < 10 ? type : "object"),
			       TEXT(b.p ? (char *)b.p : ""))),
	    "the five tables of C-4 alone", sql && strlen(sql) < 500 ? sql : "(no SQL)");
	buf_release(&b);
}

int
container_schema(struct archive *a, struct findings *f)
{
	sqlite3_stmt *st;
	int rc, at = 0;
	bool have[ARCHIVE_TABLES] = { false }, whole = true, foreign = false;

	if (sqlite3_prepare_v2(
		a->db, "SELECT type, name, tbl_name, sql FROM sqlite_schema", -1, &st, NULL))
		return 1;
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		const char *type = (const char *)sqlite3_column_text(st, 0),
			   *name = (const char *)sqlite3_column_text(st, 1),
			   *sql = (const char *)sqlite3_column_text(st, 3);
		int i = 0;

		/* the text of the statement, byte for byte: another one could name other columns */
		while (i < ARCHIVE_TABLES &&
		    !(type && name && sql && strcmp(type, "table") == 0 &&
			strcmp(name, archive_table[i]) == 0 && strcmp(sql, archive_schema[i]) == 0))
			i++;
		/* the order is part of the format (C-4) and nothing that reading rests on */
		if (i < ARCHIVE_TABLES && !have[i]) {
			have[i] = true;
			if (i != at++ && !foreign)
				finding_say(
				    f, A04_ORDER, a->at.file, "sqlite_schema", GIVING_NOTHING);
		} else if (!foreign) {
			foreign = true;
			foreign_object(a, f, type, name, sql);
		}
	}
	sqlite3_finalize(st);
	/* one missing table is told; the others would only repeat it */
	for (int i = 0; i < ARCHIVE_TABLES && rc == SQLITE_DONE; i++)
		if (!have[i]) {
			finding_say(f, A04_TABLE, a->at.file, "sqlite_schema",
			    GIVING(TEXT(archive_table[i])));
			whole = false;
			break;
		}
	return whole && rc == SQLITE_DONE ? 0 : 1;
}
