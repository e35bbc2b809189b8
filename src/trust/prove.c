#include "trust/prove.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* S-14: header, what opens it (version 2), body, aside. A withheld record's body is bound by
 * nothing, so it is left out. */
static void
put_record(const struct record *rec, struct buf *out)
{
	uint8_t header[RECORD_HEADER];

	record_header(rec, header);
	buf_put(out, header, sizeof header);
	if (rec->version == 2)
		record_opening(rec, out);
	if (!(rec->flags & FLAG_WITHHELD))
		buf_put(out, rec->body, rec->body_len);
	buf_put(out, rec->aside, rec->aside_len);
}

int
prove_record(struct archive *a, const struct block *b, const struct record *rec, struct sha256 *s,
    struct buf *out, struct findings *f, struct err *e)
{
	const struct checkpoint *seal = archive_seal(a);
	const char *note = archive_seal_note(a);
	struct tlog_proof p = { .index = rec->position, .note = note, .note_len = strlen(note) };
	uint8_t leaf[32], header[RECORD_HEADER], own[32];
	int rc;

	/* of a disclosure copy the header alone is here, which is no record (C-20) */
	if (rec->kind == KIND_LEFT_OUT)
		return err_set(e, EX_NO_SUCH,
		    "the record at position %" PRIu64 " is left out of %s: ask for it, or for a "
		    "proof of it, where the whole file is",
		    rec->position, archive_name(a));
	/* what is handed on must be what the leaf is of, and lead to what was signed */
	record_header(rec, header);
	merkle_leaf(s, header, sizeof header, own);
	if (!archive_inclusion(a, b, rec->position, &p.path, leaf) || memcmp(own, leaf, 32) ||
	    !path_includes(&p.path, s, rec->position, seal->size, leaf, seal->root)) {
		finding_say(f, A13_LEADS_NOWHERE, archive_file(a), at_position(rec->position).text,
		    GIVING(NUM(rec->position), TEXT(archive_name(a))));
		return 1;
	}
	buf_init(&p.extra, RECORD_HEADER + RECORD_OPENING + EX_MAX_BODY + EX_MAX_ASIDE);
	put_record(rec, &p.extra);
	tlog_print(&p, out);
	rc = p.extra.failed || out->failed ? err_nomem(e) : 0;
	buf_release(&p.extra);
	return rc;
}

int
prove_growth(struct archive *a, uint64_t size, struct sha256 *s, struct buf *out,
    uint8_t ret_root[32], struct findings *f, struct err *e)
{
	const struct checkpoint *seal = archive_seal(a);
	struct path p = { .n = 0 };
	int rc = size ? archive_consistency(a, size, &p, ret_root, f, e) : 0;

	if (rc)
		return rc;
	/* every log begins with nothing, so nothing is proven of that */
	if (size == 0)
		sha256_once(s, "", 0, ret_root);
	/* the witness would refuse what does not connect; so it is not asked, and the reader
	 * told */
	else if (!path_connects(&p, s, size, ret_root, seal->size, seal->root))
		return 1;
	buf_printf(out, "old %" PRIu64 "\n", size);
	for (unsigned i = 0; i < p.n; i++) {
		base64_of(p.hash[i], 32, out);
		buf_byte(out, '\n');
	}
	buf_byte(out, '\n');
	buf_str(out, archive_seal_note(a));
	return out->failed ? err_nomem(e) : 0;
}
