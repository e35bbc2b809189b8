/* What the analysis calls its figures, rules and recommendations (explain.def). */
#include "analysis/analysis.h"

const struct analysis_term analysis_term[] = {
#define EXPLAIN(name, title, definition, innocent, query) \
	{ name, title, definition, innocent, query },
#include "analysis/explain.def"
#undef EXPLAIN
};

const unsigned n_analysis_terms = sizeof analysis_term / sizeof *analysis_term;
