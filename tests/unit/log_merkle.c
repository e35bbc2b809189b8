/* src/log/merkle: RFC 6962, and covers that do not begin at a power of two. */
#include "unit.h"

#include "log/merkle.h"
#include "log/note.h"

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
	assert_string_equal(
	    hex, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
	merkle_init(a, 0);
	merkle_root(a, s, h);
	hex_of(h, 32, hex);
	assert_string_equal(
	    hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tree),
		cmocka_unit_test(tree_of_the_format),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
