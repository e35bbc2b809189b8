/*
 * A proof of one record judged without its archive (seal.md S-14, output.md O-29): its form, its
 * record, the way from the record to a checkpoint, who signed that, and the hash that the source
 * stored. proven.def has a row for each sentence; what it rests on is counted here.
 */
#ifndef TRUST_PROVEN_H
#define TRUST_PROVEN_H

#include "archive/vouch.h"
#include "chain/content.h"
#include "trust/tlog.h"
#include "verify/verdict.h"

/* The checks, in the order in which each rests on the one before it. */
enum proof_step { STEP_FORM, STEP_RECORD, STEP_PATH, STEP_SEAL, STEP_SOURCE, STEPS };

extern const char *const step_name[STEPS];

/* What the auditor gives. Borrowed. */
struct proof_judges {
	const struct vkey *vkey;
	unsigned n_vkeys;
	const struct expect *expect;
	unsigned n_expects;
	const struct str *hmac;
	unsigned n_hmac;
};

/* What was found out. Pointers are into the text that was judged, or into itself. */
struct proven {
	struct tlog_proof proof;
	char form_why[200]; /* it is no proof, or carries no record; else empty */
	uint8_t header[RECORD_HEADER];
	struct salted salted;   /* of a header of version 2 */
	struct record rec;      /* body NULL where a withheld record carries none */
	const char *record_why; /* header, body and aside are not of one record */
	bool event_read;        /* event is filled: a canonical body */
	struct event event;
	struct buf text; /* owned; what event's decoded strings stand in */
	uint8_t leaf[32];
	bool path_leads;
	struct checkpoint checkpoint;
	struct note note;
	enum signature signature;
	const struct vkey *signer; /* of SIG_VERIFIED and SIG_FALSE */
	bool any_key;
	bool expected, refuted; /* an expectation is exactly this checkpoint; another root there */
	bool withheld;
	bool withheld_is_hash; /* the sealed digest of the row is the hash that the source stored */
	enum content content;
	char variant[200]; /* the spelling that fits, else empty */
	int key;           /* of hmac, that fits; -1 */
	/* what follows */
	struct {
		enum state state;
		char *why; /* owned */
	} step[STEPS];
	int exit;
	char *headline; /* owned */
};

/* 0, whatever was found out; -1: no memory (e). To be released in any case. */
int proven_judge(
    struct proven *p, const char *text, size_t n, const struct proof_judges *by, struct err *e);
void proven_release(struct proven *p);

/* What a proof of one record cannot tell; NULL behind the last. */
extern const char *const proof_does_not_tell[];

#endif
