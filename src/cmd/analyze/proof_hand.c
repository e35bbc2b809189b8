/* verify --by-hand: a proof of one record redone with stock tools (J-16, output.md O-29). */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "cmd/analyze/proof.h"

/* Lines of a proof that carries a record: the version, extra, index, the hashes, an empty one, the
 * checkpoint (S-14). */
#define FIRST_HASH_LINE 4u

/* The predecessor's characters, which the source's writer and R-8 hash before the body. */
static void
put_hashed(const struct record *r, struct buf *b)
{
	char hex[65] = "";

	if (r->previous_form == FORM_HEX)
		hex_of(r->previous, 32, hex);
	buf_printf(b, "{ printf %%s '%s'; ", hex);
	buf_str(b, "cat \"$D/body\"; }");
}

/* Where a part of `extra` begins, counted from 1 as tail does (S-14). */
#define BODY_AT (RECORD_HEADER + 1)
#define OPENED_AT (BODY_AT + RECORD_OPENING) /* the body, where the header is of version 2 */
#define CLAIMED_AT 137u
#define CLAIMED_OPENED (BODY_AT + COMMITTED * RECORD_SALT + 32)

/* The digest of what is printed, as the header has it: of version 2 salted, by the salt of
 * one of its fields. */
static void
put_committed(const struct record *r, enum committed field, struct buf *b)
{
	static const char digested[] = " | openssl dgst -sha256 -binary >\"$D/value\"\n{ part ";
	static const char salted[] = " 16; cat \"$D/value\"; } | sha256sum | cut -c 1-64\n";

	if (r->version != 2) {
		buf_str(b, " | sha256sum | cut -c 1-64\n");
		return;
	}
	buf_printf(b, "%s%u%s", digested, BODY_AT + field * RECORD_SALT, salted);
}

static void
record_by_hand(const struct proven *p, struct buf *b)
{
	static const char head[] = "# 1. The record: header (232 bytes), body and aside. Each two "
				   "lines agree.\n"
				   "sed -n '2s/^extra //p' \"$P\" | base64 -d >\"$D/extra\"\n"
				   "part() { tail -c +\"$1\" \"$D/extra\" | head -c \"$2\"; }\n"
				   "of() { part \"$1\" 32 | od -An -v -tx1 | tr -d ' \\n'; echo; "
				   "}\n"
				   "part 1 232 >\"$D/header\"\n";
	static const char into[] = " >\"$D/body\"\n", extra[] = " \"$D/extra\"";
	const struct record *r = &p->rec;
	unsigned body = r->version == 2 ? OPENED_AT : BODY_AT;

	buf_str(b, head);
	if (p->withheld) {
		buf_str(b, "# (values of the row were withheld at export: its body is not here)\n");
	} else {
		buf_printf(b, "part %u %zu%s", body, r->body_len, into);
		put_hashed(r, b);
		put_committed(r, COMMIT_BODY, b);
		buf_str(b, "of 73\n");
	}
	if (r->aside_len) {
		buf_printf(b, "tail -c %zu%s", r->aside_len, extra);
		put_committed(r, COMMIT_ASIDE, b);
		buf_str(b, "of 105\n");
	}
	/* the source's hash stands among what opens the header */
	if (r->version == 2)
		buf_printf(b, "{ part %u 16; part %u 32; } | sha256sum | cut -c 1-64\nof 137\n",
		    BODY_AT + COMMIT_CLAIMED * RECORD_SALT, CLAIMED_OPENED);
}

/* The hash that the source stored. */
static void
put_claimed(const struct record *r, struct buf *b)
{
	buf_printf(b, "of %u\n", r->version == 2 ? CLAIMED_OPENED : CLAIMED_AT);
}

/* A step up the tree for each hash, from the side where the index says that it lies. */
static void
path_by_hand(const struct proven *p, struct buf *b)
{
	uint64_t index = p->proof.index, last = p->checkpoint.size - 1;
	unsigned line = FIRST_HASH_LINE;

	buf_str(b,
	    "# 2. The leaf, and a step for each hash up to the root. The two lines agree.\n"
	    "node() { { printf '\\001'; cat \"$1\" \"$2\"; } | openssl dgst -sha256 -binary "
	    ">\"$D/up\"; mv \"$D/up\" \"$D/at\"; }\n"
	    "side() { sed -n \"$1p\" \"$P\" | base64 -d >\"$D/side\"; }\n"
	    "{ printf '\\000'; cat \"$D/header\"; } | openssl dgst -sha256 -binary >\"$D/at\"\n");
	for (; last; index >>= 1, last >>= 1) {
		if (index == last && !(index & 1))
			continue; /* alone on its level */
		buf_printf(b, "side %u; %s\n", line++,
		    index & 1 ? "node \"$D/side\" \"$D/at\"" : "node \"$D/at\" \"$D/side\"");
	}
	buf_str(b, "base64 <\"$D/at\"\n");
	buf_printf(b, "sed -n '%up' ", FIRST_HASH_LINE + p->proof.path.n + 1 + 2);
	buf_str(b, "\"$P\"\n");
}

static void
seal_by_hand(const struct proven *p, struct buf *b)
{
	unsigned note = FIRST_HASH_LINE + p->proof.path.n + 1, signature = note + 4;

	for (unsigned i = 0; i < p->note.n_sig; i++)
		if (strcmp(p->note.sig[i].name, p->checkpoint.origin) == 0) {
			signature += i;
			break;
		}
	buf_str(b,
	    "# 4. The signature over the checkpoint: Signature Verified Successfully. KEY is the "
	    "log's "
	    "public key,\n#    got by another way than this proof.\n"
	    "KEY=${KEY:-KEY.vkey}\n");
	buf_printf(b, "sed -n '%u,%up' ", note, note + 2);
	buf_str(b, "\"$P\" >\"$D/text\"\n");
	buf_printf(b, "sed -n '%us/^[^ ]* [^ ]* //p' ", signature);
	buf_str(b,
	    "\"$P\" | base64 -d | tail -c +5 >\"$D/sig\"\n"
	    "cut -d+ -f3- \"$KEY\" | base64 -d >\"$D/key\"\n"
	    "{ printf '\\060\\052\\060\\005\\006\\003\\053\\145\\160\\003\\041\\000'; tail -c +2 "
	    "\"$D/key\"; } >\"$D/der\"\n"
	    "openssl pkeyutl -verify -pubin -keyform DER -inkey \"$D/der\" -rawin -in \"$D/text\" "
	    "-sigfile \"$D/sig\"\n");
}

static void
source_by_hand(const struct proven *p, struct buf *b)
{
	const struct record *r = &p->rec;

	if (!record_event_like(r) || r->claimed_form != FORM_HEX || p->withheld)
		return;
	buf_str(b, "# 3. The hash that the source stored, and the row's. The two lines agree");
	if (r->algorithm == ALGO_HMAC) {
		buf_str(b,
		    ", with a key of the source\n#    (HMAC_KEY: a file with its characters).\n");
		put_claimed(r, b);
		buf_str(b, "[ -z \"$HMAC_KEY\" ] || ");
		put_hashed(r, b);
		buf_str(
		    b, " | openssl dgst -sha256 -hmac \"$(cat \"$HMAC_KEY\")\" | sed 's/.* //'\n");
		return;
	}
	buf_str(b, ".\n");
	put_claimed(r, b);
	put_hashed(r, b);
	buf_str(b, " | sha256sum | cut -c 1-64\n");
}

void
proof_by_hand(const struct proven *p, const char *path, struct buf *out)
{
	buf_printf(out,
	    "# The record at position %" PRIu64 " of %" PRIu64 " of a log, proven with stock "
	    "tools: run it with sh.\n"
	    "set -e\nP=",
	    p->proof.index, p->checkpoint.size);
	recipe_word(out, path);
	buf_str(out, "\nD=$(mktemp -d)\n");
	record_by_hand(p, out);
	path_by_hand(p, out);
	source_by_hand(p, out);
	seal_by_hand(p, out);
	buf_str(out, "rm -r \"$D\"\n");
}
