/* A sample that is drawn again for a report (formats/controls.md CT-15). */
#ifndef CMD_ANALYZE_REPORT_SAMPLE_H
#define CMD_ANALYZE_REPORT_SAMPLE_H

#include "cmd/analyze/worksheet.h"
#include "report/report.h"

#define SAMPLED_TEXTS 12u

struct sampled {
	const struct given *given; /* the file of --sample */
	/* or what is drawn, as options say it, for a bundle; NULL: the file says it */
	const struct sample_wish *wish;
	struct period period; /* with wish */
	struct worksheet w;   /* w.ev is given, too */
	struct json_doc doc;
	char *text[SAMPLED_TEXTS]; /* of it, owned */
	unsigned n_texts;
	const char *digest; /* as the file has it */
	struct report_item *item;
	size_t n;
	const struct correlation **chosen;
	char **bound;
	unsigned n_bounds;
	struct report_sample told; /* for the report */
};

/* Draws it. c: whose --judgemental is asked where there is a wish; cluster: of the report, NULL:
 * all. 0; -1 (e of the evidence): no such file, or another sample than can be drawn here. To be
 * released in any case. */
int sample_again(struct sampled *x, const struct cli *c, const char *cluster,
    const struct parameters *p, struct reading *r, const struct catalog *cat);
void sampled_release(struct sampled *x);

#endif
