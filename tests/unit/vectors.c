/* The source's own encoder as the oracle: border cases, whole preimages, worked examples. Run from the top folder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "base/utc.h"
#include "chain/undo.h"
#include "digest/digest.h"
#include "event/event.h"
#include "json/json.h"
#include "log/merkle.h"
#include "log/note.h"
#include "record/record.h"
#include "yaml/yaml.h"

/* Lines of a .zst fixture. */
static FILE *
open_lines(const char *name)
{
	char cmd[256];
	FILE *f;

	snprintf(cmd, sizeof cmd, "zstd -dcq fixtures/vectors/%s", name);
	f = popen(cmd, "r");
	assert_non_null(f);
	return f;
}

static void
hex_digest(const void *p, size_t n, char out[65])
{
	struct sha256 *s = sha256_new();
	uint8_t d[32];

	sha256_once(s, p, n, d);
	sha256_free(s);
	hex_of(d, 32, out);
}

/* E-6: accepted or refused as the real writer does, and the same canonical bytes. */
static void
awkward(void **state)
{
	FILE *f = open_lines("awkward.jsonl.zst");
	char *line = NULL, hex[65];
	size_t cap = 0;
	ssize_t n;
	unsigned seen = 0;

	(void)state;
	while ((n = getline(&line, &cap, f)) > 0) {
		struct json_doc v, d;
		struct buf raw, out;
		uint32_t i, c, h;
		bool want, got;

		json_init(&v);
		json_init(&d);
		buf_init(&raw, 1u << 24);
		buf_init(&out, 1u << 24);
		assert_int_equal(json_parse(&v, line, (size_t)n, 100), 0);
		i = json_member(&v, 0, "raw_base64");
		assert_true(base64_to(json_str(&v, i), v.node[i].str_len, &raw));
		want = v.node[json_member(&v, 0, "accepted")].type == JSON_TRUE;
		got = json_parse(&d, raw.p ? (char *)raw.p : "", raw.len, EX_JSON_DEPTH) == 0 && (d.node[0].type == JSON_OBJECT || d.node[0].type == JSON_NULL) &&
		    json_write(&d, 0, JSON_CANONICAL, &out) == 0;
		assert_int_equal(want, got);
		if (want) {
			c = json_member(&v, 0, "canonical");
			h = json_member(&v, 0, "canonical_sha256");
			if (c != JSON_NONE) {
				assert_int_equal(v.node[c].str_len, out.len);
				assert_memory_equal(json_str(&v, c), out.p, out.len);
			} else {
				hex_digest(out.p, out.len, hex);
				assert_memory_equal(json_str(&v, h), hex, 64);
			}
		}
		seen++;
		json_release(&v);
		json_release(&d);
		buf_release(&raw);
		buf_release(&out);
	}
	assert_int_equal(seen, 117);
	free(line);
	pclose(f);
}

/* E-2: 300 real preimages parse strictly, and are built again byte for byte. */
static void
preimages(void **state)
{
	FILE *f = open_lines("preimages.jsonl.zst");
	char *line = NULL, hex[65];
	size_t cap = 0;
	ssize_t n;
	unsigned seen = 0;

	(void)state;
	while ((n = getline(&line, &cap, f)) > 0) {
		struct json_doc v;
		struct buf text, again;
		struct event e;
		const char *why = NULL, *p;
		uint32_t i, h;
		size_t len;

		json_init(&v);
		buf_init(&text, 1u << 24);
		buf_init(&again, 1u << 24);
		assert_int_equal(json_parse(&v, line, (size_t)n, 100), 0);
		i = json_member(&v, 0, "preimage");
		h = json_member(&v, 0, "sha256");
		p = json_str(&v, i);
		len = v.node[i].str_len;
		hex_digest(p, len, hex);
		assert_memory_equal(json_str(&v, h), hex, 64);
		if (p[0] != '{') {                         /* the predecessor's text stands before the body */
			p += 64;
			len -= 64;
		}
		assert_int_equal(event_parse_body(&e, p, len, BODY_CLUSTER_ID, true, &text, &why), 0);
		event_put_body(&again, &e, BODY_CLUSTER_ID);
		assert_int_equal(again.len, len);
		assert_memory_equal(again.p, p, len);
		/* one byte more, less or changed in the envelope is refused */
		assert_int_equal(event_parse_body(&e, p, len - 1, BODY_CLUSTER_ID, true, &text, &why), 1);
		((char *)(uintptr_t)p)[2] ^= 1;
		assert_int_equal(event_parse_body(&e, p, len, BODY_CLUSTER_ID, true, &text, &why), 1);
		seen++;
		json_release(&v);
		buf_release(&text);
		buf_release(&again);
	}
	assert_true(seen >= 300);
	free(line);
	pclose(f);
}

/* Worked examples of the reference, section 10: rows A and B, keyed, and with the older cluster key. */
static void
worked_examples(void **state)
{
	static const char data_a[] = "{\"list\": [null, false, \"x\"], \"zeta\": 1.0, \"Alpha\": true, \"big\": 1000000000000000000000, \"count\": 12345678901234567000, "
	    "\"ratio\": 0.0000001, \"labels\": {\"a\": \"1\", \"b\": \"2\"}, \"event_type\": \"gateway.signal.received\", \"signal_name\": \"HighCPU <95% & rising>\"}";
	static const char data_b[] = "{\"note\": \"line1\\nline2\\ttab \xe2\x80\xa8 \\b\\f \xc3\xa9\", \"event_type\": \"orchestrator.lifecycle.created\"}";
	static const char key[] = "q83vASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4k=";
	struct event e;
	struct json_doc d;
	struct buf data, body;
	struct sha256 *s = sha256_new();
	struct hmac256 *h = hmac256_new(key, strlen(key));
	uint8_t out[32];
	char a[65], b[65];
	struct utc t;

#define S(x) (struct str){ x, sizeof(x) - 1 }
	(void)state;
	json_init(&d);
	buf_init(&data, 65536);
	buf_init(&body, 65536);
	memset(&e, 0, sizeof e);
	assert_true(uuid_to("7b0c1d52-93a4-4f0e-8a6d-2f5f3c1e9b10", 36, e.id));
	assert_int_equal(utc_parse("2026-08-22 14:08:56-04", 22, &t), UTC_OK);
	e.time = t.us;
	e.type = S("gateway.signal.received");
	e.version = S("1.0");
	e.category = S("gateway");
	e.action = S("received");
	e.outcome = S("success");
	e.correlation = S("rr-demo-0001");
	e.resource_type = S("Signal");
	e.resource_id = S("fp-9f2c");
	e.namespace = S("payments");
	e.severity = S("info");
	e.actor_id = S("gateway-service");
	e.actor_type = S("service");
	e.retention = 2555;
	assert_int_equal(json_parse(&d, data_a, strlen(data_a), 100), 0);
	assert_int_equal(json_write(&d, 0, JSON_CANONICAL, &data), 0);
	e.data = (struct str){ (char *)data.p, data.len };
	event_put_body(&body, &e, BODY_CLUSTER_ID);
	assert_int_equal(body.len, 881);
	sha256_once(s, body.p, body.len, out);
	hex_of(out, 32, a);
	assert_string_equal(a, "3c5f3332967788ae210b13de2fd53fe40f9b27d1a518b8b88f534f8874a0ee66");

	memcpy(e.parent, e.id, 16);
	e.has_parent = e.has_parent_date = true;
	assert_int_equal(utc_parse_date("2026-08-22", 10, false, &e.parent_date), UTC_OK);
	assert_true(uuid_to("1f0e8a6d-0000-4000-8000-000000000001", 36, e.id));
	e.time += 120400;
	e.type = S("orchestrator.lifecycle.created");
	e.category = S("orchestration");
	e.action = S("created");
	e.resource_type = S("RemediationRequest");
	e.resource_id = S("rr-demo-0001");
	e.cluster = S("edge-1");
	e.duration = 42;
	e.actor_id = S("remediationorchestrator-controller");
	buf_clear(&data);
	assert_int_equal(json_parse(&d, data_b, strlen(data_b), 100), 0);
	assert_int_equal(json_write(&d, 0, JSON_CANONICAL, &data), 0);
	e.data = (struct str){ (char *)data.p, data.len };
	buf_clear(&body);
	event_put_body(&body, &e, BODY_CLUSTER_ID);
	assert_int_equal(body.len + 64, 957);
	sha256_begin(s);
	sha256_add(s, a, 64);
	sha256_add(s, body.p, body.len);
	sha256_end(s, out);
	hex_of(out, 32, b);
	assert_string_equal(b, "54113bf26961af4c8781d64d07c47c757642e9a9f271b2618c3d891ee7102c74");
	hmac256_of(h, a, 64, body.p, body.len, out);
	hex_of(out, 32, b);
	assert_string_equal(b, "2d722596c07077b6c48fa936553d4f4b2082eda2bd709464153fdca6b5d642d4");
	buf_clear(&body);
	event_put_body(&body, &e, BODY_CLUSTER_NAME);
	sha256_begin(s);
	sha256_add(s, a, 64);
	sha256_add(s, body.p, body.len);
	sha256_end(s, out);
	hex_of(out, 32, b);
	assert_string_equal(b, "d34fafcb16b952aebcb978648a1777306c06ee4960d266ed37287b9360b5aba5");
	json_release(&d);
	buf_release(&data);
	buf_release(&body);
	sha256_free(s);
	hmac256_free(h);
}

/* Section 16: numbers, times, key order, strings. */
static void
numbers(void **state)
{
	static const struct { const char *in, *out; } v[] = {
		{ "1.0", "1" }, { "-0", "-0" }, { "1e-6", "0.000001" }, { "0.000001234", "0.000001234" }, { "1e-7", "1e-7" }, { "2.5e-324", "5e-324" },
		{ "100000000000000000000", "100000000000000000000" }, { "999999999999999999999", "1e+21" }, { "1e21", "1e+21" }, { "1e300", "1e+300" },
		{ "1.7976931348623157e308", "1.7976931348623157e+308" }, { "9007199254740993", "9007199254740992" }, { "123456.789e3", "123456789" },
		{ "4.9406564584124654e-324", "5e-324" }, { "5.9604644775390625e-8", "5.960464477539063e-8" }, { "309485009821345068724781056", "3.094850098213451e+26" },
		{ "618970019642690137449562112", "6.189700196426902e+26" }, { "5316911983139663491615228241121378304", "5.316911983139664e+36" },
		{ "7.1202363472230444e-307", "7.120236347223045e-307" }, { "0.29999999999999998890", "0.3" }, { "12345678901234567890", "12345678901234567000" },
		{ "0.1", "0.1" }, { "-1.50", "-1.5" }, { "0.0000001000", "1e-7" }, { "650850945498333.25", "650850945498333.2" }
	};
	char out[32], p[64];

	(void)state;
	for (unsigned i = 0; i < sizeof v / sizeof *v; i++) {
		assert_true(json_number(v[i].in, strlen(v[i].in), out) > 0);
		assert_string_equal(out, v[i].out);
	}
	assert_int_equal(json_number("1e400", 5, out), 0);
	/* powers of two: the shortest digits read back, and no shorter ones do */
	for (int k = -1074; k < 1024; k++) {
		double x = 1;

		for (int i = 0; i < k; i++)
			x *= 2;
		for (int i = 0; i > k; i--)
			x /= 2;
		snprintf(p, sizeof p, "%.17g", x);
		assert_true(json_number(p, strlen(p), out) > 0);
		assert_true(strtod(out, NULL) == x);
	}
	snprintf(p, sizeof p, "%.17g", 0x1p959);
	json_number(p, strlen(p), out);
	assert_string_equal(out, "4.8726570057e+288");
}

static void
strings_and_order(void **state)
{
	static const char keys[] = "{\"b\":1,\"B\":1,\"aa\":1,\"a\":1,\"\\u00e9\":1,\"_\":1,\"\\ud83d\\ude00\":1,\"\\uffff\":1}";
	static const char want_keys[] = "{\"B\":1,\"_\":1,\"a\":1,\"aa\":1,\"b\":1,\"\xc3\xa9\":1,\"\xef\xbf\xbf\":1,\"\xf0\x9f\x98\x80\":1}";
	static const char str[] = "{\"s\":\"a\x7f\xe2\x80\xa8<>&\xc3\xa9\xff\\b\\f\\u0000\\u001f/'\"}";
	static const char want_str[] = "{\"s\":\"a\x7f\\u2028\\u003c\\u003e\\u0026\xc3\xa9\xef\xbf\xbd\\b\\f\\u0000\\u001f/'\"}";
	struct json_doc d;
	struct buf out;

	(void)state;
	json_init(&d);
	buf_init(&out, 65536);
	assert_int_equal(json_parse(&d, keys, strlen(keys), 10), 0);
	assert_int_equal(json_write(&d, 0, JSON_CANONICAL, &out), 0);
	assert_int_equal(out.len, strlen(want_keys));
	assert_memory_equal(out.p, want_keys, out.len);
	buf_clear(&out);
	assert_int_equal(json_parse(&d, str, strlen(str), 10), 0);
	assert_int_equal(json_write(&d, 0, JSON_CANONICAL, &out), 0);
	/* a bad byte becomes U+FFFD, which is then written raw: the reader's replacement, not the writer's escape */
	assert_int_equal(out.len, strlen(want_str));
	assert_memory_equal(out.p, want_str, out.len);
	json_release(&d);
	buf_release(&out);
}

static void
times(void **state)
{
	static const struct { const char *in; enum utc_result r; const char *rest; } v[] = {
		{ "2026-08-22 18:08:56.000000+00", UTC_OK, "2026-08-22T18:08:56Z" }, { "2026-08-22 14:08:56.1204-04", UTC_OK, "2026-08-22T18:08:56.1204Z" },
		{ "2026-08-22T18:08:56.000001Z", UTC_OK, "2026-08-22T18:08:56.000001Z" }, { "2026-08-22 15:38:56-02:30", UTC_OK, "2026-08-22T18:08:56Z" },
		{ "2026-08-22T18:08:56.9999999Z", UTC_OK, "2026-08-22T18:08:56.999999Z" }, { "1969-12-31T23:59:59.5Z", UTC_OK, "1969-12-31T23:59:59.5Z" },
		{ "0001-01-01 00:00:00+00", UTC_OK, "0001-01-01T00:00:00Z" }, { "9999-12-31 23:59:59.999999+00", UTC_OK, "9999-12-31T23:59:59.999999Z" },
		{ "2024-02-29 00:00:00+00", UTC_OK, "2024-02-29T00:00:00Z" }, { "1883-11-18 12:03:58-04:56:02", UTC_OK, "1883-11-18T17:00:00Z" },
		{ "infinity", UTC_NO_FORM, NULL }, { "-infinity", UTC_NO_FORM, NULL }, { "0044-03-15 12:00:00+00 BC", UTC_NO_FORM, NULL },
		{ "12026-01-01 00:00:00+00", UTC_NO_FORM, NULL }, { "9999-12-31 23:59:59-01", UTC_NO_FORM, NULL }, { "2026-02-29 00:00:00+00", UTC_BAD, NULL },
		{ "2026-08-22 18:08:56", UTC_BAD, NULL }, { "2026-08-22", UTC_BAD, NULL }, { "", UTC_BAD, NULL }, { "2026-13-01 00:00:00Z", UTC_BAD, NULL },
		{ "2026-08-22T24:00:00Z", UTC_BAD, NULL }, { "2026-08-22T18:08:56.Z", UTC_BAD, NULL }, { "2026-08-22T18:08:56Zx", UTC_BAD, NULL }
	};
	struct buf b;

	(void)state;
	buf_init(&b, 256);
	for (unsigned i = 0; i < sizeof v / sizeof *v; i++) {
		struct utc t;

		assert_int_equal(utc_parse(v[i].in, strlen(v[i].in), &t), v[i].r);
		if (v[i].rest == NULL)
			continue;
		buf_clear(&b);
		utc_print(&b, UTC_REST, t.us, 0);
		assert_int_equal(b.len, strlen(v[i].rest));
		assert_memory_equal(b.p, v[i].rest, b.len);
		buf_clear(&b);
		utc_print(&b, UTC_PG, t.us, t.offset);
		assert_true(utc_parse((char *)b.p, b.len, &t) == UTC_OK);
	}
	buf_release(&b);
}

/* RFC 6962 vectors, and covers that do not begin at a power of two. */
static void
tree(void **state)
{
	struct sha256 *s = sha256_new();
	struct merkle *a = malloc(sizeof *a), *b = malloc(sizeof *b), *c = malloc(sizeof *c);
	uint8_t h[32], r1[32], r2[32], nodes[64][32], leaf[40][32];
	char hex[65];

	(void)state;
	merkle_leaf(s, "", 0, h);
	hex_of(h, 32, hex);
	assert_string_equal(hex, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
	merkle_init(a, 0);
	merkle_root(a, s, h);
	hex_of(h, 32, hex);
	assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	merkle_leaf(s, "L123456", 7, h);
	hex_of(h, 32, hex);
	assert_memory_equal(hex, "395aa064", 8);
	for (unsigned i = 0; i < 40; i++)
		merkle_leaf(s, &i, sizeof i, leaf[i]);
	for (unsigned n = 1; n <= 40; n++)
		for (unsigned cut = 0; cut <= n; cut++) {
			merkle_init(a, 0);
			for (unsigned i = 0; i < n; i++)
				assert_true(merkle_push(a, s, 0, leaf[i]));
			merkle_root(a, s, r1);
			/* [0, cut) leaf by leaf, then the cover of [cut, n) */
			merkle_init(b, 0);
			for (unsigned i = 0; i < cut; i++)
				merkle_push(b, s, 0, leaf[i]);
			merkle_init(c, cut);
			for (unsigned i = cut; i < n; i++)
				merkle_push(c, s, 0, leaf[i]);
			for (unsigned i = 0; i < c->n; i++)
				memcpy(nodes[i], c->e[i].hash, 32);
			assert_true(merkle_push_cover(b, s, n - cut, nodes[0], c->n));
			merkle_root(b, s, r2);
			assert_memory_equal(r1, r2, 32);
			if (c->n) {
				merkle_init(b, 0);
				for (unsigned i = 0; i < cut; i++)
					merkle_push(b, s, 0, leaf[i]);
				assert_false(merkle_push_cover(b, s, n - cut, nodes[0], c->n - 1));
			}
		}
	free(a);
	free(b);
	free(c);
	sha256_free(s);
}

/* formats/vectors/tree.txt: leaves and roots, then a checkpoint's note. */
static void
tree_of_the_format(void **state)
{
	FILE *f = fopen("formats/vectors/tree.txt", "r");
	struct sha256 *s = sha256_new();
	struct merkle *m = malloc(sizeof *m);
	char line[1024], hex[65], text[1024];
	const struct vkey *by;
	struct checkpoint c;
	struct vkey k;
	struct note n;
	struct err e = { 0 };
	const char *why;
	uint8_t h[32];
	unsigned size, roots = 0;
	size_t len;

	(void)state;
	assert_non_null(f);
	merkle_init(m, 0);
	while (fgets(line, sizeof line, f) && strcmp(line, "note\n")) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "leaf ", 5) == 0) {
			assert_true(hex_to(line + 5, 64, h));
			assert_true(merkle_push(m, s, 0, h));
		} else if (sscanf(line, "root %u %64s", &size, hex) == 2) {
			char own[65];

			merkle_root(m, s, h);
			hex_of(h, 32, own);
			assert_string_equal(own, hex);
			roots++;
		} else if (strncmp(line, "vkey ", 5) == 0) {
			assert_int_equal(vkey_parse(&k, line + 5, strlen(line + 5), &e), 0);
		}
	}
	len = fread(text, 1, sizeof text, f);
	assert_int_equal(note_parse(&n, text, len, &why), 0);
	assert_int_equal(note_verify(&n, &k, 1, &by), NOTE_VERIFIED);
	assert_int_equal(checkpoint_parse(&c, n.text, n.text_len), 0);
	assert_int_equal(c.size, size);
	assert_memory_equal(c.root, h, 32);
	assert_true(roots >= 8);
	fclose(f);
	free(m);
	sha256_free(s);
}

/* C2SP signed notes: the specification's own vector, and what must be refused. */
static void
notes(void **state)
{
	static const char vkey[] = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
	static const char text[] = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
	    "\xe2\x80\x94 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
	const struct vkey *by;
	struct vkey k;
	struct note n;
	struct err e = { 0 };
	const char *why;
	char copy[512];
	struct checkpoint c;

	(void)state;
	assert_int_equal(vkey_parse(&k, vkey, strlen(vkey), &e), 0);
	assert_int_equal(note_parse(&n, text, strlen(text), &why), 0);
	assert_int_equal(note_verify(&n, &k, 1, &by), NOTE_VERIFIED);
	assert_int_equal(note_verify(&n, &k, 0, &by), NOTE_UNKNOWN_KEY);
	strcpy(copy, text);
	copy[3] ^= 1;
	assert_int_equal(note_parse(&n, copy, strlen(copy), &why), 0);
	assert_int_equal(note_verify(&n, &k, 1, &by), NOTE_FALSE);
	assert_int_equal(note_parse(&n, text, strlen(text) - 1, &why), 1);
	assert_int_equal(note_parse(&n, "no signature\n", 13, &why), 1);
	snprintf(copy, sizeof copy, "%s%s", text, strstr(text, "\xe2\x80\x94"));
	assert_int_equal(note_parse(&n, copy, strlen(copy), &why), 1);        /* twice the same signer */
	strcpy(copy, vkey);
	copy[15] = copy[15] == '0' ? '1' : '0';
	memset(&e, 0, sizeof e);
	assert_int_equal(vkey_parse(&k, copy, strlen(copy), &e), -1);
	assert_int_equal(checkpoint_parse(&c, "a/b\n12\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", 52), 0);
	assert_int_equal(c.size, 12);
	assert_int_equal(checkpoint_parse(&c, "a/b\n012\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", 53), 1);
	assert_int_equal(checkpoint_parse(&c, "a/b\n12\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=\n", 52), 1);       /* pad bits */
	assert_int_equal(checkpoint_parse(&c, "exhibit-file/1\n12\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", 63), 1);
	assert_false(note_name_ok("a b", 3));
	assert_false(note_name_ok("a+b", 3));
	assert_false(note_name_ok("", 0));
}

static void
numbers_of_the_format(void **state)
{
	static const uint64_t v[] = { 0, 1, 127, 128, 16383, 16384, UINT32_MAX, UINT64_MAX };
	struct buf b;
	struct span s;

	(void)state;
	buf_init(&b, 64);
	for (unsigned i = 0; i < sizeof v / sizeof *v; i++) {
		buf_clear(&b);
		buf_varint(&b, v[i]);
		assert_int_equal(b.len, varint_size(v[i]));
		s = span_of(b.p, b.len);
		assert_true(span_varint(&s) == v[i] && !s.bad && span_left(&s) == 0);
		s = span_of(b.p, b.len - 1);
		span_varint(&s);
		assert_true(s.bad);
		assert_true(unzigzag(zigzag((int64_t)v[i])) == (int64_t)v[i]);
	}
	s = span_of("\x80\x00", 2);                    /* a superfluous zero byte */
	span_varint(&s);
	assert_true(s.bad);
	s = span_of("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10);
	span_varint(&s);
	assert_true(s.bad);
	buf_release(&b);
	buf_init(&b, 4);
	buf_put(&b, "12345", 5);
	assert_true(b.failed && b.len == 0);
	buf_release(&b);
}

static void
plain_text(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	text_plain(&b, "a\033[31m\xe2\x80\xae\xff", 10);
	buf_byte(&b, '\0');
	assert_string_equal((char *)b.p, "a<U+001B>[31m<U+202E><0xFF>");
	buf_clear(&b);
	text_html(&b, "<a href='x'>&\"", 14);
	buf_byte(&b, '\0');
	assert_string_equal((char *)b.p, "&lt;a href=&#39;x&#39;&gt;&amp;&quot;");
	buf_clear(&b);
	text_csv(&b, "=1+1\"", 5);
	buf_byte(&b, '\0');
	assert_string_equal((char *)b.p, "\"'=1+1\"\"\"");
	buf_release(&b);
}

/* What kubectl prints is read as Kubernetes takes it; what it never prints is refused. */
static void
yaml_as_json(void **state)
{
	static const char *const good[][2] = {
		{ "a: 1\nb: \"1\"\nc: true\nd: \"true\"\ne: null\nf: ~\ng:\nh: ''\n", "{\"a\":1,\"b\":\"1\",\"c\":true,\"d\":\"true\",\"e\":null,\"f\":null,\"g\":null,\"h\":\"\"}" },
		{ "- a: {x: [1, -2.5e3], y: 0x10}\n  b: 007\n- |\n  two\n  lines\n", "[{\"a\":{\"x\":[1,-2.5e3],\"y\":\"0x10\"},\"b\":\"007\"},\"two\\nlines\\n\"]" },
		{ "t: 2026-11-18T15:48:58Z\nu: 1.\nv: .5\nw: yes\n", "{\"t\":\"2026-11-18T15:48:58Z\",\"u\":\"1.\",\"v\":\".5\",\"w\":\"yes\"}" },
		{ "", "null" }, { "---\na: []\n---\nb: 1\n", "{\"a\":[]}" }, { "{}", "{}" }
	};
	static const char *const bad[] = { "a: &x 1\nb: *x\n", "a: !!binary aGk=\n", "? [1]\n: 2\n", "a: b: c\n", "\"", "a: [1\n", "a: \xff\n" };
	struct buf b;
	char why[200], deep[400];

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		buf_init(&b, 4096);
		assert_int_equal(yaml_to_json(good[i][0], strlen(good[i][0]), &b, why), 0);
		buf_byte(&b, '\0');
		assert_string_equal((char *)b.p, good[i][1]);
		buf_release(&b);
	}
	memset(deep, '[', sizeof deep);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		buf_init(&b, 4096);
		assert_int_equal(yaml_to_json(bad[i], strlen(bad[i]), &b, why), 1);
		buf_release(&b);
	}
	buf_init(&b, 4096);
	assert_int_equal(yaml_to_json(deep, sizeof deep, &b, why), 1);
	assert_non_null(strstr(why, "deep"));
	buf_release(&b);
	buf_init(&b, 8);
	assert_int_equal(yaml_to_json("a: 123456789\n", 13, &b, why), 1);
	buf_release(&b);
}

/* E-13 (d): formats/vectors/tools.txt, in the envelope and as a member's name of event_data */
static void
tools_undone(void **state)
{
	struct undo *u = undo_new();
	FILE *f = fopen("formats/vectors/tools.txt", "r");
	struct json_doc d;
	char line[512];
	unsigned n = 0;

	(void)state;
	assert_true(u && f);
	json_init(&d);
	while (fgets(line, sizeof line, f)) {
		char *name = strtok(line, "\t\n"), *left = strtok(NULL, "\t\n"), *want = strtok(NULL, "\t\n");
		struct buf data, text;
		struct event e = { 0 };
		unsigned c = 0;

		if (*name == '#')
			continue;
		while (strcmp(undo_name[c], name))
			c++;
		if (strcmp(name, "number") == 0)
			c = UNDO_NUMBER_FLOAT;
		assert_int_equal(json_parse(&d, left, strlen(left), 4), 0);
		buf_init(&text, 512);
		buf_put(&text, json_str(&d, 0), d.node[0].str_len);
		buf_init(&data, 1024);
		buf_printf(&data, "{\"a\":1,");
		json_canonical_string(&data, (char *)text.p, text.len);
		buf_printf(&data, ":2}");
		e.error_message = (struct str){ (char *)text.p, text.len };
		e.data = (struct str){ (char *)data.p, data.len };
		undo_begin(u);
		switch (undo_apply(u, &e, c, ~0u)) {
		case UNDONE_IMPOSSIBLE: assert_string_equal(want, "-"); break;
		case UNDONE_SAME: assert_string_equal(want, left); break;
		case UNDONE_OTHER:
			assert_int_equal(json_parse(&d, want, strlen(want), 4), 0);
			assert_int_equal(e.error_message.n, d.node[0].str_len);
			assert_memory_equal(e.error_message.p, json_str(&d, 0), e.error_message.n);
			break;
		default: fail();
		}
		n++;
		buf_release(&text);
		buf_release(&data);
	}
	assert_int_equal(n, 12);
	fclose(f);
	json_release(&d);
	undo_free(u);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(awkward), cmocka_unit_test(preimages), cmocka_unit_test(worked_examples), cmocka_unit_test(numbers),
		cmocka_unit_test(strings_and_order), cmocka_unit_test(times), cmocka_unit_test(tree), cmocka_unit_test(tree_of_the_format), cmocka_unit_test(notes),
		cmocka_unit_test(numbers_of_the_format), cmocka_unit_test(plain_text), cmocka_unit_test(yaml_as_json), cmocka_unit_test(tools_undone)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
