/* src/event/body: the source's own encoder as the oracle (E-2). */
#include "unit.h"

#include "base/utc.h"
#include "event/event.h"
#include "json/json.h"

/* E-2: 300 real preimages parse strictly, and are built again byte for byte. */
static void
preimages(void **state)
{
	FILE *f = unit_lines("preimages.jsonl.zst");
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
		unit_digest(p, len, hex);
		assert_memory_equal(json_str(&v, h), hex, 64);
		if (p[0] != '{') { /* the predecessor's text stands before the body */
			p += 64;
			len -= 64;
		}
		assert_int_equal(
		    event_parse_body(&e, p, len, BODY_CLUSTER_ID, true, &text, &why), 0);
		event_put_body(&again, &e, BODY_CLUSTER_ID);
		assert_int_equal(again.len, len);
		assert_memory_equal(again.p, p, len);
		/* one byte more, less or changed in the envelope is refused */
		assert_int_equal(
		    event_parse_body(&e, p, len - 1, BODY_CLUSTER_ID, true, &text, &why), 1);
		((char *)(uintptr_t)p)[2] ^= 1;
		assert_int_equal(
		    event_parse_body(&e, p, len, BODY_CLUSTER_ID, true, &text, &why), 1);
		seen++;
		json_release(&v);
		buf_release(&text);
		buf_release(&again);
	}
	assert_true(seen >= 300);
	free(line);
	pclose(f);
}

/* Rows whose hashes were worked out by hand: plain, keyed, and with the older cluster key. */
static void
worked_examples(void **state)
{
	static const char data_a[] = "{\"list\": [null, false, \"x\"], \"zeta\": 1.0, \"Alpha\": "
				     "true, \"big\": 1000000000000000000000, \"count\": "
				     "12345678901234567000, "
				     "\"ratio\": 0.0000001, \"labels\": {\"a\": \"1\", \"b\": "
				     "\"2\"}, \"event_type\": \"gateway.signal.received\", "
				     "\"signal_name\": \"HighCPU <95% & rising>\"}";
	static const char data_b[] = "{\"note\": \"line1\\nline2\\ttab \xe2\x80\xa8 \\b\\f "
				     "\xc3\xa9\", \"event_type\": "
				     "\"orchestrator.lifecycle.created\"}";
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(preimages),
		cmocka_unit_test(worked_examples),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
