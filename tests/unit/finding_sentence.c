/* src/finding/sentence: every sentence of finding.def can be told, and is told as it stands there. */
#include "finding/finding.h"
#include "unit.h"

static char *
told(struct buf *b, enum said said, const struct value *v, size_t n, bool *ret_ok)
{
	buf_clear(b);
	*ret_ok = said_put(b, said, v, n);
	buf_byte(b, '\0');
	return (char *)b->p;
}

/* A value for each name of a sentence, as its first braces want it; returns how many. */
static size_t
sample(const char *sentence, struct value v[16], uint64_t number)
{
	struct str seen[16];
	size_t n = 0;

	for (const char *p = sentence; (p = strchr(p, '{')) != NULL; p++) {
		size_t len = strcspn(p + 1, "#?+}"), i = 0;

		while (i < n && (seen[i].n != len || memcmp(seen[i].p, p + 1, len)))
			i++;
		if (i < n)
			continue;
		assert_true(n < 16);
		assert_true(len > 0 && strchr(p, '}'));
		seen[n] = (struct str){ p + 1, len };
		v[n++] = p[1 + len] == '#' || p[1 + len] == '?' ? NUM(number) :
		    number || p[1 + len] != '+'                 ? TEXT("sample") :
								  TEXT("");
	}
	return n;
}

static void
every_sentence(void **state)
{
	struct value v[16];
	struct buf b;
	bool ok;

	(void)state;
	buf_init(&b, 1 << 16);
	for (unsigned i = 0; i < SAID_COUNT; i++)
		for (uint64_t number = 0; number < 3; number++) {
			const char *s = said_info[i].sentence;
			size_t n = sample(s, v, number);
			const char *t = told(&b, (enum said)i, v, n, &ok);

			if (!ok || strpbrk(t, "{}") || strstr(t, "  ") || t[0] == '\0')
				fail_msg("%s: %s", said_info[i].name, t);
			/* one value fewer, or one that it does not name, is never passed over */
			if (n)
				told(&b, (enum said)i, v, n - 1, &ok);
			if (n && ok)
				fail_msg("%s: told without its last value", said_info[i].name);
			told(&b, (enum said)i, v, n + 1, &ok);
			if (ok)
				fail_msg("%s: told with a value too many", said_info[i].name);
		}
	buf_release(&b);
}

/* The same of what may explain a finding. */
static void
every_explanation(void **state)
{
	struct value v[16];
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 16);
	for (unsigned i = 0; i < BECAUSES; i++)
		for (uint64_t number = 0; number < 3; number++) {
			size_t n = sample(because_info[i].sentence, v, number);

			buf_clear(&b);
			if (!because_put(&b, (enum because)i, v, n) || b.len == 0 ||
			    memchr(b.p, '{', b.len) || memchr(b.p, '?', b.len))
				fail_msg("%s", because_info[i].name);
			buf_clear(&b);
			if (because_put(&b, (enum because)i, v, n + 1))
				fail_msg("%s: told with a value too many", because_info[i].name);
		}
	buf_release(&b);
}

/* Each finding has a sentence, and the rows of one stand together. */
static void
every_finding(void **state)
{
	bool has[FINDING_COUNT] = { false };

	(void)state;
	for (unsigned i = 0; i < SAID_COUNT; i++) {
		enum finding_id id = said_info[i].id;

		assert_true(!has[id] || said_info[i - 1].id == id);
		has[id] = true;
	}
	for (unsigned i = 0; i < FINDING_COUNT; i++)
		if (!has[i])
			fail_msg("%s has no sentence", finding_info[i].id);
}

static void
known_sentences(void **state)
{
	struct findings l = { .n = 0 };
	struct finding *f;

	(void)state;
	f = finding_say(
	    &l, A09_MISSING, 3, at_block(7).text, GIVING(NUM(7), TEXT("a {text} of others")));
	assert_string_equal(
	    f->sentence, "Block 7: its data is missing or cannot be read (a {text} of others).");
	assert_string_equal(f->place, "block 7");
	assert_true(f->id == F_A09 && f->file == 3 && l.counted[F_A09] == 1);
	f = finding_say(&l, A17_CUT, 0, at_position(12).text, GIVING_NOTHING);
	assert_string_equal(f->place, "position 12");
	finding_numbers(f, 3, 4, " blocks");
	assert_string_equal(f->expected, "3 blocks");
	assert_string_equal(f->found, "4 blocks");
	findings_release(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_sentence),
		cmocka_unit_test(every_explanation),
		cmocka_unit_test(every_finding),
		cmocka_unit_test(known_sentences),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
