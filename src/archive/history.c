#include "archive/history.h"

#include <string.h>

#include "archive/container.h"
#include "archive/reader_inner.h"
#include "base/text.h"

static void
wrong(struct archive *a, struct findings *f, enum said said)
{
	finding_say(f, said, a->at.file, "table log", GIVING_NOTHING);
}

static void
check_note(struct archive *a, const struct vkey *keys, size_t n_keys, struct findings *f)
{
	const struct vkey *key;
	struct checkpoint c;
	struct note n;
	const char *why;

	if (note_parse(&n, a->prev_note, strlen(a->prev_note), &why) ||
	    checkpoint_parse(&c, n.text, n.text_len))
		wrong(a, f, A27_NOTE);
	else if (strcmp(c.origin, a->origin) || c.size != a->first ||
	    memcmp(c.root, a->prev_root, 32))
		wrong(a, f, A27_NOTE_OTHER);
	else if (container_judge_note(a, &n, keys, n_keys, &key) == SIG_FALSE)
		wrong(a, f, A27_NOTE_FALSE);
}

/* R-20 `previous` against the log table. */
static void
check_manifest(struct archive *a, struct findings *f)
{
	struct json_doc *m = &a->manifest;
	uint32_t p = json_member(m, 0, "previous"), root, chain;
	char hex[65];
	uint64_t size;

	if (p == JSON_NONE || (a->first == 0) != (m->node[p].type == JSON_NULL)) {
		wrong(a, f, A27_MANIFEST);
		return;
	}
	if (a->first == 0)
		return;
	root = json_member(m, p, "root");
	chain = json_member(m, p, "chain");
	if (!json_u64(m, p, "size", &size) || size != a->first || root == JSON_NONE ||
	    chain == JSON_NONE || m->node[root].str_len != 64 || m->node[chain].str_len != 64) {
		wrong(a, f, A27_SIZE);
		return;
	}
	hex_of(a->prev_root, 32, hex);
	if (memcmp(hex, json_str(m, root), 64))
		wrong(a, f, A27_ROOT);
	hex_of(a->prev_chain, 32, hex);
	if (memcmp(hex, json_str(m, chain), 64))
		wrong(a, f, A27_CHAIN);
}

static void
check_proofs(struct archive *a, struct findings *f)
{
	struct span sp = span_of(a->proofs.p, a->proofs.len);
	struct proof p;
	uint64_t last = 0;
	int rc;

	while ((rc = proof_next(&sp, &p)) == 1) {
		if (p.size <= last || p.size > a->first ||
		    !proof_leads_to(&p, a->sha, a->next, a->root)) {
			wrong(a, f, A27_PROOF);
			return;
		}
		last = p.size;
	}
	if (rc < 0 || last != a->first)
		wrong(a, f, A27_PROOFS);
}

void
history_check(struct archive *a, const struct vkey *keys, size_t n_keys, struct findings *f)
{
	if (a->manifest_ok)
		check_manifest(a, f);
	if (a->first == 0 || !a->sealed)
		return;
	check_note(a, keys, n_keys, f);
	if (a->seal.size == a->next && !(a->open && a->proofs.len == 0))
		check_proofs(a, f);
}

bool
history_root_at(struct archive *a, uint64_t size, uint8_t ret[32])
{
	struct span sp = span_of(a->proofs.p, a->proofs.len);
	struct proof p;

	if (size == a->next || size == a->first) {
		memcpy(ret, size == a->next ? a->root : a->prev_root, 32);
		return size > 0;
	}
	while (proof_next(&sp, &p) == 1)
		if (p.size == size && proof_leads_to(&p, a->sha, a->next, a->root)) {
			memcpy(ret, p.root, 32);
			return true;
		}
	return false;
}
