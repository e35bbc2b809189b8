#include "index/index.h"

#include <string.h>

#define TIME_ENTRY 17u

void
index_builder_init(
    struct index_builder *b, enum index_kind kind, uint64_t first, index_page_fn *emit, void *arg)
{
	memset(b, 0, sizeof *b);
	b->kind = kind;
	b->first = first;
	b->emit = emit;
	b->arg = arg;
	buf_init(&b->page, 2 * EX_MAX_IDX_PAGE);
	buf_init(&b->low, EX_MAX_KEY);
	buf_init(&b->key, EX_MAX_KEY);
	buf_init(&b->list, 2 * EX_MAX_IDX_PAGE);
	buf_init(&b->group_key, 2 * EX_MAX_KEY);
}

void
index_builder_release(struct index_builder *b)
{
	buf_release(&b->page);
	buf_release(&b->low);
	buf_release(&b->key);
	buf_release(&b->list);
	buf_release(&b->group_key);
}

static void
close_group(struct index_builder *b)
{
	if (b->group_count == 0)
		return;
	buf_put(&b->page, b->group_key.p, b->group_key.len);
	buf_varint(&b->page, b->group_count);
	buf_put(&b->page, b->list.p, b->list.len);
	b->failed |= b->page.failed || b->list.failed;
	b->group_count = 0;
	buf_clear(&b->list);
}

static int
emit_page(struct index_builder *b)
{
	int r;

	close_group(b);
	if (b->failed || b->page.failed || b->low.failed)
		return -1;
	if (b->page.len == 0)
		return 0;
	r = b->emit(b->arg, b->kind, b->low.p, b->low.len, b->page.p, b->page.len);
	buf_clear(&b->page);
	buf_clear(&b->low);
	buf_clear(&b->key);
	b->last_prefix = 0;
	return r;
}

static void
open_group(struct index_builder *b, const unsigned char *key, size_t n)
{
	size_t shared = 0;

	while (shared < n && shared < b->key.len && key[shared] == b->key.p[shared])
		shared++;
	buf_clear(&b->group_key);
	buf_varint(&b->group_key, shared);
	buf_varint(&b->group_key, n - shared);
	buf_put(&b->group_key, key + shared, n - shared);
	if (b->page.len == 0 && b->low.len == 0)
		buf_put(&b->low, key, n);
	buf_clear(&b->key);
	buf_put(&b->key, key, n);
	b->failed |= b->group_key.failed || b->low.failed || b->key.failed;
}

static int
add_id(struct index_builder *b, const unsigned char *key, uint64_t block)
{
	uint64_t prefix = load_be(key, 4);

	if (b->page.len + varint_size(prefix - b->last_prefix) + varint_size(block) >
		EX_MAX_IDX_PAGE &&
	    emit_page(b))
		return -1;
	if (b->page.len == 0)
		buf_put(&b->low, key, 4);
	buf_varint(&b->page, prefix - b->last_prefix);
	buf_varint(&b->page, block);
	b->last_prefix = prefix;
	b->failed |= b->page.failed || b->low.failed;
	return b->failed ? -1 : 0;
}

int
index_add(struct index_builder *b, const void *key, size_t n, uint64_t value)
{
	uint64_t delta;

	if (b->kind == INDEX_ID)
		return add_id(b, key, value);
	/* a long key is found by its beginning (C-11): the record itself says which it is */
	if (n > EX_MAX_KEY)
		n = EX_MAX_KEY;
	/* an empty key has no bytes to compare */
	if (b->group_count && b->key.len == n && (n == 0 || memcmp(b->key.p, key, n) == 0)) {
		delta = value - b->last;
		/* the group goes on in this page only if it still fits with everything that is
		 * open */
		if (b->page.len + b->group_key.len + varint_size(b->group_count + 1) + b->list.len +
			varint_size(delta) <=
		    EX_MAX_IDX_PAGE) {
			buf_varint(&b->list, delta);
			b->group_count++;
			b->last = value;
			b->failed |= b->list.failed;
			return b->failed ? -1 : 0;
		}
		if (emit_page(b))
			return -1;
	}
	close_group(b);
	delta = value - b->first;
	open_group(b, key, n);
	/* a group that begins a page has its first position there, so that a page can be read
	 * alone */
	if (b->page.len &&
	    b->page.len + b->group_key.len + 1 + varint_size(delta) > EX_MAX_IDX_PAGE) {
		if (emit_page(b))
			return -1;
		open_group(b, key, n);
	}
	buf_varint(&b->list, delta);
	b->group_count = 1;
	b->last = value;
	b->failed |= b->list.failed;
	return b->failed ? -1 : 0;
}

int
index_add_times(struct index_builder *b, bool any, int64_t min, int64_t max)
{
	if (b->page.len + TIME_ENTRY > EX_MAX_IDX_PAGE && emit_page(b))
		return -1;
	buf_be64(&b->page, any ? (uint64_t)min : 0);
	buf_be64(&b->page, any ? (uint64_t)max : 0);
	buf_byte(&b->page, any);
	return 0;
}

int
index_finish(struct index_builder *b)
{
	return emit_page(b);
}

void
index_open(struct index_cursor *c, enum index_kind kind, uint64_t first, const void *page, size_t n)
{
	memset(c, 0, sizeof *c);
	c->kind = kind;
	c->first = first;
	c->s = span_of(page, n);
}

int
index_next(struct index_cursor *c)
{
	uint64_t shared, rest;
	const unsigned char *p;

	c->new_key = false;
	/* ids: four bytes each, ascending by what they add to the one before */
	if (c->kind == INDEX_ID) {
		if (span_left(&c->s) == 0)
			return 0;
		c->prefix += span_varint(&c->s);
		c->value = span_varint(&c->s);
		if (c->s.bad || c->prefix > UINT32_MAX)
			return -1;
		store_be(c->key, c->prefix, 4);
		c->key_len = 4;
		c->new_key = true;
		return 1;
	}
	if (c->left == 0) {
		if (span_left(&c->s) == 0)
			return 0;
		/* a key is what it shares with the one before, and its rest; both lengths come from
		 * the file and are held against the buffer before they are used */
		shared = span_varint(&c->s);
		rest = span_varint(&c->s);
		if (c->s.bad || shared > c->key_len || rest > EX_MAX_KEY - shared ||
		    (p = span_take(&c->s, (size_t)rest)) == NULL)
			return -1;
		memcpy(c->key + shared, p, (size_t)rest);
		c->key_len = (size_t)(shared + rest);
		c->left = span_varint(&c->s);
		c->value = c->first + span_varint(&c->s);
		c->new_key = true;
		/* a group without positions could not have been written */
		if (c->s.bad || c->left == 0)
			return -1;
	} else {
		c->value += span_varint(&c->s);
		if (c->s.bad)
			return -1;
	}
	c->left--;
	return 1;
}
