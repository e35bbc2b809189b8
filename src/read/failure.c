/* What an event says went wrong: its error_details, else the columns of its row. */
#include <string.h>

#include "base/text.h"
#include "json/emit.h"
#include "read/story.h"

static struct str
member(const struct json_doc *d, const char *path)
{
	uint32_t i = d ? json_path(d, 0, path) : JSON_NONE;

	if (i == JSON_NONE || d->node[i].type != JSON_STRING)
		return (struct str){ NULL, 0 };
	return (struct str){ json_str(d, i), d->node[i].str_len };
}

static void
put_column(struct str *to, const char *column)
{
	if (to->n == 0 && column)
		*to = (struct str){ column, strlen(column) };
}

bool
event_failure(struct failure *ret, struct moment *m)
{
	const struct json_doc *d = moment_object(m);
	uint32_t i = d ? json_path(d, 0, "error_details.retry_possible") : JSON_NONE;

	*ret = (struct failure){ .code = member(d, "error_details.code"),
		.component = member(d, "error_details.component"),
		.message = member(d, "error_details.message") };
	put_column(&ret->code, m->error_code);
	put_column(&ret->message, m->error_message);
	if (i != JSON_NONE && d->node[i].type == JSON_TRUE)
		ret->retry = RETRY_POSSIBLE;
	else if (i != JSON_NONE && d->node[i].type == JSON_FALSE)
		ret->retry = RETRY_IN_VAIN;
	return ret->code.n || ret->component.n || ret->message.n || ret->retry;
}

void
failure_json(struct buf *b, const struct failure *f)
{
	struct emit x;

	emit_init(&x, b);
	emit_object(&x, NULL);
	emit_filled(&x, "code", f->code);
	emit_filled(&x, "component", f->component);
	emit_filled(&x, "message", f->message);
	if (f->retry == RETRY_NOT_TOLD)
		emit_null(&x, "retry_possible");
	else
		emit_bool(&x, "retry_possible", f->retry == RETRY_POSSIBLE);
	emit_end(&x);
}

void
failure_line(struct buf *b, const struct failure *f)
{
	if (f->code.n == 0 && f->component.n == 0 && f->retry == RETRY_NOT_TOLD)
		return;
	buf_str(b, "error");
	if (f->code.n) {
		buf_byte(b, ' ');
		buf_put(b, f->code.p, f->code.n);
	}
	if (f->component.n) {
		buf_str(b, " of ");
		buf_put(b, f->component.p, f->component.n);
	}
	buf_str(b,
	    f->retry == RETRY_POSSIBLE    ? ", may be tried again" :
		f->retry == RETRY_IN_VAIN ? ", not to be tried again" :
					    "");
}
