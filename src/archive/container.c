#include "archive/container.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

static bool
read_at(const struct archive *a, void *p, size_t n, uint64_t at)
{
	size_t got = 0;

	while (got < n) {
		ssize_t k = pread(a->fd, (char *)p + got, n - got, (off_t)(at + got));

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return false;
		got += (size_t)k;
	}
	return true;
}

enum signature
container_judge_note(struct archive *a, const struct note *n, const struct vkey *keys, size_t n_keys, const struct vkey **ret)
{
	switch (note_verify(n, keys, n_keys, ret)) {
	case NOTE_VERIFIED:
		/* a key speaks for the log of its name only (S-6) */
		return a->origin[0] == '\0' || strcmp((*ret)->name, a->origin) == 0 ? SIG_VERIFIED : SIG_UNKNOWN_KEY;
	case NOTE_FALSE: return SIG_FALSE;
	case NOTE_NOMEM: a->failed = true; return SIG_UNKNOWN_KEY;
	default: return SIG_UNKNOWN_KEY;
	}
}

void
container_signer(const struct note *n, char out[NOTE_NAME_MAX + 32])
{
	const uint8_t *id = n->sig[0].id;

	snprintf(out, NOTE_NAME_MAX + 32, "%s+%02x%02x%02x%02x", n->sig[0].name, id[0], id[1], id[2], id[3]);
}

/* S-10: the trailer is signed by the key of the seal, and by none in an unsealed file. */
void
container_compare_signers(struct archive *a, struct findings *f)
{
	if (a->trailer && a->seal_note && a->sealed && strcmp(a->trailer_key, a->claimed_key))
		finding_values(finding_add(f, F_A03, a->file, "trailer", "The file's digest is not signed by the key that signed the seal."), a->claimed_key,
		    a->trailer_key[0] ? a->trailer_key : "no signature");
	else if (a->trailer && a->seal_note == NULL && a->trailer_key[0])
		finding_add(f, F_A16, a->file, "table seal", "The file's digest is signed by %s, but its seal is missing.", a->trailer_key);
}

/* C-16: sets db_bytes; without a trailer the database is taken to be all whole pages. */
void
container_trailer(struct archive *a, const struct vkey *keys, size_t n_keys, struct findings *f)
{
	unsigned char p[EX_PAGE];
	const char *s = (const char *)p, *l1, *l2, *end;
	const struct vkey *key;
	const char *why = "a first line exhibit-file/1 at the beginning of the last page";
	struct note note;
	size_t len;
	char want[64];

	a->db_bytes = a->bytes / EX_PAGE * EX_PAGE;
	if (a->bytes % EX_PAGE) {
		finding_values(finding_add(f, F_A02, a->file, "end of the file", "The file is not a whole number of pages: bytes were added or cut."),
		    "a multiple of 4096 bytes", (snprintf(want, sizeof want, "%llu bytes", (unsigned long long)a->bytes), want));
		return;
	}
	if (a->bytes < 2 * EX_PAGE || !read_at(a, p, EX_PAGE, a->bytes - EX_PAGE) || memcmp(p, "exhibit-file/1\n", 15))
		goto bad;
	len = strnlen(s, EX_PAGE);
	end = s + len;
	why = "NUL bytes behind the trailer's text";
	for (size_t i = len; i < EX_PAGE; i++)
		if (p[i])
			goto bad;
	why = "the byte count of the database in line 2";
	l1 = s + 15;
	if ((l2 = memchr(l1, '\n', (size_t)(end - l1))) == NULL || !dec_u64(l1, (size_t)(l2 - l1), &a->db_bytes) || (*l1 == '0' && l2 - l1 > 1) ||
	    a->db_bytes != a->bytes - EX_PAGE) {
		a->db_bytes = a->bytes - EX_PAGE;
		goto bad;
	}
	why = "64 hex digits in line 3";
	l2++;
	if (end - l2 < 65 || l2[64] != '\n' || !hex_to(l2, 64, a->trailer_sha256))
		goto bad;
	a->trailer = true;
	if (end == l2 + 65)
		return;
	why = "signature lines after an empty line";
	if (note_parse(&note, s, len, &why) || note.text + note.text_len != l2 + 65) {
		a->trailer = false;
		goto bad;
	}
	container_signer(&note, a->trailer_key);
	a->trailer_sig = container_judge_note(a, &note, keys, n_keys, &key);
	if (a->trailer_sig == SIG_FALSE)
		finding_add(f, F_A03, a->file, "trailer", "The signature over the file's digest does not verify with the key %s.", key->name);
	return;
bad:
	finding_values(finding_add(f, F_A02, a->file, "last page of the file", "The last page is not a trailer: the file was cut, extended or rewritten, "
	    "or its export was interrupted at its very last step."), why, "something else");
}

bool
container_may_be_ours(const struct archive *a)
{
	unsigned char h[72];
	static const unsigned char zero[72];

	if (a->bytes < sizeof h || !read_at(a, h, sizeof h, 0))
		return true;
	return memcmp(h, zero, sizeof h) == 0 || (memcmp(h, "SQLite format 3", 16) == 0 && load_be(h + 68, 4) == EX_APPLICATION_ID);
}

/* C-3, from the bytes themselves. false: SQLite should not be asked. */
bool
container_header(struct archive *a, struct findings *f)
{
	unsigned char h[100];
	uint64_t pages;
	char have[128];
	struct { unsigned at, n; uint64_t want; const char *what; } fixed[] = {
		{ 16, 2, EX_PAGE, "page size" }, { 18, 1, 1, "write version" }, { 19, 1, 1, "read version" }, { 20, 1, 0, "reserved space" },
		{ 21, 1, 64, "maximum payload fraction" }, { 22, 1, 32, "minimum payload fraction" }, { 23, 1, 32, "leaf payload fraction" },
		{ 32, 4, 0, "first freelist page" }, { 36, 4, 0, "freelist pages" }, { 44, 4, 4, "schema format" }, { 52, 4, 0, "auto-vacuum root" },
		{ 56, 4, 1, "text encoding" }, { 64, 4, 0, "incremental vacuum" }, { 72, 8, 0, "reserved" }, { 80, 8, 0, "reserved" }, { 88, 4, 0, "reserved" },
	};

	if (a->bytes < 2 * EX_PAGE || !read_at(a, h, sizeof h, 0) || memcmp(h, "SQLite format 3", 16)) {
		finding_add(f, F_U01, a->file, "first bytes of the file", a->bytes == 0 ? "The file is empty." :
		    a->bytes < 2 * EX_PAGE ? "The file is too short to be an archive." : "This is not an Exhibit archive: it does not begin as an SQLite database.");
		a->shape = ARCHIVE_FOREIGN;
		return false;
	}
	if (load_be(h + 68, 4) != EX_APPLICATION_ID) {
		finding_values(finding_add(f, F_U01, a->file, "database header, byte 68", "This is an SQLite database, but not an Exhibit archive."),
		    "application_id 45584842", (snprintf(have, sizeof have, "%08llx", (unsigned long long)load_be(h + 68, 4)), have));
		a->shape = ARCHIVE_FOREIGN;
		return false;
	}
	if (load_be(h + 60, 4) != EX_FORMAT_VERSION) {
		snprintf(have, sizeof have, "%llu", (unsigned long long)load_be(h + 60, 4));
		finding_values(finding_add(f, F_U02, a->file, "database header, byte 60", "The archive was written by a newer version of the format."), "1", have);
		a->shape = ARCHIVE_NEWER;
		return false;
	}
	for (unsigned i = 0; i < sizeof fixed / sizeof *fixed; i++) {
		uint64_t v = load_be(h + fixed[i].at, fixed[i].n);
		char want[32];

		if (v == fixed[i].want)
			continue;
		snprintf(want, sizeof want, "%llu", (unsigned long long)fixed[i].want);
		snprintf(have, sizeof have, "%llu", (unsigned long long)v);
		finding_values(finding_add(f, F_A05, a->file, "database header", "Field `%s` (byte %u) is not what the exporter writes.", fixed[i].what, fixed[i].at),
		    want, have);
		if (fixed[i].at <= 20 || fixed[i].at == 56) {
			a->shape = ARCHIVE_BROKEN;
			return false;
		}
	}
	pages = load_be(h + 28, 4);
	if (pages * EX_PAGE != a->db_bytes) {
		char want[64];

		snprintf(want, sizeof want, "%llu pages", (unsigned long long)(a->db_bytes / EX_PAGE));
		snprintf(have, sizeof have, "%llu pages", (unsigned long long)pages);
		finding_values(finding_add(f, F_A05, a->file, "database header", "The database's own page count is not that of the file: pages were added or cut."), want, have);
	}
	return true;
}

int
container_schema(struct archive *a, struct findings *f)
{
	sqlite3_stmt *st;
	int rc, i = 0;
	bool ok = true;

	if (sqlite3_prepare_v2(a->db, "SELECT type, name, tbl_name, sql FROM sqlite_schema", -1, &st, NULL))
		return 1;
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		const char *type = (const char *)sqlite3_column_text(st, 0), *name = (const char *)sqlite3_column_text(st, 1),
		    *sql = (const char *)sqlite3_column_text(st, 3);

		if (i >= ARCHIVE_TABLES || !type || !name || !sql || strcmp(type, "table") || strcmp(name, archive_table[i]) || strcmp(sql, archive_schema[i])) {
			struct buf b;

			buf_init(&b, 4096);
			text_plain(&b, name ? name : "", name ? strnlen(name, 200) : 0);
			buf_byte(&b, '\0');
			finding_values(finding_add(f, F_A04, a->file, "sqlite_schema", "The database holds a %s `%s` that is not part of the format.",
			    type && strlen(type) < 10 ? type : "object", b.p ? (char *)b.p : ""), i < ARCHIVE_TABLES ? archive_schema[i] : "nothing more", sql && strlen(sql) < 500 ? sql : "(no SQL)");
			buf_release(&b);
			ok = false;
			break;
		}
		i++;
	}
	sqlite3_finalize(st);
	if (ok && rc == SQLITE_DONE && i != ARCHIVE_TABLES) {
		finding_add(f, F_A04, a->file, "sqlite_schema", "The table `%s` is missing.", archive_table[i]);
		ok = false;
	}
	return ok && rc == SQLITE_DONE ? 0 : 1;
}
